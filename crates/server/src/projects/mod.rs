//! Calendars in Argo CD: as sync windows of the AppProjects that they name.
//!
//! A window is a calendar's own if its description says so; all others are left
//! as they are and in their order. Each project says in an annotation which
//! calendars were written into it, in the same write, so what was published is
//! taken back even if the calendar was deleted while nobody was there to see
//! it. A project that Git manages is Git's: it is only looked at.

mod foreign;
mod list;
mod outcome;
mod project;

pub(crate) use list::is_from_git;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kube::{Api, ResourceExt as _};
use tidegate_api::ChangeCalendar;
use tidegate_api::change_calendar::Publish;
use tidegate_connect::argo_cd::project_kind;
use tidegate_core::calendar::export;

use self::outcome::{Outcome, Written};
use crate::argo_cd::Place;
use crate::argo_cd::binding::seen_digest;
use crate::argo_cd::clusters::instance;
use crate::argo_cd::lift::{Lifted, lifted as lifted_for};
use crate::argo_cd::watch::{KindWatch, Known, Objects};
use crate::feeds::sleep_until;
use crate::hub::Term;
use crate::readiness;
use crate::sentence::sentence;

/// The condition of a calendar that says whether it is published.
const PUBLISHED: &str = "Published";
/// News that come together are looked at once.
const DEBOUNCE: Duration = Duration::from_millis(50);
/// What could not be written is tried again after this long.
const RETRY: SignedDuration = SignedDuration::from_secs(30);

/// Keeps projects as calendars want them until it is dropped. It wakes when
/// calendars or projects change, and when time changes what a calendar means to
/// Argo CD.
pub(crate) async fn run(term: Arc<Term>) {
    let mut argo_cd = KindWatch::new(&term.hub.client, project_kind());
    let mut wake = None;
    loop {
        tokio::select! {
            () = term.rules_read.notified() => {}
            () = term.lifts_changed.notified() => {}
            () = argo_cd.news() => {}
            () = sleep_until(wake) => {}
        }
        tokio::time::sleep(DEBOUNCE).await;
        wake = publish_all(&term, argo_cd.known()).await;
    }
}

/// Brings everything up to date, and says when to look again by itself.
async fn publish_all(term: &Term, known: Known<'_>) -> Option<Timestamp> {
    let now = Timestamp::now();
    let mut wake: Option<Timestamp> = None;
    if let Known::Objects(projects) = known
        && !take_back_leftovers(term, projects).await
    {
        wake = now.checked_add(RETRY).ok();
    }
    let lifted = lifted_for(term);
    if let Known::Objects(projects) = known
        && !(lift(term, projects, &lifted).await & tell_of_global_windows(term, projects).await)
    {
        wake = now.checked_add(RETRY).ok();
    }
    for object in term.stores.calendars.state() {
        let outcome = match &object.spec.publish {
            None => None,
            Some(publish) => match publish_one(term, &object, publish, known, &lifted, now).await {
                // Not known yet; the news will come.
                None => continue,
                outcome => outcome,
            },
        };
        let again = outcome.as_ref().and_then(|outcome| outcome.again_at);
        wake = wake.into_iter().chain(again).min();
        let condition = |seen: &ChangeCalendar| {
            let outcome = outcome.as_ref()?;
            let status = if outcome.published { "True" } else { "False" };
            Some(readiness::condition(
                readiness::conditions(seen),
                PUBLISHED,
                seen.metadata.generation,
                status,
                outcome.reason,
                outcome.message.clone(),
            ))
        };
        if let Err(error) = readiness::write(term, &object, PUBLISHED, condition).await {
            tracing::warn!(
                error = sentence(&error),
                "the status of a calendar could not be written"
            );
        }
    }
    wake
}

async fn publish_one(
    term: &Term,
    object: &ChangeCalendar,
    publish: &Publish,
    known: Known<'_>,
    lifted: &BTreeMap<Place, Lifted>,
    now: Timestamp,
) -> Option<Outcome> {
    let projects = match known {
        Known::Nothing => return None,
        Known::NoKind => return Some(Outcome::no_argo_cd()),
        Known::Unreadable(problem) => return Some(Outcome::unreadable(problem)),
        Known::Objects(projects) => projects,
    };
    // Until then it is shut, which is for Tidegate alone to act on: what stands in
    // the projects stays.
    if term.hub.feeds.is_awaited(object) {
        return None;
    }
    let calendar = term.hub.feeds.calendar(object, now);
    let export = export::sync_windows(&calendar, now);
    if !export.refused.is_empty() {
        return Some(Outcome::refused(&export));
    }
    let mut written = Vec::new();
    for place in places(publish) {
        let result = match projects.get(&place) {
            None => Written::Missing,
            Some(seen) => {
                // While a change has them lifted none stand there.
                let is_lifted = lifted.get(&place).is_some_and(|lifted| lifted.published);
                let windows = if is_lifted { &[][..] } else { &export.windows };
                project::publish(term, &place, seen, &calendar.name, Some(windows)).await
            }
        };
        written.push((place, result));
    }
    Some(Outcome::of(&calendar.name, &export, &written, now))
}

fn places(publish: &Publish) -> Vec<Place> {
    let namespace = publish.namespace.as_deref().unwrap_or("argocd");
    let mut places: Vec<Place> = publish
        .projects
        .iter()
        .map(|name| Place {
            namespace: namespace.to_owned(),
            name: name.clone(),
        })
        .collect();
    places.sort();
    places.dedup();
    places
}

/// Lets changes through windows of others where they have them lifted, and puts
/// back what nobody needs lifted any more. False if that has to be tried again.
async fn lift(term: &Term, projects: &Objects, lifted: &BTreeMap<Place, Lifted>) -> bool {
    let mut all_done = true;
    for (place, seen) in projects {
        let wanted = lifted.get(place).map(|lifted| &lifted.foreign_for[..]);
        let wanted = wanted.unwrap_or_default();
        if wanted.is_empty() && !foreign::has_any(seen) {
            continue;
        }
        match project::lift(term, place, seen, wanted).await {
            Written::Done => {
                let count = wanted.len();
                tracing::info!(project = %place, applications = count, "sync windows that Tidegate did not publish are lifted for these");
            }
            Written::Failed(problem) => {
                tracing::warn!(project = %place, problem, "sync windows could not be lifted, or put back");
                all_done = false;
            }
            Written::Missing | Written::Same | Written::InGit | Written::GitDiffers => {}
        }
    }
    all_done
}

/// Writes AppProjects of adopted Applications whose global projects have other
/// windows than before, so that Argo CD looks again. False if that has to be tried
/// again.
async fn tell_of_global_windows(term: &Term, projects: &Objects) -> bool {
    let mut all_done = true;
    for (namespace, name) in term.argo_cd.projects_in_use() {
        let place = Place {
            namespace: instance(term, &namespace),
            name,
        };
        let Some(seen) = projects.get(&place) else {
            continue;
        };
        let wanted = seen_digest(term, &place, seen);
        if let Written::Failed(problem) = project::tell(term, &place, seen, wanted).await {
            tracing::warn!(project = %place, problem, "Argo CD could not be told of the windows of global projects");
            all_done = false;
        }
    }
    all_done
}

/// Removes windows of calendars that are gone, or that no longer name the
/// project. False if that has to be tried again.
async fn take_back_leftovers(term: &Term, projects: &Objects) -> bool {
    let mut all_done = true;
    for (place, seen) in projects {
        for calendar in list::calendars(seen) {
            match still_publishes(term, &calendar, place).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = sentence(&error), "a calendar could not be read");
                    all_done = false;
                    continue;
                }
            }
            match project::publish(term, place, seen, &calendar, None).await {
                Written::Done => {
                    tracing::info!(project = %place, %calendar, "took back the calendar's windows");
                }
                Written::Failed(problem) => {
                    tracing::warn!(project = %place, %calendar, problem, "the calendar's windows could not be taken back");
                    all_done = false;
                }
                Written::Missing | Written::Same | Written::InGit | Written::GitDiffers => {}
            }
        }
    }
    all_done
}

/// Whether a calendar names the project. That it does not is asked of the API
/// server itself before anything is removed.
async fn still_publishes(term: &Term, name: &str, place: &Place) -> Result<bool, kube::Error> {
    let names_it = |object: &ChangeCalendar| {
        let publish = object.spec.publish.as_ref();
        publish.is_some_and(|publish| places(publish).contains(place))
    };
    let seen = term
        .stores
        .calendars
        .find(|object| object.name_any() == name);
    if seen.is_some_and(|object| names_it(&object)) {
        return Ok(true);
    }
    let api: Api<ChangeCalendar> = Api::all(term.hub.client.clone());
    Ok(api
        .get_opt(name)
        .await?
        .is_some_and(|object| names_it(&object)))
}
