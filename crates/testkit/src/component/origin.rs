use super::{Program, published::PublishedCrate};

/// Where the source of a program comes from, and so how it is built.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    /// A Go package, through a module in the work tree.
    Go(GoPackage),
    /// A crate of crates.io with a program in it.
    Crate(PublishedCrate),
}

/// A Go package with a `main`.
#[derive(Debug, Clone, Copy)]
pub(super) struct GoPackage {
    /// The folder of its module in the work tree; a short name, the cache uses it too.
    pub(super) name: &'static str,
    /// The Go module that holds the program.
    pub(super) required: &'static str,
    /// The package; `.` is the one in the work tree, which calls the program it is about.
    pub(super) package: &'static str,
}

impl Program {
    pub(super) const fn origin(self) -> Origin {
        match self {
            Self::Etcd => go("etcd", ETCD, ETCD),
            Self::KubeApiserver => kubernetes("k8s.io/kubernetes/cmd/kube-apiserver"),
            Self::KubeControllerManager => {
                kubernetes("k8s.io/kubernetes/cmd/kube-controller-manager")
            }
            Self::KubeScheduler => kubernetes("k8s.io/kubernetes/cmd/kube-scheduler"),
            Self::Kubectl => kubernetes("k8s.io/kubernetes/cmd/kubectl"),
            Self::Kwok => go("kwok", "sigs.k8s.io/kwok", "sigs.k8s.io/kwok/cmd/kwok"),
            Self::Kustomize => go("kustomize", KUSTOMIZE, KUSTOMIZE),
            Self::Helm => go("helm", "helm.sh/helm/v4", "helm.sh/helm/v4/cmd/helm"),
            Self::ArgocdWindows => go("argocd-windows", ARGO_CD, "."),
            Self::RolloutsController => go(
                "argo-rollouts",
                "github.com/argoproj/argo-rollouts",
                "github.com/argoproj/argo-rollouts/cmd/rollouts-controller",
            ),
            Self::Argocd => go("argocd", ARGO_CD, "github.com/argoproj/argo-cd/v3/cmd"),
            Self::SnapshotController => go(
                "snapshot-controller",
                EXTERNAL_SNAPSHOTTER,
                "github.com/kubernetes-csi/external-snapshotter/v8/cmd/snapshot-controller",
            ),
            Self::CsiProvisioner => go(
                "csi-provisioner",
                "github.com/kubernetes-csi/external-provisioner/v6",
                "github.com/kubernetes-csi/external-provisioner/v6/cmd/csi-provisioner",
            ),
            Self::CsiSnapshotter => go(
                "csi-snapshotter",
                EXTERNAL_SNAPSHOTTER,
                "github.com/kubernetes-csi/external-snapshotter/v8/cmd/csi-snapshotter",
            ),
            Self::S3sFs => Origin::Crate(PublishedCrate {
                name: "s3s-fs",
                // Later versions want a newer Rust than this workspace does.
                version: "0.14.1",
                features: "binary",
            }),
            Self::VeleroPluginForAws => go(
                "velero-plugin-for-aws",
                "github.com/vmware-tanzu/velero-plugin-for-aws",
                "github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws",
            ),
            Self::Velero => go(
                "velero",
                "github.com/vmware-tanzu/velero",
                "github.com/vmware-tanzu/velero/cmd/velero",
            ),
        }
    }
}

const ETCD: &str = "go.etcd.io/etcd/server/v3";
const KUSTOMIZE: &str = "sigs.k8s.io/kustomize/kustomize/v5";
const ARGO_CD: &str = "github.com/argoproj/argo-cd/v3";
const EXTERNAL_SNAPSHOTTER: &str = "github.com/kubernetes-csi/external-snapshotter/v8";

const fn go(name: &'static str, required: &'static str, package: &'static str) -> Origin {
    Origin::Go(GoPackage {
        name,
        required,
        package,
    })
}

const fn kubernetes(package: &'static str) -> Origin {
    go("kubernetes", "k8s.io/kubernetes", package)
}
