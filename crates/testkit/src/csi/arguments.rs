//! How each program is started.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{Part, StorageError};
use crate::component::Program;

/// Where the programs are.
#[derive(Debug)]
pub(super) struct Paths {
    snapshot_controller: PathBuf,
    provisioner: PathBuf,
    snapshotter: PathBuf,
}

impl Paths {
    pub(super) fn of(&self, part: Part) -> &Path {
        match part {
            Part::SnapshotController => &self.snapshot_controller,
            Part::Provisioner | Part::ProvisionerWithoutSnapshots => &self.provisioner,
            Part::Snapshotter => &self.snapshotter,
        }
    }
}

/// Finds the programs or builds them.
pub(super) fn programs() -> Result<Paths, StorageError> {
    let find = |program: Program| program.find_or_build().map_err(StorageError::Programs);
    Ok(Paths {
        snapshot_controller: find(Program::SnapshotController)?,
        provisioner: find(Program::CsiProvisioner)?,
        snapshotter: find(Program::CsiSnapshotter)?,
    })
}

/// None of them listens: they have no metrics and elect no leader unless they are told to.
pub(super) fn of(part: Part, socket: Option<&Path>, kubeconfig: &Path) -> Vec<OsString> {
    let flag = |name: &str, value: &Path| {
        let mut flag = OsString::from(name);
        flag.push(value);
        flag
    };
    let mut arguments = vec![
        flag("--kubeconfig=", kubeconfig),
        "--kube-api-qps=100".into(),
        "--kube-api-burst=200".into(),
    ];
    if let Some(socket) = socket {
        arguments.push(flag("--csi-address=", socket));
    }
    if part == Part::Snapshotter {
        // What is not ready is asked for again soon.
        arguments.push("--retry-interval-start=200ms".into());
        arguments.push("--retry-interval-max=1s".into());
    }
    arguments
}

/// Where they would run, which they are told in a cluster.
pub(super) fn environment() -> Vec<(&'static str, OsString)> {
    vec![
        ("NODE_NAME", "node-1".into()),
        ("NAMESPACE", "kube-system".into()),
        ("POD_NAMESPACE", "kube-system".into()),
    ]
}
