//! Which cluster an Application deploys to, and the way there.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt as _;
use tidegate_api::connection::ConnectionKind;
use tidegate_connect::argo_cd::ArgoCluster;
use tidegate_connect::cluster::Cluster;
use tidegate_core::argo_cd::application::Destination;
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;
use tokio::sync::Mutex;

use crate::gather::{Freshness, place};
use crate::hub::Term;

/// How Argo CD calls the cluster that it is in itself.
const ITS_OWN: [&str; 2] = ["https://kubernetes.default.svc", "in-cluster"];

/// For how long what Argo CD's Secrets say is believed. Nobody tells of it when
/// one is written.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_secs(15);

/// The clusters of every Argo CD, by the namespace that it is installed in.
#[derive(Default)]
pub(crate) struct Clusters {
    known: Mutex<BTreeMap<String, Known>>,
}

struct Known {
    until: Timestamp,
    clusters: Result<Vec<ArgoCluster>, String>,
    /// By name; with the version of the Secret that it was made from.
    connected: BTreeMap<String, (String, Cluster)>,
    /// By name: whether it answered, and until when that is believed.
    reached: BTreeMap<String, (Timestamp, Option<String>)>,
}

/// The namespace of the Argo CD that Applications in `namespace` belong to:
/// their own, unless a Connection says otherwise.
pub(crate) fn instance(term: &Term, namespace: &str) -> String {
    let connections = term.stores.connections.state();
    let first = connections
        .iter()
        .filter(|connection| connection.spec.kind == ConnectionKind::Argocd)
        .filter(|connection| {
            let mut others = connection.spec.application_namespaces.iter();
            others.any(|other| other == namespace)
        })
        .map(|connection| (connection.name_any(), connection.spec.instance().to_owned()))
        .min();
    first.map_or_else(|| namespace.to_owned(), |(_, instance)| instance)
}

/// The name by which changes call the cluster that an Application in `namespace`
/// deploys to.
///
/// # Errors
///
/// A sentence that goes on after the Application's name.
pub(crate) async fn name_of(
    term: &Term,
    namespace: &str,
    destination: &Destination,
) -> Result<String, String> {
    let options = &term.hub.options;
    let named = [&destination.name, &destination.server];
    let mut named = named.into_iter().filter(|name| !name.is_empty());
    let Some(called) = named.next() else {
        return Ok(options.cluster.clone());
    };
    let address = called.trim_end_matches('/');
    let own = options.api_server.as_deref();
    let is_home = ITS_OWN.contains(&address)
        || *called == options.cluster
        || own.map(|own| own.trim_end_matches('/')) == Some(address);
    if is_home {
        return Ok(options.cluster.clone());
    }
    let instance = instance(term, namespace);
    let mut known = term.hub.clusters.known.lock().await;
    let known = look(term, &mut known, &instance).await;
    let clusters = known.clusters.as_ref().map_err(|problem| {
        format!("deploys to cluster {called}, of which nothing is known: {problem}")
    })?;
    let found = clusters.iter().find(|cluster| cluster.is_called(called));
    found.map(|cluster| cluster.name.clone()).ok_or_else(|| {
        format!(
            "deploys to cluster {called}, which the Argo CD in namespace {instance} does not know"
        )
    })
}

/// What goes wrong with a target, naming its cluster if that is not Tidegate's
/// own.
pub(crate) fn told_of(term: &Term, target: &TargetKey, problem: String) -> String {
    if target.cluster == term.hub.options.cluster {
        problem
    } else {
        format!("cluster {}: {problem}", target.cluster)
    }
}

/// The way to the cluster of a target.
///
/// # Errors
///
/// A sentence.
pub(crate) async fn cluster_of(
    term: &Term,
    change: &Change,
    target: &TargetKey,
) -> Result<Cluster, String> {
    let hub = &term.hub;
    let name = &target.cluster;
    if *name == hub.options.cluster {
        return Ok(hub.cluster.clone());
    }
    let place = place(change, target)
        .ok_or_else(|| format!("cluster {name} is reached by Applications of Argo CD only"))?;
    let instance = instance(term, &place.namespace);
    let mut known = hub.clusters.known.lock().await;
    let known = look(term, &mut known, &instance).await;
    let clusters = known.clusters.as_ref().map_err(Clone::clone)?;
    let found = clusters.iter().find(|cluster| cluster.name == *name);
    let found = found.ok_or_else(|| {
        format!("the Argo CD in namespace {instance} does not know cluster {name}")
    })?;
    if let Some((version, cluster)) = known.connected.get(name)
        && *version == found.version
    {
        return Ok(cluster.clone());
    }
    let client = found.client().await.map_err(|error| error.to_string())?;
    let cluster = hub.cluster.elsewhere(client);
    let made = (found.version.clone(), cluster.clone());
    known.connected.insert(name.clone(), made);
    Ok(cluster)
}

/// Why nothing can be begun in the cluster of a target now. None: it answers, or
/// it is Tidegate's own, without which nothing goes on anyway.
pub(crate) async fn unreachable(
    term: &Term,
    change: &Change,
    target: &TargetKey,
    freshness: Freshness,
) -> Option<String> {
    let hub = &term.hub;
    if target.cluster == hub.options.cluster {
        return None;
    }
    let cluster = match cluster_of(term, change, target).await {
        Ok(cluster) => cluster,
        Err(problem) => return Some(problem),
    };
    let instance = place(change, target).map(|place| instance(term, &place.namespace))?;
    let now = Timestamp::now();
    let told = {
        let known = hub.clusters.known.lock().await;
        let reached = known.get(&instance)?.reached.get(&target.cluster);
        reached.filter(|(until, _)| now < *until).cloned()
    };
    // Right before a write only what is bad news is believed.
    if let Some((_, problem)) = told
        && (problem.is_some() || freshness == Freshness::Watched)
    {
        return problem;
    }
    let problem = cluster.reach().await.err();
    let problem = problem.map(|error| told_of(term, target, error.to_string()));
    let until = Timestamp::now().saturating_add(BELIEVED_FOR).unwrap_or(now);
    if let Some(known) = hub.clusters.known.lock().await.get_mut(&instance) {
        let reached = (until, problem.clone());
        known.reached.insert(target.cluster.clone(), reached);
    }
    problem
}

/// What the Secrets of one Argo CD say, asked again when it is old.
async fn look<'a>(
    term: &Term,
    known: &'a mut BTreeMap<String, Known>,
    instance: &str,
) -> &'a mut Known {
    let now = Timestamp::now();
    let is_fresh = known.get(instance).is_some_and(|known| now < known.until);
    let before = known.remove(instance);
    let next = match before {
        Some(before) if is_fresh => before,
        before => {
            let clusters = term.hub.argo_cd.clusters(instance).await;
            let (connected, reached) = before
                .map(|before| (before.connected, before.reached))
                .unwrap_or_default();
            Known {
                until: now.saturating_add(BELIEVED_FOR).unwrap_or(now),
                clusters: clusters.map_err(|error| error.to_string()),
                connected,
                reached,
            }
        }
    };
    known.entry(instance.to_owned()).or_insert(next)
}
