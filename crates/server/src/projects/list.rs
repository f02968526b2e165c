//! The sync windows of a project: whose is which, and what is to be written.

use kube::ResourceExt as _;
use kube::api::DynamicObject;
use serde_json::{Value, json};
use tidegate_core::sync_window::SyncWindow;

/// The annotation of a project that names the calendars that were written into
/// it, separated by commas.
const CALENDARS: &str = "tidegate.dev/calendars";

/// Marks a project that Argo CD itself applies from Git, by annotation or by
/// label (Argo CD, "Resource Tracking").
const TRACKING: &str = "argocd.argoproj.io/tracking-id";
const INSTANCE: &str = "app.kubernetes.io/instance";

/// Whether Git manages the project, so that what is written into it would be
/// undone or would make it OutOfSync.
pub(crate) fn is_from_git(project: &DynamicObject) -> bool {
    project.annotations().contains_key(TRACKING) || project.labels().contains_key(INSTANCE)
}

/// The calendars that were written into a project.
pub(super) fn calendars(project: &DynamicObject) -> Vec<String> {
    let names = project.annotations().get(CALENDARS);
    let names = names.map(String::as_str).unwrap_or_default().split(',');
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether a project has exactly the windows of a calendar that are wanted.
pub(super) fn has(project: &DynamicObject, calendar: &str, wanted: &[SyncWindow]) -> bool {
    let own = windows(project).filter(|window| is_own(window, calendar));
    own.map(|window| serde_json::from_value(window.clone()).ok())
        .eq(wanted.iter().cloned().map(Some))
}

/// What has to be written so that a project has the windows of a calendar, or
/// none of them; nothing if it is so already.
///
/// It is a merge patch with the version of the project that it is made for:
/// the list is one value to the API server, and whoever writes it in between
/// must not be undone.
pub(super) fn edit(
    project: &DynamicObject,
    calendar: &str,
    wanted: Option<&[SyncWindow]>,
) -> Option<Value> {
    let mut recorded = calendars(project);
    let is_recorded = recorded.iter().any(|name| name == calendar);
    let same = has(project, calendar, wanted.unwrap_or_default());
    if same && is_recorded == wanted.is_some() {
        return None;
    }
    recorded.retain(|name| name != calendar);
    if wanted.is_some() {
        recorded.push(calendar.to_owned());
    }
    let calendars = (!recorded.is_empty()).then(|| recorded.join(","));
    let mut patch = json!({
        "metadata": {
            "resourceVersion": project.metadata.resource_version,
            "annotations": { CALENDARS: calendars },
        },
    });
    if !same {
        let foreign = windows(project).filter(|window| !is_own(window, calendar));
        let own = wanted.unwrap_or_default().iter().map(written);
        let all: Vec<Value> = foreign.cloned().chain(own).collect();
        // An empty list and none are the same to Argo CD.
        let list = if all.is_empty() {
            Value::Null
        } else {
            all.into()
        };
        patch["spec"] = json!({ "syncWindows": list });
    }
    Some(patch)
}

/// The windows as they stand there.
pub(super) fn windows(project: &DynamicObject) -> impl Iterator<Item = &Value> {
    let list = project.data.pointer("/spec/syncWindows");
    list.and_then(Value::as_array).into_iter().flatten()
}

fn is_own(window: &Value, calendar: &str) -> bool {
    let description = window.get("description").and_then(Value::as_str);
    description
        .and_then(|text| text.strip_prefix("tidegate.dev/"))
        .and_then(|text| text.strip_prefix(calendar))
        .is_some_and(|text| text.starts_with('/'))
}

/// A window without the fields that say nothing.
fn written(window: &SyncWindow) -> Value {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(window) else {
        // A struct of texts and lists is always an object.
        return Value::Null;
    };
    fields.retain(|_, value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::Object(_) => true,
    });
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(annotations: &Value, windows: &Value) -> DynamicObject {
        serde_json::from_value(json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": "prod", "resourceVersion": "7", "annotations": annotations},
            "spec": {"syncWindows": windows},
        }))
        .unwrap()
    }

    fn night() -> SyncWindow {
        SyncWindow {
            kind: "allow".to_owned(),
            schedule: "0 2 * * *".to_owned(),
            duration: "4h".to_owned(),
            applications: vec!["*".to_owned()],
            description: "tidegate.dev/production/night".to_owned(),
            ..SyncWindow::default()
        }
    }

    fn night_as_written() -> Value {
        json!({
            "kind": "allow", "schedule": "0 2 * * *", "duration": "4h",
            "applications": ["*"], "description": "tidegate.dev/production/night",
        })
    }

    #[test]
    fn foreign_windows_stay_as_they_are_and_in_their_order() {
        let foreign = [
            json!({"kind": "deny", "schedule": "* * * * *", "unknown": {"a": 1}}),
            json!({"description": "tidegate.dev/production-eu/night"}),
            json!({"description": "Nights, as tidegate.dev/production/night says"}),
        ];
        let [a, b, c] = &foreign;
        let old = json!({"kind": "allow", "description": "tidegate.dev/production/old"});
        let seen = project(&json!({}), &json!([a, old, b, c]));
        let patch = edit(&seen, "production", Some(&[night()])).unwrap();
        assert_eq!(
            patch,
            json!({
                "metadata": {"resourceVersion": "7", "annotations": {CALENDARS: "production"}},
                "spec": {"syncWindows": [a, b, c, night_as_written()]},
            })
        );
    }

    #[test]
    fn what_is_so_already_is_not_written() {
        let mut window = night_as_written();
        window["clusters"] = Value::Null;
        window["manualSync"] = json!(false);
        let seen = project(&json!({CALENDARS: "other,production"}), &json!([window]));
        assert_eq!(edit(&seen, "production", Some(&[night()])), None);
        let later = SyncWindow {
            duration: "5h".to_owned(),
            ..night()
        };
        assert!(edit(&seen, "production", Some(&[later])).is_some());
        let none = project(&Value::Null, &Value::Null);
        assert_eq!(edit(&none, "production", None), None);
    }

    #[test]
    fn what_is_taken_back_leaves_no_trace() {
        let seen = project(
            &json!({CALENDARS: "production"}),
            &json!([night_as_written()]),
        );
        assert_eq!(
            edit(&seen, "production", None).unwrap(),
            json!({
                "metadata": {"resourceVersion": "7", "annotations": {CALENDARS: null}},
                "spec": {"syncWindows": null},
            })
        );
    }
}
