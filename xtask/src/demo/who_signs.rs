//! That the API server proves who signs, before anybody does.

use std::{path::PathBuf, time::Duration};

use kube::{
    Api, Client, Config, Resource,
    api::{ApiResource, DynamicObject, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};
use tidegate_api::{Approval, Change};
use tidegate_core::lifecycle::facts::Identity;
use tidegate_testkit::control_plane::User;
use tokio::time::Instant;

use super::{
    DemoError,
    stage::{Stage, eventually},
};

/// A new admission policy takes a moment to bite. Until somebody who signs for another is refused, nobody may sign; and
/// Tidegate counts nothing that is written within seconds of the installation.
pub(super) async fn is_proven(stage: &Stage, installed: Instant) -> Result<(), DemoError> {
    let _waiting = stage
        .narrator
        .waiting("the API server learns to prove who signs");
    let namespace = &stage.cluster.names().changes;
    let dana = client(stage.cluster.kubeconfig(User::Dana)).await?;
    let forged = [
        forged::<Approval>(&json!({
            "change": "chg-0", "revision": "0".repeat(40), "digest": "0".repeat(64),
            "decision": "Approved", "approver": User::Marc.name(),
        })),
        forged::<Change>(&json!({
            "ticket": "CHG-0", "type": "normal", "title": "Forged", "requestedBy": User::Marc.name(),
            "source": {"repository": "/nowhere", "revision": "0".repeat(40)},
            "targets": [{"name": "none", "path": "none", "namespace": "none"}],
            "risk": "Low", "rollback": "None",
        })),
    ];
    let attempt = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    eventually("a forged signature to be refused", async || {
        for (kind, object) in &forged {
            let api: Api<DynamicObject> = Api::namespaced_with(dana.clone(), namespace, kind);
            match api.create(&attempt, object).await {
                Err(kube::Error::Api(status)) if status.message.contains(": nobody s") => {}
                Err(error) => return Err(format!("{}: {error}", kind.kind)),
                Ok(_) => return Err(format!("{}: it was taken", kind.kind)),
            }
        }
        Ok(())
    })
    .await?;
    // Times are cut to whole seconds, hence one more.
    let margin = Identity::BITES_WITHIN.unsigned_abs() + Duration::from_secs(1);
    tokio::time::sleep_until(installed + margin).await;
    Ok(())
}

/// Something that Dana writes in Marc's name.
fn forged<K: Resource<DynamicType = ()>>(spec: &Value) -> (ApiResource, DynamicObject) {
    let kind = ApiResource::erase::<K>(&());
    let object = DynamicObject::new("forged", &kind).data(json!({ "spec": spec }));
    (kind, object)
}

async fn client(kubeconfig: PathBuf) -> Result<Client, DemoError> {
    let unusable = |source| DemoError::Kubeconfig {
        context: kubeconfig.display().to_string(),
        source: Box::new(source),
    };
    let read = Kubeconfig::read_from(&kubeconfig).map_err(unusable)?;
    let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default())
        .await
        .map_err(unusable)?;
    Client::try_from(config).map_err(DemoError::request("make a client"))
}
