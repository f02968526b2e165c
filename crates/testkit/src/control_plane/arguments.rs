//! How each program is started. The programs serve nothing that nobody asks for: only etcd and the API server listen.

use std::{ffi::OsString, path::Path};

use super::{Options, credentials::Identity, layout::Layout};

/// `--name=value`.
fn flag(name: &str, value: impl AsRef<std::ffi::OsStr>) -> OsString {
    let mut flag = OsString::from(format!("--{name}="));
    flag.push(value);
    flag
}

/// Nothing is flushed to the disk: the data live as long as the process.
pub(super) fn etcd(layout: &Layout, client_port: u16, peer_port: u16) -> Vec<OsString> {
    let clients = format!("http://127.0.0.1:{client_port}");
    let peers = format!("http://127.0.0.1:{peer_port}");
    vec![
        flag("data-dir", layout.etcd_data()),
        flag("listen-client-urls", &clients),
        flag("advertise-client-urls", &clients),
        flag("listen-peer-urls", &peers),
        flag("initial-advertise-peer-urls", &peers),
        flag("initial-cluster", format!("default={peers}")),
        flag("unsafe-no-fsync", "true"),
        flag("log-level", "warn"),
    ]
}

pub(super) fn api_server(
    layout: &Layout,
    options: &Options,
    port: u16,
    etcd_port: u16,
) -> Vec<OsString> {
    let mut arguments = vec![
        flag("etcd-servers", format!("http://127.0.0.1:{etcd_port}")),
        flag("bind-address", "127.0.0.1"),
        flag("advertise-address", "127.0.0.1"),
        // A loopback address is not a valid endpoint of the Service `kubernetes`.
        flag("endpoint-reconciler-type", "none"),
        flag("secure-port", port.to_string()),
        flag("cert-dir", layout.certificates()),
        flag("token-auth-file", layout.tokens()),
        flag("authorization-mode", "RBAC"),
        flag("service-cluster-ip-range", "10.0.0.0/24"),
        flag("service-account-issuer", "https://kubernetes.default.svc"),
        flag(
            "service-account-key-file",
            layout.service_account_public_key(),
        ),
        flag(
            "service-account-signing-key-file",
            layout.service_account_private_key(),
        ),
        flag("audit-policy-file", layout.audit_policy()),
        flag("audit-log-path", layout.audit_log()),
    ];
    arguments.extend(options.api_server_arguments.iter().map(OsString::from));
    arguments
}

/// Each controller writes as its own service account, as in a real cluster. Nodes are given a day to answer, because
/// while the API server is stopped for a test they cannot, and kwok never makes their pods ready again.
pub(super) fn controller_manager(layout: &Layout) -> Vec<OsString> {
    vec![
        kubeconfig(layout, Identity::ControllerManager),
        flag("leader-elect", "false"),
        flag("secure-port", "0"),
        flag("use-service-account-credentials", "true"),
        flag(
            "service-account-private-key-file",
            layout.service_account_private_key(),
        ),
        flag("node-monitor-grace-period", "24h"),
        flag("kube-api-qps", "500"),
        flag("kube-api-burst", "1000"),
    ]
}

pub(super) fn scheduler(layout: &Layout) -> Vec<OsString> {
    vec![
        kubeconfig(layout, Identity::Scheduler),
        flag("leader-elect", "false"),
        flag("secure-port", "0"),
        flag("kube-api-qps", "500"),
        flag("kube-api-burst", "1000"),
    ]
}

pub(super) fn kwok(layout: &Layout) -> Vec<OsString> {
    vec![
        kubeconfig(layout, Identity::Kwok),
        flag("config", layout.kwok_configuration()),
        flag(
            "manage-nodes-with-annotation-selector",
            format!("{}={}", super::node::ANNOTATION, super::node::FAKE),
        ),
    ]
}

fn kubeconfig(layout: &Layout, identity: Identity) -> OsString {
    let path: &Path = &layout.kubeconfigs();
    flag("kubeconfig", identity.kubeconfig(path))
}
