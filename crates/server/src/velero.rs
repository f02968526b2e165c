//! The Velero of each cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::ResourceExt as _;
use tidegate_api::connection::ConnectionKind;
use tidegate_connect::velero::{NAMESPACE, Velero, backup_kind, restore_kind};
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;

use crate::argo_cd::Place;
use crate::argo_cd::clusters::cluster_of;
use crate::argo_cd::watch::{KindWatch, Known};
use crate::hub::Term;

/// The Velero of the cluster that a target is in.
///
/// # Errors
///
/// A sentence: nobody knows the way to that cluster.
pub(crate) async fn velero<'t>(
    term: &'t Term,
    change: &Change,
    target: &TargetKey,
) -> Result<Velero<'t>, String> {
    let cluster = cluster_of(term, change, target).await?;
    let namespace = namespace(term, &target.cluster);
    Ok(cluster.velero(namespace, &term.hub.velero))
}

/// The namespace that Velero is installed in, in a cluster.
fn namespace(term: &Term, cluster: &str) -> String {
    let home = &term.hub.options.cluster;
    let connections = term.stores.connections.state();
    let first = connections
        .iter()
        .filter(|connection| connection.spec.kind == ConnectionKind::Velero)
        .filter(|connection| connection.spec.cluster.as_ref().unwrap_or(home) == cluster)
        .map(|connection| (connection.name_any(), connection.spec.namespace.clone()))
        .min();
    first
        .and_then(|(_, namespace)| namespace)
        .unwrap_or_else(|| NAMESPACE.to_owned())
}

/// Asks for the changes to be looked at again whose backup or restore, in Tidegate's
/// own cluster, is not as it was. Until it is dropped.
pub(crate) async fn run(term: Arc<Term>) {
    let client = &term.hub.client;
    let mut backups = Followed::new(KindWatch::new(client, backup_kind()));
    let mut restores = Followed::new(KindWatch::new(client, restore_kind()));
    loop {
        let news = tokio::select! {
            news = backups.news() => news,
            news = restores.news() => news,
        };
        for change in term.stores.changes.state() {
            let Some(status) = change.status.as_ref().map(|status| &status.status) else {
                continue;
            };
            let backups = status.backups.iter();
            let backups = backups.map(|backup| (&backup.cluster, &backup.name));
            let restores = status.data.iter().flat_map(|data| &data.restores);
            let restores = restores.map(|restore| (&restore.cluster, &restore.name));
            let is_news = backups.chain(restores).any(|(cluster, name)| {
                let place = Place {
                    namespace: namespace(&term, cluster),
                    name: name.clone(),
                };
                news.contains(&place)
            });
            if is_news && !status.phase.is_final() {
                term.nudge_one(&change);
            }
        }
    }
}

/// The objects of a kind, and how each was when it was looked at last.
struct Followed {
    watch: KindWatch,
    before: BTreeMap<Place, Option<String>>,
}

impl Followed {
    fn new(watch: KindWatch) -> Self {
        Self {
            watch,
            before: BTreeMap::new(),
        }
    }

    /// Waits for news, and says which objects are not as they were. May be dropped
    /// and asked again at any time.
    async fn news(&mut self) -> BTreeSet<Place> {
        self.watch.news().await;
        let Known::Objects(objects) = self.watch.known() else {
            return BTreeSet::new();
        };
        let now: BTreeMap<Place, Option<String>> = objects
            .iter()
            .map(|(place, object)| (place.clone(), object.resource_version()))
            .collect();
        let before = std::mem::replace(&mut self.before, now);
        let places = before.keys().chain(self.before.keys());
        places
            .filter(|place| before.get(place) != self.before.get(place))
            .cloned()
            .collect()
    }
}
