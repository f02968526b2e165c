//! Runs `helm template` as Argo CD 3.5 does (`helmTemplate` in
//! `reposerver/repository/repository.go`, `template` in `util/helm/cmd.go`), where it
//! can reach nothing but the files of one commit.
//!
//! | file | what it answers |
//! |---|---|
//! | `parameters` | what an Application says to Helm |
//! | `variables` | what Argo CD puts in place of `$ARGOCD_APP_NAME` and its like |
//! | `value_file` | which file a value file is |
//! | `arguments` | the arguments of `helm template` |
//! | `steady` | whether a chart renders to the same again |
//! | `error` | why a chart does not render |

mod arguments;
mod error;
mod parameters;
mod steady;
mod value_file;
mod variables;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::OnceCell;

pub use self::error::HelmError;
pub use self::variables::Variables;

use super::error::{RenderError, is_out_of_memory, message};
use super::home::{self, Home};
use super::kustomize::{RenderLimits, Rendered, Tool};
use super::manifests;
use crate::subprocess::{self, Limits};
use arguments::Call;
use parameters::Parameters;
use value_file::Place;

/// The `helm` program.
///
/// That there is none is told when a chart is to be rendered: who deploys no charts
/// needs none.
#[derive(Debug)]
pub struct Helm {
    program: Option<PathBuf>,
    version: OnceCell<String>,
}

/// Where a chart is.
#[derive(Debug, Clone, Copy)]
pub enum Chart<'a> {
    /// In a folder of one commit.
    Folder {
        /// The files of the commit, which nobody else writes to.
        root: &'a Path,
        /// The chart's folder in it.
        path: &'a str,
    },
    /// In the archive of a Helm repository.
    Archive {
        /// The archive.
        file: &'a Path,
        /// The chart's name and version, for messages.
        called: &'a str,
        /// Where value files are looked for that refer to another source.
        values: Option<Values<'a>>,
    },
}

/// The files of a commit that a chart's values are taken from.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The name by which value files refer to them: `values` in `$values/prod.yaml`.
    pub reference: &'a str,
    /// The files, which nobody else writes to.
    pub root: &'a Path,
}

/// What a chart is rendered for.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    /// Its name, unless the parameters give another: that of the Application.
    pub name: &'a str,
    /// The namespace, unless the parameters give another: that of the destination.
    pub namespace: &'a str,
    /// `helm` of the Application's source.
    pub parameters: Option<&'a Value>,
    /// What stands for `$ARGOCD_APP_NAME` and its like.
    pub variables: &'a Variables,
    /// The version of Kubernetes in the destination, such as `v1.36.3`.
    pub kube_version: &'a str,
    /// What the destination serves: `apps/v1` and `apps/v1/Deployment`.
    pub api_versions: &'a [String],
}

impl Helm {
    /// Takes the program at the given path, or else the first in `PATH`.
    pub fn find(program: Option<PathBuf>) -> Self {
        Self {
            program: home::find(program, "helm"),
            version: OnceCell::new(),
        }
    }

    pub(crate) fn program(&self) -> Result<&Path, HelmError> {
        self.program.as_deref().ok_or(HelmError::Missing)
    }

    /// The version in its own words, such as `v4.2.1`. Asked for once.
    ///
    /// # Errors
    ///
    /// [`HelmError::Missing`], or that it does not tell.
    pub async fn version(&self) -> Result<&str, RenderError> {
        let program = self.program()?;
        self.version
            .get_or_try_init(|| async {
                let home = Home::new()?;
                let mut command = home.command(program, &RenderLimits::default());
                command.args(["version", "--short"]);
                let failed = |reason| RenderError::Version {
                    program: program.to_owned(),
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
                if !output.status.success() || !version.starts_with('v') || version.contains('\n') {
                    return Err(failed("it printed something else".to_owned()));
                }
                Ok(version)
            })
            .await
            .map(String::as_str)
    }

    /// Renders a chart as Argo CD would. It is rendered twice, since what renders to
    /// something else each time could not be compared with what was approved.
    ///
    /// # Errors
    ///
    /// A parameter that Tidegate does not know, a file that is not in the repository,
    /// and everything that Helm does not accept.
    pub async fn render(
        &self,
        chart: &Chart<'_>,
        release: &Release<'_>,
        limits: &RenderLimits,
    ) -> Result<Rendered, RenderError> {
        let version = self.version().await?.to_owned();
        let (path, root) = match *chart {
            Chart::Folder { root, path } => (path, Some(root)),
            Chart::Archive { called, values, .. } => (called, values.map(|values| values.root)),
        };
        let refused = |message: String| RenderError::Source {
            path: path.to_owned(),
            message,
        };
        let root = root.map(canonical).transpose().map_err(refused)?;
        let parameters = Parameters::read(release.parameters).map_err(refused)?;
        let (place, what) = match (*chart, &root) {
            (Chart::Folder { path, .. }, Some(root)) => {
                let folder = canonical(&root.join(path)).map_err(refused)?;
                if !folder.starts_with(root) {
                    return Err(refused("it leads out of the repository".to_owned()));
                }
                (
                    Place::Beside {
                        root: root.clone(),
                        chart: folder.clone(),
                    },
                    folder,
                )
            }
            (Chart::Archive { file, values, .. }, root) => {
                let reference = values.map(|values| values.reference.to_owned());
                let place = Place::Elsewhere {
                    values: reference.zip(root.clone()),
                };
                (place, file.to_owned())
            }
            (Chart::Folder { .. }, None) => return Err(refused("it is nowhere".to_owned())),
        };
        let call = Call::new(&parameters, release, &place).map_err(refused)?;
        let template = Template {
            chart: &what,
            path,
            root: root.as_deref(),
            call: &call,
            limits,
        };

        let begun = tokio::time::Instant::now();
        let objects = self.template(&template).await?;
        let reads_clock = {
            let chart = what.clone();
            tokio::task::spawn_blocking(move || steady::reads_clock(&chart)).await
        };
        if reads_clock.unwrap_or(true) {
            tokio::time::sleep_until(begun + steady::NEXT_SECOND).await;
        }
        let again = self.template(&template).await?;
        if let Some(object) = steady::difference(&objects, &again) {
            let path = path.to_owned();
            return Err(HelmError::Unsteady { path, object }.into());
        }
        if objects.is_empty() {
            return Err(HelmError::Empty {
                path: path.to_owned(),
            }
            .into());
        }
        Ok(Rendered {
            objects,
            tool: Tool {
                name: "helm".to_owned(),
                version,
            },
        })
    }

    /// One call of `helm template`.
    async fn template(&self, template: &Template<'_>) -> Result<Vec<Value>, RenderError> {
        let Template { chart, limits, .. } = *template;
        let home = Home::new()?;
        let mut command = home.command(self.program()?, limits);
        let arguments = template
            .call
            .arguments(home.path())
            .map_err(RenderError::Temporary)?;
        command.arg("template");
        if chart.is_dir() {
            // Argo CD names the chart so, and Helm's messages are the same then.
            command.arg(".").current_dir(chart);
        } else {
            command.arg(chart);
        }
        command.args(arguments);
        let subprocess_limits = Limits {
            time: limits.time,
            stdout: limits.output,
            memory: Some(limits.memory),
        };
        let path = template.path.to_owned();
        let output = match subprocess::run(command, &subprocess_limits).await {
            Ok(output) => output,
            Err(source) => return Err(HelmError::BrokenOff { path, source }.into()),
        };
        if !output.status.success() {
            let error = if is_out_of_memory(&output) {
                let limit = limits.memory;
                HelmError::OutOfMemory { path, limit }
            } else {
                let said = message(&output.stderr, template.root.unwrap_or(chart))
                    .replace(&format!("{}/", home.path().display()), "")
                    .replace(&chart.display().to_string(), template.path);
                HelmError::failure(path, said, output.status)
            };
            return Err(error.into());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        manifests::parse(&text).map_err(|source| HelmError::Manifests { path, source }.into())
    }
}

/// What is rendered, and how.
struct Template<'a> {
    /// The chart's folder or its archive.
    chart: &'a Path,
    /// How it is called in messages.
    path: &'a str,
    /// What to strip from messages.
    root: Option<&'a Path>,
    call: &'a Call,
    limits: &'a RenderLimits,
}

fn canonical(path: &Path) -> Result<PathBuf, String> {
    path.canonicalize()
        .map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_has_no_helm_is_told_so_when_a_chart_is_rendered() {
        let nowhere = tempfile::tempdir().unwrap().path().join("helm");
        let helm = Helm::find(Some(nowhere));
        let error = helm.version().await.unwrap_err();
        assert!(error.to_string().contains("install Helm 4"), "{error}");
    }
}
