//! Runs `kustomize build` where it can reach nothing but the files of one commit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::OnceCell;

use super::error::RenderError;
use super::home::{self, Home};
use super::kustomization::{self, Refusal};
use super::manifests;
use super::{edit, plain};
use crate::subprocess::{self, Limits};

/// What rendering may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderLimits {
    /// Wall time.
    pub time: Duration,
    /// Memory in bytes. On Linux the kernel enforces it; elsewhere it is only asked for.
    pub memory: u64,
    /// Bytes of rendered manifests.
    pub output: usize,
}

impl Default for RenderLimits {
    /// A minute, 1 GiB of memory, 64 MiB of manifests.
    fn default() -> Self {
        Self {
            time: Duration::from_mins(1),
            memory: 1024 * 1024 * 1024,
            output: 64 * 1024 * 1024,
        }
    }
}

/// What an overlay renders to, and with what.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The objects, in the tool's order; at least one.
    pub objects: Vec<Value>,
    /// The tool, for the evidence.
    pub tool: Tool,
}

/// A program that renders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version in its own words, such as `v5.8.1`.
    pub version: String,
}

/// The `kustomize` program.
#[derive(Debug)]
pub struct Kustomize {
    program: PathBuf,
    version: OnceCell<String>,
}

impl Kustomize {
    /// Takes the program at the given path, or else the first in `PATH`.
    pub fn find(program: Option<PathBuf>) -> Result<Self, RenderError> {
        let program = home::find(program, "kustomize").ok_or(RenderError::ToolMissing)?;
        Ok(Self {
            program,
            version: OnceCell::new(),
        })
    }

    /// The version in its own words, such as `v5.8.1`. Asked for once.
    pub async fn version(&self) -> Result<&str, RenderError> {
        self.version
            .get_or_try_init(|| async {
                let home = Home::new()?;
                let mut command = home.command(&self.program, &RenderLimits::default());
                command.arg("version");
                let failed = |reason| RenderError::Version {
                    program: self.program.clone(),
                    reason,
                };
                let limits = Limits {
                    time: Duration::from_secs(10),
                    stdout: 1024,
                    memory: None,
                };
                let output = subprocess::run(command, &limits)
                    .await
                    .map_err(|error| failed(error.to_string()))?;
                let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                if !output.status.success() || version.is_empty() || version.contains('\n') {
                    return Err(failed("it printed something else".to_owned()));
                }
                Ok(version)
            })
            .await
            .map(String::as_str)
    }

    /// Renders `overlay`, a path below `tree_root`, which holds the files of one commit
    /// and which nobody else writes to.
    ///
    /// Whatever would be fetched or run is refused before kustomize starts. Dropping
    /// the future ends kustomize.
    pub async fn render(
        &self,
        tree_root: &Path,
        overlay: &str,
        limits: &RenderLimits,
    ) -> Result<Rendered, RenderError> {
        let version = self.version().await?.to_owned();
        // kustomize reports real paths, so these are the ones to strip from its messages.
        let root = tree_root.canonicalize().map_err(|source| {
            RenderError::Refused(Refusal::Unreadable {
                file: ".".to_owned(),
                source,
            })
        })?;
        kustomization::check(&root, overlay)?;

        let home = Home::new()?;
        let mut command = home.command(&self.program, limits);
        command
            .args([
                "build",
                "--load-restrictor",
                "LoadRestrictionsRootOnly",
                "--",
            ])
            .arg(Path::new(".").join(overlay))
            .current_dir(&root);
        let subprocess_limits = Limits {
            time: limits.time,
            stdout: limits.output,
            memory: Some(limits.memory),
        };
        let overlay = overlay.to_owned();
        let output = match subprocess::run(command, &subprocess_limits).await {
            Ok(output) => output,
            Err(source) => return Err(RenderError::BrokenOff { overlay, source }),
        };
        if !output.status.success() {
            return Err(RenderError::failure(overlay, &output, &root, limits.memory));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let objects = match manifests::parse(&text) {
            Ok(objects) => objects,
            Err(source) => return Err(RenderError::Manifests { overlay, source }),
        };
        if objects.is_empty() {
            return Err(RenderError::Empty { overlay });
        }
        Ok(Rendered {
            objects,
            tool: Tool {
                name: "kustomize".to_owned(),
                version,
            },
        })
    }
}

impl Kustomize {
    /// Renders a source of an Application that is no chart as Argo CD would: a
    /// kustomization with the Application's parameters, or a plain folder.
    ///
    /// # Errors
    ///
    /// As [`Kustomize::render`]; and [`RenderError::Source`] for what Tidegate
    /// cannot render as Argo CD does.
    pub async fn render_source(
        &self,
        tree_root: &Path,
        path: &str,
        source: &SourceParameters<'_>,
        limits: &RenderLimits,
    ) -> Result<Rendered, RenderError> {
        let failed = |message: String| RenderError::Source {
            path: path.to_owned(),
            message,
        };
        let folder = tree_root
            .join(path)
            .canonicalize()
            .map_err(|error| failed(error.to_string()))?;
        let root = tree_root
            .canonicalize()
            .map_err(|error| failed(error.to_string()))?;
        if !folder.starts_with(&root) {
            return Err(failed("it leads out of the repository".to_owned()));
        }
        if plain::is_kustomization(&folder) {
            let edits = source.kustomize.map_or(Ok(Vec::new()), edit::edits);
            for edit in edits.map_err(failed)? {
                self.edit(&folder, path, &edit, limits).await?;
            }
            return self.render(tree_root, path, limits).await;
        }
        if source.kustomize.is_some() {
            return Err(failed(
                "it has parameters of kustomize, and the folder is no kustomization".to_owned(),
            ));
        }
        let objects = plain::read(&folder, source.directory).map_err(failed)?;
        if objects.is_empty() {
            return Err(RenderError::Empty {
                overlay: path.to_owned(),
            });
        }
        Ok(Rendered {
            objects,
            tool: Tool {
                name: "plain manifests,".to_owned(),
                version: "as they are".to_owned(),
            },
        })
    }

    /// Changes the kustomization of a folder.
    async fn edit(
        &self,
        folder: &Path,
        path: &str,
        edit: &[String],
        limits: &RenderLimits,
    ) -> Result<(), RenderError> {
        let home = Home::new()?;
        let mut command = home.command(&self.program, limits);
        command.arg("edit").args(edit).current_dir(folder);
        let subprocess_limits = Limits {
            time: limits.time,
            stdout: 64 * 1024,
            memory: Some(limits.memory),
        };
        let overlay = path.to_owned();
        let output = match subprocess::run(command, &subprocess_limits).await {
            Ok(output) => output,
            Err(source) => return Err(RenderError::BrokenOff { overlay, source }),
        };
        if output.status.success() {
            return Ok(());
        }
        Err(RenderError::failure(
            overlay,
            &output,
            folder,
            limits.memory,
        ))
    }
}

/// What an Application says about how its source is rendered.
#[derive(Debug, Clone, Copy, Default)]
pub struct SourceParameters<'a> {
    /// `kustomize` of the source.
    pub kustomize: Option<&'a Value>,
    /// `directory` of the source.
    pub directory: Option<&'a Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_missing() {
        let nowhere = tempfile::tempdir().unwrap().path().join("kustomize");
        assert!(matches!(
            Kustomize::find(Some(nowhere)),
            Err(RenderError::ToolMissing)
        ));
    }
}
