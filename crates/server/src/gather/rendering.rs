//! How a target's manifests are made from a commit, or from a chart.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use tidegate_connect::git::{ExportLimits, Repository};
use tidegate_connect::render::{
    Chart, Release, RenderError, RenderLimits, Rendered, SourceKind, SourceParameters, Values,
    source_kind,
};
use tidegate_core::argo_cd::Application;
use tidegate_core::digest::{Digest, application_digest};
use tidegate_core::lifecycle::Facts;
use tidegate_core::request::Change;
use tidegate_core::revision::Revision;
use tidegate_core::target::{Delivery, Target, TargetKey};

use super::application_source::{ApplicationSource, Packed};
use super::cache::Manifests;
use super::material::{Age, Material};
use crate::hub::Term;
use crate::sentence::sentence;

/// How a target's manifests are made.
#[derive(Clone)]
pub(super) struct Rendering {
    path: String,
    /// None where Tidegate delivers itself.
    source: Option<ApplicationSource>,
}

impl Rendering {
    /// As Argo CD would make them for the Application of this target.
    pub(super) async fn of(
        term: &Term,
        change: &Change,
        target: &TargetKey,
        application: &Application,
        material: &Material,
        age: Age,
    ) -> Result<Self, String> {
        let (path, source) = ApplicationSource::of(term, application, material, age).await?;
        let folder = (
            material.url().to_owned(),
            material.revision().clone(),
            path.clone(),
        );
        let is_given = source.kustomize.is_some() || source.directory.is_some();
        let is_chart = source.helm.is_some()
            || source.packed.is_some()
            || (!is_given && term.hub.caches.is_chart(&folder));
        let source = if is_chart {
            source.for_cluster(term, change, target).await?
        } else {
            source
        };
        Ok(Self {
            path,
            source: Some(source),
        })
    }

    /// What is approved of these manifests.
    pub(super) fn digest(&self, objects: &[Value]) -> Result<Digest, String> {
        let ignored = self.source.as_ref().map(|source| &source.ignored[..]);
        application_digest(objects, ignored.unwrap_or_default()).map_err(|error| sentence(&error))
    }

    /// Names it once among those of one commit, or of one archive.
    pub(super) fn key(&self) -> String {
        let Some(source) = &self.source else {
            return self.path.clone();
        };
        let parameters = match &source.capabilities {
            None => json!([source.kustomize, source.directory, source.ignored]),
            Some(capabilities) => json!([
                source.helm,
                source.ignored,
                source.name,
                source.variables.application,
                source.variables.namespace,
                source.variables.project,
                source.variables.revision,
                source.packed.as_ref().map(Packed::key),
                capabilities.kube_version,
                capabilities.api_versions,
            ]),
        };
        format!("{} {parameters}", self.path)
    }
}

/// How this target's manifests are made.
pub(super) async fn rendering(
    term: &Term,
    change: &Change,
    facts: &Facts,
    material: &Material,
    target: &Target,
) -> Result<Rendering, String> {
    match &target.delivery {
        Delivery::BuiltIn { path } => Ok(Rendering {
            path: path.clone(),
            source: None,
        }),
        Delivery::ArgoCd { .. } => match facts.applications.get(&target.key) {
            Some(Ok(fact)) => {
                let application = &fact.application;
                Rendering::of(term, change, &target.key, application, material, Age::Fresh).await
            }
            Some(Err(why)) => Err(format!("Application {} {why}", target.key.name)),
            None => Err(format!("Application {} was not read", target.key.name)),
        },
    }
}

/// The manifests of one target.
pub(super) async fn render(
    term: &Term,
    change: &Change,
    target: &TargetKey,
    material: &Material,
    rendering: &Rendering,
) -> Result<Manifests, String> {
    let hub = &term.hub;
    let url = material.url().to_owned();
    let revision = material.revision().clone();
    let key = (url.clone(), revision.clone(), rendering.key());
    if let Some(manifests) = hub.caches.manifests(&key) {
        return Ok(manifests);
    }
    let limits = RenderLimits::default();
    let path = rendering.path.as_str();
    if let Some(source) = &rendering.source
        && let Some(packed) = &source.packed
    {
        let rendered = unpacked(term, source, packed, &limits).await?;
        hub.caches.keep_manifests(key, &rendered);
        return Ok(rendered);
    }
    let Material::Commit { repository, .. } = material else {
        return Err("a chart goes out by an Application of Argo CD".to_owned());
    };
    let tree = exported(term, repository, &revision).await?;
    let (rendered, key) = match &rendering.source {
        None => (hub.kustomize.render(tree.path(), path, &limits).await, key),
        Some(source) if is_chart(tree.path(), path, source)? => {
            let folder = (url.clone(), revision.clone(), path.to_owned());
            hub.caches.keep_chart(folder);
            let source = match source.capabilities {
                Some(_) => source.clone(),
                None => source.clone().for_cluster(term, change, target).await?,
            };
            let chart = Chart::Folder {
                root: tree.path(),
                path,
            };
            let rendered = template(term, &chart, &source, &limits).await;
            let rendering = Rendering {
                path: path.to_owned(),
                source: Some(source),
            };
            (rendered, (url, revision, rendering.key()))
        }
        Some(source) => {
            let parameters = SourceParameters {
                kustomize: source.kustomize.as_ref(),
                directory: source.directory.as_ref(),
            };
            let kustomize = &hub.kustomize;
            let rendered = kustomize.render_source(tree.path(), path, &parameters, &limits);
            (rendered.await, key)
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

/// The files of a commit.
async fn exported(
    term: &Term,
    repository: &Repository,
    revision: &Revision,
) -> Result<TempDir, String> {
    let tree = tempfile::tempdir()
        .map_err(|error| format!("no room for the repository's files: {error}"))?;
    term.hub
        .mirrors
        .export(repository, revision, tree.path(), &ExportLimits::default())
        .await
        .map_err(|error| sentence(&error))?;
    Ok(tree)
}

fn is_chart(tree: &Path, path: &str, source: &ApplicationSource) -> Result<bool, String> {
    let others = [source.kustomize.as_ref(), source.directory.as_ref()];
    let kind = source_kind(tree, path, &source.name, source.helm.as_ref(), &others);
    let kind = kind.map_err(|error| sentence(&error))?;
    Ok(kind == SourceKind::Chart)
}

/// The manifests of a chart of a Helm repository. Its archive is part of the evidence.
async fn unpacked(
    term: &Term,
    source: &ApplicationSource,
    packed: &Packed,
    limits: &RenderLimits,
) -> Result<Manifests, String> {
    let tree = match &packed.values {
        None => None,
        Some(values) => Some(exported(term, &values.repository, &values.revision).await?),
    };
    let values = packed.values.as_ref().zip(tree.as_ref());
    let address = &packed.address;
    let called = format!("{} {}", address.name, address.version);
    let chart = Chart::Archive {
        file: packed.archive.path(),
        called: &called,
        values: values.map(|(values, tree)| Values {
            reference: &values.reference,
            root: tree.path(),
        }),
    };
    let rendered = template(term, &chart, source, limits).await;
    let rendered = rendered.map_err(|error| sentence(&error))?;
    Ok(Manifests {
        objects: Arc::new(rendered.objects),
        tool: format!(
            "{} {} from chart {called} (sha256:{})",
            rendered.tool.name, rendered.tool.version, packed.archive.digest
        ),
    })
}

/// Renders a chart for the cluster that it goes to.
async fn template(
    term: &Term,
    chart: &Chart<'_>,
    source: &ApplicationSource,
    limits: &RenderLimits,
) -> Result<Rendered, RenderError> {
    let capabilities = source.capabilities.as_deref();
    let release = Release {
        name: &source.name,
        namespace: &source.variables.namespace,
        parameters: source.helm.as_ref(),
        variables: &source.variables,
        kube_version: capabilities.map_or("", |found| found.kube_version.as_str()),
        api_versions: capabilities.map_or(&[][..], |found| found.api_versions.as_slice()),
    };
    term.hub.helm.render(chart, &release, limits).await
}
