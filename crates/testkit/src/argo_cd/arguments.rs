//! How each program is started.

use std::{ffi::OsString, path::PathBuf};

use super::{ArgoCdError, NAMESPACE, Part, layout::Layout};
use crate::{component::Cache, process::LoopbackPort};

/// The cluster that Argo CD runs beside and deploys to.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) name: String,
    /// That of Argo CD's own user.
    pub(super) kubeconfig: PathBuf,
    pub(super) server: String,
}

/// The ports that are ours until the programs have gone.
#[derive(Debug)]
pub(super) struct Ports {
    redis: LoopbackPort,
    repository_server: LoopbackPort,
    repository_server_metrics: LoopbackPort,
    controller_metrics: LoopbackPort,
}

impl Ports {
    pub(super) fn reserve() -> Result<Self, ArgoCdError> {
        let reservations = Cache::of_user()
            .and_then(|cache| cache.subfolder("ports"))
            .map_err(ArgoCdError::Programs)?;
        let free = || LoopbackPort::reserve(&reservations).ok_or(ArgoCdError::NoPort);
        Ok(Self {
            redis: free()?,
            repository_server: free()?,
            repository_server_metrics: free()?,
            controller_metrics: free()?,
        })
    }

    /// On which port a program listens as soon as it serves.
    pub(super) const fn of(&self, part: Part) -> u16 {
        match part {
            Part::Redis => self.redis.number(),
            Part::RepositoryServer => self.repository_server.number(),
            Part::Controller => self.controller_metrics.number(),
        }
    }

    fn redis_address(&self) -> String {
        format!("127.0.0.1:{}", self.redis.number())
    }
}

pub(super) fn of(part: Part, ports: &Ports, cluster: &Cluster, layout: &Layout) -> Vec<OsString> {
    match part {
        Part::Redis => redis(ports, layout),
        Part::RepositoryServer => repository_server(ports),
        Part::Controller => controller(ports, cluster),
    }
}

/// Nothing is kept on disk: what Argo CD has rendered can be rendered again.
fn redis(ports: &Ports, layout: &Layout) -> Vec<OsString> {
    let port = ports.redis.number().to_string();
    let mut arguments = owned(&[
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
    ]);
    arguments.push(layout.root().into());
    arguments
}

fn repository_server(ports: &Ports) -> Vec<OsString> {
    owned(&[
        "--address=127.0.0.1",
        &format!("--port={}", ports.repository_server.number()),
        "--metrics-address=127.0.0.1",
        &format!(
            "--metrics-port={}",
            ports.repository_server_metrics.number()
        ),
        &format!("--redis={}", ports.redis_address()),
        "--disable-tls",
        "--client-ca-path=",
        "--logformat=text",
    ])
}

/// Its metrics are the one port that listens beyond the loopback interface: Argo CD has no flag for the address.
fn controller(ports: &Ports, cluster: &Cluster) -> Vec<OsString> {
    let mut kubeconfig = OsString::from("--kubeconfig=");
    kubeconfig.push(&cluster.kubeconfig);
    let mut arguments = owned(&[
        &format!("--namespace={NAMESPACE}"),
        &format!("--metrics-port={}", ports.controller_metrics.number()),
        &format!("--redis={}", ports.redis_address()),
        &format!(
            "--repo-server=127.0.0.1:{}",
            ports.repository_server.number()
        ),
        "--repo-server-plaintext",
        "--logformat=text",
    ]);
    arguments.push(kubeconfig);
    arguments
}

/// Keeps everything in the folder of this Argo CD that would go to a fixed place, so that several can run at once.
pub(super) fn environment(layout: &Layout, cluster: &Cluster) -> Vec<(&'static str, OsString)> {
    vec![
        ("PATH", layout.search_path()),
        ("TMPDIR", layout.scratch().into()),
        ("ARGOCD_ASK_PASS_SOCK", layout.password_socket().into()),
        ("ARGOCD_GPG_ENABLED", "false".into()),
        ("ARGOCD_GNUPGHOME", layout.keys().into()),
        // For `https://kubernetes.default.svc`: no service account is mounted here.
        ("ARGOCD_FAKE_IN_CLUSTER", "true".into()),
        ("KUBECONFIG", cluster.kubeconfig.clone().into()),
    ]
}

fn owned(arguments: &[&str]) -> Vec<OsString> {
    arguments.iter().map(OsString::from).collect()
}
