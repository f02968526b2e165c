use std::{sync::Mutex, time::Duration};

use kube::{
    Api,
    api::DynamicObject,
    runtime::wait::{self, await_condition},
};
use serde_json::Value;
use thiserror::Error;
use tokio::time::timeout;

/// Why an Application is not where a test expects it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotReached {
    /// The time was up.
    #[error("waited {} s until the Application {name} {what}; last seen:\n{seen}", patience.as_secs())]
    Late {
        /// The Application.
        name: String,
        /// What was waited for.
        what: String,
        /// For how long.
        patience: Duration,
        /// Its specified revision, operation and status when it was last seen.
        seen: String,
    },
    /// It could not be watched.
    #[error("cannot watch the Application {name}")]
    Watch {
        /// The Application.
        name: String,
        /// What the watch said.
        source: Box<wait::Error>,
    },
}

/// Watches the Application `name` until `done` says so, and returns it; an error after `patience`. `what` ends the
/// sentence "waited until the Application …".
pub async fn wait_for(
    applications: &Api<DynamicObject>,
    name: &str,
    what: &str,
    patience: Duration,
    done: impl Fn(&Value) -> bool,
) -> Result<DynamicObject, NotReached> {
    let last = Mutex::new(None);
    let seen = |object: Option<&DynamicObject>| {
        let reached = object.is_some_and(|object| done(&object.data));
        if let Ok(mut last) = last.lock() {
            *last = object.cloned();
        }
        reached
    };
    let reached = timeout(patience, await_condition(applications.clone(), name, seen)).await;
    match reached {
        Ok(Ok(Some(object))) => Ok(object),
        Ok(Err(source)) => Err(NotReached::Watch {
            name: name.to_owned(),
            source: Box::new(source),
        }),
        Ok(Ok(None)) | Err(_) => Err(NotReached::Late {
            name: name.to_owned(),
            what: what.to_owned(),
            patience,
            seen: last.into_inner().ok().flatten().map_or_else(
                || "nothing of that name".to_owned(),
                |object| summary(&object),
            ),
        }),
    }
}

/// Whether the last operation on an Application has succeeded, the cluster is as the commit `revision` says, and its
/// objects are healthy.
pub fn is_synced_and_healthy(application: &Value, revision: &str) -> bool {
    let status = |pointer: &str| {
        application
            .pointer(&format!("/status/{pointer}"))
            .and_then(Value::as_str)
    };
    status("operationState/phase") == Some("Succeeded")
        && status("operationState/syncResult/revision") == Some(revision)
        && status("sync/status") == Some("Synced")
        && status("sync/revision") == Some(revision)
        && status("health/status") == Some("Healthy")
}

/// What a person wants to see of an Application that is not where it should be.
fn summary(application: &DynamicObject) -> String {
    let mut seen = serde_json::Map::new();
    let parts = [
        ("targetRevision", "/spec/source/targetRevision"),
        ("operation", "/operation"),
        ("operationState", "/status/operationState"),
        ("sync", "/status/sync"),
        ("health", "/status/health"),
        ("conditions", "/status/conditions"),
    ];
    for (name, pointer) in parts {
        if let Some(part) = application.data.pointer(pointer) {
            seen.insert(name.to_owned(), part.clone());
        }
    }
    format!("{:#}", Value::Object(seen))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn application(status: &Value) -> DynamicObject {
        serde_json::from_value(json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": { "name": "web", "namespace": "argocd" },
            "spec": { "source": { "targetRevision": "new" } },
            "status": status,
        }))
        .unwrap()
    }

    fn status() -> Value {
        json!({
            "operationState": { "phase": "Succeeded", "syncResult": { "revision": "new" } },
            "sync": { "status": "Synced", "revision": "new" },
            "health": { "status": "Healthy" },
        })
    }

    #[test]
    fn what_was_synced_and_compared_and_is_healthy_counts() {
        assert!(is_synced_and_healthy(&application(&status()).data, "new"));
        for (pointer, other) in [
            ("/operationState/phase", "Running"),
            ("/operationState/syncResult/revision", "old"),
            ("/sync/status", "OutOfSync"),
            ("/sync/revision", "old"),
            ("/health/status", "Progressing"),
        ] {
            let mut status = status();
            *status.pointer_mut(pointer).unwrap() = json!(other);
            let application = application(&status);
            assert!(
                !is_synced_and_healthy(&application.data, "new"),
                "{pointer}"
            );
        }
    }

    #[test]
    fn a_late_application_is_shown_with_its_operation_and_conditions() {
        let mut status = status();
        status["conditions"] = json!([{ "type": "ComparisonError", "message": "no such commit" }]);
        let shown = summary(&application(&status));
        assert!(shown.contains("no such commit"), "{shown}");
        assert!(shown.contains("\"targetRevision\": \"new\""), "{shown}");
        assert!(!shown.contains("metadata"), "{shown}");
    }
}
