//! How the backups of a change do.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tidegate_core::lifecycle::facts::BackupFact;
use tidegate_core::lifecycle::{Facts, Phase, Question};
use tidegate_core::request::Change;

use crate::argo_cd::clusters::told_of;
use crate::hub::Term;
use crate::sentence::sentence;
use crate::velero::velero;

/// Looks at every backup that the core asks about.
pub(super) async fn look(
    term: &Term,
    change: &Change,
    facts: &mut Facts,
    questions: &[Question],
    now: Timestamp,
) {
    for question in questions {
        let Question::Backup(cluster) = question else {
            continue;
        };
        let found = look_at(term, change, cluster, now).await;
        let fact = found.unwrap_or_else(BackupFact::Unknown);
        facts.backups.insert(cluster.clone(), fact);
    }
}

/// # Errors
///
/// Why it cannot be seen.
async fn look_at(
    term: &Term,
    change: &Change,
    cluster: &str,
    now: Timestamp,
) -> Result<BackupFact, String> {
    let mut backups = change.status.backups.iter();
    let backup = backups
        .find(|backup| backup.cluster == cluster)
        .ok_or("none was asked for")?;
    let mut targets = change.request.targets.iter().map(|target| &target.key);
    let target = targets
        .find(|target| target.cluster == cluster)
        .ok_or("no target is there")?;
    let velero = velero(term, change, target).await?;
    // What the change itself brings has nothing that could be lost yet.
    let run = change.status.run.as_ref();
    let run = run.filter(|_| change.status.phase == Phase::RollingOut);
    let claimed_by = run.map_or(now, |run| run.stage_since.min(run.started_at));
    velero
        .backup(&backup.name, &namespaces(change, cluster), claimed_by, now)
        .await
        .map_err(|error| told_of(term, target, sentence(&error)))
}

/// The namespaces of a change's targets in a cluster.
pub(crate) fn namespaces(change: &Change, cluster: &str) -> BTreeSet<String> {
    let targets = change.request.targets.iter().map(|target| &target.key);
    targets
        .filter(|target| target.cluster == cluster)
        .map(|target| target.namespace.clone())
        .collect()
}
