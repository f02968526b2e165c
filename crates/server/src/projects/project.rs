//! One project: read, changed, and written if nobody else wrote meanwhile.

use kube::api::{DynamicObject, Patch, PatchParams};
use kube::{Api, Client};
use tidegate_api::FIELD_MANAGER;
use tidegate_connect::argo_cd::project_kind;
use tidegate_core::sync_window::SyncWindow;

use super::list;
use super::outcome::Written;
use crate::argo_cd::Place;
use crate::sentence::sentence;

/// How often a project is read again because somebody else wrote it.
const MOST_CONFLICTS: u8 = 8;

/// Gives a project the windows of a calendar, or takes them all back, if it is
/// not so already.
pub(super) async fn write(
    client: &Client,
    place: &Place,
    seen: &DynamicObject,
    calendar: &str,
    wanted: Option<&[SyncWindow]>,
) -> Written {
    let api: Api<DynamicObject> =
        Api::namespaced_with(client.clone(), &place.namespace, &project_kind());
    let mut seen = seen.clone();
    for _ in 0..MOST_CONFLICTS {
        if list::is_from_git(&seen) {
            return if list::has(&seen, calendar, wanted.unwrap_or_default()) {
                Written::InGit
            } else {
                Written::GitDiffers
            };
        }
        let Some(patch) = list::edit(&seen, calendar, wanted) else {
            return Written::Same;
        };
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
