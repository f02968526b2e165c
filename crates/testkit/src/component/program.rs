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
}

impl Program {
    /// Every program.
    pub const ALL: [Self; 11] = [
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
        }
    }

    /// The Go package that holds its `main`; `.` is the one in the work tree, which calls the program it is about.
    pub(super) const fn package(self) -> &'static str {
        match self {
            Self::Etcd => "go.etcd.io/etcd/server/v3",
            Self::KubeApiserver => "k8s.io/kubernetes/cmd/kube-apiserver",
            Self::KubeControllerManager => "k8s.io/kubernetes/cmd/kube-controller-manager",
            Self::KubeScheduler => "k8s.io/kubernetes/cmd/kube-scheduler",
            Self::Kwok => "sigs.k8s.io/kwok/cmd/kwok",
            Self::Kubectl => "k8s.io/kubernetes/cmd/kubectl",
            Self::Kustomize => "sigs.k8s.io/kustomize/kustomize/v5",
            Self::Helm => "helm.sh/helm/v4/cmd/helm",
            Self::ArgocdWindows => ".",
            Self::RolloutsController => "github.com/argoproj/argo-rollouts/cmd/rollouts-controller",
            Self::Argocd => "github.com/argoproj/argo-cd/v3/cmd",
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
