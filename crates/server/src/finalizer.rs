//! A change that may have to roll back is kept from vanishing.

use kube::ResourceExt as _;
use kube::api::{Patch, PatchParams};
use kube::runtime::controller::Action;
use serde_json::json;
use tidegate_api::{Change as Object, FINALIZER};
use tidegate_core::request::Change;

use crate::hub::Term;

/// Adds the finalizer to a change that lacks it, and gives the object as it is
/// then.
pub(crate) async fn hold(
    term: &Term,
    object: &Object,
    change: &Change,
) -> Result<Option<Object>, kube::Error> {
    let held = object.finalizers().iter().any(|name| name == FINALIZER);
    if held || change.status.phase.is_final() || object.metadata.deletion_timestamp.is_some() {
        return Ok(None);
    }
    let mut finalizers = object.finalizers().to_vec();
    finalizers.push(FINALIZER.to_owned());
    let patched = set_finalizers(term, object, &finalizers).await?;
    Ok(Some(patched))
}

/// A change that has ended may vanish.
pub(crate) async fn release(term: &Term, object: &Object) -> Result<Action, kube::Error> {
    let kept: Vec<String> = object
        .finalizers()
        .iter()
        .filter(|name| *name != FINALIZER)
        .cloned()
        .collect();
    if kept.len() != object.finalizers().len() {
        match set_finalizers(term, object, &kept).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Action::await_change())
}

async fn set_finalizers(
    term: &Term,
    object: &Object,
    finalizers: &[String],
) -> Result<Object, kube::Error> {
    let patch = json!({ "metadata": {
        "finalizers": finalizers,
        "resourceVersion": object.metadata.resource_version,
    }});
    term.hub
        .changes()
        .patch(
            &object.name_any(),
            &PatchParams::default(),
            &Patch::Merge(&patch),
        )
        .await
}
