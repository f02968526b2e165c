//! How the server is started.

use std::{ffi::OsString, path::Path};

use super::{NAMESPACE, VeleroError, layout::Layout};
use crate::{component::Cache, process::LoopbackPort};

/// The ports that are the server's until it has gone.
#[derive(Debug)]
pub(super) struct Ports {
    metrics: LoopbackPort,
    profiler: LoopbackPort,
}

impl Ports {
    pub(super) fn reserve() -> Result<Self, VeleroError> {
        let reservations = Cache::of_user()
            .and_then(|cache| cache.subfolder("ports"))
            .map_err(VeleroError::Programs)?;
        let free = || LoopbackPort::reserve(&reservations).ok_or(VeleroError::NoPort);
        Ok(Self {
            metrics: free()?,
            profiler: free()?,
        })
    }

    pub(super) const fn metrics(&self) -> u16 {
        self.metrics.number()
    }
}

pub(super) fn of_server(
    ports: &Ports,
    kubeconfig: &Path,
    layout: &Layout,
    more: &[String],
) -> Vec<OsString> {
    let own = [
        "server".to_owned(),
        format!("--namespace={NAMESPACE}"),
        "--features=EnableCSI".to_owned(),
        format!("--metrics-address=127.0.0.1:{}", ports.metrics.number()),
        format!("--profiler-address=127.0.0.1:{}", ports.profiler.number()),
        "--store-validation-frequency=1s".to_owned(),
        "--item-operation-sync-frequency=1s".to_owned(),
        "--log-format=text".to_owned(),
    ];
    let mut arguments: Vec<OsString> = own.into_iter().map(OsString::from).collect();
    for (name, path) in [
        ("--kubeconfig=", kubeconfig),
        ("--plugin-dir=", &layout.plugins()),
    ] {
        let mut flag = OsString::from(name);
        flag.push(path);
        arguments.push(flag);
    }
    arguments.extend(more.iter().map(OsString::from));
    arguments
}

/// Keeps everything in the folder of this server that would go to a fixed place, so that several can run at once.
pub(super) fn environment(
    layout: &Layout,
    kubeconfig: &Path,
    credentials: &Path,
) -> Vec<(&'static str, OsString)> {
    vec![
        ("TMPDIR", layout.scratch().into()),
        ("VELERO_SCRATCH_DIR", layout.scratch().into()),
        // Its own plugins are processes of the same program that are told nothing but this.
        ("KUBECONFIG", kubeconfig.into()),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials.into()),
        // Nobody answers there, and it would be waited for.
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
    ]
}
