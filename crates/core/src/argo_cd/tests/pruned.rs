use serde_json::json;

use super::{object, read, set};
use crate::argo_cd::pruned::would_lose;
use crate::rollout::object::ObjectKey;
use crate::rollout::prune::PruneAllowance;

#[test]
fn a_claim_that_the_manifests_drop_is_told_where_argo_cd_would_delete_it() {
    let mut owns = object();
    set(
        &mut owns,
        "/status/resources",
        json!([
            {"kind": "PersistentVolumeClaim", "namespace": "shop", "name": "data"},
            {"kind": "PersistentVolumeClaim", "namespace": "shop", "name": "kept"},
            {"kind": "ConfigMap", "namespace": "shop", "name": "left"},
        ]),
    );
    let kept =
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "kept"}});
    let manifests = [ObjectKey::of(&kept).unwrap()];
    let none = PruneAllowance::default();
    let told = would_lose(&read(&owns), &manifests, none);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("would delete PersistentVolumeClaim/data"),
        "{told:?}"
    );
    let allowed = PruneAllowance {
        claims: true,
        ..none
    };
    assert!(would_lose(&read(&owns), &manifests, allowed).is_empty());
    set(&mut owns, "/spec/syncPolicy/automated/prune", json!(false));
    assert!(would_lose(&read(&owns), &manifests, none).is_empty());
}
