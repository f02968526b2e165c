use std::fmt;

/// A real program. The order is that in which a control plane starts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// The store behind the API server.
    Etcd,
    /// The Kubernetes API server.
    KubeApiserver,
    /// The controllers of Deployments, Jobs, namespaces and the rest.
    KubeControllerManager,
    /// Gives pods a node.
    KubeScheduler,
    /// Plays nodes and pods without running anything.
    Kwok,
    /// The command line of Kubernetes.
    Kubectl,
    /// Renders overlays.
    Kustomize,
    /// Renders charts.
    Helm,
    /// Says what Argo CD decides about sync windows.
    ArgocdWindows,
    /// The controller of Argo Rollouts.
    RolloutsController,
    /// Argo CD: which of its programs it is, it takes from the name that it is started under.
    Argocd,
    /// Binds snapshots that are asked for to those that a driver has made.
    SnapshotController,
    /// Asks a storage driver for volumes.
    CsiProvisioner,
    /// Asks a storage driver for snapshots.
    CsiSnapshotter,
    /// An object store of the S3 kind in a folder.
    S3sFs,
    /// Lets Velero talk to an object store of the S3 kind.
    VeleroPluginForAws,
    /// Backs up and restores namespaces.
    Velero,
}

impl Program {
    /// Every program.
    pub const ALL: [Self; 17] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::KubeControllerManager,
        Self::KubeScheduler,
        Self::Kwok,
        Self::Kubectl,
        Self::Kustomize,
        Self::Helm,
        Self::ArgocdWindows,
        Self::RolloutsController,
        Self::Argocd,
        Self::SnapshotController,
        Self::CsiProvisioner,
        Self::CsiSnapshotter,
        Self::S3sFs,
        Self::VeleroPluginForAws,
        Self::Velero,
    ];

    /// Those that a control plane and its users need.
    pub(super) const CONTROL_PLANE: [Self; 7] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::KubeControllerManager,
        Self::KubeScheduler,
        Self::Kwok,
        Self::Kubectl,
        Self::Kustomize,
    ];

    /// The file name of its executable.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::KubeScheduler => "kube-scheduler",
            Self::Kwok => "kwok",
            Self::Kubectl => "kubectl",
            Self::Kustomize => "kustomize",
            Self::Helm => "helm",
            Self::ArgocdWindows => "argocd-windows",
            Self::RolloutsController => "rollouts-controller",
            Self::Argocd => "argocd",
            Self::SnapshotController => "snapshot-controller",
            Self::CsiProvisioner => "csi-provisioner",
            Self::CsiSnapshotter => "csi-snapshotter",
            Self::S3sFs => "s3s-fs",
            Self::VeleroPluginForAws => "velero-plugin-for-aws",
            Self::Velero => "velero",
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
