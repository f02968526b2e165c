//! The labels of a change's targets: those of their namespaces, which nobody
//! but an administrator of the cluster gives.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::core::PartialObjectMeta;
use kube::runtime::reflector::ObjectRef;
use tidegate_core::calendar::Calendar;
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;

use super::Freshness;
use crate::argo_cd::clusters::cluster_of;
use crate::hub::Term;

/// What is known of the targets' labels. Live ones are asked for only where a
/// calendar looks at labels at all.
///
/// # Errors
///
/// The API server. A namespace that is not there has no labels that are known.
pub(super) async fn labels(
    term: &Term,
    change: &Change,
    calendars: &BTreeMap<String, Calendar>,
    freshness: Freshness,
) -> Result<BTreeMap<TargetKey, BTreeMap<String, String>>, kube::Error> {
    let mut labels = BTreeMap::new();
    if !calendars.values().any(Calendar::looks_at_labels) {
        return Ok(labels);
    }
    let api: Api<PartialObjectMeta<Namespace>> = Api::all(term.hub.client.clone());
    for target in &change.request.targets {
        let key = &target.key;
        if key.cluster != term.hub.options.cluster {
            // What is not known there is not known, as where there is no namespace.
            let Ok(cluster) = cluster_of(term, change, key).await else {
                continue;
            };
            if let Ok(Some(found)) = cluster.namespace_labels(&key.namespace).await {
                labels.insert(key.clone(), found);
            }
            continue;
        }
        let found = match freshness {
            Freshness::Watched => {
                let namespace = term.stores.namespaces.get(&ObjectRef::new(&key.namespace));
                namespace.map(|namespace| namespace.metadata.clone())
            }
            Freshness::Live => {
                let namespace = api.get_opt(&key.namespace).await?;
                namespace.map(|namespace| namespace.metadata)
            }
        };
        if let Some(metadata) = found {
            labels.insert(key.clone(), metadata.labels.unwrap_or_default());
        }
    }
    Ok(labels)
}
