//! What an Application says about how its source is rendered.

use std::sync::Arc;

use serde_json::{Value, json};
use tidegate_connect::chart::{Archive, ChartAddress};
use tidegate_connect::cluster::{Capabilities, ClusterError};
use tidegate_connect::git::Repository;
use tidegate_connect::render::Variables;
use tidegate_core::argo_cd::source::{HelmChart, Manifests};
use tidegate_core::argo_cd::{Application, ChartVersion};
use tidegate_core::request::Change;
use tidegate_core::revision::Revision;
use tidegate_core::target::TargetKey;

use super::material::{self, Age, Material};
use crate::argo_cd::clusters::{cluster_of, instance, told_of};
use crate::hub::Term;

/// What an Application says about how its source is rendered.
#[derive(Clone)]
pub(super) struct ApplicationSource {
    pub(super) kustomize: Option<Value>,
    pub(super) directory: Option<Value>,
    pub(super) helm: Option<Value>,
    /// Differences that Argo CD does not look at.
    pub(super) ignored: Vec<Value>,
    /// Its name, which is that of a chart's release.
    pub(super) name: String,
    /// What stands for the variables in a chart's parameters.
    pub(super) variables: Variables,
    /// Where its chart comes from a Helm repository.
    pub(super) packed: Option<Packed>,
    /// Of a chart: what it may ask of the cluster that it goes to.
    pub(super) capabilities: Option<Arc<Capabilities>>,
}

/// A chart of a Helm repository, and where its values are.
#[derive(Clone)]
pub(super) struct Packed {
    pub(super) address: ChartAddress,
    pub(super) archive: Archive,
    pub(super) values: Option<ValuesSource>,
}

/// The commit that a chart's values come from.
#[derive(Clone)]
pub(super) struct ValuesSource {
    pub(super) reference: String,
    pub(super) repository: Repository,
    pub(super) revision: Revision,
}

impl ApplicationSource {
    pub(super) async fn of(
        term: &Term,
        application: &Application,
        material: &Material,
        age: Age,
    ) -> Result<(String, Self), String> {
        let place = application.place();
        let said = |why: String| format!("Application {place}: {why}");
        let source = match material {
            Material::Commit { repository, .. } => application.manifests(repository.url()),
            Material::Archive { address, .. } => {
                application.manifests_of_chart(&address.repository, &address.name)
            }
        };
        let source = source.map_err(said)?;
        let packed = match &source.chart {
            None => None,
            Some(chart) => {
                let packed = packed(term, application, &source, chart, material, age).await;
                Some(packed.map_err(|why| format!("Application {place}: {why}"))?)
            }
        };
        let metadata = &application.metadata;
        let namespace = &metadata.namespace;
        let qualified = if instance(term, namespace) == *namespace {
            metadata.name.clone()
        } else {
            format!("{namespace}_{}", metadata.name)
        };
        let revision = match &packed {
            None => material.revision().as_str(),
            Some(packed) => packed.address.version.as_str(),
        };
        let variables = Variables {
            application: qualified,
            namespace: application.spec.destination.namespace.clone(),
            project: application.spec.project.clone(),
            revision: revision.to_owned(),
            repository: source.repository.to_owned(),
            path: source.path.to_owned(),
            target_revision: revision.to_owned(),
        };
        let path = source.path.trim_end_matches('/').to_owned();
        let source = Self {
            kustomize: source.kustomize.cloned(),
            directory: source.directory.cloned(),
            helm: source.helm.cloned(),
            ignored: application.spec.ignore_differences.clone(),
            name: metadata.name.clone(),
            variables,
            packed,
            capabilities: None,
        };
        Ok((path, source))
    }

    /// The same, once it is known to be a chart.
    pub(super) async fn for_cluster(
        mut self,
        term: &Term,
        change: &Change,
        target: &TargetKey,
    ) -> Result<Self, String> {
        let cluster = cluster_of(term, change, target).await?;
        let capabilities = cluster.capabilities().await;
        let told = |error: ClusterError| told_of(term, target, error.to_string());
        self.capabilities = Some(capabilities.map_err(told)?);
        Ok(self)
    }
}

/// The chart and the commit of its values, of which the change brings one and the
/// Application points at the other.
async fn packed(
    term: &Term,
    application: &Application,
    source: &Manifests<'_>,
    chart: &HelmChart<'_>,
    material: &Material,
    age: Age,
) -> Result<Packed, String> {
    let (address, archive) = match material {
        Material::Archive {
            address, archive, ..
        } => (address.clone(), archive.clone()),
        Material::Commit { .. } => {
            let version = application.chart_version().unwrap_or_default();
            let version = ChartVersion::parse(version).map_err(|error| error.to_string())?;
            let address = ChartAddress {
                repository: source.repository.to_owned(),
                name: chart.name.to_owned(),
                version: version.to_string(),
            };
            let archive = material::archive(term, &address, age).await?;
            (address, archive)
        }
    };
    let values = match (chart.values, material) {
        (None, _) => None,
        (
            Some(values),
            Material::Commit {
                repository,
                revision,
            },
        ) => Some(ValuesSource {
            reference: values.reference.to_owned(),
            repository: repository.clone(),
            revision: revision.clone(),
        }),
        (Some(values), Material::Archive { .. }) => {
            let pin = application.pin();
            let commit = pin.as_ref().and_then(|pin| pin.commit());
            let commit = commit.ok_or("its values are not pinned to a commit")?;
            Some(ValuesSource {
                reference: values.reference.to_owned(),
                repository: material::repository(term, values.repository).await?,
                revision: commit.clone(),
            })
        }
    };
    Ok(Packed {
        address,
        archive,
        values,
    })
}

impl Packed {
    /// Names it once.
    pub(super) fn key(&self) -> Value {
        let values = self.values.as_ref().map(|values| {
            json!([
                values.reference,
                values.repository.url(),
                values.revision.as_str()
            ])
        });
        json!([self.archive.digest.to_string(), values])
    }
}
