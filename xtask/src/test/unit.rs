use std::{
    io,
    process::{Command, Stdio},
};

use super::{Executable, Tally};

/// What runs at one time in one process: one test against the real control plane, or all tests of a target that needs
/// nothing.
#[derive(Debug, Clone)]
pub(super) struct Unit<'a> {
    executable: &'a Executable,
    /// The test, if it is one alone.
    test: Option<String>,
}

/// The units of an executable. One that does not say its tests is run as a whole, and will say why it cannot be.
pub(super) fn units(executable: &Executable) -> Vec<Unit<'_>> {
    let whole = || {
        vec![Unit {
            executable,
            test: None,
        }]
    };
    if !executable.is_real {
        return whole();
    }
    let listed = command(executable)
        .args(["--list", "--format=terse"])
        .output();
    let Ok(listed) = listed else { return whole() };
    String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(|test| Unit {
            executable,
            test: Some(test.to_owned()),
        })
        .collect()
}

impl Unit<'_> {
    /// `real_story a_change_goes_out`.
    pub(super) fn name(&self) -> String {
        match &self.test {
            Some(test) => format!("{} {test}", self.executable.name),
            None => self.executable.name.clone(),
        }
    }

    /// Runs it to its end; what it printed.
    pub(super) fn run(&self) -> io::Result<(Tally, Vec<u8>)> {
        let mut command = command(self.executable);
        if let Some(test) = &self.test {
            command.args(["--exact", test]);
        }
        let done = command.output()?;
        let mut tally = Tally::default();
        let mut printed = done.stdout;
        for line in String::from_utf8_lossy(&printed).lines() {
            tally.add_line(line);
        }
        if !done.status.success() && tally.failed == 0 {
            let how = format!("it ended in the middle ({})\n", done.status);
            printed.extend_from_slice(how.as_bytes());
            tally.failed = 1;
        }
        Ok((tally, printed))
    }
}

/// As `cargo test` would run it.
fn command(executable: &Executable) -> Command {
    let mut command = Command::new(&executable.path);
    command
        .current_dir(&executable.folder)
        .env("CARGO_MANIFEST_DIR", &executable.folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}
