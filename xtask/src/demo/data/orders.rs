//! The orders that the service keeps in its volume.

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use kube::{Api, ResourceExt, api::ListParams};
use serde_json::{Value, json};
use tidegate_testkit::csi::Storage;

use super::super::{DemoError, stage::Stage};

/// The claim whose volume they are in.
pub(in super::super) const CLAIM: &str = "data";
/// The file.
const FILE: &str = "orders";

/// What is in it before the story begins.
pub(in super::super) const ORDERS: &str = "\
1001  2 espresso
1002  1 filter coffee
1003  4 croissants
";
/// What the bad release leaves of them.
pub(in super::super) const SPOILT: &str = "migrating to schema 2: 0 of 3 orders\n";

/// A claim at one moment: one that was deleted and made again is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Claim {
    uid: String,
    /// The volume that it is bound to.
    volume: String,
}

impl Claim {
    /// This one was made later, and is bound to another volume.
    pub(in super::super) fn is_another_than(&self, before: &Self) -> bool {
        self.uid != before.uid && self.volume != before.volume && !self.volume.is_empty()
    }
}

/// The claim as people write it.
pub(super) fn manifest(namespace: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": CLAIM, "namespace": namespace},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    })
}

/// The claim in a namespace.
pub(in super::super) async fn claim(stage: &Stage, namespace: &str) -> Result<Claim, DemoError> {
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(stage.cluster.admin(), namespace);
    let claim = claims.get(CLAIM).await.map_err(DemoError::request(format!(
        "read the claim {namespace}/{CLAIM}"
    )))?;
    let uid = claim.uid().unwrap_or_default();
    let volume = claim.spec.and_then(|spec| spec.volume_name);
    Ok(Claim {
        uid,
        volume: volume.unwrap_or_default(),
    })
}

/// How many claims there are in these namespaces.
pub(in super::super) async fn claims_in(
    stage: &Stage,
    namespaces: &[String],
) -> Result<usize, DemoError> {
    let mut count = 0;
    for namespace in namespaces {
        let claims: Api<PersistentVolumeClaim> = Api::namespaced(stage.cluster.admin(), namespace);
        let claims = claims.list(&ListParams::default()).await;
        let refused = DemoError::request(format!("list the claims of {namespace}"));
        count += claims.map_err(refused)?.items.len();
    }
    Ok(count)
}

/// Writes the file, as a pod would if anything ran in it.
pub(in super::super) async fn write(
    stage: &Stage,
    namespace: &str,
    orders: &str,
) -> Result<(), DemoError> {
    let storage = storage(stage)?;
    Ok(storage.write(namespace, CLAIM, FILE, orders).await?)
}

/// What is in the file; nothing if it is not there.
pub(in super::super) async fn read(stage: &Stage, namespace: &str) -> Result<String, DemoError> {
    let read = storage(stage)?.read(namespace, CLAIM, FILE).await?;
    Ok(String::from_utf8_lossy(&read.unwrap_or_default()).into_owned())
}

/// Shows what is in the file.
pub(in super::super) fn show(stage: &Stage, orders: &str) {
    for line in orders.lines() {
        stage.narrator.output(line);
    }
}

fn storage(stage: &Stage) -> Result<&Storage, DemoError> {
    stage
        .cluster
        .storage()
        .ok_or(DemoError::NeedsOwnControlPlane)
}
