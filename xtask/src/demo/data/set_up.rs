//! What is there before the story begins: Velero, and a service that keeps data.

use serde_json::{Value, json};
use tidegate_testkit::velero;

use super::{
    super::{DemoError, objects, services::Service, set_up, stage::Stage},
    orders,
};

/// Starts the volumes and Velero, and gives `keeper` a claim with data in each of these namespaces.
pub(in super::super) async fn set(
    stage: &mut Stage,
    keeper: Service,
    namespaces: &[String],
) -> Result<(), DemoError> {
    stage
        .narrator
        .heading("Before Tidegate: Velero, and the data");
    let starting = stage
        .narrator
        .waiting("volumes start: a storage driver, and what Kubernetes runs beside one");
    stage.cluster.start_storage().await?;
    drop(starting);
    let starting = stage
        .narrator
        .waiting("Velero starts, with an object store for its backups");
    stage.cluster.start_velero().await?;
    drop(starting);
    let mut objects = vec![may_look(), binding()];
    for namespace in namespaces {
        objects.push(objects::namespace(namespace));
        objects.push(orders::manifest(namespace));
    }
    set_up::apply(stage, set_up::list(&objects)).await?;
    let where_to = match namespaces {
        [one] => format!("the claim {one}/{}", orders::CLAIM),
        several => format!("the claim {} of {}", orders::CLAIM, several.join(", ")),
    };
    stage.narrator.say(&format!(
        "{} keeps its orders in a volume, which all its pods use: {where_to}. This is in it:",
        keeper.name()
    ));
    for namespace in namespaces {
        orders::write(stage, namespace, orders::ORDERS).await?;
    }
    orders::show(stage, orders::ORDERS);
    Ok(())
}

const NAME: &str = "tidegate-demo-velero";

/// Site reliability engineers look at what Velero does.
fn may_look() -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": NAME, "namespace": velero::NAMESPACE},
        "rules": [{
            "apiGroups": ["velero.io"],
            "resources": ["backups", "restores", "backupstoragelocations"],
            "verbs": ["get", "list", "watch"],
        }],
    })
}

fn binding() -> Value {
    let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": NAME});
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": NAME, "namespace": velero::NAMESPACE},
        "roleRef": role,
        "subjects": [{"kind": "Group", "name": "sre-team", "apiGroup": "rbac.authorization.k8s.io"}],
    })
}
