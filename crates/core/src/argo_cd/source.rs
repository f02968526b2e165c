//! Which of an Application's sources a change pins, and how it renders.

use serde_json::Value;

use super::Application;
use super::application::Source;
use crate::revision::Revision;

/// The source that a change's manifests come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifests<'a> {
    /// Its position among the sources.
    pub position: usize,
    /// The folder in the repository.
    pub path: &'a str,
    /// What Argo CD changes in the kustomization before it builds.
    pub kustomize: Option<&'a Value>,
    /// How a folder without a kustomization is read.
    pub directory: Option<&'a Value>,
}

impl Application {
    /// The source that renders to the Application's objects, in this repository.
    ///
    /// # Errors
    ///
    /// Why Tidegate cannot say what Argo CD would deploy; the sentence begins
    /// with what is the case.
    pub fn manifests(&self, repository: &str) -> Result<Manifests<'_>, String> {
        if self.spec.source_hydrator.is_some() {
            return Err(
                "its manifests are hydrated into another branch, which Tidegate does not follow"
                    .to_owned(),
            );
        }
        let mut rendering = self
            .sources()
            .iter()
            .enumerate()
            .filter(|(_, source)| !source.path.is_empty() || !source.chart.is_empty());
        let Some((position, source)) = rendering.next() else {
            return Err("it has no source with manifests".to_owned());
        };
        if rendering.next().is_some() {
            return Err(
                "several of its sources render manifests, of which Tidegate can judge only one"
                    .to_owned(),
            );
        }
        if source.plugin.is_some() {
            return Err("a config management plugin renders it, and nobody could tell what that would deploy; use kustomize or plain manifests".to_owned());
        }
        if !source.chart.is_empty() || source.helm.is_some() {
            return Err("it is a Helm chart, which Tidegate cannot render yet".to_owned());
        }
        if !is_same_repository(&source.repo_url, repository) {
            return Err(format!(
                "it deploys from {}, and the change from {repository}",
                source.repo_url
            ));
        }
        Ok(Manifests {
            position,
            path: &source.path,
            kustomize: source.kustomize.as_ref(),
            directory: source.directory.as_ref(),
        })
    }

    /// What the source that renders points at: a commit, or anything else that
    /// Argo CD resolves again and again.
    pub fn pointed_at(&self) -> &str {
        let renders = |source: &&Source| !source.path.is_empty() || !source.chart.is_empty();
        self.sources()
            .iter()
            .find(renders)
            .map_or("", |source| source.target_revision.as_str())
    }

    /// The commit that it is pinned to, if it is. Where the pin is on a branch
    /// that is the commit that Argo CD found there last.
    pub fn pin(&self) -> Option<Revision> {
        match self.branch() {
            Some(branch) => self.live_revision().filter(|_| self.follows(&branch)),
            None => Revision::parse(self.pointed_at()).ok(),
        }
    }

    /// Lets the source that renders point at something else.
    pub(super) fn point_at(&mut self, revision: &str) {
        let renders = |source: &&mut Source| !source.path.is_empty() || !source.chart.is_empty();
        let spec = &mut self.spec;
        let sources = if spec.sources.is_empty() {
            spec.source.as_mut_slice()
        } else {
            spec.sources.as_mut_slice()
        };
        if let Some(source) = sources.iter_mut().find(renders) {
            revision.clone_into(&mut source.target_revision);
        }
    }

    /// Whether what it was compared with last is this commit.
    pub fn is_compared_with(&self, revision: &Revision) -> bool {
        let sync = &self.status.sync;
        sync.revision == revision.as_str()
            || sync.revisions.iter().any(|one| one == revision.as_str())
    }

    /// The commit that runs, as far as Argo CD says so: what it was compared
    /// with last, of the source that renders.
    pub fn live_revision(&self) -> Option<Revision> {
        let sync = &self.status.sync;
        let position = self
            .sources()
            .iter()
            .position(|source| !source.path.is_empty() || !source.chart.is_empty())?;
        let text = sync.revisions.get(position).unwrap_or(&sync.revision);
        Revision::parse(text).ok()
    }
}

/// Whether two addresses are of one repository: a slash or `.git` at the end
/// makes no difference, nor does the case of scheme and host.
pub fn is_same_repository(one: &str, other: &str) -> bool {
    normal(one) == normal(other)
}

fn normal(url: &str) -> String {
    let url = url.trim().trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    let url = url.strip_prefix("file://").unwrap_or(url);
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
