//! How `git` is called.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use base64::Engine as _;
use tempfile::TempDir;
use tokio::process::Command;

use super::Repository;

/// Settings for every call, and for the helpers that git starts for a local
/// repository. Those read this file but not the settings in our environment.
///
/// * Local repositories may belong to another user: git runs nothing of what
///   they hold, because we only fetch from them.
/// * ssh must fail rather than ask.
const SETTINGS: &str = r#"[safe]
	directory = *
[protocol "ext"]
	allow = never
[credential]
	helper =
[core]
	sshCommand = ssh -o BatchMode=yes
[gc]
	auto = 0
[maintenance]
	auto = false
"#;

/// The `git` program in an environment of its own.
#[derive(Debug)]
pub(super) struct Git {
    home: TempDir,
    path: OsString,
}

impl Git {
    /// Writes the settings to a new temporary home directory.
    pub(super) fn new() -> std::io::Result<Self> {
        let home = tempfile::Builder::new().prefix("tidegate-git-").tempdir()?;
        let mut settings = std::fs::File::create(home.path().join("settings"))?;
        settings.write_all(SETTINGS.as_bytes())?;
        Ok(Self {
            home,
            path: std::env::var_os("PATH").unwrap_or_default(),
        })
    }

    /// A call that stays on this machine.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.home.path())
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.home.path().join("settings"))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ALLOW_PROTOCOL", "file:https:http:ssh")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .stdin(Stdio::null())
            .current_dir(self.home.path());
        command
    }

    /// A call on a mirror.
    pub(super) fn in_mirror(&self, directory: &Path) -> Command {
        let mut command = self.command();
        command.arg("--git-dir").arg(directory);
        command
    }

    /// Lets a call log in. The credentials are in its environment only, which no
    /// other user can read, and go to the repository's own host only.
    pub(super) fn log_in(command: &mut Command, repository: &Repository) {
        let (Some(credentials), Some(origin)) =
            (repository.credentials(), repository.http_origin())
        else {
            return;
        };
        let pair = format!("{}:{}", credentials.username, credentials.password.expose());
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
        command
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", format!("http.{origin}.extraHeader"))
            .env(
                "GIT_CONFIG_VALUE_0",
                format!("Authorization: Basic {encoded}"),
            );
    }
}
