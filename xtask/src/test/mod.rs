//! Runs every test and adds up what they say.

mod pass;
mod side_by_side;
mod tally;
mod targets;

use std::{
    io::Write,
    path::Path,
    process::{ExitCode, Stdio},
};

use tidegate_testkit::component::Programs;

use self::{pass::Pass, tally::Tally, targets::Targets};
use crate::Outcome;

/// Run all tests; the last line is `N passed, N failed`.
///
/// First those that need nothing, then those against the real control plane: the test targets whose file name begins
/// with `real_`. Its programs are found or built first.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Leave out the tests that need the real control plane.
    #[arg(long)]
    fast: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    if !arguments.fast {
        Programs::find_or_build()?;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut output = anstream::stdout();
    let tally = run_all(&root, arguments.fast, &mut output, Stdio::inherit)?;
    writeln!(output, "{tally}")?;
    Ok(if tally.is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs the tests of the workspace at `root` and passes on what they print; `errors` is where cargo's own messages go.
fn run_all(
    root: &Path,
    fast: bool,
    output: &mut impl Write,
    errors: fn() -> Stdio,
) -> Result<Tally, Box<dyn std::error::Error + Send + Sync>> {
    let targets = Targets::of(root)?;
    let mut tally = Tally::default();
    for pass in [Pass::without_control_plane(&targets), Pass::documentation()] {
        tally += pass.run(root, output, errors())?;
    }
    if !fast && targets.need_control_plane() {
        tally += side_by_side::run(&targets, root, output, errors)?;
    }
    Ok(tally)
}

#[cfg(test)]
mod tests;
