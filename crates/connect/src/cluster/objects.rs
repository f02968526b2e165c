//! Single objects: read, applied, deleted.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, TypeMeta};
use kube::core::GroupVersionKind;
use kube::discovery::ApiResource;
use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;

use super::Cluster;
use super::error::ClusterError;
use super::kinds::Kind;
use super::place::Placed;

/// The field manager of everything Tidegate applies.
pub(super) const FIELD_MANAGER: &str = "tidegate";

/// Whether something is really done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Real,
    DryRun,
}

impl Cluster {
    pub(super) fn api(&self, kind: &Kind, namespace: Option<&str>) -> Api<DynamicObject> {
        match namespace {
            Some(namespace) if kind.namespaced => {
                Api::namespaced_with(self.client.clone(), namespace, &kind.resource)
            }
            _ => Api::all_with(self.client.clone(), &kind.resource),
        }
    }

    /// Reads an object from the API server itself, not from a cache. None: it
    /// is not there.
    pub(super) async fn get(&self, key: &ObjectKey) -> Result<Option<Value>, ClusterError> {
        let kind = self.kinds.find(&self.client, key).await?;
        self.get_of_kind(key, &kind).await
    }

    /// The labels of a namespace. None: it is not there.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn namespace_labels(
        &self,
        namespace: &str,
    ) -> Result<Option<BTreeMap<String, String>>, ClusterError> {
        let api: Api<Namespace> = Api::all(self.client.clone());
        let found = api.get_metadata_opt(namespace).await;
        let found = found
            .map_err(|error| ClusterError::from_kube(&format!("Namespace/{namespace}"), &error))?;
        Ok(found.map(|found| found.metadata.labels.unwrap_or_default()))
    }

    async fn get_of_kind(
        &self,
        key: &ObjectKey,
        kind: &Kind,
    ) -> Result<Option<Value>, ClusterError> {
        let api = self.api(kind, key.namespace.as_deref());
        let found = api.get_opt(&key.name).await;
        match found.map_err(|error| ClusterError::from_kube(&key.to_string(), &error))? {
            None => Ok(None),
            Some(object) => Ok(Some(to_value(key, &object)?)),
        }
    }

    /// Reads all of them at once, in the order asked.
    pub(super) async fn get_all(
        &self,
        placed: &[Placed],
    ) -> Result<Vec<Option<Value>>, ClusterError> {
        try_join_all(
            placed
                .iter()
                .map(|object| self.get_of_kind(&object.key, &object.kind)),
        )
        .await
    }

    /// Applies an object, taking over the fields it names from whoever holds
    /// them: what was approved is what runs. Unknown fields are refused.
    pub(super) async fn apply(
        &self,
        key: &ObjectKey,
        kind: &Kind,
        manifest: &Value,
        mode: Mode,
    ) -> Result<Value, ClusterError> {
        let mut parameters = PatchParams::apply(FIELD_MANAGER)
            .force()
            .validation_strict();
        if mode == Mode::DryRun {
            parameters = parameters.dry_run();
        }
        let api = self.api(kind, key.namespace.as_deref());
        let applied = api
            .patch(&key.name, &parameters, &Patch::Apply(manifest))
            .await
            .map_err(|error| ClusterError::from_kube(&key.to_string(), &error))?;
        to_value(key, &applied)
    }

    /// Deletes an object and, in the background, what it owns. True: it was
    /// there.
    pub(super) async fn delete(&self, key: &ObjectKey) -> Result<bool, ClusterError> {
        let kind = self.kinds.find(&self.client, key).await?;
        let api = self.api(&kind, key.namespace.as_deref());
        match api.delete(&key.name, &DeleteParams::background()).await {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(false),
            Err(error) => Err(ClusterError::from_kube(&key.to_string(), &error)),
        }
    }

    /// Lists all objects of a kind in a namespace; none where the cluster does not
    /// have the kind.
    pub(super) async fn list_if_served(
        &self,
        (group, version, kind): (&str, &str, &str),
        namespace: &str,
    ) -> Result<Vec<Value>, ClusterError> {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        let api: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), namespace, &resource);
        let what = format!("the {kind}s of {namespace}");
        let list = match api.list(&ListParams::default()).await {
            Ok(list) => list,
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(Vec::new()),
            Err(error) => return Err(ClusterError::from_kube(&what, &error)),
        };
        list.items
            .into_iter()
            .map(|mut item| {
                // The API server leaves it out of lists.
                item.types = Some(TypeMeta {
                    api_version: resource.api_version.clone(),
                    kind: resource.kind.clone(),
                });
                serde_json::to_value(item).map_err(|error| ClusterError::Unavailable {
                    object: what.clone(),
                    message: error.to_string(),
                })
            })
            .collect()
    }

    /// Lists objects of a namespace by labels; all where `labels` is empty.
    pub(super) async fn list(
        &self,
        (group, version, kind): (&str, &str, &str),
        namespace: &str,
        labels: &str,
    ) -> Result<Vec<Value>, ClusterError> {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        let api: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), namespace, &resource);
        let what = format!("the {kind}s of {namespace}");
        let list = api
            .list(&ListParams::default().labels(labels))
            .await
            .map_err(|error| ClusterError::from_kube(&what, &error))?;
        list.items
            .iter()
            .map(|item| {
                serde_json::to_value(item).map_err(|error| ClusterError::Unavailable {
                    object: what.clone(),
                    message: error.to_string(),
                })
            })
            .collect()
    }
}

fn to_value(key: &ObjectKey, object: &DynamicObject) -> Result<Value, ClusterError> {
    serde_json::to_value(object).map_err(|error| ClusterError::Unavailable {
        object: key.to_string(),
        message: error.to_string(),
    })
}
