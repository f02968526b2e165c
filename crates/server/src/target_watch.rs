//! Watches on the namespaces that running changes write to, so that a pod that
//! becomes ready, or breaks, is news at once. There is one set of watches a
//! namespace, and only while a change runs there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures::channel::mpsc;
use futures::stream::{BoxStream, select_all};
use futures::{StreamExt as _, TryStreamExt as _};
use kube::api::DynamicObject;
use kube::core::{GroupVersionKind, PartialObjectMeta};
use kube::discovery::ApiResource;
use kube::runtime::reflector::ObjectRef;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tidegate_api::Change as Object;
use tidegate_core::lifecycle::Phase;
use tidegate_core::request::Change;
use tokio::task::AbortHandle;

use crate::serve::ServeOptions;

/// What tells how a target does.
const WATCHED: [(&str, &str, &str); 6] = [
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "StatefulSet"),
    ("apps", "v1", "DaemonSet"),
    ("batch", "v1", "Job"),
    ("", "v1", "Pod"),
    ("", "v1", "PersistentVolumeClaim"),
];

/// What tells it where Argo Rollouts is installed.
const ROLLOUT: (&str, &str, &str) = ("argoproj.io", "v1alpha1", "Rollout");

struct Watched {
    changes: BTreeSet<String>,
    watch: AbortHandle,
}

type Namespaces = Arc<Mutex<BTreeMap<String, Watched>>>;

/// The watches of one term. They end with it.
pub(crate) struct TargetWatches {
    client: Client,
    home: String,
    /// The name of the cluster of this client.
    cluster: String,
    nudge: mpsc::UnboundedSender<ObjectRef<Object>>,
    namespaces: Namespaces,
}

impl TargetWatches {
    pub(crate) fn new(
        client: Client,
        options: &ServeOptions,
        nudge: mpsc::UnboundedSender<ObjectRef<Object>>,
    ) -> Self {
        Self {
            client,
            home: options.namespace.clone(),
            cluster: options.cluster.clone(),
            nudge,
            namespaces: Namespaces::default(),
        }
    }

    /// Watches for a change while it runs, and no longer.
    pub(crate) fn follow(&self, change: &Change, phase: Phase) {
        let mut namespaces = self
            .namespaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for namespace in change
            .request
            .targets
            .iter()
            // Elsewhere Argo CD watches, and what it sees is news here.
            .filter(|target| target.key.cluster == self.cluster)
            .map(|target| &target.key.namespace)
        {
            if phase.is_running() {
                let watched = namespaces
                    .entry(namespace.clone())
                    .or_insert_with(|| Watched {
                        changes: BTreeSet::new(),
                        watch: self.start(namespace),
                    });
                watched.changes.insert(change.name.clone());
            } else if let Some(watched) = namespaces.get_mut(namespace) {
                watched.changes.remove(&change.name);
                if watched.changes.is_empty() {
                    watched.watch.abort();
                    namespaces.remove(namespace);
                }
            }
        }
    }

    fn start(&self, namespace: &str) -> AbortHandle {
        let client = self.client.clone();
        let namespace = namespace.to_owned();
        let (home, nudge, namespaces) = (
            self.home.clone(),
            self.nudge.clone(),
            self.namespaces.clone(),
        );
        let watch = async move {
            let mut kinds: Vec<ApiResource> = WATCHED.map(kind).to_vec();
            let rollouts = kind(ROLLOUT);
            if is_served(&client, &rollouts).await {
                kinds.push(rollouts);
            }
            let streams = kinds
                .iter()
                .map(|kind| touches(client.clone(), &namespace, kind));
            let mut news = select_all(streams);
            while let Some(event) = news.next().await {
                if let Err(error) = event {
                    tracing::debug!(%error, %namespace, "a watch on a target is set up again");
                    continue;
                }
                let namespaces = namespaces.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(watched) = namespaces.get(&namespace) else {
                    continue;
                };
                for change in &watched.changes {
                    // The receiver is gone only when the term ends.
                    nudge
                        .unbounded_send(ObjectRef::new(change).within(&home))
                        .ok();
                }
            }
        };
        tokio::spawn(watch).abort_handle()
    }
}

fn kind((group, version, kind): (&str, &str, &str)) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

/// Whether the cluster has this kind. A watch on one that it does not have would
/// be set up again and again.
async fn is_served(client: &Client, kind: &ApiResource) -> bool {
    let served = client.list_api_group_resources(&kind.api_version).await;
    served.is_ok_and(|served| {
        let mut resources = served.resources.iter();
        resources.any(|resource| resource.name == kind.plural)
    })
}

/// Every event of this kind is news, whether or not the object is the change's
/// own: asking once too often costs little.
fn touches(
    client: Client,
    namespace: &str,
    kind: &ApiResource,
) -> BoxStream<'static, Result<(), watcher::Error>> {
    let api: Api<PartialObjectMeta<DynamicObject>> = Api::namespaced_with(client, namespace, kind);
    watcher(api, watcher::Config::default())
        .default_backoff()
        .touched_objects()
        .map_ok(|_| ())
        .boxed()
}

impl Drop for TargetWatches {
    fn drop(&mut self) {
        let namespaces = self
            .namespaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for watched in namespaces.values() {
            watched.watch.abort();
        }
    }
}
