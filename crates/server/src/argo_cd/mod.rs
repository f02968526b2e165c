//! Argo CD's Applications and AppProjects, as far as changes are about them.
//!
//! What Argo CD does to an Application is news for the changes that deliver by
//! it; nobody asks again and again.

pub(crate) mod binding;
mod branch_guard;
pub(crate) mod clusters;
mod guard;
mod guards;
pub(crate) mod lift;
mod place;
pub(crate) mod watch;

pub(crate) use place::Place;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::DynamicObject;
use tidegate_api::Change;
use tidegate_api::convert::change::ARGO_CD_NAMESPACE;
use tidegate_connect::argo_cd::{application_kind, project_kind};
use tidegate_core::argo_cd::Application;
use tidegate_core::argo_cd::adoption::FOLLOWED;
use tokio::sync::Notify;

use self::guards::Guards;
use self::watch::{KindWatch, Known, Objects, SettingsWatch};
use crate::feeds::sleep_until;
use crate::hub::Term;

/// What could not be guarded is tried again after this long.
const RETRY: SignedDuration = SignedDuration::from_secs(15);

/// What was seen of Argo CD last. None: nothing yet, or there is no Argo CD.
#[derive(Default)]
pub(crate) struct Seen {
    applications: RwLock<Option<Objects>>,
    projects: RwLock<Option<Objects>>,
    settings: RwLock<Option<BTreeMap<Place, ConfigMap>>>,
    /// A change has let go of an Application. What it left there, such as a sync
    /// that waits for a window, is put right before the window opens.
    pub(crate) let_go: Notify,
}

impl Seen {
    pub(crate) fn application(&self, place: &Place) -> Option<DynamicObject> {
        find(&self.applications, place)
    }

    pub(crate) fn project(&self, place: &Place) -> Option<DynamicObject> {
        find(&self.projects, place)
    }

    /// The AppProjects, by their names, of Applications that are adopted.
    pub(crate) fn projects_in_use(&self) -> BTreeSet<(String, String)> {
        let applications = self.applications.read();
        let applications = applications.unwrap_or_else(PoisonError::into_inner);
        let adopted = applications.iter().flatten().filter(|(_, object)| {
            let annotations = object.metadata.annotations.as_ref();
            annotations.is_some_and(|all| all.contains_key(FOLLOWED))
        });
        let named = adopted.filter_map(|(place, object)| {
            let name = object.data.pointer("/spec/project")?.as_str()?;
            Some((place.namespace.clone(), name.to_owned()))
        });
        named.collect()
    }

    /// The settings of every Argo CD. None: nobody has looked yet.
    pub(crate) fn settings(&self) -> Option<BTreeMap<Place, ConfigMap>> {
        let settings = self.settings.read();
        settings.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn find(objects: &RwLock<Option<Objects>>, place: &Place) -> Option<DynamicObject> {
    let objects = objects.read().unwrap_or_else(PoisonError::into_inner);
    objects.as_ref()?.get(place).cloned()
}

/// Follows Argo CD until it is dropped.
pub(crate) async fn run(term: Arc<Term>) {
    let client = &term.hub.client;
    let mut applications = KindWatch::new(client, application_kind());
    let mut projects = KindWatch::new(client, project_kind());
    let mut settings = SettingsWatch::new(client);
    // What could not be guarded, and when that is tried again.
    let mut again: BTreeSet<Place> = BTreeSet::new();
    let mut wake = None;
    let mut guards = Guards::new(term.clone());
    loop {
        let mut look = BTreeSet::new();
        tokio::select! {
            place = guards.unsettled() => {
                again.insert(place);
            }
            () = applications.news() => {
                let before = keep(&term.argo_cd.applications, applications.known());
                look = changed(before.as_ref(), applications.known());
                if before.is_none() {
                    look.extend(given_back(&term, applications.known()).await);
                }
                tell(&term, before.as_ref());
            }
            () = projects.news() => {
                keep(&term.argo_cd.projects, projects.known());
                tell(&term, None);
            }
            () = settings.news() => {
                let known = settings.known().cloned();
                let seen = term.argo_cd.settings.write();
                *seen.unwrap_or_else(PoisonError::into_inner) = known;
                term.lifts_changed.notify_one();
                tell(&term, None);
            }
            () = sleep_until(wake) => {
                wake = None;
                look = std::mem::take(&mut again);
            }
            () = term.argo_cd.let_go.notified() => look = std::mem::take(&mut again),
        }
        for place in look {
            again.remove(&place);
            guards.look(place);
        }
        if again.is_empty() {
            wake = None;
        } else if wake.is_none() {
            wake = Timestamp::now().checked_add(RETRY).ok();
        }
    }
}

/// The Applications whose adoption or pin is not as it was before. Those that
/// were never adopted cost nothing.
fn changed(before: Option<&Objects>, now: Known<'_>) -> BTreeSet<Place> {
    let Known::Objects(now) = now else {
        return BTreeSet::new();
    };
    let concerns = |(place, object): &(&Place, &DynamicObject)| {
        let known = before.and_then(|before| before.get(place));
        if version(known) == version(Some(object)) {
            return false;
        }
        let known = known.and_then(guard::matters);
        let matters = guard::matters(object);
        let adopted = [&known, &matters]
            .into_iter()
            .flatten()
            .any(|matters| matters.is_adopted);
        adopted && known != matters
    };
    now.iter()
        .filter(concerns)
        .map(|(place, _)| place.clone())
        .collect()
}

/// The Applications of which a pin is remembered, so that one is noticed that
/// was given back while nobody was there to see it.
async fn given_back(term: &Term, now: Known<'_>) -> BTreeSet<Place> {
    let Known::Objects(now) = now else {
        return BTreeSet::new();
    };
    let pinned = match term.hub.cluster.pinned_targets().await {
        Ok(pinned) => pinned,
        Err(error) => {
            tracing::warn!(%error, "which Applications are adopted cannot be read");
            return BTreeSet::new();
        }
    };
    let mut found = BTreeSet::new();
    for (place, object) in now {
        let application = serde_json::to_value(object).ok();
        let Some(Ok(application)) = application.map(|object| Application::read(&object)) else {
            continue;
        };
        // Only one that was adopted is remembered, and nothing is asked for the rest.
        let suffix = format!("/{}/{}", application.spec.destination.namespace, place.name);
        if !pinned.iter().any(|pinned| pinned.ends_with(&suffix)) {
            continue;
        }
        let target = guard::target(term, place, &application).await;
        if target.is_ok_and(|target| pinned.contains(&target.to_string())) {
            found.insert(place.clone());
        }
    }
    found
}

/// Keeps what is known now, and gives what was known before.
fn keep(kept: &RwLock<Option<Objects>>, known: Known<'_>) -> Option<Objects> {
    let now = match known {
        Known::Objects(objects) => Some(objects.clone()),
        Known::Nothing | Known::NoKind | Known::Unreadable(_) => None,
    };
    let mut kept = kept.write().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut kept, now)
}

/// Asks for the changes to be looked at again whose Application is not as it was
/// before; without a before, for all that deliver by Argo CD.
fn tell(term: &Term, before: Option<&Objects>) {
    for change in term.stores.changes.state() {
        let ended = change
            .status
            .as_ref()
            .is_some_and(|status| status.status.phase.is_final());
        let mut places = places(&change);
        let concerned = match before {
            None => places.next().is_some(),
            Some(before) => places.any(|place| {
                version(before.get(&place)) != version(term.argo_cd.application(&place).as_ref())
            }),
        };
        if concerned && !ended {
            term.nudge_one(&change);
        }
    }
}

fn version(object: Option<&DynamicObject>) -> Option<String> {
    object.and_then(kube::ResourceExt::resource_version)
}

/// Where the Applications of a change are.
fn places(change: &Change) -> impl Iterator<Item = Place> {
    let targets = change.spec.targets.iter();
    targets.filter_map(|target| {
        let application = target.application.as_deref()?;
        let (namespace, name) = application
            .split_once('/')
            .unwrap_or((ARGO_CD_NAMESPACE, application));
        Some(Place {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    })
}
