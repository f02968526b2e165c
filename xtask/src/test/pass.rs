use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use super::{Tally, Targets};

/// One run of `cargo test`.
#[derive(Debug)]
pub(super) struct Pass {
    arguments: Vec<String>,
}

impl Pass {
    /// Unit tests, and integration tests that need nothing.
    pub(super) fn without_control_plane(targets: &Targets) -> Self {
        let mut arguments = vec!["--lib".to_owned(), "--bins".to_owned()];
        arguments.extend(selection(&targets.plain));
        Self { arguments }
    }

    /// The examples in the documentation, which cargo runs only on their own.
    pub(super) fn documentation() -> Self {
        Self {
            arguments: vec!["--doc".to_owned()],
        }
    }

    /// Builds the tests against the real control plane, and runs none.
    pub(super) fn build(targets: &Targets) -> Self {
        let mut arguments: Vec<_> = selection(&targets.real).collect();
        arguments.push("--no-run".to_owned());
        Self { arguments }
    }

    /// The targets of this name, one test after the other.
    pub(super) fn of_target(name: &str) -> Self {
        let arguments = ["--test", name, "--", "--test-threads=1"];
        Self {
            arguments: arguments.map(ToOwned::to_owned).into(),
        }
    }

    /// Runs it in the workspace at `root`, and passes on each line as it comes.
    pub(super) fn run(
        &self,
        root: &Path,
        output: &mut impl Write,
        errors: Stdio,
    ) -> io::Result<Tally> {
        let mut child = Command::new(cargo())
            .args(["test", "--workspace", "--no-fail-fast"])
            .args(&self.arguments)
            .current_dir(root)
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()?;
        let mut tally = Tally::default();
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).split(b'\n') {
                let line = line?;
                let line = String::from_utf8_lossy(&line);
                writeln!(output, "{line}")?;
                tally.add_line(&line);
            }
        }
        if !child.wait()?.success() && tally.failed == 0 {
            writeln!(
                output,
                "cargo test failed although no test did: a target did not build, or ended in the middle"
            )?;
            tally.failed = 1;
        }
        Ok(tally)
    }
}

/// `--test NAME` for each target.
fn selection(targets: &BTreeSet<String>) -> impl Iterator<Item = String> {
    targets
        .iter()
        .flat_map(|name| ["--test".to_owned(), name.clone()])
}

/// The cargo that runs us, or the one in `PATH`.
pub(super) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
