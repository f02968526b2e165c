//! Archives of charts, fetched from Helm repositories.
//!
//! `helm pull` does it, since it speaks to servers with an index and to registries
//! (`oci://`). It may use the network and nothing else: what it keeps is in a folder of
//! its own for each call, and credentials stand in files there and never in arguments.

mod error;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use tempfile::{TempDir, TempPath};
use tidegate_core::digest::Digest;
use tokio::process::Command;

pub use self::error::ChartError;
use crate::git::Credentials;
use crate::render::Helm;
use crate::subprocess::{self, Limits, Output};

/// How long a call may take, over the network.
const WITHIN: Duration = Duration::from_mins(1);

/// Memory of a call, in bytes. An index may have tens of megabytes of text.
const MEMORY: u64 = 1024 * 1024 * 1024;

/// The largest archive that is taken, in bytes. Helm itself packs no file of more than
/// 5 MiB into one, and few archives have more than one.
pub const LARGEST: u64 = 32 * 1024 * 1024;

/// The name of the only repository in Helm's configuration.
const NAME: &str = "repository";

/// Where Go programs look for certificates.
const CERTIFICATES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// One version of a chart, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChartAddress {
    /// `https://charts.example.com/stable`; or, of a registry,
    /// `oci://registry.example.com/charts`, also without `oci://`.
    pub repository: String,
    /// The chart's name.
    pub name: String,
    /// The exact version.
    pub version: String,
}

impl ChartAddress {
    /// The registry and the path in it, where the repository is one.
    fn registry(&self) -> Option<&str> {
        match self.repository.split_once("://") {
            Some(("oci", rest)) => Some(rest.trim_end_matches('/')),
            Some(_) => None,
            None => Some(self.repository.trim_end_matches('/')),
        }
    }
}

/// The archive of a chart. It is deleted with the last that has it.
#[derive(Debug, Clone)]
pub struct Archive {
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    file: Arc<TempPath>,
}

impl Archive {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.file
    }
}

/// Fetches the archive of a chart.
///
/// # Errors
///
/// There is no Helm, no such chart, or no way to it.
pub async fn fetch(
    helm: &Helm,
    address: &ChartAddress,
    credentials: Option<&Credentials>,
) -> Result<Archive, ChartError> {
    let home = tempfile::Builder::new()
        .prefix("tidegate-chart-")
        .tempdir()
        .map_err(ChartError::Temporary)?;
    let program = helm.program()?;
    let call = Call {
        program,
        home: &home,
        address,
    };
    let into = home.path().join("archive");
    std::fs::create_dir(&into).map_err(ChartError::Temporary)?;
    let chart = if let Some(registry) = address.registry() {
        if let Some(credentials) = credentials {
            let host = registry.split('/').next().unwrap_or(registry);
            let pair = format!("{}:{}", credentials.username, credentials.password.expose());
            let known = json!({ "auths": { host: { "auth": BASE64_STANDARD.encode(pair) } } });
            call.write("registry.json", &known)?;
        }
        format!("oci://{registry}/{}", address.name)
    } else {
        let mut entry = json!({ "name": NAME, "url": address.repository });
        if let (Some(credentials), Some(entry)) = (credentials, entry.as_object_mut()) {
            entry.insert("username".to_owned(), json!(credentials.username));
            entry.insert("password".to_owned(), json!(credentials.password.expose()));
        }
        call.write("repositories.yaml", &json!({ "repositories": [entry] }))?;
        call.run(&["repo", "update", NAME]).await?;
        format!("{NAME}/{}", address.name)
    };
    let version = format!("--version={}", address.version);
    let destination = format!("--destination={}", into.display());
    call.run(&["pull", &version, &destination, "--", &chart])
        .await?;
    keep(address, &into)
}

/// One way to call Helm.
struct Call<'a> {
    program: &'a Path,
    home: &'a TempDir,
    address: &'a ChartAddress,
}

impl Call<'_> {
    /// Writes what Helm reads. The folder is ours alone, and so is what is in it.
    fn write(&self, file: &str, content: &serde_json::Value) -> Result<(), ChartError> {
        let path = self.home.path().join(file);
        std::fs::write(path, content.to_string()).map_err(ChartError::Temporary)
    }

    async fn run(&self, arguments: &[&str]) -> Result<(), ChartError> {
        let home = self.home.path();
        let mut command = Command::new(self.program);
        command
            .env_clear()
            .env("PATH", home)
            .env("HOME", home)
            .env("TMPDIR", home)
            .env("HELM_CONFIG_HOME", home.join("config"))
            .env("HELM_CACHE_HOME", home.join("cache"))
            .env("HELM_DATA_HOME", home.join("data"))
            .env("HELM_REPOSITORY_CONFIG", home.join("repositories.yaml"))
            .env("HELM_REGISTRY_CONFIG", home.join("registry.json"))
            .stdin(Stdio::null())
            .current_dir(home)
            .args(arguments);
        for name in CERTIFICATES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let limits = Limits {
            time: WITHIN,
            stdout: 1024 * 1024,
            memory: Some(MEMORY),
        };
        let output = subprocess::run(command, &limits).await;
        let output = output.map_err(|source| ChartError::BrokenOff {
            address: self.address.clone(),
            source,
        })?;
        if output.status.success() {
            return Ok(());
        }
        Err(ChartError::Failed {
            address: self.address.clone(),
            message: self.message(&output),
        })
    }

    /// What Helm said last, without our folders in it. Why an index cannot be had it
    /// says on standard output, indented ("repo update" in `pkg/cmd/repo_update.go`).
    fn message(&self, output: &Output) -> String {
        let said = String::from_utf8_lossy(&output.stdout);
        let index = said.lines().rfind(|line| line.starts_with('\t'));
        let mut last = output.stderr.lines().filter(|line| !line.trim().is_empty());
        let last = index
            .or_else(|| last.next_back())
            .unwrap_or_default()
            .trim();
        let last = last.strip_prefix("Error: ").unwrap_or(last);
        let home = self.home.path().display().to_string();
        let text = last.replace(&home, ".");
        let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
        if text.is_empty() {
            format!("helm ended with {}", output.status)
        } else {
            text
        }
    }
}

/// Moves the only archive of the folder to where it stays, with its digest.
fn keep(address: &ChartAddress, folder: &Path) -> Result<Archive, ChartError> {
    let mut files = std::fs::read_dir(folder).map_err(ChartError::Temporary)?;
    let file = files
        .find_map(|entry| Some(entry.ok()?.path()).filter(|path| has_archive_name(path)))
        .ok_or_else(|| ChartError::Failed {
            address: address.clone(),
            message: "helm pull left no archive".to_owned(),
        })?;
    let size = file.metadata().map_err(ChartError::Temporary)?.len();
    if size > LARGEST {
        return Err(ChartError::TooLarge {
            address: address.clone(),
            limit: LARGEST,
        });
    }
    let bytes = std::fs::read(&file).map_err(ChartError::Temporary)?;
    let kept = tempfile::Builder::new()
        .prefix("tidegate-chart-")
        .suffix(".tgz")
        .tempfile()
        .map_err(ChartError::Temporary)?
        .into_temp_path();
    std::fs::write(&kept, &bytes).map_err(ChartError::Temporary)?;
    Ok(Archive {
        digest: Digest::of(&bytes),
        file: Arc::new(kept),
    })
}

fn has_archive_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tgz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_told_from_a_server_with_an_index() {
        let registry = |repository: &str| {
            let address = ChartAddress {
                repository: repository.to_owned(),
                name: "shop".to_owned(),
                version: "1.0.0".to_owned(),
            };
            address.registry().map(ToOwned::to_owned)
        };
        let charts = Some("registry.example.com/charts".to_owned());
        assert_eq!(registry("oci://registry.example.com/charts/"), charts);
        assert_eq!(registry("registry.example.com/charts"), charts);
        assert_eq!(registry("https://charts.example.com/stable"), None);
    }
}
