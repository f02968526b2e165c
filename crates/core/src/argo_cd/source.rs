//! Where an Application's objects come from, and how they are rendered.

use serde_json::Value;

use super::Application;
use super::application::Source;

/// The source that an Application's objects come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifests<'a> {
    /// The repository, of Git or of Helm.
    pub repository: &'a str,
    /// The folder in it; empty for a chart of a Helm repository.
    pub path: &'a str,
    /// The chart of a Helm repository.
    pub chart: Option<HelmChart<'a>>,
    /// What Argo CD changes in the kustomization before it builds.
    pub kustomize: Option<&'a Value>,
    /// How a folder without a kustomization is read.
    pub directory: Option<&'a Value>,
    /// What Argo CD tells Helm.
    pub helm: Option<&'a Value>,
}

/// A chart of a Helm repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelmChart<'a> {
    /// Its name.
    pub name: &'a str,
    /// The Git repository that its values come from.
    pub values: Option<Values<'a>>,
}

/// A source whose files are a chart's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Values<'a> {
    /// The name by which value files refer to it, without the dollar sign.
    pub reference: &'a str,
    /// The repository.
    pub repository: &'a str,
}

impl<'a> Manifests<'a> {
    /// The Git repository that a change of a commit is about.
    pub fn git(&self) -> Option<&'a str> {
        match &self.chart {
            None => Some(self.repository),
            Some(chart) => chart.values.map(|values| values.repository),
        }
    }
}

impl Application {
    /// The source that renders to the Application's objects.
    ///
    /// # Errors
    ///
    /// Why Tidegate cannot say what Argo CD would deploy; the sentence begins
    /// with what is the case.
    pub fn rendered_from(&self) -> Result<Manifests<'_>, String> {
        if self.spec.source_hydrator.is_some() {
            return Err(
                "its manifests are hydrated into another branch, which Tidegate does not follow"
                    .to_owned(),
            );
        }
        let renders = |source: &&Source| !source.path.is_empty() || !source.chart.is_empty();
        let mut rendering = self.sources().iter().filter(renders);
        let Some(source) = rendering.next() else {
            return Err("it has no source with manifests".to_owned());
        };
        if rendering.next().is_some() {
            return Err(
                "several of its sources render manifests, of which Tidegate can judge only one"
                    .to_owned(),
            );
        }
        if source.plugin.is_some() {
            return Err("a config management plugin renders it, and nobody could tell what that would deploy; use kustomize, Helm or plain manifests".to_owned());
        }
        let mut values = self.values_of(source);
        let first = values.next();
        if values.next().is_some() {
            return Err(
                "its values come from several sources, of which Tidegate can follow only one"
                    .to_owned(),
            );
        }
        let chart = match (source.chart.is_empty(), first) {
            (true, None) => None,
            (true, Some(_)) => {
                return Err("its chart and its values come from two sources in Git, of which a change moves only one; put the values beside the chart".to_owned());
            }
            (false, first) => Some(HelmChart {
                name: &source.chart,
                values: first.and_then(|position| {
                    let source = self.sources().get(position)?;
                    Some(Values {
                        reference: &source.reference,
                        repository: &source.repo_url,
                    })
                }),
            }),
        };
        Ok(Manifests {
            repository: &source.repo_url,
            path: &source.path,
            chart,
            kustomize: source.kustomize.as_ref(),
            directory: source.directory.as_ref(),
            helm: source.helm.as_ref(),
        })
    }

    /// The same, for a change of a commit of this Git repository.
    ///
    /// # Errors
    ///
    /// As above, or its Git repository is another one.
    pub fn manifests(&self, repository: &str) -> Result<Manifests<'_>, String> {
        let manifests = self.rendered_from()?;
        match manifests.git() {
            Some(git) if is_same_repository(git, repository) => Ok(manifests),
            Some(git) => Err(format!(
                "it deploys from {git}, and the change from {repository}"
            )),
            None => Err(format!(
                "it deploys a chart of {} and nothing from Git; a change of it gives source.chart and source.version",
                manifests.repository
            )),
        }
    }

    /// The same, for a change of the version of this chart in this Helm repository.
    ///
    /// # Errors
    ///
    /// As above, or its chart is another one.
    pub fn manifests_of_chart(
        &self,
        repository: &str,
        chart: &str,
    ) -> Result<Manifests<'_>, String> {
        let manifests = self.rendered_from()?;
        match &manifests.chart {
            Some(own)
                if own.name == chart && is_same_repository(manifests.repository, repository) =>
            {
                Ok(manifests)
            }
            Some(own) => Err(format!(
                "it deploys chart {} of {}, and the change is of chart {chart} of {repository}",
                own.name, manifests.repository
            )),
            None => Err(format!(
                "it deploys from {} in Git and no chart of a Helm repository; a change of it gives source.revision or source.ref",
                manifests.repository
            )),
        }
    }

    /// The positions of the sources whose files this source takes as values: those that
    /// its value files refer to by `$name/…`.
    pub(super) fn values_of(&self, source: &Source) -> impl Iterator<Item = usize> {
        let names = value_files(source);
        let sources = self.sources().iter().enumerate();
        sources.filter_map(move |(position, source)| {
            let is_named = !source.reference.is_empty() && names.contains(&source.reference);
            is_named.then_some(position)
        })
    }
}

/// The names by which the value files and file parameters of a source may refer to
/// other sources: what stands between `$` and the first slash.
fn value_files(source: &Source) -> Vec<String> {
    let Some(helm) = &source.helm else {
        return Vec::new();
    };
    let list = |field: &str| {
        helm.get(field)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let files = list("valueFiles").filter_map(Value::as_str);
    let parameters = list("fileParameters").filter_map(|one| one.get("path")?.as_str());
    files
        .chain(parameters)
        .filter_map(|file| file.strip_prefix('$'))
        .map(|file| file.split('/').next().unwrap_or(file).to_owned())
        .collect()
}

/// Whether two addresses are of one repository: a slash or `.git` at the end
/// makes no difference, nor does the case of scheme and host, nor whether a registry
/// is written with `oci://`.
pub fn is_same_repository(one: &str, other: &str) -> bool {
    normal(one) == normal(other)
}

fn normal(url: &str) -> String {
    let url = url.trim().trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    let url = url.strip_prefix("file://").unwrap_or(url);
    let url = url.strip_prefix("oci://").unwrap_or(url);
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    format!(
        "{}://{}/{path}",
        scheme.to_ascii_lowercase(),
        host.to_ascii_lowercase()
    )
}
