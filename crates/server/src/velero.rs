//! The Velero of each cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::ResourceExt as _;
use tidegate_api::connection::ConnectionKind;
use tidegate_connect::velero::{NAMESPACE, Velero, backup_kind};
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

/// Asks for the changes to be looked at again whose backup, in Tidegate's own
/// cluster, is not as it was. Until it is dropped.
pub(crate) async fn run(term: Arc<Term>) {
    let mut backups = KindWatch::new(&term.hub.client, backup_kind());
    let mut before: BTreeMap<Place, Option<String>> = BTreeMap::new();
    loop {
        backups.news().await;
        let Known::Objects(objects) = backups.known() else {
            continue;
        };
        let now: BTreeMap<Place, Option<String>> = objects
            .iter()
            .map(|(place, object)| (place.clone(), object.resource_version()))
            .collect();
        for change in term.stores.changes.state() {
            let Some(status) = &change.status else {
                continue;
            };
            let is_news = status.status.backups.iter().any(|backup| {
                let place = Place {
                    namespace: namespace(&term, &backup.cluster),
                    name: backup.name.clone(),
                };
                before.get(&place) != now.get(&place)
            });
            if is_news && !status.status.phase.is_final() {
                term.nudge_one(&change);
            }
        }
        before = now;
    }
}
