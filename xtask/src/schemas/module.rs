//! The source of Kubernetes.

use std::{path::PathBuf, process::Command};

use super::SchemasError;

/// A release of Kubernetes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Module {
    /// `1.36`
    pub(super) release: &'static str,
    /// `v1.36.3`
    pub(super) version: &'static str,
    /// As `go.sum` has it.
    pub(super) hash: &'static str,
}

/// The last five, the oldest first.
pub(super) const RELEASES: [Module; 5] = [
    Module {
        release: "1.32",
        version: "v1.32.13",
        hash: "h1:5TGYdZ6YZqdp6h/Rp1vX/4TIoybMPdgv97LCZCtPuNQ=",
    },
    Module {
        release: "1.33",
        version: "v1.33.13",
        hash: "h1:bmH31xUdSzeA5vk0wZAK9MZp11mdLuzUSeKk0qN3hPQ=",
    },
    Module {
        release: "1.34",
        version: "v1.34.5",
        hash: "h1:s8m1RKKbFA1SyBoJ1BCIuXaPwTSW28ksZcOUorrLLxk=",
    },
    Module {
        release: "1.35",
        version: "v1.35.4",
        hash: "h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM=",
    },
    Module {
        release: "1.36",
        version: "v1.36.3",
        hash: "h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o=",
    },
];

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Download {
    dir: PathBuf,
    sum: String,
}

impl Module {
    /// Where its source is on this machine; downloads it if it is not there.
    pub(super) fn source_folder(self) -> Result<PathBuf, SchemasError> {
        let module = format!("k8s.io/kubernetes@{}", self.version);
        let mut command = Command::new("go");
        command
            // Outside of any module.
            .current_dir(std::env::temp_dir())
            .env("GOWORK", "off")
            .args(["mod", "download", "-json", &module]);
        let output = command.output().map_err(SchemasError::Go)?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(SchemasError::Download { module, reason });
        }
        let download: Download = match serde_json::from_slice(&output.stdout) {
            Ok(download) => download,
            Err(source) => return Err(SchemasError::Answer { module, source }),
        };
        if download.sum != self.hash {
            return Err(SchemasError::Hash {
                module,
                expected: self.hash,
                found: download.sum,
            });
        }
        Ok(download.dir)
    }
}
