use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::ControlPlaneError;
use crate::component::Program;

/// The temporary folder of one control plane; removed on drop.
#[derive(Debug)]
pub(super) struct Layout {
    directory: TempDir,
}

impl Layout {
    pub(super) fn create() -> Result<Self, ControlPlaneError> {
        let directory = tempfile::Builder::new()
            .prefix("tidegate-")
            .tempdir()
            .map_err(|source| failed(&std::env::temp_dir(), source))?;
        let layout = Self { directory };
        for folder in [layout.kubeconfigs(), layout.logs()] {
            fs::create_dir(&folder).map_err(|source| failed(&folder, source))?;
        }
        Ok(layout)
    }

    pub(super) fn root(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn kubeconfigs(&self) -> PathBuf {
        self.root().join("kubeconfigs")
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.root().join("logs")
    }

    pub(super) fn log(&self, program: Program) -> PathBuf {
        self.logs().join(program.name()).with_extension("log")
    }

    pub(super) fn etcd_data(&self) -> PathBuf {
        self.root().join("etcd")
    }

    pub(super) fn certificates(&self) -> PathBuf {
        self.root().join("certificates")
    }

    /// The API server's certificate, which it signs itself at its first start.
    pub(super) fn certificate(&self) -> PathBuf {
        self.certificates().join("apiserver.crt")
    }

    pub(super) fn tokens(&self) -> PathBuf {
        self.root().join("tokens.csv")
    }

    pub(super) fn service_account_private_key(&self) -> PathBuf {
        self.root().join("service-account.key")
    }

    pub(super) fn service_account_public_key(&self) -> PathBuf {
        self.root().join("service-account.pub")
    }

    pub(super) fn audit_policy(&self) -> PathBuf {
        self.root().join("audit-policy.json")
    }

    pub(super) fn audit_log(&self) -> PathBuf {
        self.root().join("audit.log")
    }

    pub(super) fn kwok_configuration(&self) -> PathBuf {
        self.root().join("kwok.yaml")
    }

    pub(super) fn kubectl_cache(&self) -> PathBuf {
        self.root().join("kubectl-cache")
    }
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), ControlPlaneError> {
    fs::write(path, text).map_err(|source| failed(path, source))
}

fn failed(path: &Path, source: io::Error) -> ControlPlaneError {
    ControlPlaneError::Write {
        path: path.to_owned(),
        source,
    }
}
