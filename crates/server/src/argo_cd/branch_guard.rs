//! Adopted Applications whose pin is on a branch keep the content that a change
//! brought there.

use jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::Value;
use tidegate_connect::argo_cd::{ApplicationPlace, OnBranch};
use tidegate_connect::cluster::{ClusterError, Record};
use tidegate_connect::git::{GitError, Repository};
use tidegate_core::argo_cd::branch::guard::{Kept, guard};
use tidegate_core::argo_cd::branch::message::corrects;
use tidegate_core::argo_cd::pin::Asker;
use tidegate_core::argo_cd::{Application, Pin};
use tidegate_core::branch::Branch;
use tidegate_core::revision::Revision;
use tidegate_core::target::TargetKey;

use super::Place;
use super::guard::{GUARD, may_sync, note, note_once};
use crate::gather::{application_of, repository};
use crate::hub::Term;
use crate::sentence::sentence;

/// How often an Application is written that somebody else wrote meanwhile.
const TRIES: u8 = 8;

/// An Application as it was seen, with what is remembered of it.
pub(super) struct Seen<'a> {
    pub(super) place: &'a Place,
    pub(super) object: &'a DynamicObject,
    pub(super) value: &'a Value,
    pub(super) application: &'a Application,
    pub(super) target: &'a TargetKey,
    pub(super) record: &'a Record,
}

/// Judges it and puts right what no change covers. False: it has to be looked at
/// again.
///
/// # Errors
///
/// A sentence.
pub(super) async fn keep(term: &Term, seen: &Seen<'_>) -> Result<bool, String> {
    let Seen { place, object, .. } = *seen;
    let record = seen.record;
    let is_held = record.holder.is_some();
    let remembered = record.branch.as_ref();
    let pin = record.pin.as_ref().and_then(Pin::commit);
    match guard(seen.application, pin, remembered, is_held) {
        // What happens meanwhile is seen once the change has let go.
        Kept::Fine => Ok(!is_held),
        Kept::Adopted(branch, commit) => {
            let told = format!("adopted at {} on branch {branch}", commit.short());
            note(term, place, object, "adopted", &told, false).await?;
            remember(term, seen, &branch, &commit).await?;
            may_push(term, seen, &branch, &commit).await?;
            Ok(true)
        }
        Kept::Released => {
            let told = "given back: it no longer changes by approved changes only";
            note(term, place, object, "released", told, true).await?;
            let cluster = &term.hub.cluster;
            let forgotten = cluster.remember_pin(seen.target, record, None).await;
            forgotten.map_err(|error| error.to_string())?;
            Ok(true)
        }
        Kept::Left { to } => {
            left(term, seen, &to).await?;
            Ok(false)
        }
        Kept::Pushed { found } => match (remembered, pin) {
            (Some(branch), Some(pin)) => pushed(term, seen, branch, pin, Some(&found)).await,
            _ => Ok(true),
        },
        Kept::Unseen => match (remembered, pin) {
            (Some(branch), Some(pin)) => unseen(term, seen, branch, pin).await,
            _ => Ok(true),
        },
    }
}

/// Whether Tidegate may push to the branch is told when there is time to see to
/// it, and not when a change fails by it.
async fn may_push(
    term: &Term,
    seen: &Seen<'_>,
    branch: &Branch,
    commit: &Revision,
) -> Result<(), String> {
    let mirrors = &term.hub.mirrors;
    let refused = match repository_of(term, seen).await {
        Err(problem) => problem,
        Ok(repository) => match mirrors.may_push(&repository, branch, commit).await {
            Err(error) if !error.is_passing() => sentence(&error),
            _ => return Ok(()),
        },
    };
    let told = format!("adopted, but no change can go out: {refused}");
    let key = format!("unwritable/{commit}");
    let what = (key.as_str(), "adopted");
    note_once(term, seen.place, seen.object, what, &told, true).await
}

/// Argo CD does not say what is at the branch. If it is gone it is made again; a
/// repository that cannot be reached is news for Argo CD, which says so.
async fn unseen(
    term: &Term,
    seen: &Seen<'_>,
    branch: &Branch,
    pin: &Revision,
) -> Result<bool, String> {
    let repository = repository_of(term, seen).await?;
    match term.hub.mirrors.head(&repository, branch).await {
        Ok(Some(head)) if head == *pin => Ok(true),
        Ok(_) => pushed(term, seen, branch, pin, None).await,
        Err(_) => Ok(true),
    }
}

/// The repository that the Application's branch is in.
async fn repository_of(term: &Term, seen: &Seen<'_>) -> Result<Repository, String> {
    let mut sources = seen.application.sources().iter();
    let renders = sources.find(|source| !source.path.is_empty());
    let url = renders.map_or("", |source| source.repo_url.as_str());
    repository(term, url).await
}

/// It follows something else.
async fn left(term: &Term, seen: &Seen<'_>, to: &str) -> Result<(), String> {
    let Seen { place, object, .. } = *seen;
    let pin = seen.record.pin.as_ref().and_then(Pin::commit);
    let (Some(branch), Some(pin)) = (&seen.record.branch, pin) else {
        let told = "somebody wrote that its pin is on a branch; it is not, and is pinned again";
        note(term, place, object, "moved", told, true).await?;
        let argo_cd = &term.hub.argo_cd;
        let forgotten = argo_cd
            .forget_branch(&application_place(place), seen.value)
            .await;
        return forgotten.map_err(|error| error.to_string());
    };
    let told = format!(
        "somebody let it follow {to} instead of its branch {branch} without a change; it follows that again"
    );
    note(term, place, object, "moved", &told, true).await?;
    follow(term, seen, branch, pin).await
}

/// Argo CD found another commit at its branch than the one that is remembered.
async fn pushed(
    term: &Term,
    seen: &Seen<'_>,
    branch: &Branch,
    pin: &Revision,
    found: Option<&Revision>,
) -> Result<bool, String> {
    let Seen { place, object, .. } = *seen;
    let told_of = |error: GitError| sentence(&error);
    let repository = repository_of(term, seen).await?;
    let mirrors = &term.hub.mirrors;
    let head = mirrors.head(&repository, branch).await.map_err(told_of)?;
    let same = match &head {
        Some(head) => mirrors.same_content(&repository, head, pin).await,
        None => Ok(false),
    };
    if !same.map_err(told_of)? {
        told_of_push(term, seen, branch, pin, head.as_ref()).await?;
    }
    let says = |pushed: &Revision| corrects(pushed, pin);
    let standing = mirrors
        .stand_at(&repository, branch, pin, says, Timestamp::now())
        .await;
    let now = match standing {
        Ok(standing) => standing.now,
        Err(error) => {
            let told = format!(
                "its branch {branch} cannot be put right: {}",
                told_of(error)
            );
            let key = format!("unwritable/{pin}");
            note_once(term, place, object, (key.as_str(), "moved"), &told, true).await?;
            return Err(told);
        }
    };
    remember(term, seen, branch, &now).await?;
    if Some(&now) == found && seen.application.status.sync.status == "Synced" {
        return Ok(true);
    }
    follow(term, seen, branch, &now).await?;
    Ok(false)
}

/// What is at the branch was put there by somebody else, or it is gone.
async fn told_of_push(
    term: &Term,
    seen: &Seen<'_>,
    branch: &Branch,
    pin: &Revision,
    head: Option<&Revision>,
) -> Result<(), String> {
    let Seen { place, object, .. } = *seen;
    let pinned = pin.short();
    let Some(head) = head else {
        let told = format!("somebody deleted its branch {branch}; it is made again at {pinned}");
        return note(term, place, object, "moved", &told, true).await;
    };
    let told = format!(
        "{} is at its branch {branch}, where no change that stands put it; the content of {pinned} is put on top of it",
        head.short()
    );
    let key = format!("pushed/{head}/{pin}");
    note_once(term, place, object, (key.as_str(), "moved"), &told, true).await
}

async fn remember(
    term: &Term,
    seen: &Seen<'_>,
    branch: &Branch,
    commit: &Revision,
) -> Result<(), String> {
    let cluster = &term.hub.cluster;
    cluster
        .remember_branch(seen.target, seen.record, branch, commit)
        .await
        .map_err(|error| error.to_string())
}

/// Lets the Application follow its branch, and Argo CD look there at once. While
/// Argo CD brings out what somebody pushed it writes the Application all the time,
/// so that this is tried several times.
async fn follow(
    term: &Term,
    seen: &Seen<'_>,
    branch: &Branch,
    commit: &Revision,
) -> Result<(), String> {
    let place = application_place(seen.place);
    let asker = Asker {
        change: GUARD,
        effect: GUARD,
    };
    let on = OnBranch { branch, commit };
    let argo_cd = &term.hub.argo_cd;
    let mut value = seen.value.clone();
    let mut application = seen.application.clone();
    let mut tries = 1;
    loop {
        let with_sync = may_sync(term, &application, &place).await;
        let kept = argo_cd
            .keep_on_branch(&place, &value, on, asker, with_sync)
            .await;
        match kept {
            Err(ClusterError::Conflict { .. }) if tries < TRIES => tries += 1,
            other => return other.map_err(|error| error.to_string()),
        }
        (value, application) = application_of(term, &place).await?;
        let record = term.hub.cluster.record(seen.target).await;
        let record = record.map_err(|error| error.to_string())?;
        if record.holder.is_some() || !application.is_adopted() {
            // It is for somebody else now, who looks at it anew.
            return Ok(());
        }
    }
}

fn application_place(place: &Place) -> ApplicationPlace {
    ApplicationPlace {
        namespace: place.namespace.clone(),
        name: place.name.clone(),
    }
}
