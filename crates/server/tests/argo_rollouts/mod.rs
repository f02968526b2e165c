//! Argo CD and Argo Rollouts on one control plane: one Application of the
//! recipe's service, whose workload is a Rollout of ten.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test target uses a part of it, and says what failed by failing"
)]

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kube::Api;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use serde_json::{Value, json};
use tidegate_api::Change;
use tidegate_core::lifecycle::Phase;
use tidegate_ledger::{Event, Filter};
use tidegate_testkit::argo_cd::{
    ArgoCd, NewApplication, Options, applications, create, project, projects,
};
use tidegate_testkit::argo_rollouts::ArgoRollouts;
use tidegate_testkit::control_plane::User;
use tidegate_testkit::repository::Edit;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::argo_cd::{DEPLOYMENT, Delivery, OVERLAY};
use crate::installation::{BOT, DANA, Installation, eventually};

/// The Application, in the namespace `production`.
pub const NAME: &str = "gateway";

/// What runs first.
pub const FIRST: &str = "v2.4.3";

pub const KUSTOMIZATION: &str = "services/api-gateway/base/kustomization.yaml";

/// In the place of the recipe's Deployment. No old pod goes before a new one is
/// ready.
fn rollout(version: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: api-gateway
  labels: {{app.kubernetes.io/name: api-gateway}}
spec:
  replicas: 10
  selector:
    matchLabels: {{app.kubernetes.io/name: api-gateway}}
  strategy:
    canary:
      maxSurge: 1
      maxUnavailable: 0
      steps:
        - setWeight: 10
        - analysis: {{templates: [{{templateName: answers}}]}}
        - pause: {{}}
        - setWeight: 50
        - pause: {{}}
  template:
    metadata:
      labels: {{app.kubernetes.io/name: api-gateway}}
    spec:
      containers:
        - name: api-gateway
          image: registry.example.com/api-gateway:{version}
"
    )
}

fn template(url: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: answers
spec:
  metrics:
    - name: good-answers
      successCondition: result == true
      provider:
        web: {{url: \"{url}\", jsonPath: \"{{$.good}}\"}}
"
    )
}

pub struct Canary {
    // Dropped in this order.
    pub rollouts: ArgoRollouts,
    pub delivery: Delivery,
    pub meter: Meter,
}

impl Canary {
    /// Ten pods of the first version, delivered by Argo CD and adopted; Tidegate
    /// may do what it ships with and edit `production`, and has not started.
    pub async fn new() -> Self {
        let mut tidegate = Installation::empty().await;
        let meter = Meter::start().await;
        let edits = [
            Edit::write(DEPLOYMENT, rollout(FIRST)),
            Edit::write(
                "services/api-gateway/base/analysis.yaml",
                template(&meter.url),
            ),
            Edit::replace(
                KUSTOMIZATION,
                "deployment.yaml,",
                "deployment.yaml, analysis.yaml,",
            ),
        ];
        let first = tidegate
            .repository
            .commit(BOT, "The service as it runs", &edits);
        let first = first.unwrap();
        let rollouts = ArgoRollouts::start(&tidegate.plane).await.unwrap();
        let argo_cd = ArgoCd::start(&tidegate.plane, Options::default())
            .await
            .unwrap();
        let admin = tidegate.admin.clone();
        create(&projects(&admin), project("production", &json!([])))
            .await
            .unwrap();
        let application = NewApplication {
            name: NAME,
            project: "production",
            repository: tidegate.repository.path(),
            path: OVERLAY,
            revision: "main",
            server: argo_cd.server(),
            namespace: "production",
        };
        create(&applications(&admin), application.object())
            .await
            .unwrap();
        tidegate.use_shipped_permissions().await;
        tidegate
            .apply(&json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": {"name": "tidegate", "namespace": "production"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
                "subjects": [{"kind": "ServiceAccount", "name": "tidegate", "namespace": "tidegate"}],
            }))
            .await;
        let delivery = Delivery {
            applications: applications(&admin),
            argo_cd,
            tidegate,
            first,
        };
        delivery.is_at(NAME, &delivery.first).await;
        delivery.adopt(NAME).await;
        Self {
            rollouts,
            delivery,
            meter,
        }
    }

    pub async fn finish(self) {
        self.rollouts.stop().await;
        self.delivery.finish().await;
    }

    /// Three stages with a share.
    pub async fn policy(&self, edit: impl Fn(&mut Value)) {
        self.delivery
            .tidegate
            .policy(|spec| {
                for stage in spec["stages"].as_array_mut().unwrap() {
                    stage["within"] = json!("60s");
                }
                spec["stages"][0]["soak"] = json!("2s");
                spec["stages"][1]["soak"] = json!("2s");
                edit(spec);
            })
            .await;
    }

    pub async fn submit(&self, ticket: &str, revision: &str) -> String {
        self.delivery
            .submit_of(&[(NAME, "production")], ticket, revision)
            .await;
        ticket.to_lowercase()
    }

    /// Submits it, and two people agree.
    pub async fn goes(&self, ticket: &str, revision: &str) -> String {
        let change = self.submit(ticket, revision).await;
        let tidegate = &self.delivery.tidegate;
        tidegate.until(&change, Phase::Approving).await;
        tidegate.approve(&change, User::Lea).await;
        tidegate.approve(&change, User::Marc).await;
        change
    }

    pub fn upgrade(&mut self, from: &str, to: &str) -> String {
        self.delivery.tidegate.upgrade(from, to)
    }

    /// A commit by Dana that edits the workload.
    pub fn edit(&mut self, from: &str, to: &str) -> String {
        let edit = Edit::replace(DEPLOYMENT, from, to);
        let repository = &mut self.delivery.tidegate.repository;
        repository
            .commit(DANA, "CHG: Edit api-gateway", &[edit])
            .unwrap()
    }

    /// A commit by Dana after which the workload is a Deployment.
    pub fn plain(&mut self) -> String {
        let deployment = rollout(FIRST).replace("argoproj.io/v1alpha1", "apps/v1");
        let deployment = deployment.replace("kind: Rollout", "kind: Deployment");
        let begin = deployment.find("  strategy:").unwrap();
        let end = deployment.find("  template:").unwrap();
        let plain = format!("{}{}", &deployment[..begin], &deployment[end..]);
        let edit = Edit::write(DEPLOYMENT, plain);
        let repository = &mut self.delivery.tidegate.repository;
        repository
            .commit(DANA, "CHG: A Deployment", &[edit])
            .unwrap()
    }

    fn api(&self) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Rollout");
        let kind = ApiResource::from_gvk(&kind);
        Api::namespaced_with(self.delivery.tidegate.admin.clone(), "production", &kind)
    }

    pub async fn rollout(&self) -> Value {
        serde_json::to_value(self.api().get("api-gateway").await.unwrap()).unwrap()
    }

    /// What a person does with the command line of Argo Rollouts.
    pub async fn by_hand(&self, status: Value) {
        let patch = json!({ "status": status });
        self.api()
            .patch_status(
                "api-gateway",
                &PatchParams::default(),
                &Patch::Merge(&patch),
            )
            .await
            .unwrap();
    }

    /// Waits until a stage is healthy and soaks, and sees that just so many pods
    /// are new and the others old.
    pub async fn soaks(&self, change: &str, stage: &str, to: &str, new: usize) {
        let tidegate = &self.delivery.tidegate;
        tidegate
            .until_waiting(change, &format!("stage {stage} is healthy"))
            .await;
        assert_eq!(tidegate.ready_pods(to).await, new, "{stage}");
        let of_any = tidegate.pods().await;
        let live = of_any
            .iter()
            .filter(|pod| pod.metadata.deletion_timestamp.is_none());
        assert_eq!(live.count(), 10, "{stage}");
    }

    /// All ten pods are of this version, and its controller is content.
    pub async fn runs(&self, version: &str) {
        let tidegate = &self.delivery.tidegate;
        eventually(&format!("ten pods of {version}"), async || {
            let ready = tidegate.ready_pods(version).await;
            (ready == 10 && tidegate.pods().await.len() == 10).then_some(())
        })
        .await;
        let rollout = self.rollout().await;
        assert_eq!(
            rollout["status"]["phase"], "Healthy",
            "{}",
            rollout["status"]
        );
    }

    /// The effects of a change that have ended, in order.
    pub async fn did(&self, change: &Change) -> Vec<String> {
        let ledger = self.delivery.tidegate.ledger().await;
        let uid = change.metadata.uid.as_ref().unwrap();
        let entries = ledger.entries(Filter::ChangeUid(uid)).await.unwrap();
        ledger.close().await;
        let ended = entries
            .into_iter()
            .filter_map(|stored| match stored.entry.event {
                Event::EffectEnded { key, .. } => Some(key),
                _ => None,
            });
        ended.collect()
    }

    pub async fn pods(&self) -> BTreeSet<String> {
        let pods = self.delivery.tidegate.pods().await.into_iter();
        pods.filter_map(|pod| pod.metadata.uid).collect()
    }

    pub async fn is_automated(&self) -> bool {
        let application = self.delivery.get(NAME).await;
        application["spec"]["syncPolicy"]["automated"] == json!({"prune": true, "selfHeal": true})
    }

    /// The change went back for a reason with these texts in it; and this commit
    /// runs whole.
    pub async fn went_back(&self, change: &str, why: &[&str], revision: &str, version: &str) {
        let change = self
            .delivery
            .tidegate
            .until(change, Phase::RolledBack)
            .await;
        let reason = change.status.unwrap().status.reason;
        for text in why {
            assert!(reason.contains(text), "{reason}");
        }
        self.delivery.is_at(NAME, revision).await;
        self.runs(version).await;
        assert!(self.is_automated().await);
    }
}

/// A server of one measurement. Ends on drop.
pub struct Meter {
    pub url: String,
    good: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Meter {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let good = Arc::new(AtomicBool::new(true));
        let measured = good.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let body = json!({"good": measured.load(Ordering::SeqCst)}).to_string();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                // A client that has gone needs no answer.
                let _ = stream.read(&mut [0_u8; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, good, task }
    }

    pub fn measures(&self, good: bool) {
        self.good.store(good, Ordering::SeqCst);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.task.abort();
    }
}
