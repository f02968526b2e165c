//! Objects of a kind that the cluster may have or not.

use std::collections::BTreeMap;

use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{ApiResource, DynamicObject};
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::Event;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, ResourceExt as _};
use tidegate_connect::argo_cd::SETTINGS;

use super::Place;
use crate::sentence::sentence;

/// Every object of the kind as it was seen last.
pub(crate) type Objects = BTreeMap<Place, DynamicObject>;

/// What is known of the kind.
#[derive(Clone, Copy)]
pub(crate) enum Known<'a> {
    /// The API server has not been heard yet.
    Nothing,
    /// The cluster does not have the kind.
    NoKind,
    /// They cannot be read; why.
    Unreadable(&'a str),
    /// All of them.
    Objects(&'a Objects),
}

/// Two watches: on the definition, since Argo CD may be installed or removed at
/// any time, and on the objects while there is one.
pub(crate) struct KindWatch {
    client: Client,
    kind: ApiResource,
    definition: Watched<PartialObjectMeta<CustomResourceDefinition>>,
    objects: Option<Watched<DynamicObject>>,
}

/// A watch on the settings of every Argo CD in the cluster.
pub(crate) struct SettingsWatch(Watched<ConfigMap>);

impl SettingsWatch {
    pub(crate) fn new(client: &Client) -> Self {
        let api: Api<ConfigMap> = Api::all(client.clone());
        let only = watcher::Config::default().fields(&format!("metadata.name={SETTINGS}"));
        Self(Watched::new(watcher(api, only).default_backoff().boxed()))
    }

    /// As [`KindWatch::news`].
    pub(crate) async fn news(&mut self) {
        self.0.news().await;
    }

    /// All that were seen. None: the API server has not been heard yet.
    pub(crate) fn known(&self) -> Option<&BTreeMap<Place, ConfigMap>> {
        self.0.seen.as_ref()
    }
}

/// A watch with what it has seen.
struct Watched<K> {
    events: BoxStream<'static, Result<Event<K>, watcher::Error>>,
    coming: BTreeMap<Place, K>,
    seen: Option<BTreeMap<Place, K>>,
    problem: Option<String>,
}

impl KindWatch {
    pub(crate) fn new(client: &Client, kind: ApiResource) -> Self {
        let api: Api<PartialObjectMeta<CustomResourceDefinition>> = Api::all(client.clone());
        let only = watcher::Config::default()
            .fields(&format!("metadata.name={}.{}", kind.plural, kind.group));
        Self {
            client: client.clone(),
            kind,
            definition: Watched::new(watcher(api, only).default_backoff().boxed()),
            objects: None,
        }
    }

    /// Ends when something is known that was not before. May be dropped and
    /// asked again at any time.
    pub(crate) async fn news(&mut self) {
        match &mut self.objects {
            None => self.definition.news().await,
            Some(objects) => {
                tokio::select! {
                    () = self.definition.news() => {}
                    () = objects.news() => {}
                }
            }
        }
        self.follow_the_definition();
    }

    fn follow_the_definition(&mut self) {
        match &self.definition.seen {
            Some(seen) if seen.is_empty() => self.objects = None,
            Some(_) if self.objects.is_none() => {
                let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &self.kind);
                let events = watcher(api, watcher::Config::default()).default_backoff();
                self.objects = Some(Watched::new(events.boxed()));
            }
            Some(_) | None => {}
        }
    }

    pub(crate) fn known(&self) -> Known<'_> {
        match (&self.objects, &self.definition.seen) {
            (Some(objects), _) => match &objects.seen {
                Some(seen) => Known::Objects(seen),
                None => unseen(objects.problem.as_deref()),
            },
            (None, Some(_)) => Known::NoKind,
            (None, None) => unseen(self.definition.problem.as_deref()),
        }
    }
}

impl<K: kube::Resource> Watched<K> {
    fn new(events: BoxStream<'static, Result<Event<K>, watcher::Error>>) -> Self {
        Self {
            events,
            coming: BTreeMap::new(),
            seen: None,
            problem: None,
        }
    }

    async fn news(&mut self) {
        loop {
            let Some(event) = self.events.next().await else {
                // A watch sets itself up again and has no end.
                return std::future::pending().await;
            };
            let mut news = self.take(event);
            while let Some(Some(event)) = self.events.next().now_or_never() {
                news |= self.take(event);
            }
            if news {
                return;
            }
        }
    }

    /// Takes an event; true if something is known that was not before.
    fn take(&mut self, event: Result<Event<K>, watcher::Error>) -> bool {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                let problem = sentence(&error);
                tracing::debug!(error = problem, "a watch for Argo CD is set up again");
                let news = self.seen.is_none() && self.problem.as_ref() != Some(&problem);
                self.problem = Some(problem);
                return news;
            }
        };
        match event {
            Event::Init => {
                self.coming.clear();
                false
            }
            Event::InitApply(object) => {
                self.coming.insert(place(&object), object);
                false
            }
            Event::InitDone => {
                self.problem = None;
                self.seen = Some(std::mem::take(&mut self.coming));
                true
            }
            Event::Apply(object) => {
                let seen = self.seen.get_or_insert_default();
                seen.insert(place(&object), object);
                true
            }
            Event::Delete(object) => {
                let seen = self.seen.get_or_insert_default();
                seen.remove(&place(&object));
                true
            }
        }
    }
}

fn place<K: kube::Resource>(object: &K) -> Place {
    Place {
        namespace: object.namespace().unwrap_or_default(),
        name: object.meta().name.clone().unwrap_or_default(),
    }
}

fn unseen(problem: Option<&str>) -> Known<'_> {
    problem.map_or(Known::Nothing, Known::Unreadable)
}
