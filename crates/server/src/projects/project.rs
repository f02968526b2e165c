//! One project: read, changed, and written if nobody else wrote meanwhile.

use jiff::Timestamp;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::{Api, ResourceExt as _};
use serde_json::{Value, json};
use tidegate_api::FIELD_MANAGER;
use tidegate_connect::argo_cd::project_kind;
use tidegate_core::sync_window::{Application, SyncWindow};
use tidegate_ledger::ChangeRef;

use super::outcome::Written;
use super::{foreign, list};
use crate::argo_cd::Place;
use crate::argo_cd::binding::GLOBAL_WINDOWS;
use crate::hub::Term;
use crate::sentence::sentence;

/// How often a project is read again because somebody else wrote it.
const MOST_CONFLICTS: u8 = 8;

/// Gives a project the windows of a calendar, or takes them all back, if it is
/// not so already. What Git manages is only looked at.
pub(super) async fn publish(
    term: &Term,
    place: &Place,
    seen: &DynamicObject,
    calendar: &str,
    wanted: Option<&[SyncWindow]>,
) -> Written {
    if list::is_from_git(seen) {
        return if list::has(seen, calendar, wanted.unwrap_or_default()) {
            Written::InGit
        } else {
            Written::GitDiffers
        };
    }
    let detail = json!({
        "project": place.to_string(),
        "calendar": calendar,
        "windows": wanted.unwrap_or_default(),
    });
    write(
        term,
        place,
        seen,
        ("windows-published", detail),
        |project| list::edit(project, calendar, wanted),
    )
    .await
}

/// Lets manual syncs of these Applications through windows that Tidegate did not
/// publish, and puts back what was lifted for others, if it is not so already.
/// What Git manages is only put back: Argo CD would undo the rest at once.
pub(super) async fn lift(
    term: &Term,
    place: &Place,
    seen: &DynamicObject,
    applications: &[Application],
) -> Written {
    let none: &[Application] = &[];
    let applications = if list::is_from_git(seen) {
        none
    } else {
        applications
    };
    let names: Vec<&str> = applications.iter().map(|one| one.name.as_str()).collect();
    let what = if names.is_empty() {
        "windows-restored"
    } else {
        "windows-lifted"
    };
    let detail = json!({ "project": place.to_string(), "applications": names });
    write(term, place, seen, (what, detail), |project| {
        foreign::edit(project, applications)
    })
    .await
}

/// Notes in a project what windows global ones have, which makes Argo CD look at
/// them again.
pub(super) async fn tell(
    term: &Term,
    place: &Place,
    seen: &DynamicObject,
    wanted: Option<String>,
) -> Written {
    if list::is_from_git(seen) {
        return Written::InGit;
    }
    let detail = json!({ "project": place.to_string(), "globalWindows": wanted });
    write(
        term,
        place,
        seen,
        ("global-windows-noted", detail),
        |project| {
            let same = project.annotations().get(GLOBAL_WINDOWS) == wanted.as_ref();
            (!same).then(|| {
                json!({
                    "metadata": {
                        "resourceVersion": project.metadata.resource_version,
                        "annotations": { GLOBAL_WINDOWS: wanted },
                    },
                })
            })
        },
    )
    .await
}

/// Writes what `edit` wants, into the ledger first, until it is so.
async fn write(
    term: &Term,
    place: &Place,
    seen: &DynamicObject,
    (what, detail): (&'static str, Value),
    edit: impl Fn(&DynamicObject) -> Option<Value>,
) -> Written {
    let client = term.hub.client.clone();
    let api: Api<DynamicObject> = Api::namespaced_with(client, &place.namespace, &project_kind());
    let mut seen = seen.clone();
    for _ in 0..MOST_CONFLICTS {
        let Some(patch) = edit(&seen) else {
            return Written::Same;
        };
        if let Err(problem) = record(term, place, &seen, what, &detail).await {
            return Written::Failed(problem);
        }
        let parameters = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        match api
            .patch(&place.name, &parameters, &Patch::Merge(&patch))
            .await
        {
            Ok(_) => return Written::Done,
            Err(kube::Error::Api(status)) if status.code == 404 => return Written::Missing,
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(error) => return Written::Failed(sentence(&error)),
        }
        seen = match api.get_opt(&place.name).await {
            Ok(Some(now)) => now,
            Ok(None) => return Written::Missing,
            Err(error) => return Written::Failed(sentence(&error)),
        };
    }
    Written::Failed("somebody else writes it again and again".to_owned())
}

/// Notes what is about to be written over this version of a project.
async fn record(
    term: &Term,
    place: &Place,
    seen: &DynamicObject,
    what: &str,
    detail: &Value,
) -> Result<(), String> {
    let project = ChangeRef {
        name: format!("appproject-{}-{}", place.namespace, place.name),
        uid: seen.uid().unwrap_or_default(),
    };
    let once = format!("{what}/{}", seen.resource_version().unwrap_or_default());
    let now = Timestamp::now();
    let recorded = term
        .hub
        .ledger
        .record(now, &project, &once, what, detail)
        .await;
    recorded.map(|_| ()).map_err(|error| sentence(&error))
}
