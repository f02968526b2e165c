//! A repository to read.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tidegate_connect::git::{ExportLimits, GitError, Mirrors, Repository};
use tidegate_core::revision::{Revision, SourceRef};

/// A repository with a working tree, and the mirrors that read it.
pub(crate) struct Fixture {
    pub(crate) directory: TempDir,
    pub(crate) mirrors: Mirrors,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mirrors = Mirrors::new(directory.path().join("mirrors")).unwrap();
        let fixture = Self { directory, mirrors };
        std::fs::create_dir(fixture.path()).unwrap();
        fixture.git(&["init", "--quiet", "--initial-branch=main"]);
        fixture
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("repository")
    }

    pub(crate) fn repository(&self) -> Repository {
        Repository::new(self.path().to_str().unwrap(), None).unwrap()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_with_input(arguments, "")
    }

    pub(crate) fn git_with_input(&self, arguments: &[&str], input: &str) -> String {
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Dana Example")
            .env("GIT_AUTHOR_EMAIL", "dana@example.com")
            .env("GIT_COMMITTER_NAME", "Forge")
            .env("GIT_COMMITTER_EMAIL", "noreply@forge.example.com")
            .env("GIT_AUTHOR_DATE", "2026-11-20T10:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-11-20T11:00:00Z")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {arguments:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn commit(&self, message: &str) -> Revision {
        self.git(&["add", "--all"]);
        self.git(&[
            "commit",
            "--quiet",
            "--allow-empty",
            "--allow-empty-message",
            "--message",
            message,
        ]);
        self.head()
    }

    pub(crate) fn head(&self) -> Revision {
        Revision::parse(&self.git(&["rev-parse", "HEAD"])).unwrap()
    }

    pub(crate) async fn resolve(&self, reference: &str) -> Result<Revision, GitError> {
        self.mirrors
            .resolve(&self.repository(), &SourceRef::parse(reference).unwrap())
            .await
    }

    pub(crate) async fn export(
        &self,
        revision: &Revision,
        name: &str,
    ) -> Result<PathBuf, GitError> {
        let into = self.directory.path().join(name);
        self.mirrors
            .export(
                &self.repository(),
                revision,
                &into,
                &ExportLimits::default(),
            )
            .await
            .map(|_| into)
    }
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
