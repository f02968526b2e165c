use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Module, Program};

/// The program in `KUBEBUILDER_ASSETS`, the folder in which `setup-envtest` puts etcd, kube-apiserver and kubectl, if
/// it is there in the version that the module asks for.
pub(super) fn find(program: Program, module: &Module) -> Option<PathBuf> {
    let arguments: &[&str] = match program {
        Program::Etcd | Program::KubeApiserver => &["--version"],
        Program::Kubectl => &["version", "--client"],
        Program::KubeControllerManager
        | Program::KubeScheduler
        | Program::Kwok
        | Program::Kustomize
        | Program::Helm
        | Program::ArgocdWindows
        | Program::RolloutsController
        | Program::Argocd
        | Program::SnapshotController
        | Program::CsiProvisioner
        | Program::CsiSnapshotter
        | Program::S3sFs
        | Program::VeleroPluginForAws
        | Program::Velero => return None,
    };
    let path = PathBuf::from(env::var_os("KUBEBUILDER_ASSETS")?).join(program.name());
    says_version(&path, arguments, module.version()).then_some(path)
}

fn says_version(program: &Path, arguments: &[&str], version: &str) -> bool {
    Command::new(program)
        .args(arguments)
        .output()
        .is_ok_and(|output| {
            output.status.success()
                && contains_version(&String::from_utf8_lossy(&output.stdout), version)
        })
}

/// Whether one of the words is the version; etcd leaves out the leading `v`.
fn contains_version(text: &str, version: &str) -> bool {
    let wanted = version.trim_start_matches('v');
    text.split_whitespace()
        .any(|word| word.trim_start_matches('v') == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_must_be_the_exact_one() {
        assert!(contains_version(
            "etcd Version: 3.6.8\nGit SHA: x\n",
            "v3.6.8"
        ));
        assert!(contains_version("Kubernetes v1.36.3\n", "v1.36.3"));
        assert!(!contains_version("Kubernetes v1.36.30\n", "v1.36.3"));
        assert!(!contains_version("Kubernetes v1.36.3-rc.1\n", "v1.36.3"));
    }
}
