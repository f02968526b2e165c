use std::{
    collections::BTreeSet,
    io,
    path::Path,
    process::{Command, Stdio},
};

use serde::Deserialize;

use super::executable::cargo;

/// A test target that needs the real control plane is a file whose name begins like this.
const REAL: &str = "real_";

/// The integration test targets of a workspace.
#[derive(Debug, Default)]
pub(super) struct Targets {
    pub(super) plain: BTreeSet<String>,
    pub(super) real: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Targets {
    /// Asks cargo for the targets of the workspace at `root`.
    pub(super) fn of(root: &Path) -> io::Result<Self> {
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version=1"])
            .current_dir(root)
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!(
                "cargo metadata failed ({})",
                output.status
            )));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
        let mut targets = Self::default();
        for target in metadata
            .packages
            .into_iter()
            .flat_map(|package| package.targets)
        {
            if target.kind.iter().any(|kind| kind == "test") {
                let set = if target.name.starts_with(REAL) {
                    &mut targets.real
                } else {
                    &mut targets.plain
                };
                set.insert(target.name);
            }
        }
        Ok(targets)
    }
}
