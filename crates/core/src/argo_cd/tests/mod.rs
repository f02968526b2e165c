//! On Applications as Argo CD 3.5.7 writes them.

mod adoption;
mod branch;
mod guard;
mod hook;
mod obstacle;
mod pin;
mod pinned;
mod pruned;
mod seen;
mod source;

use serde_json::{Value, json};

use super::{Application, ChartVersion, Pin};
use crate::revision::Revision;

pub(super) fn revision(digit: &str) -> Revision {
    Revision::parse(&digit.repeat(40)).unwrap()
}

pub(super) fn commit(digit: &str) -> Pin {
    Pin::Commit(revision(digit))
}

pub(super) fn chart(version: &str, values: Option<&str>) -> Pin {
    Pin::Chart {
        version: ChartVersion::parse(version).unwrap(),
        values: values.map(revision),
    }
}

/// The same Application, of a chart in version 1.4.2 with its values from Git, pinned,
/// synced and healthy.
pub(super) fn of_chart() -> Value {
    let pin = revision("a");
    let mut object = with("/spec/source", Value::Null);
    set(
        &mut object,
        "/spec/sources",
        json!([
            {"repoURL": "https://charts.example.com/stable", "chart": "web", "targetRevision": "1.4.2",
             "helm": {"valueFiles": ["$values/web/production.yaml"]}},
            {"repoURL": "https://git.example.com/apps.git", "targetRevision": pin.as_str(), "ref": "values"},
        ]),
    );
    let revisions = json!(["1.4.2", pin.as_str()]);
    set(
        &mut object,
        "/status/sync",
        json!({"status": "Synced", "revisions": revisions}),
    );
    set(
        &mut object,
        "/status/operationState/operation/sync",
        json!({"revisions": revisions}),
    );
    set(
        &mut object,
        "/status/operationState/syncResult",
        json!({"revisions": revisions, "resources": []}),
    );
    object
}

/// An adopted Application that is pinned, synced and healthy, and automated.
pub(super) fn object() -> Value {
    let pin = revision("a");
    json!({
        "metadata": {
            "name": "web", "namespace": "argocd", "resourceVersion": "7",
            "annotations": {"tidegate.dev/followed": "main"},
        },
        "spec": {
            "project": "shop",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            "source": {"repoURL": "https://git.example.com/apps.git", "path": "web", "targetRevision": pin.as_str()},
            "syncPolicy": {
                "automated": {"prune": true, "selfHeal": true},
                "syncOptions": ["ServerSideApply=true"],
                "retry": {"limit": 2},
            },
        },
        "status": {
            "sync": {"status": "Synced", "revision": pin.as_str()},
            "health": {"status": "Healthy"},
            "reconciledAt": "2026-11-24T15:53:00Z",
            "operationState": {
                "operation": {
                    "initiatedBy": {"username": "tidegate"},
                    "info": [{"name": "tidegate.dev/change", "value": "chg-1"}],
                    "sync": {"revision": pin.as_str()},
                },
                "phase": "Succeeded",
                "message": "successfully synced (all tasks run)",
                "startedAt": "2026-11-24T15:52:55Z",
                "finishedAt": "2026-11-24T15:52:56Z",
                "syncResult": {"revision": pin.as_str(), "resources": []},
            },
            "resources": [
                {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "web", "status": "Synced"},
            ],
        },
    })
}

/// The same with one value set, or taken out where it is `null`.
pub(super) fn with(pointer: &str, value: Value) -> Value {
    let mut object = object();
    set(&mut object, pointer, value);
    object
}

pub(super) fn set(object: &mut Value, pointer: &str, value: Value) {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = object.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(field);
    } else {
        parent.insert(field.to_owned(), value);
    }
}

pub(super) fn read(object: &Value) -> Application {
    Application::read(object).unwrap()
}
