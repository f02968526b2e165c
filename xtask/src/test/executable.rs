use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde::Deserialize;

use super::{Tally, Targets};

/// A program of tests that cargo has built.
#[derive(Debug)]
pub(super) struct Executable {
    pub(super) path: PathBuf,
    /// Its target: `real_story`, or the name of a library.
    pub(super) name: String,
    /// The folder of its package, where cargo would run it.
    pub(super) folder: PathBuf,
    /// It needs the real control plane.
    pub(super) is_real: bool,
}

/// What cargo says of what it builds, a line each (The Cargo Book, "External Tools", "JSON messages").
#[derive(Deserialize)]
struct Message {
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    executable: Option<PathBuf>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    /// It has tests; the programs that tests start are built, too.
    test: bool,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Builds all tests of the workspace at `root`, without those of the real control plane if it is to be `fast`. A target
/// that does not build counts as a test that failed, and the others are there.
pub(super) fn build(
    targets: &Targets,
    fast: bool,
    root: &Path,
    output: &mut impl Write,
    errors: Stdio,
) -> io::Result<(Vec<Executable>, Tally)> {
    let mut cargo = test(root, errors);
    cargo.args(["--no-run", "--message-format=json-render-diagnostics"]);
    cargo
        .args(["--lib", "--bins"])
        .args(selection(&targets.plain));
    if !fast {
        cargo.args(selection(&targets.real));
    }
    let mut child = cargo.spawn()?;
    let mut built = Vec::new();
    each_line(&mut child, |line| {
        let message = serde_json::from_str(line).ok();
        built.extend(message.and_then(|message| executable(message, targets)));
        Ok(())
    })?;
    let mut tally = Tally::default();
    if !child.wait()?.success() {
        writeln!(output, "a test target did not build")?;
        tally.failed = 1;
    }
    Ok((built, tally))
}

/// Runs the examples in the documentation, which cargo builds and runs only on their own.
pub(super) fn documentation(
    root: &Path,
    output: &mut impl Write,
    errors: Stdio,
) -> io::Result<Tally> {
    let mut child = test(root, errors).arg("--doc").spawn()?;
    let mut tally = Tally::default();
    each_line(&mut child, |line| {
        tally.add_line(line);
        writeln!(output, "{line}")
    })?;
    if !child.wait()?.success() && tally.failed == 0 {
        writeln!(output, "the examples in the documentation did not build")?;
        tally.failed = 1;
    }
    Ok(tally)
}

/// `cargo test` for the whole workspace, whatever fails.
fn test(root: &Path, errors: Stdio) -> Command {
    let mut command = Command::new(cargo());
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .current_dir(root)
        .stdout(Stdio::piped())
        .stderr(errors);
    command
}

fn each_line(child: &mut Child, mut take: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            take(&String::from_utf8_lossy(&line?))?;
        }
    }
    Ok(())
}

fn executable(message: Message, targets: &Targets) -> Option<Executable> {
    let Target { name, kind } = message.target?;
    if !message.profile?.test {
        return None;
    }
    let folder = message.manifest_path?.parent()?.to_owned();
    let is_test = kind.iter().any(|kind| kind == "test");
    Some(Executable {
        path: message.executable?,
        is_real: is_test && targets.real.contains(&name),
        name,
        folder,
    })
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
