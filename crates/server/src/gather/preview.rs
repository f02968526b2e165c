//! What the API server would say to a change.

use jiff::Timestamp;
use tidegate_core::lifecycle::Facts;
use tidegate_core::lifecycle::facts::Preview;
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;

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
            Ok(found) => {
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

async fn look(
    term: &Term,
    change: &Change,
    target: &TargetKey,
) -> Result<tidegate_connect::cluster::preview::Found, String> {
    let manifests = super::manifests(term, change, target).await?;
    term.hub
        .cluster
        .preview(target, &manifests)
        .await
        .map_err(|error| error.to_string())
}
