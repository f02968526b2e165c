//! What follows from news about anything but a change itself.

use std::sync::Arc;

use futures::{Stream, StreamExt as _};
use k8s_openapi::api::core::v1::Namespace;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tidegate_api::{Approval, Change, ChangeCalendar, ChangePolicy, Connection};

use tidegate_core::calendar::Calendar;

use crate::gather;
use crate::hub::Term;
use crate::readiness;
use crate::sentence::sentence;

type News<K> = Result<K, watcher::Error>;

/// An approval is news for its change.
pub(crate) async fn approvals(news: impl Stream<Item = News<Approval>> + Send, term: Arc<Term>) {
    let mut news = std::pin::pin!(news);
    while let Some(approval) = next(&mut news).await {
        let of = |change: &Change| change.metadata.name.as_deref() == Some(&approval.spec.change);
        if let Some(change) = term.stores.changes.find(of) {
            term.nudge_one(&change);
        }
    }
}

/// A policy is news for every change, and is told whether it can be used.
pub(crate) async fn policies(news: impl Stream<Item = News<ChangePolicy>> + Send, term: Arc<Term>) {
    let mut news = std::pin::pin!(news);
    while let Some(policy) = next(&mut news).await {
        term.read_rules();
        if let Err(error) = readiness::policy(&term, &policy).await {
            tracing::warn!(
                error = sentence(&error),
                "the status of a policy could not be written"
            );
        }
        term.nudge_all();
    }
}

/// A calendar is news for every change, and is told whether it can be used.
pub(crate) async fn calendars(
    news: impl Stream<Item = News<ChangeCalendar>> + Send,
    term: Arc<Term>,
) {
    let mut news = std::pin::pin!(news);
    while let Some(calendar) = next(&mut news).await {
        term.hub.feeds.calendars_changed.notify_one();
        term.read_rules();
        readiness::tell_calendar(&term, &calendar).await;
        term.nudge_all();
    }
}

/// A connection is news for every change: its repository may be reachable now.
pub(crate) async fn connections(
    news: impl Stream<Item = News<Connection>> + Send,
    term: Arc<Term>,
) {
    let mut news = std::pin::pin!(news);
    while next(&mut news).await.is_some() {
        term.nudge_all();
    }
}

/// New labels of a namespace are news for every change, where a calendar looks
/// at labels.
pub(crate) async fn namespaces(
    news: impl Stream<Item = News<PartialObjectMeta<Namespace>>> + Send,
    term: Arc<Term>,
) {
    let mut news = std::pin::pin!(news);
    while next(&mut news).await.is_some() {
        let calendars = term.rules().calendars;
        if calendars.values().any(Calendar::looks_at_labels) {
            term.nudge_all();
        }
    }
}

/// Looks at the admission policies again whenever one is touched.
pub(crate) async fn admission_policies<K>(client: Client, term: Arc<Term>)
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned + Send + 'static,
{
    let api: Api<K> = Api::all(client);
    let news = watcher(api, watcher::Config::default())
        .default_backoff()
        .touched_objects();
    let mut news = std::pin::pin!(news);
    while let Some(object) = next(&mut news).await {
        let name = object.meta().name.as_deref().unwrap_or_default();
        if !name.starts_with("tidegate-") {
            continue;
        }
        match gather::identity(&term).await {
            Ok(_) => term.nudge_all(),
            Err(error) => {
                tracing::warn!(
                    error = sentence(&error),
                    "cannot read the admission policies"
                );
            }
        }
    }
}

/// The next object; a watch that breaks sets itself up again.
async fn next<K>(news: &mut (impl Stream<Item = News<K>> + Unpin)) -> Option<K> {
    loop {
        match news.next().await? {
            Ok(object) => return Some(object),
            Err(error) => tracing::debug!(error = sentence(&error), "a watch is set up again"),
        }
    }
}
