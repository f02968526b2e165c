//! Whether two objects run the same pods.

use serde_json::Value;

/// The object's pod template without what differs between a Deployment and its
/// ReplicaSet: the hash label the Deployment controller adds, and the empty
/// timestamp that older writers leave.
pub(crate) fn pod_template(object: &Value) -> Option<Value> {
    let mut template = object.pointer("/spec/template")?.clone();
    if let Some(metadata) = template
        .pointer_mut("/metadata")
        .and_then(Value::as_object_mut)
    {
        if metadata
            .get("creationTimestamp")
            .is_some_and(Value::is_null)
        {
            metadata.remove("creationTimestamp");
        }
        if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
            labels.remove("pod-template-hash");
        }
    }
    Some(template)
}
