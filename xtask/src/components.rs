use std::process::ExitCode;

use tidegate_testkit::component::Programs;

use crate::Outcome;

/// Find the real programs that the demo and the tests run against, and build those that are missing.
///
/// They are kept in the user's cache, outside the work tree. Prints where each of them is.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(Arguments {}: &Arguments) -> Outcome {
    let programs = Programs::find_or_build()?;
    for (program, path) in programs.iter() {
        anstream::println!("{:24} {}", program.name(), path.display());
    }
    Ok(ExitCode::SUCCESS)
}
