//! Tidegate hands over to Velero, and takes over again when it is done.

use jiff::{SignedDuration, Timestamp};
use kube::Api;
use tidegate_api::Change;
use tidegate_ledger::{Event, Filter, Ledger};

use super::super::Measured;
use super::super::audit::Audit;
use super::super::figures::told;
use super::super::installation::NAMESPACE;
use super::phases::Phases;
use super::setup::Setup;

/// What is to be added at most.
const GOAL: SignedDuration = SignedDuration::from_secs(2);

/// What each side took.
pub(super) struct Handover {
    /// From when Velero could be asked until it was.
    before: SignedDuration,
    /// From then until it was seen to be complete.
    velero: SignedDuration,
    /// From then until Tidegate went on.
    after: SignedDuration,
}

impl Handover {
    /// From the targets that are taken to the first write, of a change that went out.
    ///
    /// What Tidegate does is by its ledger, what it asks for by the audit log, and what Velero does
    /// by a watch, since Velero itself says only the second.
    pub(super) async fn of_backup(
        setup: &Setup,
        audit: &Audit,
        backups: &Phases,
        change: &str,
    ) -> Measured<Self> {
        let missing = |what: &str| format!("{change} has no {what}");
        let api: Api<Change> = Api::namespaced(setup.installation.admin.clone(), NAMESPACE);
        let status = api.get(change).await?.status.unwrap_or_default().status;
        let backup = &status
            .backups
            .first()
            .ok_or_else(|| missing("backup"))?
            .name;
        let (mut taken, mut first) = (None, None);
        let ledger = Ledger::open(setup.installation.ledger()).await?;
        for stored in ledger.entries(Filter::ChangeName(change)).await? {
            let entry = stored.entry;
            match &entry.event {
                Event::EffectEnded { key, .. } if key.contains("/claim/") => taken = Some(entry.at),
                Event::EffectBegun { key, .. } if key.contains("/apply/0/") => {
                    first.get_or_insert(entry.at);
                }
                _ => {}
            }
        }
        ledger.close().await;
        let taken = taken.ok_or_else(|| missing("target that was taken"))?;
        let first: Timestamp = first.ok_or_else(|| missing("first write"))?;
        let asked = audit.made("backups", backup);
        let asked = asked.ok_or_else(|| missing("backup that was asked for"))?;
        let complete = backups.first(backup, "Completed");
        let complete = complete.ok_or_else(|| missing("backup that is complete"))?;
        Ok(Self {
            before: asked.duration_since(taken),
            velero: complete.duration_since(asked),
            after: first.duration_since(complete),
        })
    }
}

/// The figures. `asks` and `goes_on`: from what to what Tidegate's own parts are.
pub(super) fn report(handovers: &[Handover], asks: (&str, &str), goes_on: (&str, &str)) {
    let all = |of: fn(&Handover) -> SignedDuration| handovers.iter().map(of).collect::<Vec<_>>();
    anstream::println!("{} → {}: {}", asks.0, asks.1, told(all(|one| one.before)));
    anstream::println!(
        "{} → {}, by Velero: {}",
        asks.1,
        goes_on.0,
        told(all(|one| one.velero))
    );
    anstream::println!(
        "{} → {}: {}",
        goes_on.0,
        goes_on.1,
        told(all(|one| one.after))
    );
    let added = all(|one| one.before + one.after);
    let within = added.iter().filter(|added| **added <= GOAL).count();
    anstream::println!(
        "added by Tidegate: {}; {within} of {} within {GOAL:#}",
        told(added),
        handovers.len()
    );
}
