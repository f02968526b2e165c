//! A namespace with a policy, an overlay and a repository of its own, so that
//! cases that run side by side do not meet.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, join_all};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::api::{DeleteParams, DynamicObject, PostParams};
use kube::discovery::ApiResource;
use kube::{Api, ResourceExt as _};
use serde_json::{Value, json};
use tidegate_api::{Change, rbac};
use tidegate_core::lifecycle::Phase;
use tidegate_ledger::{Event, Filter};
use tidegate_testkit::control_plane::User;
use tidegate_testkit::repository::{Edit, GitRepository};

use super::{BOT, DANA, Installation, NAMESPACE, change, eventually};

/// The overlay of the target `settings`.
pub const OVERLAY: &str = "overlay";

pub struct Case<'a> {
    pub tidegate: &'a Installation,
    /// The name of its namespace and of its policy.
    pub name: &'static str,
    pub repository: GitRepository,
}

impl<'a> Case<'a> {
    /// One approval lets a change go out at once. The repository holds version 1
    /// of a ConfigMap `settings`, and nothing of it is in the cluster.
    pub async fn new(tidegate: &'a Installation, name: &'static str) -> Self {
        tidegate
            .apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
            .await;
        let mut repository = GitRepository::empty().unwrap();
        let edits = [kustomization(&["settings.yaml"]), settings("1")];
        repository.commit(BOT, "Version 1", &edits).unwrap();
        let case = Self {
            tidegate,
            name,
            repository,
        };
        case.allow_delivery().await;
        case.policy(|_| {}).await;
        case
    }

    /// What the installation guide tells people to do for every namespace.
    pub async fn allow_delivery(&self) {
        self.tidegate
            .apply(&json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": {"name": "tidegate", "namespace": self.name},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
                "subjects": [{"kind": "ServiceAccount", "name": rbac::ACCOUNT, "namespace": NAMESPACE}],
            }))
            .await;
    }

    /// Takes it away again.
    pub async fn forbid_delivery(&self) {
        let api: Api<RoleBinding> = Api::namespaced(self.tidegate.admin.clone(), self.name);
        api.delete("tidegate", &DeleteParams::default())
            .await
            .unwrap();
    }

    pub async fn policy(&self, edit: impl Fn(&mut Value)) {
        self.policy_named(self.name, edit).await;
    }

    pub async fn policy_named(&self, name: &str, edit: impl Fn(&mut Value)) {
        let mut policy = json!({
            "apiVersion": "tidegate.dev/v1alpha1",
            "kind": "ChangePolicy",
            "metadata": {"name": name},
            "spec": {
                "governs": {"namespaces": [self.name]},
                "approvals": {"count": 1},
                "backup": {"provider": "none", "reason": "settings can be made again"},
                "stages": [{"name": "full", "share": "100%", "within": "1m"}],
            },
        });
        edit(&mut policy["spec"]);
        self.tidegate.apply(&policy).await;
    }

    /// Applies a calendar with one window.
    pub async fn calendar(&self, zone: &str, window: Value) {
        let mut window = window;
        window["name"] = json!("night");
        self.tidegate
            .apply(&json!({
                "apiVersion": "tidegate.dev/v1alpha1",
                "kind": "ChangeCalendar",
                "metadata": {"name": self.name},
                "spec": {"timeZone": zone, "windows": [window]},
            }))
            .await;
    }

    /// A commit by Dana that changes the settings, and nothing else.
    pub fn commit_version(&mut self, version: &str) -> String {
        self.commit(&format!("Version {version}"), &[settings(version)])
    }

    /// A commit by Dana.
    pub fn commit(&mut self, message: &str, edits: &[Edit]) -> String {
        self.repository.commit(DANA, message, edits).unwrap()
    }

    /// The commit that is checked out.
    pub fn here(&self) -> Value {
        json!({"repository": self.repository.path(), "revision": self.repository.head().unwrap()})
    }

    pub fn reference(&self, name: &str) -> Value {
        json!({"repository": self.repository.path(), "ref": name})
    }

    /// Submits as Dana, and gives the change's name.
    pub async fn submit(&self, ticket: &str, source: Value) -> String {
        self.submit_with(ticket, source, |_| {}).await
    }

    /// The same with an object of the case's own.
    pub async fn submit_with(
        &self,
        ticket: &str,
        source: Value,
        edit: impl FnOnce(&mut Value),
    ) -> String {
        let submitted = self.try_submit(User::Dana, ticket, source, edit).await;
        submitted.unwrap().name_any()
    }

    pub async fn try_submit(
        &self,
        user: User,
        ticket: &str,
        source: Value,
        edit: impl FnOnce(&mut Value),
    ) -> Result<DynamicObject, kube::Error> {
        let mut object = serde_json::to_value(change(ticket, user, source)).unwrap();
        object["spec"]["targets"] = json!([self.target("settings", OVERLAY)]);
        edit(&mut object);
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let client = self.tidegate.client(user).await;
        let changes = ApiResource::erase::<Change>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(client, NAMESPACE, &changes);
        api.create(&PostParams::default(), &object).await
    }

    pub fn target(&self, name: &str, path: &str) -> Value {
        json!({"name": name, "path": path, "namespace": self.name})
    }

    /// Waits until the change may be approved, and lets Marc do it.
    pub async fn approve(&self, change: &str) {
        self.tidegate.until(change, Phase::Approving).await;
        self.tidegate.approve(change, User::Marc).await;
    }

    /// Approves, and waits until this version of the settings is out.
    pub async fn goes_out(&self, change: &str, version: &str) {
        self.approve(change).await;
        self.ends_with(change, version).await;
    }

    pub async fn ends_with(&self, change: &str, version: &str) {
        self.tidegate.until(change, Phase::Succeeded).await;
        assert_eq!(
            self.version("settings").await.as_deref(),
            Some(version),
            "{change}"
        );
    }

    /// An approved change that only a hold keeps from starting.
    pub async fn ready_to_start(&self, ticket: &str) -> String {
        let change = self
            .submit_with(ticket, self.here(), |object| {
                object["spec"]["hold"] = json!({"reason": "until the ledger is broken"});
            })
            .await;
        self.approve(&change).await;
        self.tidegate.until_waiting(&change, "is held").await;
        change
    }

    /// Takes away its hold.
    pub async fn release(&self, change: &str) {
        let patch = json!({"spec": {"hold": null}});
        self.tidegate.merge(change, patch).await;
    }

    /// Every phase of a change that has ended is in the ledger in its order, and
    /// every effect before it began and after it ended, once each.
    pub async fn is_recorded_whole(&self, change: &str) {
        let status = self.tidegate.change(change).await.status.unwrap().status;
        let wanted: Vec<String> = (1..=status.transitions)
            .map(|number| format!("phase/{number}"))
            .collect();
        let entries = eventually("every phase is in the ledger", async || {
            let ledger = self.tidegate.ledger().await;
            let entries = ledger.entries(Filter::ChangeName(change)).await.unwrap();
            ledger.close().await;
            let keys = entries.iter().map(|entry| entry.entry.event.key());
            let phases: Vec<&str> = keys.filter(|key| key.starts_with("phase/")).collect();
            (phases == wanted).then_some(entries)
        })
        .await;
        let mut open: Vec<&str> = Vec::new();
        for stored in &entries {
            match &stored.entry.event {
                Event::EffectBegun { key, .. } => open.push(key),
                Event::EffectEnded { key, .. } => {
                    let begun = open.iter().position(|open| open == key);
                    open.remove(begun.unwrap());
                }
                Event::Recorded { .. } => {}
            }
        }
        assert!(open.is_empty(), "{open:?} never ended");
    }

    /// The version in a ConfigMap of the namespace. None: it is not there.
    pub async fn version(&self, name: &str) -> Option<String> {
        let api: Api<ConfigMap> = Api::namespaced(self.tidegate.admin.clone(), self.name);
        api.get_opt(name).await.unwrap()?.data?.remove("version")
    }

    /// Waits until the change says this of itself, in one sentence that stands
    /// in the status and in the conditions, while nothing has been written.
    pub async fn is_told(&self, change: &str, phase: Phase, text: &str) -> String {
        let told = self.tidegate.until_waiting(change, text).await;
        let object = self.tidegate.change(change).await;
        let status = object.status.unwrap();
        assert_eq!(status.status.phase, phase, "{told}");
        assert!(!told.contains('\n'), "{told}");
        assert!(
            status
                .conditions
                .iter()
                .any(|condition| condition.message == told),
            "{told} is in no condition: {:?}",
            status.conditions
        );
        assert_ne!(status.board.waiting_on, "-", "{told}");
        assert_eq!(self.version("settings").await, None, "{told}");
        told
    }
}

/// A ConfigMap `settings` of this version.
pub fn settings(version: &str) -> Edit {
    manifest("settings.yaml", &config_map("settings", version))
}

pub fn config_map(name: &str, version: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {"version": version},
    })
}

/// A file of the overlay.
pub fn manifest(file: &str, object: &Value) -> Edit {
    Edit::write(format!("{OVERLAY}/{file}"), format!("{object:#}\n"))
}

/// The overlay with exactly these files.
pub fn kustomization(files: &[&str]) -> Edit {
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
        "resources": files,
    });
    manifest("kustomization.yaml", &kustomization)
}

/// The one sentence with which the API server refuses something.
pub fn refusal<T: std::fmt::Debug>(answer: Result<T, kube::Error>) -> String {
    match answer {
        Err(kube::Error::Api(status)) if [403, 422].contains(&status.code) => status.message,
        other => panic!("is not refused: {other:?}"),
    }
}

/// Runs cases side by side, and fails with the names of all that failed.
pub async fn side_by_side<const N: usize>(cases: [(&str, LocalBoxFuture<'_, ()>); N]) {
    let cases = cases.map(|(name, case)| async move {
        let failed = AssertUnwindSafe(case).catch_unwind().await.is_err();
        failed.then_some(name)
    });
    let failed: Vec<&str> = join_all(cases).await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "{N} cases, of which failed: {failed:?}");
}

/// Names a case after its function.
#[macro_export]
macro_rules! cases {
    ($($module:ident :: $case:ident ( $($argument:expr),* )),* $(,)?) => {
        [$((stringify!($case), futures::FutureExt::boxed_local($module::$case($($argument),*)))),*]
    };
}
