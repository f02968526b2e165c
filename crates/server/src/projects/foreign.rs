//! Windows of others that let manual syncs through for a while.
//!
//! Each is written down as it was before, in an annotation of the same project
//! and in the same write, so it is put back whoever dies in between.

use kube::ResourceExt as _;
use kube::api::DynamicObject;
use serde_json::{Value, json};
use tidegate_core::sync_window::{Application, SyncWindow, SyncWindows};

use super::list;

/// The annotation of a project with the windows that were lifted, as they were.
const LIFTED: &str = "tidegate.dev/lifted-windows";

/// Whether windows of the project are lifted.
pub(super) fn has_any(project: &DynamicObject) -> bool {
    project.annotations().contains_key(LIFTED)
}

/// What has to be written so that the windows that concern these Applications let
/// manual syncs through, and all others that were lifted are as before; nothing if
/// it is so already.
///
/// One that somebody changed meanwhile stays as they want it.
pub(super) fn edit(project: &DynamicObject, applications: &[Application]) -> Option<Value> {
    let before = project.annotations().get(LIFTED);
    let before: Vec<Value> = before
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let mut all: Vec<Value> = list::windows(project).cloned().collect();
    let mut lifted = Vec::new();
    for window in before {
        if concerns(&window, applications) {
            lifted.push(window);
            continue;
        }
        let through = let_through(&window);
        if let Some(stands) = all.iter_mut().find(|stands| **stands == through) {
            *stands = window;
        }
    }
    for window in &mut all {
        let is_ours = read(window).is_none_or(|read| read.is_published() || read.manual_sync);
        if !is_ours && concerns(window, applications) {
            let through = let_through(window);
            lifted.push(std::mem::replace(window, through));
        }
    }
    let is_same = list::windows(project).eq(all.iter()) && has_any(project) != lifted.is_empty();
    (!is_same).then(|| {
        json!({
            "metadata": {
                "resourceVersion": project.metadata.resource_version,
                "annotations": { LIFTED: (!lifted.is_empty()).then(|| Value::from(lifted).to_string()) },
            },
            "spec": { "syncWindows": all },
        })
    })
}

fn read(window: &Value) -> Option<SyncWindow> {
    serde_json::from_value(window.clone()).ok()
}

fn concerns(window: &Value, applications: &[Application]) -> bool {
    let windows = SyncWindows::load(&Vec::from_iter(read(window)));
    applications.iter().any(|one| windows.concern(one))
}

fn let_through(window: &Value) -> Value {
    let mut through = window.clone();
    if let Some(fields) = through.as_object_mut() {
        fields.insert("manualSync".to_owned(), json!(true));
    }
    through
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(windows: &Value, lifted: Option<&Value>) -> DynamicObject {
        let lifted = lifted.map(|lifted| (LIFTED.to_owned(), json!(lifted.to_string())));
        let annotations: serde_json::Map<String, Value> = lifted.into_iter().collect();
        serde_json::from_value(json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": "production", "resourceVersion": "7", "annotations": annotations},
            "spec": {"syncWindows": windows},
        }))
        .unwrap()
    }

    fn patched(project: &DynamicObject, patch: &Value) -> DynamicObject {
        let mut patched = project.clone();
        patched.data["spec"]["syncWindows"] = patch["spec"]["syncWindows"].clone();
        let lifted = patch["metadata"]["annotations"][LIFTED].as_str();
        patched.metadata.annotations =
            lifted.map(|lifted| [(LIFTED.to_owned(), lifted.to_owned())].into());
        patched
    }

    fn freeze(applications: &str, manual: Option<bool>) -> Value {
        let mut freeze = json!({"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": [applications], "unknown": 1});
        if let Some(manual) = manual {
            freeze["manualSync"] = json!(manual);
        }
        freeze
    }

    fn web() -> Vec<Application> {
        vec![Application {
            name: "web".to_owned(),
            ..Application::default()
        }]
    }

    #[test]
    fn what_concerns_an_application_lets_it_through_and_is_put_back_as_it_was() {
        let windows = json!([
            freeze("*", None),
            freeze("api", None),
            freeze("w*", Some(false))
        ]);
        let seen = project(&windows, None);
        let patch = edit(&seen, &web()).unwrap();
        let through = json!([
            freeze("*", Some(true)),
            freeze("api", None),
            freeze("w*", Some(true))
        ]);
        assert_eq!(patch["spec"]["syncWindows"], through);
        assert_eq!(patch["metadata"]["resourceVersion"], "7");
        let lifted = patched(&seen, &patch);
        assert_eq!(edit(&lifted, &web()), None);
        let back = patched(&lifted, &edit(&lifted, &[]).unwrap());
        assert_eq!(back.data["spec"]["syncWindows"], windows);
        assert!(!has_any(&back));
        assert_eq!(edit(&back, &[]), None);
    }

    #[test]
    fn what_tidegate_published_and_what_lets_through_already_is_left_alone() {
        let mut own = freeze("*", None);
        own["description"] = json!("tidegate.dev/production/freeze");
        let seen = project(&json!([own, freeze("*", Some(true))]), None);
        assert_eq!(edit(&seen, &web()), None);
    }

    #[test]
    fn what_somebody_changed_meanwhile_stays_theirs() {
        let theirs = json!([freeze("team-*", None)]);
        let seen = project(&theirs, Some(&json!([freeze("*", None)])));
        let back = patched(&seen, &edit(&seen, &[]).unwrap());
        assert_eq!(back.data["spec"]["syncWindows"], theirs);
        assert!(!has_any(&back));
    }
}
