//! What the API server would say to a change.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tidegate_connect::cluster::preview::Found;
use tidegate_core::argo_cd::pruned::would_lose;
use tidegate_core::lifecycle::Facts;
use tidegate_core::lifecycle::facts::Preview;
use tidegate_core::policy::rules_of;
use tidegate_core::request::Change;
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::target::TargetKey;

use crate::argo_cd::clusters::{cluster_of, told_of};
use crate::hub::Term;

/// Makes a dry run of every target, or uses one that is still good.
pub(super) async fn preview(term: &Term, change: &Change, facts: &mut Facts, now: Timestamp) {
    let Some(Ok(rendered)) = &facts.rendered else {
        return;
    };
    let caches = &term.hub.caches;
    if let Some(known) = caches.preview(&change.uid)
        && known.digest == rendered.digest
        && now < known.stale_at()
    {
        facts.preview = Some(known);
        return;
    }
    let mut preview = Preview {
        at: now,
        digest: rendered.digest,
        refused: Vec::new(),
        drifted: Vec::new(),
    };
    // The status still names the commit before: the manifests are those just
    // rendered.
    let mut change = change.clone();
    change.status.revision = Some(rendered.revision.clone());
    change.status.targets = rendered
        .targets
        .iter()
        .map(
            |(target, digest)| tidegate_core::lifecycle::status::TargetDigest {
                target: target.clone(),
                digest: *digest,
            },
        )
        .collect();
    for target in rendered.targets.keys() {
        match look(term, &change, target).await {
            Ok((found, manifests)) => {
                preview
                    .refused
                    .extend(lost(&change, facts, target, &manifests));
                preview.refused.extend(found.refused);
                preview.drifted.extend(found.drifted);
            }
            Err(problem) => {
                facts.trouble = Some(problem);
                return;
            }
        }
    }
    caches.keep_preview(&change.uid, preview.clone());
    facts.preview = Some(preview);
}

/// What Argo CD would delete that may hold data.
fn lost(change: &Change, facts: &Facts, target: &TargetKey, manifests: &[Value]) -> Vec<String> {
    let Some(Ok(fact)) = facts.applications.get(target) else {
        return Vec::new();
    };
    let policy = rules_of(&facts.policies, change.status.policy.as_deref());
    let allow = policy.map(|policy| policy.plan.prune).unwrap_or_default();
    let keys = manifests.iter().filter_map(|one| ObjectKey::of(one).ok());
    would_lose(&fact.application, &keys.collect::<Vec<_>>(), allow)
}

async fn look(
    term: &Term,
    change: &Change,
    target: &TargetKey,
) -> Result<(Found, Arc<Vec<Value>>), String> {
    let manifests = super::manifests(term, change, target).await?;
    let cluster = cluster_of(term, change, target).await?;
    let found = cluster.preview(target, &manifests).await;
    let found = found.map_err(|error| told_of(term, target, error.to_string()))?;
    Ok((found, manifests))
}
