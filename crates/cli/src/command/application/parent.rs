//! Who made an Application, and would put its pin back.

use kube::Api;
use kube::api::{ApiResource, DynamicObject};
use kube::core::GroupVersionKind;
use tidegate_connect::argo_cd::application_kind;
use tidegate_core::argo_cd::Application;
use tidegate_core::argo_cd::adoption::Parent;

use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::failure::api::Asked;

/// Reads whoever made the Application. One that may not be read, or is gone, is
/// named all the same.
pub(super) async fn find(
    cluster: &Cluster,
    application: &Application,
) -> Result<Option<Parent>, Failure> {
    let Some((kind, name)) = application.parent() else {
        return Ok(None);
    };
    let own = &application.metadata.namespace;
    let (namespace, plain) = name.split_once('/').unwrap_or((own, &name));
    let resource = if kind == "ApplicationSet" {
        ApiResource::from_gvk_with_plural(
            &GroupVersionKind::gvk("argoproj.io", "v1alpha1", "ApplicationSet"),
            "applicationsets",
        )
    } else {
        application_kind()
    };
    let api: Api<DynamicObject> = Api::namespaced_with(cluster.client(), namespace, &resource);
    let object = match api.get_opt(plain).await {
        Ok(found) => found.and_then(|found| serde_json::to_value(found).ok()),
        Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404) => None,
        Err(error) => {
            let asked = Asked::to_read(format!("{kind} {plain}"), namespace);
            return Err(cluster.explain(error, &asked).into());
        }
    };
    Ok(Some(if kind == "ApplicationSet" {
        Parent::ApplicationSet(name, object)
    } else {
        Parent::Application(name, object)
    }))
}
