//! Verification Jobs.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidegate_core::lifecycle::facts::CheckResult;
use tidegate_core::rollout::health::{Context, Health, judge};
use tidegate_core::rollout::object::ObjectKey;

use super::Cluster;
use super::error::ClusterError;
use super::objects::Mode;

/// A verification Job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRequest<'a> {
    /// Where it runs.
    pub namespace: &'a str,
    /// Its name, different for every check of every attempt.
    pub name: &'a str,
    /// The change it belongs to.
    pub change: &'a str,
    /// Its container image.
    pub image: &'a str,
    /// The command in the container.
    pub command: &'a [String],
    /// How long it is waited for.
    pub within: SignedDuration,
}

/// A Job that nobody waits for any more ends by itself so much later: not at
/// the same moment, where it could be told as a failure of its own.
const AFTERWARDS: SignedDuration = SignedDuration::from_secs(5);

/// What a value of a label may hold, in characters (Kubernetes, "Labels and
/// Selectors").
const LONGEST_LABEL: usize = 63;

/// A name that may be too long for a label, cut so that it can be one.
fn label(name: &str) -> String {
    let cut: String = name.chars().take(LONGEST_LABEL).collect();
    cut.trim_end_matches(['-', '.']).to_owned()
}

fn key(namespace: &str, name: &str) -> ObjectKey {
    ObjectKey {
        group: "batch".to_owned(),
        version: "v1".to_owned(),
        kind: "Job".to_owned(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    }
}

impl Cluster {
    /// Creates the Job. One that is there already is left as it is.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn run_job(&self, job: &JobRequest<'_>) -> Result<Value, ClusterError> {
        let key = key(job.namespace, job.name);
        if self.get(&key).await?.is_some() {
            return Ok(json!({ "again": true }));
        }
        let labels = json!({
            "app.kubernetes.io/managed-by": "tidegate",
            "tidegate.dev/change": label(job.change),
        });
        let deadline = job.within.as_secs().saturating_add(AFTERWARDS.as_secs());
        let mut container = json!({ "name": "check", "image": job.image });
        if !job.command.is_empty() {
            container["command"] = json!(job.command);
        }
        let manifest = json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": job.name,
                "namespace": job.namespace,
                "labels": labels,
            },
            "spec": {
                "backoffLimit": 0,
                "activeDeadlineSeconds": deadline,
                "ttlSecondsAfterFinished": 86_400,
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "restartPolicy": "Never", "containers": [container] },
                },
            },
        });
        let kind = self.kinds.find(&self.client, &key).await?;
        self.apply(&key, &kind, &manifest, Mode::Real).await?;
        Ok(json!({ "job": job.name }))
    }

    /// How the Job does.
    pub async fn job_result(&self, namespace: &str, name: &str) -> CheckResult {
        let key = key(namespace, name);
        let live = match self.get(&key).await {
            Ok(live) => live,
            Err(error) => return CheckResult::Pending(error.to_string()),
        };
        // For an object that is delivered that is as it was asked to be. A check
        // that does not run has not passed.
        let suspended = live
            .as_ref()
            .and_then(|job| job.pointer("/spec/suspend"))
            .and_then(Value::as_bool);
        if suspended == Some(true) {
            return CheckResult::Pending(format!("{key}: it is suspended"));
        }
        let labels = format!("batch.kubernetes.io/job-name={name}");
        let pods = self
            .list(("", "v1", "Pod"), namespace, &labels)
            .await
            .unwrap_or_default();
        let context = Context {
            pods: &pods,
            ..Context::default()
        };
        match judge(&key, live.as_ref(), &context) {
            Health::Healthy => CheckResult::Passed,
            Health::Progressing(what) => CheckResult::Pending(what),
            Health::Failed(why) => CheckResult::Failed(why),
        }
    }
}
