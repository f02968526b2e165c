//! Applications and AppProjects, read.

use std::fmt;

use kube::api::{ApiResource, DynamicObject};
use kube::core::GroupVersionKind;
use kube::{Api, Client};
use serde_json::Value;
use tidegate_core::sync_window::SyncWindow;

use super::ArgoCd;
use crate::cluster::ClusterError;

/// Where an Application is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApplicationPlace {
    /// The namespace of the object, such as `argocd`.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ApplicationPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Application {}/{}", self.namespace, self.name)
    }
}

/// Applications, which Argo CD has had in this one version from the beginning.
pub fn application_kind() -> ApiResource {
    kind("Application", "applications")
}

/// AppProjects, likewise.
pub fn project_kind() -> ApiResource {
    kind("AppProject", "appprojects")
}

fn kind(kind: &str, plural: &str) -> ApiResource {
    ApiResource::from_gvk_with_plural(
        &GroupVersionKind::gvk("argoproj.io", "v1alpha1", kind),
        plural,
    )
}

pub(super) fn applications(client: &Client, namespace: &str) -> Api<DynamicObject> {
    Api::namespaced_with(client.clone(), namespace, &application_kind())
}

impl ArgoCd {
    /// Reads an Application. None: it is not there, or Argo CD is not.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn application(
        &self,
        place: &ApplicationPlace,
    ) -> Result<Option<Value>, ClusterError> {
        let found = applications(&self.client, &place.namespace)
            .get_opt(&place.name)
            .await;
        let found = found.map_err(|error| ClusterError::from_kube(&place.to_string(), &error))?;
        found.map(|object| value(place, &object)).transpose()
    }

    /// Reads an AppProject. None: it is not there.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn project(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<DynamicObject>, ClusterError> {
        let projects: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), namespace, &project_kind());
        projects.get_opt(name).await.map_err(|error| {
            ClusterError::from_kube(&format!("AppProject {namespace}/{name}"), &error)
        })
    }
}

pub(super) fn value(
    place: &ApplicationPlace,
    object: &DynamicObject,
) -> Result<Value, ClusterError> {
    serde_json::to_value(object).map_err(|error| ClusterError::Unavailable {
        object: place.to_string(),
        message: error.to_string(),
    })
}

/// The sync windows of an AppProject, as they were written. What cannot be read
/// as one is an error: nobody knows what Argo CD makes of it.
///
/// # Errors
///
/// A sentence.
pub fn windows(project: &DynamicObject) -> Result<Vec<SyncWindow>, String> {
    match project.data.pointer("/spec/syncWindows") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(windows) => serde_json::from_value(windows.clone()).map_err(|error| {
            format!(
                "the sync windows of AppProject {} do not read: {error}",
                project.metadata.name.as_deref().unwrap_or_default()
            )
        }),
    }
}
