//! Tidegate and the real Argo CD on one control plane: three Applications of the
//! recipe's service, each in a namespace of its own.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test target uses a part of it, and says what failed by failing"
)]

pub mod branches;
pub mod faults;

use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use tidegate_core::argo_cd::adoption::Parent;
use tidegate_core::argo_cd::branch::adoption::{self as by_branch, Head, Wanted};
use tidegate_core::argo_cd::{Application, adoption};
use tidegate_core::branch::Branch;
use tidegate_testkit::argo_cd::{
    ArgoCd, NewApplication, Options, applications, is_synced_and_healthy, project, projects,
    wait_for,
};
use tidegate_testkit::repository::Edit;

use crate::installation::{BOT, Installation, eventually};

pub const PATIENCE: Duration = Duration::from_secs(90);
pub(crate) const OVERLAY: &str = "services/api-gateway/overlays/production";
pub(crate) const DEPLOYMENT: &str = "services/api-gateway/base/deployment.yaml";

/// The Applications, in the order of their stages, with their namespaces.
pub const APPLICATIONS: [(&str, &str); 3] = [
    ("gateway-canary", "production-canary"),
    ("gateway-staged", "production-staged"),
    ("gateway-full", "production-full"),
];

pub struct Delivery {
    // Dropped in this order.
    pub argo_cd: ArgoCd,
    pub tidegate: Installation,
    pub applications: Api<DynamicObject>,
    /// What runs before any change.
    pub first: String,
}

impl Delivery {
    /// Argo CD delivers the three Applications from the branch; they are adopted,
    /// and the controller of Tidegate has not started.
    pub async fn new() -> Self {
        let delivery = Self::not_adopted().await;
        for (name, _) in APPLICATIONS {
            delivery.adopt(name).await;
        }
        delivery
    }

    pub async fn not_adopted() -> Self {
        let mut tidegate = Installation::empty().await;
        let first = tidegate
            .repository
            .commit(
                BOT,
                "The services as they run",
                &[Edit::replace(DEPLOYMENT, "replicas: 4", "replicas: 2")],
            )
            .unwrap();
        let argo_cd = ArgoCd::start(&tidegate.plane, Options::default())
            .await
            .unwrap();
        let admin: Client = tidegate.admin.clone();
        let create = PostParams::default();
        let object = |value: Value| serde_json::from_value::<DynamicObject>(value).unwrap();
        projects(&admin)
            .create(&create, &object(project("production", &json!([]))))
            .await
            .unwrap();
        for (name, namespace) in APPLICATIONS {
            tidegate
                .apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}))
                .await;
            let application = NewApplication {
                name,
                project: "production",
                repository: tidegate.repository.path(),
                path: OVERLAY,
                revision: "main",
                server: argo_cd.server(),
                namespace,
            };
            let mut value = application.object();
            value["metadata"]["labels"] = json!({"tier": name.strip_prefix("gateway-").unwrap()});
            value["spec"]["syncPolicy"]["retry"] = json!({
                "limit": 1, "backoff": {"duration": "1s", "factor": 1, "maxDuration": "5s"},
            });
            value["spec"]["source"]["kustomize"] = json!({"namespace": namespace});
            applications(&admin)
                .create(&create, &object(value))
                .await
                .unwrap();
        }
        let delivery = Self {
            applications: applications(&admin),
            argo_cd,
            tidegate,
            first,
        };
        for (name, _) in APPLICATIONS {
            delivery.is_taken_up(name).await;
            delivery.is_at(name, &delivery.first).await;
        }
        delivery
    }

    /// Waits until Argo CD has compared an Application. It may have looked at it
    /// before it had seen its AppProject, and looks again minutes later unless it
    /// is asked to.
    async fn is_taken_up(&self, name: &str) {
        eventually("Argo CD has compared the Application", async || {
            let object = self.get(name).await;
            let conditions = object.pointer("/status/conditions");
            let mut conditions = conditions.and_then(Value::as_array).into_iter().flatten();
            let is_invalid = conditions.any(|condition| condition["type"] == "InvalidSpecError");
            let asked = object.pointer("/metadata/annotations/argocd.argoproj.io~1refresh");
            if is_invalid && asked.is_none() {
                let refresh =
                    json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}});
                self.patch(name, &refresh).await;
            }
            let compared = object
                .pointer("/status/sync/status")
                .and_then(Value::as_str);
            compared.filter(|status| *status != "Unknown").map(|_| ())
        })
        .await;
    }

    pub async fn finish(self) {
        self.argo_cd.stop().await;
        self.tidegate.finish().await;
    }

    /// Waits until Argo CD has synced this commit and finds it healthy.
    pub async fn is_at(&self, name: &str, revision: &str) {
        let done = |application: &Value| is_synced_and_healthy(application, revision);
        let what = format!("is synced to {revision} and healthy");
        wait_for(&self.applications, name, &what, PATIENCE, done)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
    }

    pub async fn adopt(&self, name: &str) {
        adopt(&self.applications, name).await;
    }

    /// What `tidegate release` does.
    pub async fn release(&self, name: &str) {
        let decide = |object: &Value, application: &Application| {
            Some(adoption::release(object, application).unwrap())
        };
        write(&self.applications, name, "given back", decide).await;
    }

    pub async fn patch(&self, name: &str, patch: &Value) {
        self.applications
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap();
    }

    pub async fn get(&self, name: &str) -> Value {
        serde_json::to_value(self.applications.get(name).await.unwrap()).unwrap()
    }

    pub async fn pin(&self, name: &str) -> String {
        let object = self.get(name).await;
        let pin = object.pointer("/spec/source/targetRevision");
        pin.and_then(Value::as_str).unwrap().to_owned()
    }

    /// Gives the AppProject these sync windows.
    pub async fn windows(&self, windows: &Value) {
        let patch = json!({"spec": {"syncWindows": windows}});
        projects(&self.tidegate.admin)
            .patch("production", &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .unwrap();
    }

    /// How many sync windows the AppProject has.
    pub async fn published(&self) -> usize {
        let project = projects(&self.tidegate.admin)
            .get("production")
            .await
            .unwrap();
        let windows = project.data.pointer("/spec/syncWindows");
        windows.and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// The image that the Deployment of this namespace asks for.
    pub async fn image(&self, namespace: &str) -> String {
        let api: Api<Deployment> = Api::namespaced(self.tidegate.admin.clone(), namespace);
        let deployment = api.get("api-gateway").await.unwrap();
        let pods = deployment.spec.template.spec.unwrap();
        pods.containers[0].image.clone().unwrap()
    }

    /// Three stages, an Application in each.
    pub async fn policy(&self, edit: impl Fn(&mut Value)) {
        self.tidegate
            .policy(|spec| {
                spec["governs"] = json!({"namespaces": ["production-*"]});
                spec["stages"] = json!([
                    {"name": "canary", "applications": {"names": ["*-canary"]}, "soak": "1s", "within": "60s"},
                    {"name": "staged", "applications": {"matchLabels": {"tier": "staged"}}, "within": "60s"},
                    {"name": "full", "applications": {"names": ["gateway-*"]}, "within": "60s"},
                ]);
                edit(spec);
            })
            .await;
    }

    /// Submits a change of all three Applications to this commit, as Dana.
    pub async fn submit(&self, ticket: &str, revision: &str) {
        self.submit_of(&APPLICATIONS, ticket, revision).await;
    }

    /// The same of these Applications only.
    pub async fn submit_of(&self, which: &[(&str, &str)], ticket: &str, revision: &str) {
        let targets: Vec<Value> = which
            .iter()
            .map(|(name, namespace)| json!({"name": name, "namespace": namespace, "application": name}))
            .collect();
        self.submit_to(ticket, revision, json!(targets)).await;
    }

    pub async fn submit_to(&self, ticket: &str, revision: &str, targets: Value) {
        let source = json!({
            "repository": self.tidegate.repository.path().to_str().unwrap(),
            "revision": revision,
        });
        self.tidegate
            .submit_with(ticket, source, |spec| spec["targets"] = targets)
            .await;
    }
}

/// What `tidegate adopt` does.
pub async fn adopt(applications: &Api<DynamicObject>, name: &str) {
    let decide = |object: &Value, application: &Application| {
        let revision = adoption::examine(application, None).ok()?;
        Some(adoption::adopt(object, application, &revision))
    };
    write(applications, name, "adopted", decide).await;
}

/// What `tidegate adopt --branch` does, where the branch has the content of what
/// runs.
pub async fn adopt_by_branch(
    applications: &Api<DynamicObject>,
    name: &str,
    branch: &Branch,
    parent: Option<&Parent>,
) {
    let decide = |object: &Value, application: &Application| {
        let head = Head::At {
            commit: application.live_revision()?,
            same: true,
        };
        let wanted = Wanted {
            branch,
            head: &head,
            others: &[],
        };
        by_branch::examine(application, parent, wanted).ok()?;
        Some(by_branch::adopt(object, application, branch))
    };
    write(applications, name, "adopted by its branch", decide).await;
}

/// Writes what is decided of an Application. Argo CD may heal what it has just
/// synced, and writes its status all the while.
async fn write(
    applications: &Api<DynamicObject>,
    name: &str,
    what: &str,
    decide: impl Fn(&Value, &Application) -> Option<Value>,
) {
    eventually(&format!("the Application is {what}"), async || {
        let object = applications.get(name).await.unwrap();
        let object = serde_json::to_value(object).unwrap();
        let patch = decide(&object, &Application::read(&object).unwrap())?;
        applications
            .patch(name, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .ok()
            .map(|_| ())
    })
    .await;
}
