//! What the pods do while a change goes out, told live and kept for the claims.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tidegate_core::lifecycle::{Phase, Status};
use tokio::time::sleep;

use super::super::{
    DemoError,
    pods::{Counts, PodWatch},
    services::Service,
    stage::{Stage, standing},
};

/// How long a whole rollout may take: a lent cluster may have images to pull.
const PATIENCE: Duration = Duration::from_mins(15);
const LOOK: Duration = Duration::from_millis(150);

/// The pods in each stage, in the order in which they were seen.
#[derive(Debug, Default)]
pub(super) struct Rollout {
    stages: BTreeMap<String, Vec<Counts>>,
}

impl Rollout {
    /// Whether the stage brought `new` pods and no more, and at some moment all of these and all `old` pods served.
    pub(super) fn held(&self, stage: &str, new: usize, old: usize) -> bool {
        let seen = self.stages.get(stage).map_or(&[][..], Vec::as_slice);
        seen.iter().all(|counts| counts.new <= new)
            && seen
                .iter()
                .any(|counts| counts.new_ready == new && counts.old_ready == old)
    }

    /// What was seen in a stage, for whoever expected something else.
    pub(super) fn told(&self, stage: &str) -> String {
        format!(
            "{:?}",
            self.stages.get(stage).map_or(&[][..], Vec::as_slice)
        )
    }

    fn note(&mut self, stage: &str, counts: Counts) {
        let seen = self.stages.entry(stage.to_owned()).or_default();
        if seen.last() != Some(&counts) {
            seen.push(counts);
        }
    }
}

/// Follows a change to its end and tells of its pods whenever they change.
pub(super) async fn follow(
    stage: &Stage,
    name: &str,
    service: Service,
    version: &str,
    pods: &PodWatch,
) -> Result<Rollout, DemoError> {
    let begun = Instant::now();
    let mut rollout = Rollout::default();
    let mut told = String::new();
    loop {
        // Counted before the status is read: a stage is in the status before its pods are there, so what is counted
        // belongs to that stage or an earlier one.
        let counts = pods.seen().now;
        let status = stage.status(name).await?;
        if status.phase.is_final() {
            return Ok(rollout);
        }
        if let Some(stage_name) = stage_of(&status) {
            rollout.note(stage_name, counts);
            let line = format!("{stage_name}: {}", described(counts, service, version));
            if line != told {
                stage.narrator.aside(&line);
                told = line;
            }
        }
        let waited = begun.elapsed();
        if waited > PATIENCE {
            return Err(DemoError::Late {
                what: format!("{name} to end"),
                waited,
                instead: standing(&status),
            });
        }
        sleep(LOOK).await;
    }
}

/// The stage that is out, or the way back.
fn stage_of(status: &Status) -> Option<&str> {
    let run = status.run.as_ref()?;
    let plan = status.plan.as_ref()?;
    match status.phase {
        Phase::RollingBack => Some("rollback"),
        Phase::RollingOut if run.touched => {
            let stage = plan.stages.get(run.stage as usize)?;
            Some(stage.name.as_str())
        }
        _ => None,
    }
}

/// `1 of 4 pods on v2.5.0, 4 old pods serve`
fn described(counts: Counts, service: Service, version: &str) -> String {
    let Counts {
        old_ready,
        new,
        new_ready,
    } = counts;
    let unready = match new.saturating_sub(new_ready) {
        0 => String::new(),
        1 if new == 1 => " (not ready)".to_owned(),
        some => format!(" ({some} not ready)"),
    };
    let old = match old_ready {
        0 => "no old pod serves".to_owned(),
        1 => "1 old pod serves".to_owned(),
        several => format!("{several} old pods serve"),
    };
    format!(
        "{new} of {} pods on {version}{unready}, {old}",
        service.replicas()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counts(old_ready: usize, new: usize, new_ready: usize) -> Counts {
        Counts {
            old_ready,
            new,
            new_ready,
        }
    }

    #[test]
    fn a_stage_holds_if_it_was_full_and_never_overfull() {
        let mut rollout = Rollout::default();
        rollout.note("canary", counts(4, 0, 0));
        rollout.note("canary", counts(4, 1, 0));
        assert!(!rollout.held("canary", 1, 4));
        rollout.note("canary", counts(4, 1, 1));
        assert!(rollout.held("canary", 1, 4));
        rollout.note("canary", counts(4, 2, 1));
        assert!(!rollout.held("canary", 1, 4));
        assert!(!rollout.held("staged", 2, 4));
    }

    #[test]
    fn pods_are_told_in_words() {
        let told = |counts| described(counts, Service::ApiGateway, "v2.5.0");
        assert_eq!(
            told(counts(4, 1, 0)),
            "1 of 4 pods on v2.5.0 (not ready), 4 old pods serve"
        );
        assert_eq!(
            told(counts(4, 2, 1)),
            "2 of 4 pods on v2.5.0 (1 not ready), 4 old pods serve"
        );
        assert_eq!(
            told(counts(0, 4, 4)),
            "4 of 4 pods on v2.5.0, no old pod serves"
        );
    }
}
