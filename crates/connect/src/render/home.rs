//! Where a program that renders is started: an empty directory and nothing else.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;

use super::error::RenderError;
use super::kustomize::RenderLimits;

/// Where the discard port of this machine is, and nothing listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// An empty directory that stands for everything a program might look up outside the
/// tree.
pub(super) struct Home(TempDir);

impl Home {
    pub(super) fn new() -> Result<Self, RenderError> {
        tempfile::Builder::new()
            .prefix("tidegate-render-")
            .tempdir()
            .map(Self)
            .map_err(RenderError::Temporary)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Calls the program where it finds no other programs, so no git either, and where
    /// a URL that slipped through leads nowhere.
    pub(super) fn command(&self, program: &Path, limits: &RenderLimits) -> Command {
        let home = self.path();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", home)
            .env("HOME", home)
            .env("TMPDIR", home)
            .env("XDG_CONFIG_HOME", home)
            .env("HTTP_PROXY", NOWHERE)
            .env("HTTPS_PROXY", NOWHERE)
            .env("GOMEMLIMIT", format!("{}B", limits.memory / 4 * 3))
            .stdin(Stdio::null())
            .current_dir(home);
        command
    }
}

/// The program at the given path, or else the first of this name in `PATH`; absolute,
/// because it is started in another directory.
pub(super) fn find(program: Option<PathBuf>, name: &str) -> Option<PathBuf> {
    let program = match program {
        Some(program) => Some(program),
        None => std::env::var_os("PATH").and_then(|path| find_in(&path, name)),
    };
    program
        .filter(|program| program.is_file())
        .and_then(|program| std::path::absolute(program).ok())
}

/// The first file of this name in the directories of `path`.
fn find_in(path: &OsStr, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
}
