//! A repository, and the program that judges it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tidegate_testkit::component::Program;
use tidegate_testkit::repository::{Author, Edit, GitRepository};

const DANA: Author<'static> = Author {
    name: "Dana",
    email: "dana@example.com",
};

/// A repository with these files in its first commit, on the branch `main`; what
/// comes after is on `topic`.
pub(crate) fn repository(files: &[(&str, &str)]) -> GitRepository {
    let edits: Vec<Edit> = files
        .iter()
        .map(|(path, text)| Edit::write(path, *text))
        .collect();
    on_topic(GitRepository::empty().unwrap(), &edits)
}

/// The repository of the demo, with the branch `topic` checked out.
pub(crate) fn demo() -> GitRepository {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/repository");
    on_topic(GitRepository::from_directory(&source).unwrap(), &[])
}

fn on_topic(mut repository: GitRepository, edits: &[Edit]) -> GitRepository {
    repository.commit(DANA, "What is there", edits).unwrap();
    repository.branch("topic").unwrap();
    repository.switch("topic").unwrap();
    repository
}

pub(crate) fn commit(repository: &mut GitRepository, message: &str, edits: &[Edit]) {
    repository.commit(DANA, message, edits).unwrap();
}

pub(crate) fn kustomize() -> PathBuf {
    Program::Kustomize.find_or_build().unwrap()
}

/// The program in a folder, with these words behind `preflight`.
pub(crate) fn preflight(folder: &Path, words: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .arg("preflight")
        .args(words)
        .current_dir(folder)
        .env("TIDEGATE_KUSTOMIZE", kustomize())
        .env("KUBECONFIG", "/nowhere/kubeconfig")
        .output()
        .unwrap();
    Ran(output)
}

/// What a run said.
pub(crate) struct Ran(Output);

impl Ran {
    pub(crate) fn code(&self) -> Option<i32> {
        self.0.status.code()
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    /// All that a person sees.
    pub(crate) fn screen(&self) -> String {
        self.stdout() + &String::from_utf8_lossy(&self.0.stderr)
    }
}
