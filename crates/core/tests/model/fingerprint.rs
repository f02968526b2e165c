//! When two states are the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use tidegate_core::approval::Decision;
use tidegate_core::lifecycle::status::{Retreat, Run};
use tidegate_core::lifecycle::{Phase, Status};

use super::state::{Actor, Given, Hand, State};

impl State {
    /// Equal for states that look the same to a change.
    pub(super) fn view(&self, change: usize, stale: bool) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.now, self.policy_ready).hash(&mut hasher);
        (self.guarded, self.guarded_since).hash(&mut hasher);
        (self.drifted, self.reachable, change, stale).hash(&mut hasher);
        self.places.hash(&mut hasher);
        self.actors[change].hash_into(&mut hasher);
        for other in &self.actors {
            other.status.phase.hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Equal for states from which the same may follow. What people read and
    /// the core does not is left out. 64 bits: among a million states two
    /// unequal ones meet with a chance below one in 30 million.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let Self {
            now,
            policy_ready,
            guarded,
            guarded_since,
            drifted,
            reachable,
            places,
            actors,
            spent,
        } = self;
        (now, places, spent).hash(&mut hasher);
        if actors.iter().any(|actor| actor.is_listening()) {
            (policy_ready, guarded, guarded_since).hash(&mut hasher);
            (drifted, reachable).hash(&mut hasher);
        }
        for actor in actors {
            actor.hash_into(&mut hasher);
        }
        hasher.finish()
    }
}

impl Actor {
    fn hash_into(&self, hasher: &mut DefaultHasher) {
        let Self {
            status,
            cancelled,
            deleted,
            held,
            source,
            given,
            hand,
            ledger,
            trouble,
            previous,
            wrote,
            probe,
            job,
            backup,
            data,
            restore,
            backup_wanted,
            asked_at,
            owes_since,
        } = self;
        hash_status(status, hasher);
        hash_hand(hand, hasher);
        owes_since.hash(hasher);
        if let Hand::Decided(step) = hand
            && self.owes_after(step, *asked_at) != *owes_since
        {
            asked_at.hash(hasher);
        }
        self.hash_given(given, hasher);
        if status.phase.is_final() {
            if self.is_owing() {
                (&status.revision, &status.digest).hash(hasher);
            }
            // Nothing else that is said of it matters any more.
            return;
        }
        if self.is_gated() {
            (held, source, backup, backup_wanted).hash(hasher);
        }
        if status.data.is_some() {
            (backup, restore).hash(hasher);
        }
        data.hash(hasher);
        (cancelled, deleted, trouble, previous, wrote).hash(hasher);
        if status.phase == Phase::Verifying {
            (probe, job).hash(hasher);
        }
        let over: &[&str] = match status.phase {
            Phase::Verifying => &["/claim/", "/apply/", "/prune/"],
            Phase::RollingBack => &["/apply/", "/prune/", "/job/"],
            _ => &[],
        };
        for (key, entry) in ledger {
            if status.phase == Phase::RollingBack && key.contains("/apply/") {
                // That it began is what the way back hangs on.
                key.hash(hasher);
            }
            if !over.iter().any(|kind| key.contains(kind)) {
                (key, entry).hash(hasher);
            }
        }
    }
}

impl Actor {
    /// What was said of it, without what settles nothing any more.
    fn hash_given(&self, given: &[Given], hasher: &mut DefaultHasher) {
        let owed = self.status.owed.as_ref().filter(|_| !self.is_gated());
        let approved = owed.is_some_and(|owed| owed.approved_at.is_some());
        let reviewed = owed.is_some_and(|owed| owed.review.is_some());
        let matters = |said: &&Given| match said.decision {
            Decision::Approved | Decision::Rejected => !approved,
            Decision::Reviewed => !reviewed,
        };
        if self.is_listening() {
            for said in given.iter().filter(matters) {
                said.hash(hasher);
            }
        }
    }
}

fn hash_hand(hand: &Hand, hasher: &mut DefaultHasher) {
    match hand {
        Hand::Idle => 0.hash(hasher),
        Hand::Decided(step) => {
            (1, &step.effect).hash(hasher);
            hash_status(&step.status, hasher);
        }
        Hand::Due(effect) => (2, effect).hash(hasher),
        Hand::Begun(effect) => (3, effect).hash(hasher),
        Hand::Ended(effect, outcome) => (4, effect, outcome).hash(hasher),
    }
}

/// Whether the same follows from both.
pub(super) fn is_same(one: &Status, other: &Status) -> bool {
    let print = |status| {
        let mut hasher = DefaultHasher::new();
        hash_status(status, &mut hasher);
        hasher.finish()
    };
    print(one) == print(other)
}

/// Every field by name, so that a new one cannot be forgotten here.
fn hash_status(status: &Status, hasher: &mut DefaultHasher) {
    let Status {
        phase,
        phase_since,
        reason: _,
        transitions: _,
        policy: _,
        revision,
        digest,
        rendered_by: _,
        renderings: _,
        targets: _,
        accepted,
        requester_proven,
        agreement: _,
        approvals: _,
        exceptions: _,
        backup,
        backups,
        backups_asked,
        backup_requested_at,
        outlook: _,
        plan,
        run,
        data,
        rollback_points: _,
        reverted: _,
        owed,
        attempts,
        waiting_on,
        next_transition_at,
    } = status;
    (phase, owed).hash(hasher);
    if phase.is_final() {
        return;
    }
    (revision, digest, accepted, requester_proven).hash(hasher);
    (
        data,
        backup.is_some(),
        backups,
        backups_asked,
        backup_requested_at,
        plan.is_some(),
        attempts,
    )
        .hash(hasher);
    if *phase == Phase::Scheduled {
        next_transition_at.hash(hasher);
        for waiting in waiting_on {
            waiting.reason.hash(hasher);
        }
        if *attempts > 0 {
            // It pauses after a start that failed.
            phase_since.hash(hasher);
        }
    }
    let Some(run) = run else { return };
    let Run {
        started_at,
        closes_at,
        touched,
        stage,
        stage_since,
        healthy_since,
        verifying_since,
        checks,
        lifts_windows,
        lifts_foreign_windows,
        retreat,
    } = run;
    (touched, lifts_windows, lifts_foreign_windows).hash(hasher);
    if let Some(Retreat {
        why: _,
        since,
        into,
    }) = retreat
    {
        // Which targets were written follows from the stage.
        (since, into, stage).hash(hasher);
        return;
    }
    if *phase == Phase::BackingUp {
        started_at.hash(hasher);
    }
    (closes_at, stage, stage_since).hash(hasher);
    (healthy_since, verifying_since).hash(hasher);
    for check in checks {
        check.passed.hash(hasher);
    }
}
