//! What a cluster has that a change has to do with, before it starts.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use k8s_openapi::api::core::v1::Node;
use kube::api::{DynamicObject, ListParams, PartialObjectMeta, Patch, PatchParams, TypeMeta};
use kube::core::{GroupVersionKind, ObjectMeta};
use kube::discovery::ApiResource;
use kube::{Api, ResourceExt as _};
use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;

use super::Cluster;
use super::error::ClusterError;
use super::objects::FIELD_MANAGER;

/// Group, version and kind of what is in namespaces.
const IN_NAMESPACES: [(&str, &str, &str); 16] = [
    ("", "v1", "ResourceQuota"),
    ("", "v1", "LimitRange"),
    ("", "v1", "Pod"),
    ("", "v1", "PersistentVolumeClaim"),
    ("", "v1", "Service"),
    ("", "v1", "ConfigMap"),
    ("", "v1", "ServiceAccount"),
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "StatefulSet"),
    ("apps", "v1", "DaemonSet"),
    ("batch", "v1", "Job"),
    ("batch", "v1", "CronJob"),
    ("autoscaling", "v2", "HorizontalPodAutoscaler"),
    ("policy", "v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "v1", "Role"),
    ("networking.k8s.io", "v1", "Ingress"),
];
/// Of these only the names are read.
const SECRET: (&str, &str, &str) = ("", "v1", "Secret");
/// Of what is in no namespace.
const OF_CLUSTER: [(&str, &str, &str); 9] = [
    ("", "v1", "Namespace"),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
    ("storage.k8s.io", "v1", "StorageClass"),
    ("scheduling.k8s.io", "v1", "PriorityClass"),
    ("node.k8s.io", "v1", "RuntimeClass"),
    ("rbac.authorization.k8s.io", "v1", "ClusterRole"),
    ("networking.k8s.io", "v1", "IngressClass"),
    (
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicy",
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicyBinding",
    ),
];

/// What a cluster has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Surveyed {
    /// Objects, without those that a controller has made for another one. Secrets come
    /// without what is in them.
    pub objects: Vec<Value>,
    /// Kinds that may not be listed.
    pub unseen: BTreeSet<String>,
    /// Nodes that take pods. None: nodes may not be listed.
    pub nodes: Option<u32>,
}

/// What the API server says to an object that is not really applied.
#[derive(Debug, Clone, PartialEq)]
pub enum DryRun {
    /// It would be this.
    Would(Value),
    /// It would not take it, in these words.
    Refused(String),
    /// We may not even try: that needs the permission to write.
    NotAllowed,
}

impl Cluster {
    /// The version of Kubernetes, such as `v1.36.3`.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn kubernetes_version(&self) -> Result<String, ClusterError> {
        let version = self.client.apiserver_version().await;
        let version = version.map_err(|error| ClusterError::from_kube("its version", &error))?;
        Ok(version.git_version)
    }

    /// Looks at these namespaces, and at what is in none.
    ///
    /// # Errors
    ///
    /// The API server does not answer. What may not be seen is told.
    pub async fn survey(&self, namespaces: &BTreeSet<String>) -> Result<Surveyed, ClusterError> {
        let of_namespaces = namespaces.iter().flat_map(|namespace| {
            let namespace = Some(namespace.as_str());
            IN_NAMESPACES
                .iter()
                .chain([&SECRET])
                .map(move |kind| self.listed(*kind, namespace))
        });
        let of_cluster = OF_CLUSTER.iter().map(|kind| self.listed(*kind, None));
        let listed = try_join_all(of_namespaces.chain(of_cluster)).await?;
        let mut surveyed = Surveyed {
            nodes: self.nodes().await?,
            ..Surveyed::default()
        };
        for (kind, objects) in listed {
            match objects {
                Some(objects) => surveyed.objects.extend(objects),
                None => {
                    surveyed.unseen.insert(kind.to_owned());
                }
            }
        }
        Ok(surveyed)
    }

    /// An object as it is. None: it is not there, or the cluster does not have its
    /// kind.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn live(&self, key: &ObjectKey) -> Result<Option<Value>, ClusterError> {
        match self.get(key).await {
            Err(ClusterError::Refused { message, .. }) if message.contains("does not serve") => {
                Ok(None)
            }
            found => found,
        }
    }

    /// What would become of an object by a server-side apply, in a namespace if it is
    /// of a kind that has one and names none.
    ///
    /// # Errors
    ///
    /// The API server does not answer.
    pub async fn dry_run(
        &self,
        key: &ObjectKey,
        namespace: &str,
        manifest: &Value,
    ) -> Result<DryRun, ClusterError> {
        let kind = match self.kinds.find(&self.client, key).await {
            Err(ClusterError::Refused { message, .. }) => return Ok(DryRun::Refused(message)),
            kind => kind?,
        };
        let parameters = PatchParams::apply(FIELD_MANAGER)
            .force()
            .validation_strict()
            .dry_run();
        let namespace = key.namespace.as_deref().unwrap_or(namespace);
        let api = self.api(&kind, Some(namespace));
        let answer = api
            .patch(&key.name, &parameters, &Patch::Apply(manifest))
            .await;
        match answer {
            Ok(object) => {
                let value = serde_json::to_value(object);
                let unreadable = |error: serde_json::Error| ClusterError::Unavailable {
                    object: key.to_string(),
                    message: error.to_string(),
                };
                value.map(DryRun::Would).map_err(unreadable)
            }
            Err(kube::Error::Api(status)) if is_forbidden_to_write(&status) => {
                Ok(DryRun::NotAllowed)
            }
            Err(kube::Error::Api(status)) if (400..500).contains(&status.code) => {
                Ok(DryRun::Refused(status.message.clone()))
            }
            Err(error) => Err(ClusterError::from_kube(&key.to_string(), &error)),
        }
    }

    /// All objects of a kind that nothing else owns. None: we may not list them.
    async fn listed(
        &self,
        kind: (&'static str, &'static str, &'static str),
        namespace: Option<&str>,
    ) -> Result<(&'static str, Option<Vec<Value>>), ClusterError> {
        let (group, version, name) = kind;
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, name));
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        };
        let all = ListParams::default();
        let items = if kind == SECRET {
            let listed = api.list_metadata(&all).await;
            listed.map(|list| list.items.into_iter().map(bare).collect::<Vec<_>>())
        } else {
            api.list(&all).await.map(|list| list.items)
        };
        let items = match items {
            Ok(items) => items,
            Err(kube::Error::Api(status)) if status.code == 403 => return Ok((name, None)),
            Err(kube::Error::Api(status)) if status.code == 404 => {
                return Ok((name, Some(Vec::new())));
            }
            Err(error) => return Err(ClusterError::from_kube(&format!("{name}s"), &error)),
        };
        let is_made = |item: &DynamicObject| {
            let mut owners = item.owner_references().iter();
            owners.any(|owner| owner.controller == Some(true))
        };
        let mut objects = Vec::new();
        for mut item in items.into_iter().filter(|item| !is_made(item)) {
            item.types = Some(TypeMeta {
                api_version: resource.api_version.clone(),
                kind: resource.kind.clone(),
            });
            let value = serde_json::to_value(item).map_err(|error| ClusterError::Unavailable {
                object: format!("{name}s"),
                message: error.to_string(),
            })?;
            objects.push(value);
        }
        Ok((name, Some(objects)))
    }

    async fn nodes(&self) -> Result<Option<u32>, ClusterError> {
        let api: Api<Node> = Api::all(self.client.clone());
        match api.list(&ListParams::default()).await {
            Ok(nodes) => {
                let takes_pods = |node: &&Node| {
                    let spec = node.spec.as_ref();
                    spec.is_none_or(|spec| spec.unschedulable != Some(true))
                };
                let count = nodes.items.iter().filter(takes_pods).count();
                Ok(u32::try_from(count).ok())
            }
            Err(kube::Error::Api(status)) if status.code == 403 => Ok(None),
            Err(error) => Err(ClusterError::from_kube("the nodes", &error)),
        }
    }
}

fn bare(meta: PartialObjectMeta<DynamicObject>) -> DynamicObject {
    DynamicObject {
        types: None,
        metadata: ObjectMeta {
            managed_fields: None,
            annotations: None,
            ..meta.metadata
        },
        data: Value::Object(serde_json::Map::new()),
    }
}

/// RBAC says no, and not an admission policy, which is a 403 as well (the message of
/// `forbidden` in `apiserver/pkg/endpoints/handlers/responsewriters/errors.go`).
fn is_forbidden_to_write(status: &kube::core::Status) -> bool {
    let says = |words: &str| status.message.contains(words);
    status.code == 403 && (says("cannot patch resource") || says("cannot create resource"))
}
