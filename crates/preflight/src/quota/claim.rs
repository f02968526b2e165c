//! What one claim to storage is charged.
//!
//! After `pkg/quota/v1/evaluator/core/persistent_volume_claims.go` of Kubernetes.

use serde_json::Value;

use super::amounts::{Amounts, quantity};
use super::quantity::Quantity;
use super::surroundings::Surroundings;

const OF_CLASS: &str = ".storageclass.storage.k8s.io/";

/// The annotation that named the class before there was a field.
const OLD_CLASS: &str = "/metadata/annotations/volume.beta.kubernetes.io~1storage-class";

/// What quotas count of a claim: an object, or a template of one.
pub(crate) fn usage(claim: &Value, around: &Surroundings<'_>) -> Amounts {
    let mut usage = Amounts::default();
    usage.set("persistentvolumeclaims", Quantity::ONE);
    usage.set("count/persistentvolumeclaims", Quantity::ONE);
    let storage = storage(claim);
    if let Some(storage) = storage {
        usage.set("requests.storage", storage);
    }
    let class = class(claim).or_else(|| around.default_storage_class());
    if let Some(class) = class.filter(|class| !class.is_empty()) {
        usage.set(
            format!("{class}{OF_CLASS}persistentvolumeclaims"),
            Quantity::ONE,
        );
        if let Some(storage) = storage {
            usage.set(format!("{class}{OF_CLASS}requests.storage"), storage);
        }
    }
    usage
}

/// Whether a name of a quota counts the claims of one class.
pub(crate) fn is_of_class(resource: &str) -> bool {
    resource.contains(OF_CLASS)
}

/// Whether it leaves its class to the cluster.
pub(crate) fn leaves_class(claim: &Value) -> bool {
    class(claim).is_none()
}

fn class(claim: &Value) -> Option<String> {
    let old = claim.pointer(OLD_CLASS);
    let class = old.or_else(|| claim.pointer("/spec/storageClassName"));
    class.and_then(Value::as_str).map(ToOwned::to_owned)
}

fn storage(claim: &Value) -> Option<Quantity> {
    let asked = claim.pointer("/spec/resources/requests/storage");
    let asked = quantity(asked?)?.rounded_up();
    let given = claim.pointer("/status/allocatedResources/storage");
    let given = given.and_then(quantity).map(Quantity::rounded_up);
    Some(given.map_or(asked, |given| given.max(asked)))
}
