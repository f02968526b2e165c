//! How the targets of a running change do.

use tidegate_core::lifecycle::facts::Observation;
use tidegate_core::lifecycle::{Facts, Question};
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;

use crate::hub::Term;

/// Looks at every target that the core asks about.
pub(super) async fn observe(
    term: &Term,
    change: &Change,
    facts: &mut Facts,
    questions: &[Question],
) {
    for question in questions {
        let (target, observation) = match question {
            Question::Stage(target, stage) => {
                (target, stage_of(term, change, target, *stage).await)
            }
            Question::Previous(target) => (target, previous(term, target).await),
            Question::Source | Question::Preview | Question::Check(_) => continue,
        };
        facts.observations.insert(target.clone(), observation);
    }
}

async fn stage_of(term: &Term, change: &Change, target: &TargetKey, stage: u32) -> Observation {
    let cluster = &term.hub.cluster;
    let stages = change
        .status
        .plan
        .as_ref()
        .map_or(0, |plan| plan.stages.len());
    let is_last = stage as usize + 1 >= stages;
    let manifests = match super::manifests(term, change, target).await {
        Ok(manifests) => manifests,
        Err(problem) => return Observation::Unknown(problem),
    };
    match cluster.record(target).await {
        Ok(record) => match record.previous {
            Some(previous) => {
                cluster
                    .observe_stage(target, &manifests, &previous, is_last)
                    .await
            }
            None => Observation::Unknown("the record of what ran before is gone".to_owned()),
        },
        Err(error) => Observation::Unknown(error.to_string()),
    }
}

async fn previous(term: &Term, target: &TargetKey) -> Observation {
    let cluster = &term.hub.cluster;
    match cluster.record(target).await {
        Ok(record) => match record.previous {
            Some(previous) => cluster.observe_previous(target, &previous).await,
            None => Observation::Unknown("the record of what ran before is gone".to_owned()),
        },
        Err(error) => Observation::Unknown(error.to_string()),
    }
}
