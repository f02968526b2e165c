//! How far the bringing back of data is.

use jiff::Timestamp;
use tidegate_connect::cluster::record::Holder;
use tidegate_core::backup::data::DataSeen;
use tidegate_core::lifecycle::facts::{BackupFact, RestoreFact};
use tidegate_core::lifecycle::{Facts, Question};
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;

use crate::argo_cd::clusters::{cluster_of, told_of};
use crate::hub::Term;
use crate::sentence::sentence;
use crate::velero::velero;

/// Looks at everything that the core asks about.
pub(super) async fn look(
    term: &Term,
    change: &Change,
    facts: &mut Facts,
    questions: &[Question],
    now: Timestamp,
) {
    for question in questions {
        match question {
            Question::Data(target) => {
                let seen = data(term, change, target).await;
                let seen = seen.map_err(|problem| told_of(term, target, problem));
                facts.data.insert(target.clone(), seen);
            }
            Question::Restorable(cluster, backup) => {
                let found = restorable(term, change, (cluster, backup), now).await;
                let fact = found.unwrap_or_else(BackupFact::Unknown);
                facts.restorable.insert(cluster.clone(), fact);
            }
            Question::Restore(cluster, restore) => {
                let found = restored(term, change, (cluster, restore)).await;
                let fact = found.unwrap_or_else(RestoreFact::Unknown);
                facts.restores.insert(cluster.clone(), fact);
            }
            _ => {}
        }
    }
}

/// # Errors
///
/// Why it cannot be seen.
async fn data(term: &Term, change: &Change, target: &TargetKey) -> Result<DataSeen, String> {
    let holder = Holder {
        change: change.name.clone(),
        uid: change.uid.clone(),
    };
    let work = term.hub.cluster.data_work(target, &holder).await;
    let work = work.map_err(|error| error.to_string())?;
    let work = work.ok_or("the record of what was stopped is gone")?;
    let has_claims = !work.claims.is_empty();
    let there = cluster_of(term, change, target).await?;
    let seen = there.data_seen(target, work).await;
    let mut seen = seen.map_err(|error| error.to_string())?;
    seen.velero = velero(term, change, target).await?.namespace().to_owned();
    if let Some(place) = super::place(change, target).filter(|_| has_claims) {
        let (_, application) = super::application_of(term, &place).await?;
        if !application.is_paused() {
            let told = format!("{place} syncs again, so nothing stays stopped");
            seen.users.push(told);
        } else if application.is_syncing() {
            seen.users
                .push(format!("the sync of {place} has not ended"));
        }
    }
    Ok(seen)
}

/// # Errors
///
/// Why it cannot be seen.
async fn restorable(
    term: &Term,
    change: &Change,
    (cluster, backup): (&str, &str),
    now: Timestamp,
) -> Result<BackupFact, String> {
    let target = target_in(change, cluster)?;
    let velero = velero(term, change, target).await?;
    let found = velero.restorable(backup, now).await;
    found.map_err(|error| told_of(term, target, sentence(&error)))
}

/// # Errors
///
/// Why it cannot be seen.
async fn restored(
    term: &Term,
    change: &Change,
    (cluster, restore): (&str, &str),
) -> Result<RestoreFact, String> {
    let target = target_in(change, cluster)?;
    let velero = velero(term, change, target).await?;
    let found = velero.look_at_restore(restore).await;
    found.map_err(|error| told_of(term, target, sentence(&error)))
}

fn target_in<'c>(change: &'c Change, cluster: &str) -> Result<&'c TargetKey, String> {
    let mut targets = change.request.targets.iter().map(|target| &target.key);
    let found = targets.find(|target| target.cluster == cluster);
    found.ok_or_else(|| "no target is there".to_owned())
}
