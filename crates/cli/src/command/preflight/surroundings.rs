//! What the cluster has.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use kube::Client;
use tidegate_connect::cluster::{Cluster, ClusterError, DryRun};
use tidegate_core::rollout::object::ObjectKey;
use tidegate_preflight::diff::{Answer, Live};
use tidegate_preflight::{Manifest, target};

use super::input::Input;
use crate::exit::Exit;
use crate::failure::Explain;

/// Requests at one time.
const AT_ONCE: usize = 8;

/// What the cluster has that the change has to do with.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    pub(super) objects: Vec<Manifest>,
    /// Kinds that may not be listed.
    pub(super) unseen: BTreeSet<String>,
    pub(super) nodes: Option<u32>,
    pub(super) live: BTreeMap<ObjectKey, Live>,
    /// What a dry run said, as far as we may make one.
    pub(super) answers: BTreeMap<ObjectKey, Answer>,
}

/// The cluster does not answer.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct Unreachable(#[from] ClusterError);

impl Explain for Unreachable {
    fn exit(&self) -> Exit {
        Exit::CannotJudge
    }

    fn hint(&self) -> Option<String> {
        Some("without --context and --kubeconfig no cluster is asked".to_owned())
    }
}

/// Looks at the namespaces that the targets go to, and at each object.
pub(super) async fn look(
    client: Client,
    into: &str,
    input: &Input,
) -> Result<Surroundings, Unreachable> {
    let cluster = Cluster::new(client, into);
    let mut manifests: BTreeMap<ObjectKey, &Manifest> = BTreeMap::new();
    let mut gone: BTreeSet<ObjectKey> = BTreeSet::new();
    for target in &input.targets {
        let keyed = |manifest| Some((Manifest::key(manifest).ok()?, manifest));
        manifests.extend(target.manifests.iter().filter_map(keyed));
        let before = target.before.iter().flatten();
        gone.extend(before.filter_map(|manifest| manifest.key().ok()));
    }
    gone.retain(|key| !manifests.contains_key(key));
    let all = manifests.keys().chain(&gone);
    let mut namespaces: BTreeSet<String> = all.filter_map(|key| key.namespace.clone()).collect();
    namespaces.insert(into.to_owned());
    let surveyed = cluster.survey(&namespaces).await?;
    let seen = manifests
        .iter()
        .map(|(key, manifest)| (key, Some(*manifest)));
    let seen = seen.chain(gone.iter().map(|key| (key, None)));
    let looked: Vec<(ObjectKey, Live, Option<Answer>)> = stream::iter(seen)
        .map(|(key, manifest)| one(&cluster, into, key, manifest))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut surroundings = Surroundings {
        objects: target::manifests("the cluster", surveyed.objects),
        unseen: surveyed.unseen,
        nodes: surveyed.nodes,
        ..Surroundings::default()
    };
    for (key, live, answer) in looked {
        if let Some(answer) = answer {
            surroundings.answers.insert(key.clone(), answer);
        }
        surroundings.live.insert(key, live);
    }
    Ok(surroundings)
}

async fn one(
    cluster: &Cluster,
    into: &str,
    key: &ObjectKey,
    manifest: Option<&Manifest>,
) -> Result<(ObjectKey, Live, Option<Answer>), ClusterError> {
    let placed = ObjectKey {
        namespace: key.namespace.clone().or_else(|| Some(into.to_owned())),
        ..key.clone()
    };
    let live = match cluster.live(&placed).await {
        Ok(Some(value)) => Live::Is(value),
        Ok(None) => Live::Absent,
        Err(ClusterError::Refused { message, .. }) => Live::Unknown(message),
        Err(error) => return Err(error),
    };
    let Some(manifest) = manifest else {
        return Ok((key.clone(), live, None));
    };
    let answer = match cluster.dry_run(key, into, &manifest.value()).await? {
        DryRun::Would(value) => Some(Answer::Would(value)),
        DryRun::Refused(why) => Some(Answer::Refused(why)),
        DryRun::NotAllowed => None,
    };
    Ok((key.clone(), live, answer))
}
