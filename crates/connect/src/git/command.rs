//! How `git` is called.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use base64::Engine as _;
use tempfile::TempDir;
use tokio::process::Command;

use super::Repository;

/// Settings for calls that only read, and for the helpers that git starts for a
/// local repository. Those read this file but not the settings in our
/// environment.
///
/// Local repositories may belong to another user: git runs nothing of what they
/// hold, because we only fetch from them.
const SETTINGS: &str = "[safe]
	directory = *
";

/// Settings for every call; those that write see no others. A local repository
/// that is pushed to runs its hooks, so that it has to belong to us: git sees to
/// that where nothing is said of `safe.directory`.
///
/// ssh must fail rather than ask.
const COMMON_SETTINGS: &str = r#"[protocol "ext"]
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

/// The names of the files with the settings.
const READING: &str = "settings";
const WRITING: &str = "settings-for-writing";

/// The `git` program in an environment of its own.
#[derive(Debug)]
pub(super) struct Git {
    home: TempDir,
    path: OsString,
    whose: Whose,
}

/// Whose settings and credentials count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Ours alone.
    Ours,
    /// Those of the person who runs the program.
    TheUsers,
}

/// What would lead git to another repository than the one it is told.
const MISLEADING: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
];

impl Git {
    /// Writes the settings to a new temporary home directory.
    pub(super) fn new() -> std::io::Result<Self> {
        let home = tempfile::Builder::new().prefix("tidegate-git-").tempdir()?;
        for (name, parts) in [
            (READING, &[SETTINGS, COMMON_SETTINGS][..]),
            (WRITING, &[COMMON_SETTINGS][..]),
        ] {
            let mut settings = std::fs::File::create(home.path().join(name))?;
            for part in parts {
                settings.write_all(part.as_bytes())?;
            }
        }
        Ok(Self {
            home,
            path: std::env::var_os("PATH").unwrap_or_default(),
            whose: Whose::Ours,
        })
    }

    /// With the settings and the credentials of the person who runs the program.
    pub(super) fn of_user() -> std::io::Result<Self> {
        let ours = Self::new()?;
        Ok(Self {
            whose: Whose::TheUsers,
            ..ours
        })
    }

    /// A call that stays on this machine.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new("git");
        if self.whose == Whose::TheUsers {
            // It cannot ask anybody either: it has no terminal.
            command
                .env("LC_ALL", "C")
                .env("GIT_TERMINAL_PROMPT", "0")
                .stdin(Stdio::null())
                .current_dir(self.home.path());
            for variable in MISLEADING {
                command.env_remove(variable);
            }
            return command;
        }
        command
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.home.path())
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.home.path().join(READING))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ALLOW_PROTOCOL", "file:https:http:ssh")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .stdin(Stdio::null())
            .current_dir(self.home.path());
        command
    }

    /// Lets a call write to a repository.
    pub(super) fn for_writing(&self, command: &mut Command) {
        command.env("GIT_CONFIG_GLOBAL", self.home.path().join(WRITING));
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
