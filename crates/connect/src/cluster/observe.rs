//! How a target does, and whether what runs is what was approved.

use futures::future::try_join_all;
use serde_json::Value;
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
        seen(self.look(target, approved, Some(previous), is_last).await)
    }

    /// How what ran before does, and whether what the change brought is gone.
    pub async fn observe_previous(&self, target: &TargetKey, previous: &Previous) -> Observation {
        seen(self.look_back(target, previous).await)
    }

    /// How manifests do that Argo CD delivers. What it leaves in place is no
    /// matter here.
    pub async fn observe_delivered(&self, target: &TargetKey, manifests: &[Value]) -> Observation {
        seen(self.look(target, manifests, None, true).await)
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
        self.look(target, &previous.objects, None, true).await
    }

    async fn look(
        &self,
        target: &TargetKey,
        manifests: &[Value],
        staged: Option<&Previous>,
        is_last: bool,
    ) -> Result<Observation, ClusterError> {
        let placed = self.place(target, manifests).await?;
        let live = self.get_all(&placed).await?;
        let judged = placed
            .iter()
            .zip(&live)
            .map(|(object, live)| self.judge(object, live.as_ref(), staged, is_last));
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
        let differences = self.differences(&placed, &live, !is_last).await?;
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
        staged: Option<&Previous>,
        is_last: bool,
    ) -> Result<Health, ClusterError> {
        let Some(live) = live else {
            return Ok(judge(&object.key, None, &Context::default()));
        };
        let (replica_sets, pods) = self.belongings(object, live).await?;
        let held = if is_last { None } else { held_at(live) };
        let ready_before = staged.map_or(0, |previous| previous.workload(&object.key).1);
        let context = Context {
            replica_sets: &replica_sets,
            pods: &pods,
            expected_new: held,
            expected_old: if held.is_some() { ready_before } else { 0 },
            applied_generation: None,
        };
        Ok(judge(&object.key, Some(live), &context))
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
            ("apps", "Deployment") => {
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
