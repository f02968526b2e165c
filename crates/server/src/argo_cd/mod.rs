//! Argo CD's Applications and AppProjects, as far as changes are about them.
//!
//! What Argo CD does to an Application is news for the changes that deliver by
//! it; nobody asks again and again.

mod place;
pub(crate) mod watch;

pub(crate) use place::Place;

use std::sync::{Arc, PoisonError, RwLock};

use kube::api::DynamicObject;
use tidegate_api::Change;
use tidegate_api::convert::change::ARGO_CD_NAMESPACE;
use tidegate_connect::argo_cd::{application_kind, project_kind};

use self::watch::{KindWatch, Known, Objects};
use crate::hub::Term;

/// What was seen of Argo CD last. None: nothing yet, or there is no Argo CD.
#[derive(Default)]
pub(crate) struct Seen {
    applications: RwLock<Option<Objects>>,
    projects: RwLock<Option<Objects>>,
}

impl Seen {
    pub(crate) fn application(&self, place: &Place) -> Option<DynamicObject> {
        find(&self.applications, place)
    }

    pub(crate) fn project(&self, place: &Place) -> Option<DynamicObject> {
        find(&self.projects, place)
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
    loop {
        tokio::select! {
            () = applications.news() => {
                let before = keep(&term.argo_cd.applications, applications.known());
                tell(&term, before.as_ref());
            }
            () = projects.news() => {
                keep(&term.argo_cd.projects, projects.known());
                tell(&term, None);
            }
        }
    }
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
