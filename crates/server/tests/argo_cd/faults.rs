//! Syncs that last as long as a test wants, and what is left when all is over.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Node;
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt as _};
use serde_json::{Value, json};
use tidegate_api::Change;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::argo_cd::wait_for;
use tidegate_testkit::control_plane::User;
use tidegate_testkit::repository::Edit;

use super::{APPLICATIONS, DEPLOYMENT, Delivery, OVERLAY, PATIENCE};
use crate::installation::DANA;

/// A node with this label runs the pods of hooks.
const RUNS_HOOKS: &str = "tidegate.dev/runs-hooks";

/// The hook of every commit by [`Delivery::upgrade`], in words.
pub const HOOK: &str = "PreSync hook Job/migrate";

pub const CANARY: &str = APPLICATIONS[0].0;
pub const CANARY_NAMESPACE: &str = APPLICATIONS[0].1;

fn kustomization() -> String {
    format!("{OVERLAY}/kustomization.yaml")
}

/// A Job runs before anything is applied or after all is, on a node that runs
/// hooks.
fn hook(version: &str, when: &str) -> String {
    format!(
        "apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {{argocd.argoproj.io/hook: {when}}}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {{{RUNS_HOOKS}: \"true\"}}
      containers:
        - {{name: migrate, image: \"registry.example.com/api-gateway:{version}\"}}
"
    )
}

impl Delivery {
    /// A commit by Dana that upgrades api-gateway, with a hook that is of the new
    /// version as well.
    pub fn upgrade(&mut self, from: &str, to: &str) -> String {
        self.upgrade_with(from, to, "PreSync")
    }

    /// The same with a hook before or after.
    pub fn upgrade_with(&mut self, from: &str, to: &str, when: &str) -> String {
        let all = "[../../base, pdb.yaml, migrate.yaml]";
        let repository = &mut self.tidegate.repository;
        let path = repository.path().join(kustomization());
        let mut edits = vec![
            Edit::replace(DEPLOYMENT, from, to),
            Edit::write(format!("{OVERLAY}/migrate.yaml"), hook(to, when)),
        ];
        if !std::fs::read_to_string(path).unwrap().contains(all) {
            edits.push(Edit::replace(
                kustomization(),
                "[../../base, pdb.yaml]",
                all,
            ));
        }
        let message = format!("CHG: Upgrade api-gateway to {to}");
        repository.commit(DANA, &message, &edits).unwrap()
    }

    /// Whether hooks get on, or wait for ever.
    pub async fn run_hooks(&self, run: bool) {
        let nodes: Api<Node> = Api::all(self.tidegate.admin.clone());
        let label = if run { json!("true") } else { Value::Null };
        let patch = json!({"metadata": {"labels": {RUNS_HOOKS: label}}});
        nodes
            .patch("node-1", &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .unwrap();
    }

    /// Waits until the sync of an Application waits for its hook.
    pub async fn waits_for_hook(&self, name: &str, revision: &str) {
        let waits = |object: &Value| {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
            let results = object.pointer("/status/operationState/syncResult/resources");
            let results = results.and_then(Value::as_array).into_iter().flatten();
            text("/status/operationState/phase") == Some("Running")
                && text("/status/operationState/operation/sync/revision") == Some(revision)
                && results.into_iter().any(|result| {
                    result.get("hookType").is_some() && result["hookPhase"] == "Running"
                })
        };
        self.wait(name, "waits for its hook", waits).await;
    }

    pub async fn wait(&self, name: &str, what: &str, done: impl Fn(&Value) -> bool) {
        wait_for(&self.applications, name, what, PATIENCE, done)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
    }

    /// Submits a change of the canary alone to this commit.
    pub async fn submit_canary(&self, ticket: &str, revision: &str) -> String {
        self.submit_of(&APPLICATIONS[..1], ticket, revision).await;
        ticket.to_lowercase()
    }

    /// Two people agree as soon as they are asked.
    pub async fn approve(&self, change: &str) {
        self.tidegate.until(change, Phase::Approving).await;
        self.tidegate.approve(change, User::Lea).await;
        self.tidegate.approve(change, User::Marc).await;
    }

    pub async fn submit_approved(&self, ticket: &str, revision: &str) -> String {
        let change = self.submit_canary(ticket, revision).await;
        self.approve(&change).await;
        change
    }

    /// Waits for the end, which may be another than this only for a reason that
    /// is shown.
    pub async fn ends(&self, change: &str, phase: Phase) -> Change {
        self.tidegate.until(change, phase).await
    }

    /// The change was verified, and this commit with this image runs.
    pub async fn succeeded(&self, change: &str, revision: &str, version: &str) {
        self.ends(change, Phase::Succeeded).await;
        self.canary_is(revision, version).await;
    }

    /// The change went back for a reason with this text in it, and this commit
    /// with this image runs.
    pub async fn went_back(&self, change: &str, why: &str, revision: &str, version: &str) {
        let change = self.ends(change, Phase::RolledBack).await;
        let reason = change.status.unwrap().status.reason;
        assert!(reason.contains(why), "{reason}");
        self.canary_is(revision, version).await;
    }

    pub async fn canary_is(&self, revision: &str, version: &str) {
        self.is_at(CANARY, revision).await;
        assert_eq!(self.pin(CANARY).await, revision);
        let image = self.image(CANARY_NAMESPACE).await;
        assert!(image.ends_with(version), "{image}");
    }

    /// How often the Deployment of this namespace was rolled out.
    pub async fn rollouts(&self, namespace: &str) -> usize {
        let api: Api<Deployment> = Api::namespaced(self.tidegate.admin.clone(), namespace);
        let deployment = api.get("api-gateway").await.unwrap();
        let count = deployment.annotations()["deployment.kubernetes.io/revision"].parse();
        count.unwrap()
    }

    /// How often Argo CD synced an Application whole to this commit.
    pub async fn syncs(&self, name: &str, revision: &str) -> usize {
        let object = self.get(name).await;
        let history = object.pointer("/status/history").and_then(Value::as_array);
        let history = history.into_iter().flatten();
        history
            .filter(|entry| entry["revision"] == revision)
            .count()
    }
}
