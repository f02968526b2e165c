/// Which parts of the control plane run, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Run kube-controller-manager: without it Deployments make no pods and namespaces no service account.
    pub controller_manager: bool,
    /// Run kube-scheduler: without it a pod needs `spec.nodeName`.
    pub scheduler: bool,
    /// Run kwok with its fake nodes: without it no pod becomes ready.
    pub kwok: bool,
    /// How many fake nodes kwok plays; each has room for a million pods.
    pub nodes: u8,
    /// How much of a request and its answer the audit log holds.
    pub audit: AuditLevel,
    /// The port of the API server on the loopback interface; a free one if `None`.
    pub port: Option<u16>,
    /// More arguments for kube-apiserver, after our own.
    pub api_server_arguments: Vec<String>,
}

impl Default for Options {
    /// Everything, with two nodes and an audit log of metadata.
    fn default() -> Self {
        Self {
            controller_manager: true,
            scheduler: true,
            kwok: true,
            nodes: 2,
            audit: AuditLevel::Metadata,
            port: None,
            api_server_arguments: Vec::new(),
        }
    }
}

/// How much the audit log holds (Kubernetes, "Auditing").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditLevel {
    /// Who asked for what, and when.
    Metadata,
    /// The objects sent and returned, too, but not those that hold secrets.
    RequestResponse,
}
