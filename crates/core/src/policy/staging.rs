//! Which targets go out in which stage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Plan, Stage};
use crate::argo_rollouts::{Hold, Workloads};
use crate::calendar::Glob;
use crate::rollout::share::Share;
use crate::target::{Target, TargetKey};

/// Chooses Applications of Argo CD: those that match in every list given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationSelector {
    /// Globs of their names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Globs of the clusters that they deploy to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<String>,
    /// Globs of labels of the Application.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// How many of them go out at once; the next follow when these are healthy.
    /// None: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_once: Option<u32>,
}

impl ApplicationSelector {
    /// Whether it chooses this Application. Unknown labels are no labels.
    pub fn selects(&self, target: &TargetKey, labels: &BTreeMap<String, String>) -> bool {
        let matches =
            |pattern: &str, text: &str| Glob::parse(pattern).is_ok_and(|glob| glob.matches(text));
        let any = |patterns: &[String], text: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, text))
        };
        any(&self.names, &target.name)
            && any(&self.clusters, &target.cluster)
            && self
                .labels
                .iter()
                .all(|(key, pattern)| labels.get(key).is_some_and(|value| matches(pattern, value)))
    }
}

impl Plan {
    /// The plan for these targets: every stage with what goes out in it, and
    /// without the stages in which nothing does.
    ///
    /// What Tidegate delivers itself goes through the stages with a share. An
    /// Application goes out whole, in the first stage that chooses it. One that
    /// none chooses goes through the stages with a share if its Rollouts hold
    /// there, and out whole where the only one is the last.
    ///
    /// # Errors
    ///
    /// A sentence, where a target would go out in no stage or could not go out
    /// as the policy asks.
    pub fn assigned(
        &self,
        targets: &[Target],
        labels: &BTreeMap<TargetKey, BTreeMap<String, String>>,
        workloads: &BTreeMap<TargetKey, Workloads>,
    ) -> Result<Self, String> {
        let by_application = self.stages.iter().any(|stage| stage.applications.is_some());
        if !by_application && !targets.iter().any(Target::is_application) {
            return Ok(self.clone());
        }
        let mut stages: Vec<Vec<TargetKey>> = vec![Vec::new(); self.stages.len()];
        for target in targets {
            if target.is_application()
                && let Some(position) = self.stage_of(target, labels, workloads)?
            {
                if let Some(stage) = stages.get_mut(position) {
                    stage.push(target.key.clone());
                }
                continue;
            }
            let mut shared = self.stages.iter().zip(&mut stages);
            let mut goes_out = false;
            for (_, stage) in shared.by_ref().filter(|(stage, _)| is_shared(stage)) {
                stage.push(target.key.clone());
                goes_out = true;
            }
            if !goes_out {
                return Err(format!(
                    "{} is delivered by Tidegate itself, and every stage of the policy is about Applications",
                    target.key
                ));
            }
        }
        let filled = self.stages.iter().zip(stages);
        let filled = filled.filter(|(_, targets)| !targets.is_empty());
        Ok(Self {
            stages: filled
                .flat_map(|(stage, targets)| rounds(stage, &targets))
                .collect(),
            ..self.clone()
        })
    }

    /// The plan in which all of these targets go out whole and at once, as the last
    /// stage does.
    #[must_use]
    pub fn in_one(&self, targets: &[TargetKey]) -> Self {
        let mut stages = self.stages.clone();
        let mut last: Vec<Stage> = stages.pop().into_iter().collect();
        for stage in &mut last {
            stage.share = Share::FULL;
            stage.applications = None;
            stage.targets = Some(targets.to_vec());
        }
        Self {
            stages: last,
            ..self.clone()
        }
    }

    /// The stage in which an Application goes out whole. None: it goes through
    /// those with a share.
    fn stage_of(
        &self,
        target: &Target,
        labels: &BTreeMap<TargetKey, BTreeMap<String, String>>,
        workloads: &BTreeMap<TargetKey, Workloads>,
    ) -> Result<Option<usize>, String> {
        let none = BTreeMap::new();
        let labels = labels.get(&target.key).unwrap_or(&none);
        let chosen = self.stages.iter().position(|stage| {
            let applications = stage.applications.as_ref();
            applications.is_some_and(|chosen| chosen.selects(&target.key, labels))
        });
        if chosen.is_some() {
            return Ok(chosen);
        }
        let name = &target.key.name;
        let partial: Vec<&Stage> = self
            .stages
            .iter()
            .filter(|stage| is_partial(stage))
            .collect();
        if let Some(first) = partial.first() {
            let rollouts = workloads.get(&target.key);
            let Some(rollouts) = rollouts.filter(|workloads| workloads.has_rollouts()) else {
                return Err(format!(
                    "stage {} asks for {} of Application {name}, and Argo CD delivers a plain workload only whole; stage it by `applications`, or use a Rollout of Argo Rollouts",
                    first.name, first.share
                ));
            };
            let shares: Vec<Share> = partial.iter().map(|stage| stage.share).collect();
            let follows = rollouts.follow(&shares, &self.whole_kinds);
            return follows.map(|()| None).map_err(|why| {
                format!(
                    "stage {} asks for {} of Application {name}: {why}",
                    first.name, first.share
                )
            });
        }
        let last = self.stages.len().saturating_sub(1);
        match self.stages.last() {
            Some(stage) if is_shared(stage) => Ok(Some(last)),
            _ => Err(format!(
                "no stage of the policy takes Application {name}; one has to choose it in `applications`"
            )),
        }
    }

    /// How many shares of this target are out before this stage.
    pub fn shares_before(&self, stage: u32, target: &TargetKey) -> usize {
        let before = self.stages.iter().take(stage as usize);
        before
            .filter(|stage| is_partial(stage) && stage.takes(target))
            .count()
    }

    /// Where a target that goes out by shares stops in this stage. None: all of
    /// it goes out.
    pub fn hold(&self, stage: u32, target: &TargetKey) -> Option<Hold> {
        let share = self
            .stages
            .get(stage as usize)
            .filter(|stage| is_partial(stage))?
            .share;
        let number = self.shares_before(stage, target);
        Some(Hold { number, share })
    }

    /// Whether this target goes out in this stage.
    pub fn takes(&self, stage: u32, target: &TargetKey) -> bool {
        self.stages
            .get(stage as usize)
            .is_some_and(|stage| stage.takes(target))
    }

    /// The first stage in which this target is written to.
    pub fn first_stage(&self, target: &TargetKey) -> Option<u32> {
        let position = self.stages.iter().position(|stage| stage.takes(target))?;
        u32::try_from(position).ok()
    }

    /// The last stage up to this one in which this target is written to.
    pub fn latest_stage(&self, stage: u32, target: &TargetKey) -> Option<u32> {
        let last = self.stages.len().checked_sub(1)?;
        let last = stage.min(u32::try_from(last).ok()?);
        (0..=last).rev().find(|stage| self.takes(*stage, target))
    }
}

impl Stage {
    fn takes(&self, target: &TargetKey) -> bool {
        self.targets
            .as_ref()
            .is_none_or(|targets| targets.contains(target))
    }

    /// How far it goes, in words: `10%`, or the Applications.
    pub fn extent(&self) -> String {
        match (&self.applications, &self.targets) {
            (Some(_), Some(targets)) => {
                let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
                names.join(", ")
            }
            _ => self.share.to_string(),
        }
    }
}

fn is_shared(stage: &Stage) -> bool {
    stage.applications.is_none()
}

fn is_partial(stage: &Stage) -> bool {
    is_shared(stage) && stage.share != Share::FULL
}

/// A stage of more Applications than may go out at once is several stages, of
/// which only the last one soaks.
fn rounds(stage: &Stage, targets: &[TargetKey]) -> Vec<Stage> {
    let limit = stage
        .applications
        .as_ref()
        .and_then(|applications| applications.at_once)
        .and_then(|limit| usize::try_from(limit).ok())
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX);
    let count = targets.len().div_ceil(limit);
    targets
        .chunks(limit)
        .enumerate()
        .map(|(position, chunk)| {
            let mut round = stage.clone();
            round.targets = Some(chunk.to_vec());
            if count > 1 {
                round.name = format!("{} {}/{count}", stage.name, position + 1);
            }
            if position + 1 < count {
                round.soak = jiff::SignedDuration::ZERO;
            }
            round
        })
        .collect()
}
