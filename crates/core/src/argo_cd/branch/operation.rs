//! The object with an operation that syncs the commit at its branch.

use serde_json::{Value, json};

use super::BRANCH;
use crate::argo_cd::pin::{Asker, PinError, Sources, move_pin, restore_sources};
use crate::argo_cd::{Application, Pin};
use crate::branch::Branch;
use crate::revision::Revision;

/// The annotation that lets Argo CD look up the branch at once, in place of what
/// it remembers of it for some minutes ("Annotations and Labels" in its user
/// guide).
const REFRESH: &str = "argocd.argoproj.io/refresh";

/// The object with its source on the branch, and an operation that syncs the commit
/// there.
///
/// # Errors
///
/// The object has no such source.
pub fn sync(
    object: &Value,
    application: &Application,
    (branch, commit): (&Branch, &Revision),
    asker: Asker<'_>,
) -> Result<Value, PinError> {
    let follows = if application.follows(branch) {
        application.pointed_at()
    } else {
        branch.as_str()
    };
    let follows = follows.to_owned();
    let pin = Pin::Commit(commit.clone());
    let mut moved = move_pin(object, application, &pin, asker)?;
    let position = application.followed().unwrap_or_default();
    let source = if application.spec.sources.is_empty() {
        "/spec/source/targetRevision".to_owned()
    } else {
        format!("/spec/sources/{position}/targetRevision")
    };
    if let Some(revision) = moved.pointer_mut(&source) {
        *revision = json!(follows);
    }
    annotate(&mut moved, BRANCH, branch.as_str());
    annotate(&mut moved, REFRESH, "normal");
    Ok(moved)
}

/// The object with the sources that it had before, and an operation that syncs
/// this commit, which is at its branch.
///
/// # Errors
///
/// The object has no source.
pub fn restore(
    object: &Value,
    before: &Sources,
    commit: &Revision,
    asker: Asker<'_>,
) -> Result<Value, PinError> {
    let mut moved = restore_sources(object, &before.pointing_at(commit), asker)?;
    for (field, value) in [("source", &before.source), ("sources", &before.sources)] {
        if let (Some(value), Some(there)) = (value, moved.pointer_mut(&format!("/spec/{field}"))) {
            *there = value.clone();
        }
    }
    annotate(&mut moved, REFRESH, "normal");
    Ok(moved)
}

/// The object without the annotation that says which branch it is on.
pub fn without_branch(object: &Value) -> Value {
    let mut without = object.clone();
    let annotations = without.pointer_mut("/metadata/annotations");
    if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
        annotations.remove(BRANCH);
    }
    without
}

fn annotate(object: &mut Value, annotation: &str, value: &str) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    let annotations = metadata
        .entry("annotations")
        .or_insert_with(|| json!({}))
        .as_object_mut();
    if let Some(annotations) = annotations {
        annotations.insert(annotation.to_owned(), json!(value));
    }
}
