//! From a [`crate::Change`] to [`tidegate_core::request::Change`].

use jiff::SignedDuration;
use tidegate_core::request::{self, Control, Request, RollsBack, Wanted, WantedWindow};
use tidegate_core::target::{Delivery, Target, TargetKey};

use super::{FieldError, created_at, duration_or, wrong};
use crate::{Change, ChangeSpec};

/// How long a change takes unless it says so.
pub const EXPECTED_DURATION: SignedDuration = SignedDuration::from_mins(30);

/// Reads a Change. `home` is the name of Tidegate's own cluster, which a target
/// that names none is in.
///
/// # Errors
///
/// The first field that cannot be read.
pub fn change(object: &Change, home: &str) -> Result<request::Change, FieldError> {
    let status = object
        .status
        .as_ref()
        .map(|status| status.status.clone())
        .unwrap_or_default();
    Ok(request::Change {
        name: object.metadata.name.clone().unwrap_or_default(),
        uid: object.metadata.uid.clone().unwrap_or_default(),
        submitted_at: created_at(object.metadata.creation_timestamp.as_ref()),
        request: request(&object.spec, home)?,
        control: control(object),
        status,
    })
}

/// Reads the frozen part of a spec.
pub fn request(spec: &ChangeSpec, home: &str) -> Result<Request, FieldError> {
    let source = &spec.source;
    let wanted = super::source::wanted(source)?;
    let targets = spec
        .targets
        .iter()
        .enumerate()
        .map(|(position, target)| {
            let field = format!("spec.targets[{position}]");
            let delivery = delivery(target, &field)?;
            let is_chart = matches!(wanted, Wanted::Chart { .. });
            if is_chart && matches!(delivery, Delivery::BuiltIn { .. }) {
                let problem = "a chart of a Helm repository goes out by an Application of Argo CD: give application in place of path";
                return Err(wrong(field, problem));
            }
            let cluster = target.cluster.clone().unwrap_or_else(|| home.to_owned());
            if cluster != home && matches!(delivery, Delivery::BuiltIn { .. }) {
                let problem = format!("cluster {cluster} cannot be reached from here; this Tidegate delivers to {home} itself, and to others by Applications of Argo CD");
                return Err(wrong(format!("{field}.cluster"), problem));
            }
            let key = TargetKey {
                cluster,
                namespace: target.namespace.clone(),
                name: target.name.clone(),
            };
            Ok(Target { key, delivery })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if targets.is_empty() {
        return Err(wrong("spec.targets", "names no target"));
    }
    Ok(Request {
        ticket: spec.ticket.clone(),
        kind: spec.change_type,
        title: spec.title.clone(),
        requested_by: spec.requested_by.clone(),
        repository: source.repository.clone(),
        wanted,
        targets,
        risk: spec.risk,
        expected_duration: duration_or(
            "spec.expectedDuration",
            spec.expected_duration.as_deref(),
            EXPECTED_DURATION,
        )?,
        depends_on: spec.depends_on.clone(),
        rolls_back: spec.rolls_back.as_ref().map(|earlier| RollsBack {
            change: earlier.change.clone(),
            data: earlier
                .data
                .iter()
                .map(|from| (from.cluster.clone(), from.backup.clone()))
                .collect(),
        }),
    })
}

/// The namespace that Applications are in unless one is named: Argo CD's own.
pub const ARGO_CD_NAMESPACE: &str = "argocd";

fn delivery(target: &crate::change::Target, field: &str) -> Result<Delivery, FieldError> {
    match (&target.path, &target.application) {
        (Some(path), None) => Ok(Delivery::BuiltIn {
            path: path.trim_end_matches('/').to_owned(),
        }),
        (None, Some(application)) => {
            let (namespace, name) = application
                .split_once('/')
                .unwrap_or((ARGO_CD_NAMESPACE, application));
            if name != target.name || namespace.is_empty() {
                let problem = format!("{application} is not the Application {}", target.name);
                return Err(wrong(format!("{field}.application"), problem));
            }
            Ok(Delivery::ArgoCd {
                namespace: namespace.to_owned(),
            })
        }
        (Some(_), Some(_)) | (None, None) => Err(wrong(
            field,
            "give either the overlay's path or, where Argo CD delivers, the application",
        )),
    }
}

fn control(object: &Change) -> Control {
    let spec = &object.spec;
    Control {
        cancel: spec.cancel.as_ref().map(|cancel| cancel.reason.clone()),
        restore_data: spec
            .cancel
            .as_ref()
            .is_some_and(|cancel| cancel.restore_data),
        backup_requested_at: spec.backup.as_ref().map(|wanted| wanted.requested_at),
        hold: spec.hold.as_ref().map(|hold| hold.reason.clone()),
        window: spec
            .window
            .as_ref()
            .map_or_else(WantedWindow::default, |window| WantedWindow {
                not_before: window.not_before,
                not_after: window.not_after,
            }),
        deleted: object.metadata.deletion_timestamp.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn object(more: Value) -> Change {
        let mut spec = json!({
            "ticket": "CHG-1234", "type": "normal", "title": "Undo CHG-1234: Upgrade",
            "requestedBy": "dana@example.com",
            "source": {
                "repository": "https://git.example.com/apps/gitops.git",
                "revision": "9f1c2d3e4b5a69788796a5b4c3d2e1f001122334",
            },
            "targets": [{"name": "api-gateway", "path": "overlays/production", "namespace": "production"}],
            "risk": "Medium", "rollback": "Bring it out again",
        });
        if let (Value::Object(spec), Value::Object(more)) = (&mut spec, more) {
            spec.extend(more);
        }
        serde_json::from_value(json!({
            "apiVersion": "tidegate.dev/v1alpha1", "kind": "Change",
            "metadata": {"name": "chg-1234-2"}, "spec": spec,
        }))
        .unwrap()
    }

    #[test]
    fn an_undoing_says_of_what_and_whose_data_comes_back() {
        let undoes = json!({
            "change": "chg-1234",
            "data": [{"cluster": "prod", "backup": "pre-change-chg-1234-20261126-020000"}],
        });
        let read = change(&object(json!({ "rollsBack": undoes })), "local").unwrap();
        let undoes = read.request.rolls_back.unwrap();
        assert_eq!(undoes.change, "chg-1234");
        assert_eq!(undoes.data["prod"], "pre-change-chg-1234-20261126-020000");
        let read = change(
            &object(json!({"rollsBack": {"change": "chg-1234"}})),
            "local",
        );
        assert!(read.unwrap().request.rolls_back.unwrap().data.is_empty());
        let read = change(&object(json!({})), "local").unwrap();
        assert_eq!(read.request.rolls_back, None);
    }

    #[test]
    fn what_follows_the_submission_is_read() {
        let at = "2026-11-26T01:00:00Z";
        let said = json!({
            "backup": { "requestedAt": at },
            "cancel": { "reason": "not today", "restoreData": true },
        });
        let control = change(&object(said), "local").unwrap().control;
        assert_eq!(control.backup_requested_at, at.parse().ok());
        assert_eq!(control.cancel.as_deref(), Some("not today"));
        assert!(control.restore_data);
        let control = change(&object(json!({})), "local").unwrap().control;
        assert_eq!(control, Control::default());
    }
}
