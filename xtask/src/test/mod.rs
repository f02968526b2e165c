//! Runs every test and adds up what they say.

mod durations;
mod executable;
mod side_by_side;
mod tally;
mod targets;
mod unit;

use std::{
    io::Write,
    path::Path,
    process::{ExitCode, Stdio},
    thread,
};

use tidegate_testkit::component::{Programs, cache_folder};

use self::{durations::Durations, executable::Executable, tally::Tally, targets::Targets};
use crate::Outcome;

/// Run all tests; the last line is `N passed, N failed`.
///
/// Those against the real control plane are in the test targets whose file name begins with `real_`; its programs are
/// found or built first. Most of such a test is waiting, so several run at a time.
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
    let mut durations = Durations::read(cache_folder("test-durations")?.join("seconds.json"));
    let tally = run_all(
        &root,
        arguments.fast,
        &mut durations,
        &mut output,
        Stdio::inherit,
    )?;
    durations.write()?;
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
    durations: &mut Durations,
    output: &mut impl Write,
    errors: fn() -> Stdio,
) -> Result<Tally, Box<dyn std::error::Error + Send + Sync>> {
    let targets = Targets::of(root)?;
    let (executables, mut tally) = executable::build(&targets, fast, root, output, errors())?;
    tally += executable::documentation(root, output, errors())?;
    let units = thread::scope(|scope| {
        let asked: Vec<_> = executables
            .iter()
            .map(|executable| scope.spawn(|| unit::units(executable)))
            .collect();
        asked
            .into_iter()
            .flat_map(|units| units.join().unwrap_or_default())
            .collect()
    });
    tally += side_by_side::run(units, durations, output)?;
    Ok(tally)
}

#[cfg(test)]
mod tests;
