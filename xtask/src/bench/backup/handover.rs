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

/// What is handed over, and what of Tidegate's own is before and after.
struct Task<'a> {
    /// The kind of object of Velero.
    resource: &'a str,
    name: &'a str,
    /// A part of the key of the effect after whose end it may be asked for.
    may: &'a str,
    /// A part of the key of the effect that it was waited for with.
    then: &'a str,
}

impl Handover {
    /// From the targets that are taken to the first write, of a change that went out.
    pub(super) async fn of_backup(
        setup: &Setup,
        audit: &Audit,
        backups: &Phases,
        change: &str,
    ) -> Measured<Self> {
        let api: Api<Change> = Api::namespaced(setup.installation.admin.clone(), NAMESPACE);
        let status = api.get(change).await?.status.unwrap_or_default().status;
        let backup = status.backups.first();
        let task = Task {
            resource: "backups",
            name: &backup
                .ok_or_else(|| format!("{change} has no backup"))?
                .name,
            may: "/claim/",
            then: "/apply/0/",
        };
        Self::of(setup, audit, backups, change, &task).await
    }

    /// From the previous revision that is applied to what is started again, of a change that was called
    /// off with its data. Kubernetes' own time for pods to end and claims to go is in the first part.
    pub(super) async fn of_restore(
        setup: &Setup,
        audit: &Audit,
        restores: &Phases,
        change: &str,
    ) -> Measured<Self> {
        let api: Api<Change> = Api::namespaced(setup.installation.admin.clone(), NAMESPACE);
        let status = api.get(change).await?.status.unwrap_or_default().status;
        let restores_asked = status.data.map(|data| data.restores).unwrap_or_default();
        let restore = restores_asked.first();
        let task = Task {
            resource: "restores",
            name: &restore
                .ok_or_else(|| format!("{change} has no restore"))?
                .name,
            may: "/rollback/",
            then: "/start/",
        };
        Self::of(setup, audit, restores, change, &task).await
    }

    /// What Tidegate does is by its ledger, what it asks for by the audit log, and what Velero does
    /// by a watch, since Velero itself says only the second.
    async fn of(
        setup: &Setup,
        audit: &Audit,
        phases: &Phases,
        change: &str,
        task: &Task<'_>,
    ) -> Measured<Self> {
        let ledger = Ledger::open(setup.installation.ledger()).await?;
        let entries = ledger.entries(Filter::ChangeName(change)).await?;
        ledger.close().await;
        let (mut may, mut then) = (None, None);
        for entry in entries.into_iter().map(|stored| stored.entry) {
            match &entry.event {
                Event::EffectEnded { key, .. } if key.contains(task.may) => may = Some(entry.at),
                Event::EffectBegun { key, .. } if key.contains(task.then) => {
                    then.get_or_insert(entry.at);
                }
                _ => {}
            }
        }
        let asked = audit.made(task.resource, task.name);
        let complete = phases.first(task.name, "Completed");
        let missing = || format!("{change}: {} was not followed to its end", task.name);
        let (may, asked): (Timestamp, _) = may.zip(asked).ok_or_else(missing)?;
        let (complete, then): (_, Timestamp) = complete.zip(then).ok_or_else(missing)?;
        Ok(Self {
            before: asked.duration_since(may),
            velero: complete.duration_since(asked),
            after: then.duration_since(complete),
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
