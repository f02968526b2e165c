//! How a target's manifests are made from a commit.

use std::sync::Arc;

use serde_json::Value;
use tidegate_connect::git::{ExportLimits, Repository};
use tidegate_connect::render::{RenderLimits, SourceParameters};
use tidegate_core::argo_cd::Application;
use tidegate_core::lifecycle::Facts;
use tidegate_core::revision::Revision;
use tidegate_core::target::{Delivery, Target};

use super::cache::Manifests;
use crate::hub::Term;
use crate::sentence::sentence;

/// How a target's manifests are made from a commit.
pub(super) struct Rendering {
    path: String,
    /// The parameters of an Application's source; none where Tidegate delivers
    /// itself.
    source: Option<(Option<Value>, Option<Value>)>,
}

impl Rendering {
    /// As Argo CD would make them for this Application.
    pub(super) fn of(application: &Application, repository: &Repository) -> Result<Self, String> {
        let manifests = application
            .manifests(repository.url())
            .map_err(|why| format!("Application {}: {why}", application.place()))?;
        Ok(Self {
            path: manifests.path.trim_end_matches('/').to_owned(),
            source: Some((manifests.kustomize.cloned(), manifests.directory.cloned())),
        })
    }

    /// Names it once among those of one commit.
    pub(super) fn key(&self) -> String {
        match &self.source {
            None => self.path.clone(),
            Some((kustomize, directory)) => {
                let parameters = serde_json::json!([kustomize, directory]);
                format!("{} {parameters}", self.path)
            }
        }
    }
}

/// How this target's manifests are made.
pub(super) fn rendering(
    facts: &Facts,
    repository: &Repository,
    target: &Target,
) -> Result<Rendering, String> {
    match &target.delivery {
        Delivery::BuiltIn { path } => Ok(Rendering {
            path: path.clone(),
            source: None,
        }),
        Delivery::ArgoCd { .. } => match facts.applications.get(&target.key) {
            Some(Ok(fact)) => Rendering::of(&fact.application, repository),
            Some(Err(why)) => Err(format!("Application {} {why}", target.key.name)),
            None => Err(format!("Application {} was not read", target.key.name)),
        },
    }
}

/// The manifests of one target at a commit.
pub(super) async fn render(
    term: &Term,
    repository: &Repository,
    revision: &Revision,
    rendering: &Rendering,
) -> Result<Manifests, String> {
    let hub = &term.hub;
    let key = (
        repository.url().to_owned(),
        revision.clone(),
        rendering.key(),
    );
    if let Some(manifests) = hub.caches.manifests(&key) {
        return Ok(manifests);
    }
    let tree = tempfile::tempdir()
        .map_err(|error| format!("no room for the repository's files: {error}"))?;
    hub.mirrors
        .export(repository, revision, tree.path(), &ExportLimits::default())
        .await
        .map_err(|error| sentence(&error))?;
    let limits = RenderLimits::default();
    let kustomize = &hub.kustomize;
    let rendered = match &rendering.source {
        None => {
            kustomize
                .render(tree.path(), &rendering.path, &limits)
                .await
        }
        Some((parameters, directory)) => {
            let source = SourceParameters {
                kustomize: parameters.as_ref(),
                directory: directory.as_ref(),
            };
            kustomize
                .render_source(tree.path(), &rendering.path, &source, &limits)
                .await
        }
    };
    let rendered = rendered.map_err(|error| sentence(&error))?;
    let manifests = Manifests {
        objects: Arc::new(rendered.objects),
        tool: format!("{} {}", rendered.tool.name, rendered.tool.version),
    };
    hub.caches.keep_manifests(key, &manifests);
    Ok(manifests)
}
