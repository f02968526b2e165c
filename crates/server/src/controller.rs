//! The watches and timers of one term of leading.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use futures::channel::mpsc;
use futures::{FutureExt as _, Stream, StreamExt as _};
use jiff::Timestamp;
use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::core::PartialObjectMeta;
use kube::runtime::controller::{Action, Config, Controller};
use kube::runtime::reflector::Store;
use kube::runtime::{PredicateConfig, WatchStreamExt as _, predicates, reflector, watcher};
use kube::{Api, Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use tidegate_api::{Approval, Change, ChangeCalendar, ChangePolicy, Connection};
use tidegate_core::lifecycle::facts::Identity;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::argo_cd;
use crate::feeds;
use crate::gather::{self, Shared};
use crate::hub::{Hub, Stores, Term};
use crate::projects;
use crate::reactions;
use crate::reconcile::{ReconcileError, reconcile};
use crate::sentence::sentence;
use crate::serve::ServeError;
use crate::target_watch::TargetWatches;
use crate::velero;

/// News that come together are looked at once.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// Works until `stop` or `lost`.
pub(crate) async fn run(
    hub: Arc<Hub>,
    stop: CancellationToken,
    lost: CancellationToken,
) -> Result<(), ServeError> {
    let client = hub.client.clone();
    // Without the definitions every watch would fail for ever and in silence.
    hub.changes()
        .list(&ListParams::default().limit(1))
        .await
        .map_err(ServeError::Watch)?;
    // Before anybody asks, so that a restart shuts nothing.
    let calendars: Api<ChangeCalendar> = Api::all(client.clone());
    let calendars = calendars.list(&ListParams::default()).await;
    let calendars = calendars.map_err(ServeError::Watch)?.items;
    hub.feeds.load(&calendars, Timestamp::now()).await;
    let (nudge, nudged) = mpsc::unbounded();
    let mut tasks = JoinSet::new();
    let (changes, change_events) = watched(Api::namespaced(client.clone(), &hub.options.namespace));
    let (approvals, approval_events) =
        watched::<Approval>(Api::namespaced(client.clone(), &hub.options.namespace));
    let (policies, policy_events) = watched::<ChangePolicy>(Api::all(client.clone()));
    let (calendars, calendar_events) = watched::<ChangeCalendar>(Api::all(client.clone()));
    let (connections, connection_events) = watched::<Connection>(Api::all(client.clone()));
    let (namespaces, namespace_events) = namespaces(Api::all(client.clone()));
    let stores = Stores {
        changes,
        approvals,
        policies,
        calendars,
        connections,
        namespaces,
    };
    let term = Arc::new(Term {
        hub: hub.clone(),
        stores: stores.clone(),
        targets: TargetWatches::new(client.clone(), &hub.options, nudge.clone()),
        argo_cd: crate::argo_cd::Seen::default(),
        nudge,
        identity: Mutex::new(Identity::default()),
        rules: RwLock::default(),
        all_seen: AtomicBool::new(false),
        rules_read: Notify::new(),
        lifts_changed: Notify::new(),
        live_rules: Shared::default(),
        written: Mutex::default(),
        starting: tokio::sync::Mutex::default(),
    });
    if let Err(error) = gather::identity(&term).await {
        tracing::warn!(%error, "cannot read the admission policies; no approval counts until they are read");
    }
    tasks.spawn(reactions::approvals(approval_events, term.clone()));
    tasks.spawn(reactions::policies(policy_events, term.clone()));
    tasks.spawn(reactions::calendars(calendar_events, term.clone()));
    tasks.spawn(reactions::connections(connection_events, term.clone()));
    tasks.spawn(reactions::namespaces(namespace_events, term.clone()));
    tasks.spawn(reactions::admission_policies::<ValidatingAdmissionPolicy>(
        client.clone(),
        term.clone(),
    ));
    tasks.spawn(reactions::admission_policies::<
        ValidatingAdmissionPolicyBinding,
    >(client, term.clone()));
    let events = change_events.predicate_filter(changed, PredicateConfig::default());
    let until = either(stop.clone(), lost.clone());
    tokio::select! {
        () = all_else_is_known(&stores) => {}
        () = either(stop.clone(), lost.clone()) => return Ok(()),
    }
    term.all_seen.store(true, Ordering::SeqCst);
    term.read_rules();
    tasks.spawn(feeds::run(term.clone()));
    tasks.spawn(projects::run(term.clone()));
    tasks.spawn(argo_cd::run(term.clone()));
    tasks.spawn(velero::run(term.clone()));
    let config = Config::default()
        .debounce(DEBOUNCE)
        .concurrency(hub.options.concurrency);
    let controller = Controller::for_stream(events, stores.changes.clone())
        .with_config(config)
        .reconcile_on(nudged)
        .graceful_shutdown_on(until)
        .run(reconcile, on_error, term.clone());
    tokio::select! {
        () = work(controller) => {}
        () = never_began(either(stop, lost), &stores) => {}
    }
    tasks.abort_all();
    Ok(())
}

/// Waits until everything but the changes has been seen.
async fn all_else_is_known(stores: &Stores) {
    for ready in [
        stores.policies.wait_until_ready().await,
        stores.calendars.wait_until_ready().await,
        stores.approvals.wait_until_ready().await,
        stores.connections.wait_until_ready().await,
        stores.namespaces.wait_until_ready().await,
    ] {
        if ready.is_err() {
            tracing::warn!("a watch ended before it began");
        }
    }
}

/// Works until the controller has come to its end.
async fn work<T, E: std::error::Error + 'static>(controller: impl Stream<Item = Result<T, E>>) {
    controller
        .for_each(|worked| async move {
            if let Err(error) = worked {
                tracing::debug!(
                    error = sentence(&error),
                    "a reconciliation did not end well"
                );
            }
        })
        .await;
}

/// Ends at a stop that comes before the changes are known. The controller of
/// kube 5 would wait for them for ever: at a stop it no longer reads the watch
/// that would tell it. Nothing is under way by then, since no change is looked
/// at before all are known. After that this never ends.
async fn never_began(stopped: impl Future<Output = ()>, stores: &Stores) {
    stopped.await;
    if stores.changes.wait_until_ready().now_or_never().is_some() {
        std::future::pending::<()>().await;
    }
}

/// Ends as soon as one of them is cancelled.
async fn either(one: CancellationToken, other: CancellationToken) {
    tokio::select! {
        () = one.cancelled() => {}
        () = other.cancelled() => {}
    }
}

/// A watch with its store. The stream must be polled for the store to fill.
fn watched<K>(
    api: Api<K>,
) -> (
    Store<K>,
    impl Stream<Item = Result<K, watcher::Error>> + Send + 'static,
)
where
    K: Resource<DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    let (reader, writer) = reflector::store();
    let events = watcher(api, watcher::Config::default())
        .default_backoff()
        .modify(|object| object.managed_fields_mut().clear())
        .reflect(writer)
        .touched_objects();
    (reader, events)
}

/// A watch of the namespaces' labels: an event only where these change.
fn namespaces(
    api: Api<PartialObjectMeta<Namespace>>,
) -> (
    Store<PartialObjectMeta<Namespace>>,
    impl Stream<Item = Result<PartialObjectMeta<Namespace>, watcher::Error>> + Send + 'static,
) {
    let (reader, writer) = reflector::store();
    let events = watcher(api, watcher::Config::default())
        .default_backoff()
        .modify(|object| object.managed_fields_mut().clear())
        .reflect(writer)
        .touched_objects()
        .predicate_filter(predicates::labels, PredicateConfig::default());
    (reader, events)
}

/// A change is looked at when its spec or its deletion is news. Our own writes
/// to its status are not.
fn changed(change: &Change) -> Option<u64> {
    predicates::generation(change)
}

/// After an error the change is looked at again: at once where somebody else
/// wrote first, else after a while.
fn on_error(_: Arc<Change>, error: &ReconcileError, _: Arc<Term>) -> Action {
    if error.is_conflict() {
        Action::requeue(Duration::from_millis(20))
    } else {
        tracing::warn!(error = sentence(error), "trying again");
        Action::requeue(Duration::from_secs(2))
    }
}
