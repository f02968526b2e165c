//! How a target does, and whether what runs is what was approved.

use futures::future::try_join_all;
use serde_json::Value;
use tidegate_core::argo_rollouts::{
    Expected, GROUP, Hold, goes_on_back, has_failed, is_rollout, is_rollout_key,
};
use tidegate_core::lifecycle::facts::Observation;
use tidegate_core::rollout::difference::unexpected_differences;
use tidegate_core::rollout::health::{Context, Health, judge};
use tidegate_core::rollout::stage::held_at;
use tidegate_core::target::TargetKey;

use super::Cluster;
use super::deliver::deletable;
use super::error::ClusterError;
use super::objects::Mode;
use super::place::Placed;
use super::record::Previous;

/// How many differences are told; the rest are counted.
const TOLD: usize = 3;

/// How to look at manifests. By default they are to be out in full.
#[derive(Debug, Clone, Copy)]
struct Look<'a> {
    /// What Deployments ran that stages hold.
    staged: Option<&'a Previous>,
    /// No stage holds anything back.
    is_last: bool,
    /// What Rollouts ran.
    ran: Option<&'a Previous>,
    /// Where Rollouts are to stop.
    hold: Option<Hold>,
    /// They ran before, and are gone back to.
    is_back: bool,
}

impl<'a> Look<'a> {
    /// At what ran before, on the way back to it.
    fn back(previous: &'a Previous) -> Self {
        Self {
            ran: Some(previous),
            is_back: true,
            ..Self::default()
        }
    }
}

impl Default for Look<'_> {
    fn default() -> Self {
        Self {
            staged: None,
            is_last: true,
            ran: None,
            hold: None,
            is_back: false,
        }
    }
}

impl Cluster {
    /// How the approved manifests do. `is_last` is false while a stage holds
    /// back a part of the pods.
    pub async fn observe_stage(
        &self,
        target: &TargetKey,
        approved: &[Value],
        previous: &Previous,
        is_last: bool,
    ) -> Observation {
        let look = Look {
            staged: Some(previous),
            is_last,
            ..Look::default()
        };
        seen(self.look(target, approved, look).await)
    }

    /// How what ran before does, and whether what the change brought is gone.
    pub async fn observe_previous(&self, target: &TargetKey, previous: &Previous) -> Observation {
        seen(self.look_back(target, previous).await)
    }

    /// How manifests do that Argo CD delivers. What it leaves in place is no
    /// matter here. `hold` is where their Rollouts are to stop.
    pub async fn observe_delivered(
        &self,
        target: &TargetKey,
        manifests: &[Value],
        previous: &Previous,
        hold: Option<Hold>,
    ) -> Observation {
        let look = Look {
            ran: Some(previous),
            hold,
            ..Look::default()
        };
        seen(self.look(target, manifests, look).await)
    }

    /// How what Argo CD delivered before does, on the way back to it.
    pub async fn observe_delivered_before(
        &self,
        target: &TargetKey,
        previous: &Previous,
    ) -> Observation {
        let look = Look::back(previous);
        seen(self.look(target, &previous.objects, look).await)
    }

    async fn look_back(
        &self,
        target: &TargetKey,
        previous: &Previous,
    ) -> Result<Observation, ClusterError> {
        for key in deletable(&previous.absent) {
            if self.get(&key).await?.is_some() {
                return Ok(Observation::Progressing(format!(
                    "{key} is still being deleted"
                )));
            }
        }
        self.look(target, &previous.objects, Look::back(previous))
            .await
    }

    async fn look(
        &self,
        target: &TargetKey,
        manifests: &[Value],
        look: Look<'_>,
    ) -> Result<Observation, ClusterError> {
        let placed = self.place(target, manifests).await?;
        let live = self.get_all(&placed).await?;
        if look.is_back
            && let Some(halted) = halted(&placed, &live, look.ran)
        {
            return Ok(Observation::Halted(halted));
        }
        let judged = placed
            .iter()
            .zip(&live)
            .map(|(object, live)| self.judge(object, live.as_ref(), look));
        let judged = try_join_all(judged).await?;
        if let Some(failed) = judged.iter().find_map(|health| match health {
            Health::Failed(why) => Some(why.clone()),
            Health::Healthy | Health::Progressing(_) => None,
        }) {
            return Ok(Observation::Failed(failed));
        }
        let missing: Vec<&str> = judged.iter().filter_map(Health::reason).collect();
        if !missing.is_empty() {
            return Ok(Observation::Progressing(missing.join("; ")));
        }
        let differences = self.differences(&placed, &live, !look.is_last).await?;
        Ok(if differences.is_empty() {
            Observation::Healthy
        } else {
            Observation::Differs(differences.join("; "))
        })
    }

    async fn judge(
        &self,
        object: &Placed,
        live: Option<&Value>,
        look: Look<'_>,
    ) -> Result<Health, ClusterError> {
        let Some(live) = live else {
            return Ok(judge(&object.key, None, &Context::default()));
        };
        let (replica_sets, pods) = self.belongings(object, live).await?;
        let analysis_runs = self.analysis_runs(object, live).await;
        let held = if look.is_last { None } else { held_at(live) };
        let staged = look.staged;
        let ready_before = staged.map_or(0, |previous| previous.workload(&object.key).1);
        let context = Context {
            replica_sets: &replica_sets,
            pods: &pods,
            expected_new: held,
            expected_old: if held.is_some() { ready_before } else { 0 },
            applied_generation: None,
            canary: Expected {
                hold: look.hold,
                ran: look.ran.and_then(|previous| previous.pods_of(&object.key)),
                analysis_runs: &analysis_runs,
            },
        };
        Ok(judge(&object.key, Some(live), &context))
    }

    /// What analysis says of a Rollout that failed. It only explains, so that it
    /// cannot be read is no matter.
    async fn analysis_runs(&self, object: &Placed, live: &Value) -> Vec<Value> {
        if !is_rollout_key(&object.key) || !has_failed(live) {
            return Vec::new();
        }
        let namespace = object.key.namespace.as_deref().unwrap_or_default();
        self.list((GROUP, "v1alpha1", "AnalysisRun"), namespace, "")
            .await
            .unwrap_or_default()
    }

    /// The ReplicaSets and pods that tell how an object does. Kinds that have
    /// none cost no request.
    async fn belongings(
        &self,
        object: &Placed,
        live: &Value,
    ) -> Result<(Vec<Value>, Vec<Value>), ClusterError> {
        let namespace = object.key.namespace.as_deref().unwrap_or_default();
        let pods = ("", "v1", "Pod");
        match (object.key.group.as_str(), object.key.kind.as_str()) {
            ("apps", "Deployment") | (GROUP, "Rollout") => {
                let labels = selector(live);
                let (sets, pods) = futures::try_join!(
                    self.list(("apps", "v1", "ReplicaSet"), namespace, &labels),
                    self.list(pods, namespace, &labels)
                )?;
                Ok((sets, pods))
            }
            ("apps", "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => Ok((
                Vec::new(),
                self.list(pods, namespace, &selector(live)).await?,
            )),
            ("", "PersistentVolumeClaim") => {
                Ok((Vec::new(), self.list(pods, namespace, "").await?))
            }
            _ => Ok((Vec::new(), Vec::new())),
        }
    }

    /// Where a server-side dry run of the manifests would change something.
    async fn differences(
        &self,
        placed: &[Placed],
        live: &[Option<Value>],
        during_stage: bool,
    ) -> Result<Vec<String>, ClusterError> {
        let dry_runs =
            try_join_all(placed.iter().map(|object| {
                self.apply(&object.key, &object.kind, &object.manifest, Mode::DryRun)
            }))
            .await?;
        let mut told = Vec::new();
        let mut more = 0;
        for ((object, dry_run), live) in placed.iter().zip(&dry_runs).zip(live) {
            let Some(live) = live else { continue };
            for difference in unexpected_differences(&object.manifest, dry_run, live, during_stage)
            {
                if told.len() < TOLD {
                    told.push(format!("{} {difference}", object.key));
                } else {
                    more += 1;
                }
            }
        }
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        Ok(told)
    }
}

/// A Rollout that would stop on its way back.
fn halted(placed: &[Placed], live: &[Option<Value>], ran: Option<&Previous>) -> Option<String> {
    let ran = ran?;
    let mut rollouts = placed.iter().zip(live);
    let (object, _) = rollouts.find(|(object, live)| {
        let live = live.as_ref().filter(|live| is_rollout(live));
        live.is_some_and(|live| goes_on_back(live, ran.pods_of(&object.key)))
    })?;
    Some(format!("{}: it goes back step by step", object.key))
}

/// The label selector of a workload as a query. Expressions are left to the
/// judge, which looks at owners.
fn selector(live: &Value) -> String {
    let labels = live
        .pointer("/spec/selector/matchLabels")
        .and_then(Value::as_object);
    let terms = labels
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| value.as_str().map(|value| format!("{key}={value}")));
    terms.collect::<Vec<_>>().join(",")
}

/// What cannot be seen is not healthy, and is not failed either.
fn seen(looked: Result<Observation, ClusterError>) -> Observation {
    looked.unwrap_or_else(|error| Observation::Unknown(error.to_string()))
}
