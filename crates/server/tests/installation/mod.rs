//! Tidegate installed on the real control plane, with the recipe's repository.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test target uses a part of it, and says what failed by failing"
)]

pub mod answer;
pub mod case;
pub mod crashes;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Event, Pod};
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::discovery::pinned_kind;
use kube::{Api, Client};
use serde_json::{Value, json};
use tidegate_api::{Approval, Change, admission, definitions, rbac};
use tidegate_core::lifecycle::Phase;
use tidegate_core::lifecycle::facts::Identity;
use tidegate_ledger::Ledger;
use tidegate_server::{ServeError, ServeOptions, serve};
use tidegate_testkit::component::Program;
use tidegate_testkit::control_plane::{ControlPlane, Options, User};
use tidegate_testkit::repository::{Author, Edit, GitRepository};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const NAMESPACE: &str = "tidegate";
pub const BOT: Author<'static> = Author {
    name: "gitops",
    email: "gitops@example.com",
};
pub const DANA: Author<'static> = Author {
    name: "Dana",
    email: "dana@example.com",
};
const OVERLAY: &str = "services/api-gateway/overlays/production";
const DEPLOYMENT: &str = "services/api-gateway/base/deployment.yaml";

pub struct Installation {
    pub plane: ControlPlane,
    pub admin: Client,
    pub repository: GitRepository,
    pub data: tempfile::TempDir,
    /// Where the controller serves calendars.
    pub listen: Option<SocketAddr>,
    /// What the controller renders charts with.
    pub helm: Option<PathBuf>,
    controller: Mutex<Option<Controller>>,
}

pub struct Controller {
    stop: CancellationToken,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Controller {
    pub async fn stop(self) {
        self.stop.cancel();
        self.ended().await.unwrap();
    }

    /// Cuts it off wherever it is, as a crash would.
    pub async fn kill(self) {
        self.task.abort();
        self.task.await.ok();
    }

    /// Waits for one that ends by itself.
    pub async fn ended(self) -> Result<(), ServeError> {
        self.task.await.unwrap()
    }
}

/// Retries until it holds; the time only bounds a test that hangs.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(
            start.elapsed() < Duration::from_secs(90),
            "never came: {what}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The note of the Event that warns of this.
pub async fn warning(tidegate: &Installation, change: &str, reason: &str) -> String {
    let api: Api<Event> = Api::namespaced(tidegate.admin.clone(), NAMESPACE);
    let of_change = ListParams::default().fields(&format!("involvedObject.name={change}"));
    eventually(
        &format!("a warning that {change} is {reason}"),
        async || {
            let events = api.list(&of_change).await.unwrap();
            let mut events = events.items.into_iter();
            let is_it = |event: &Event| {
                event.type_.as_deref() == Some("Warning") && event.reason.as_deref() == Some(reason)
            };
            events.find(is_it)?.message
        },
    )
    .await
}

impl Installation {
    /// A control plane with Tidegate's objects, policies and permissions, ten
    /// pods of api-gateway v2.4.3 in `production`, and no controller yet.
    pub async fn new() -> Self {
        let mut installation = Self::on(Options::default()).await;
        installation
            .repository
            .commit(
                BOT,
                "The services as they run",
                &[Edit::replace(DEPLOYMENT, "replicas: 4", "replicas: 10")],
            )
            .unwrap();
        installation.run_what_runs(10).await;
        installation
    }

    /// The same without anything that runs.
    pub async fn empty() -> Self {
        Self::on(Options::default()).await
    }

    /// The same without anything that runs, on a cluster where no pod ever
    /// would: enough for changes that bring none.
    pub async fn without_pods() -> Self {
        Self::on(Options {
            scheduler: false,
            kwok: false,
            ..Options::default()
        })
        .await
    }

    async fn on(options: Options) -> Self {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        // Another test of this process may have set it already.
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_test_writer()
            .try_init()
            .ok();
        let plane = ControlPlane::start(options).await.unwrap();
        let admin = plane.client(User::Admin).await.unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/repository");
        let repository = GitRepository::from_directory(&source).unwrap();
        let installation = Self {
            plane,
            admin,
            repository,
            data: tempfile::tempdir().unwrap(),
            listen: None,
            helm: None,
            controller: Mutex::default(),
        };
        installation.install().await;
        installation
    }

    async fn install(&self) {
        // First, since it takes a while until what they prove counts.
        self.apply_admission_policies().await;
        for namespace in [NAMESPACE, "production"] {
            self.apply(
                &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
            )
            .await;
        }
        for definition in definitions::custom_resource_definitions().unwrap() {
            self.apply(&definition).await;
        }
        for object in permissions() {
            self.apply(&object).await;
        }
        // A new admission policy takes a moment to bite.
        eventually("the admission policies bite", async || {
            let client = self.client(User::Dana).await;
            let approvals: Api<Approval> = Api::namespaced(client.clone(), NAMESPACE);
            let forged = approval(
                "probe",
                "chg-0",
                &"0".repeat(40),
                &"0".repeat(64),
                User::Marc,
            );
            let parameters = PostParams {
                dry_run: true,
                ..PostParams::default()
            };
            let forged_approval = approvals.create(&parameters, &forged).await;
            let changes: Api<Change> = Api::namespaced(client, NAMESPACE);
            let forged = change("CHG-0", User::Marc, json!({"revision": "0".repeat(40)}));
            let forged_change = changes.create(&parameters, &forged).await;
            let refused =
                |code: &kube::Error| matches!(code, kube::Error::Api(status) if status.code == 403);
            (forged_approval.is_err_and(|e| refused(&e))
                && forged_change.is_err_and(|e| refused(&e)))
            .then_some(())
        })
        .await;
        self.until_who_is_who_is_proven().await;
    }

    pub async fn apply_admission_policies(&self) {
        for policy in admission::policies() {
            self.apply(&policy.policy).await;
            self.apply(&policy.binding).await;
        }
    }

    /// Waits until what is written from now on counts.
    pub async fn until_who_is_who_is_proven(&self) {
        let policies: Api<ValidatingAdmissionPolicy> = Api::all(self.admin.clone());
        let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(self.admin.clone());
        let everything = ListParams::default();
        let policies = policies.list(&everything).await.unwrap().items;
        let bindings = bindings.list(&everything).await.unwrap().items;
        let made = policies.into_iter().map(|policy| policy.metadata);
        let made = made.chain(bindings.into_iter().map(|binding| binding.metadata));
        let since = made.filter_map(|made| made.creation_timestamp).max();
        let since = since.unwrap().0;
        let after = Identity::Proven { since }.proves_after().unwrap();
        // Times are cut to whole seconds.
        let left = after + SignedDuration::from_secs(1) - Timestamp::now();
        tokio::time::sleep(Duration::try_from(left).unwrap_or_default()).await;
    }

    /// What ran before Tidegate came, applied by hand.
    pub async fn run_what_runs(&self, pods: usize) {
        let overlay = self.repository.path().join(OVERLAY);
        let rendered = std::process::Command::new(self.plane.programs().path(Program::Kustomize))
            .arg("build")
            .arg(&overlay)
            .output()
            .unwrap();
        let manifests = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(manifests.path(), rendered.stdout).unwrap();
        let status = self
            .plane
            .kubectl(User::Admin)
            .args(["apply", "-f"])
            .arg(manifests.path())
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        eventually("pods of v2.4.3", async || {
            (self.ready_pods("v2.4.3").await == pods).then_some(())
        })
        .await;
    }

    /// Gives Tidegate the permissions that it ships with and no others; what it
    /// delivers to is for the test to allow.
    pub async fn use_shipped_permissions(&self) {
        for object in rbac::objects(NAMESPACE) {
            self.apply(&object).await;
        }
        let api: Api<ClusterRoleBinding> = Api::all(self.admin.clone());
        api.delete("tidegate", &DeleteParams::default())
            .await
            .unwrap();
    }

    pub async fn client(&self, user: User) -> Client {
        self.plane.client(user).await.unwrap()
    }

    pub async fn apply(&self, object: &Value) -> DynamicObject {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (group, version) = text("/apiVersion")
            .split_once('/')
            .unwrap_or(("", text("/apiVersion")));
        let kind = GroupVersionKind::gvk(group, version, text("/kind"));
        let resource = eventually(&format!("kind {}", kind.kind), async || {
            pinned_kind(&self.admin, &kind).await.ok()
        })
        .await
        .0;
        let api: Api<DynamicObject> = match object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str)
        {
            Some(namespace) => Api::namespaced_with(self.admin.clone(), namespace, &resource),
            None => Api::all_with(self.admin.clone(), &resource),
        };
        let parameters = PatchParams::apply("test").force();
        api.patch(text("/metadata/name"), &parameters, &Patch::Apply(object))
            .await
            .unwrap()
    }

    /// Applies a policy with short times, so that a story takes seconds.
    pub async fn policy(&self, change: impl Fn(&mut Value)) {
        let mut policy = json!({
            "apiVersion": "tidegate.dev/v1alpha1",
            "kind": "ChangePolicy",
            "metadata": {"name": "production"},
            "spec": {
                "governs": {"namespaces": ["production"]},
                "approvals": {"count": 2, "groups": [{"name": "sre-team", "count": 1}], "validFor": "14d"},
                "backup": {"provider": "none", "reason": "the services keep no data"},
                "stages": [
                    {"name": "canary", "share": "10%", "soak": "1s", "within": "30s"},
                    {"name": "staged", "share": "50%", "soak": "1s", "within": "30s"},
                    {"name": "full", "share": "100%", "within": "30s"},
                ],
                "verification": {"within": "1m", "checks": [{"workloads": {"healthyFor": "1s"}}]},
            },
        });
        change(&mut policy["spec"]);
        self.apply(&policy).await;
    }

    pub fn options(&self, identity: &str) -> ServeOptions {
        ServeOptions {
            namespace: NAMESPACE.to_owned(),
            cluster: "local".to_owned(),
            data: self.data.path().join("data"),
            ledger: self.data.path().join("ledger.sqlite"),
            kustomize: Some(self.plane.programs().path(Program::Kustomize).to_owned()),
            helm: self.helm.clone(),
            identity: identity.to_owned(),
            concurrency: 8,
            api_server: Some(self.plane.server()),
            listen: self.listen,
        }
    }

    pub async fn start_controller(&mut self) {
        let controller = self.controller("test").await;
        self.put(Some(controller));
    }

    pub async fn stop_controller(&mut self) {
        if let Some(controller) = self.put(None) {
            controller.stop().await;
        }
    }

    /// Cuts the controller off wherever it is, as a crash would.
    pub async fn kill_controller(&mut self) {
        if let Some(controller) = self.put(None) {
            controller.kill().await;
        }
    }

    /// Stops the controller and starts another, which remembers nothing that is
    /// not in the cluster or the ledger: it looks up branches at once.
    pub async fn restart_controller(&self) {
        if let Some(controller) = self.put(None) {
            controller.stop().await;
        }
        let controller = self.controller("test").await;
        self.put(Some(controller));
    }

    /// One more controller, which the test has to stop.
    pub async fn controller(&self, identity: &str) -> Controller {
        let stop = CancellationToken::new();
        let client = self.client(User::Tidegate).await;
        let task = tokio::spawn(serve(client, self.options(identity), stop.clone()));
        Controller { stop, task }
    }

    fn put(&self, controller: Option<Controller>) -> Option<Controller> {
        std::mem::replace(&mut self.controller.lock().unwrap(), controller)
    }

    /// A commit by Dana that upgrades api-gateway.
    pub fn upgrade(&mut self, from: &str, to: &str) -> String {
        let message = format!("CHG: Upgrade api-gateway to {to}");
        self.repository
            .commit(DANA, &message, &[Edit::replace(DEPLOYMENT, from, to)])
            .unwrap()
    }

    /// A commit by Dana after which pods never become ready.
    pub fn break_readiness(&mut self, from: &str, to: &str) -> String {
        let gate = "    spec:\n      readinessGates: [{conditionType: tidegate.dev/never}]\n      containers:";
        let edits = [
            Edit::replace(DEPLOYMENT, from, to),
            Edit::replace(DEPLOYMENT, "    spec:\n      containers:", gate),
        ];
        self.repository
            .commit(DANA, "CHG: Upgrade api-gateway, badly", &edits)
            .unwrap()
    }

    pub async fn submit(&self, ticket: &str, source: Value) -> Change {
        let client = self.client(User::Dana).await;
        let api: Api<Change> = Api::namespaced(client, NAMESPACE);
        api.create(&PostParams::default(), &change(ticket, User::Dana, source))
            .await
            .unwrap()
    }

    /// Submits as Dana a change whose spec is edited first.
    pub async fn submit_with(&self, ticket: &str, source: Value, edit: impl FnOnce(&mut Value)) {
        let mut object = serde_json::to_value(change(ticket, User::Dana, source)).unwrap();
        edit(&mut object["spec"]);
        let api: Api<Change> = Api::namespaced(self.client(User::Dana).await, NAMESPACE);
        let object = serde_json::from_value(object).unwrap();
        api.create(&PostParams::default(), &object).await.unwrap();
    }

    /// Marc, who may, submits an emergency whose spec is edited first.
    pub async fn submit_emergency(
        &self,
        ticket: &str,
        revision: &str,
        edit: impl FnOnce(&mut Value),
    ) {
        for object in [
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                "metadata": {"name": "emergencies"},
                "rules": [{"apiGroups": ["tidegate.dev"], "resources": ["changes/emergency"], "verbs": ["*"]}],
            }),
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                "metadata": {"name": "emergencies"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "emergencies"},
                "subjects": [{"kind": "Group", "name": "sre-team", "apiGroup": "rbac.authorization.k8s.io"}],
            }),
        ] {
            self.apply(&object).await;
        }
        let repository = self.repository.path().to_str().unwrap();
        let source = json!({"repository": repository, "revision": revision});
        let mut object = serde_json::to_value(change(ticket, User::Marc, source)).unwrap();
        object["spec"]["type"] = json!("emergency");
        edit(&mut object["spec"]);
        let object: Change = serde_json::from_value(object).unwrap();
        let api: Api<Change> = Api::namespaced(self.client(User::Marc).await, NAMESPACE);
        // A new permission takes a moment to reach the authorizer.
        eventually("Marc may submit emergencies", async || {
            api.create(&PostParams::default(), &object).await.ok()
        })
        .await;
    }

    pub async fn change(&self, name: &str) -> Change {
        let api: Api<Change> = Api::namespaced(self.admin.clone(), NAMESPACE);
        api.get(name).await.unwrap()
    }

    pub async fn merge(&self, name: &str, patch: Value) {
        let api: Api<Change> = Api::namespaced(self.client(User::Dana).await, NAMESPACE);
        api.patch(name, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .unwrap();
    }

    pub async fn phase(&self, name: &str) -> Phase {
        self.change(name)
            .await
            .status
            .map(|status| status.status.phase)
            .unwrap_or_default()
    }

    pub async fn until(&self, name: &str, phase: Phase) -> Change {
        let start = Instant::now();
        loop {
            let change = self.change(name).await;
            let status = change.status.clone().unwrap_or_default().status;
            if status.phase == phase {
                return change;
            }
            assert!(
                !status.phase.is_final() && start.elapsed() < Duration::from_secs(90),
                "{name} is {} and not {phase}: {} {:?}",
                status.phase,
                status.reason,
                status.waiting_on,
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until some reason the change waits for contains this text.
    pub async fn until_waiting(&self, name: &str, text: &str) -> String {
        let start = Instant::now();
        loop {
            let status = self.change(name).await.status.unwrap_or_default().status;
            let messages = status.waiting_on.iter().map(|waiting| &waiting.message);
            if let Some(message) = messages.into_iter().find(|message| message.contains(text)) {
                return message.clone();
            }
            assert!(
                start.elapsed() < Duration::from_secs(90),
                "{name} never waits for {text}: it is {}, {} {:?}",
                status.phase,
                status.reason,
                status.waiting_on,
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub async fn approve(&self, name: &str, user: User) {
        let status = self.change(name).await.status.unwrap().status;
        let (revision, digest) = (status.revision.unwrap(), status.digest.unwrap());
        let object = approval(
            &format!(
                "{name}-{}-{}",
                user.name().split('@').next().unwrap().replace(':', "."),
                digest.short()
            ),
            name,
            revision.as_str(),
            &digest.to_string(),
            user,
        );
        let api: Api<Approval> = Api::namespaced(self.client(user).await, NAMESPACE);
        api.create(&PostParams::default(), &object).await.unwrap();
    }

    pub async fn pods(&self) -> Vec<Pod> {
        let api: Api<Pod> = Api::namespaced(self.admin.clone(), "production");
        let labels = ListParams::default().labels("app.kubernetes.io/name=api-gateway");
        api.list(&labels).await.unwrap().items
    }

    pub async fn pods_of(&self, version: &str) -> usize {
        self.pods()
            .await
            .iter()
            .filter(|pod| image(pod).ends_with(version))
            .count()
    }

    pub async fn ready_pods(&self, version: &str) -> usize {
        self.pods()
            .await
            .iter()
            .filter(|pod| image(pod).ends_with(version) && is_ready(pod))
            .count()
    }

    pub async fn deployment(&self) -> Deployment {
        let api: Api<Deployment> = Api::namespaced(self.admin.clone(), "production");
        api.get("api-gateway").await.unwrap()
    }

    pub async fn ledger(&self) -> Ledger {
        Ledger::open(&self.data.path().join("ledger.sqlite"))
            .await
            .unwrap()
    }

    pub async fn finish(mut self) {
        self.stop_controller().await;
        self.plane.stop().await;
    }
}

fn image(pod: &Pod) -> &str {
    let spec = pod.spec.as_ref().unwrap();
    spec.containers[0].image.as_deref().unwrap_or_default()
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    pod.metadata.deletion_timestamp.is_none()
        && conditions
            .into_iter()
            .any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

pub fn change(ticket: &str, requester: User, source: Value) -> Change {
    let mut source = source;
    if source.get("repository").is_none() {
        source["repository"] = json!("/nowhere");
    }
    serde_json::from_value(json!({
        "apiVersion": "tidegate.dev/v1alpha1",
        "kind": "Change",
        "metadata": {"name": ticket.to_lowercase(), "namespace": NAMESPACE},
        "spec": {
            "ticket": ticket,
            "type": "normal",
            "title": "Upgrade api-gateway",
            "requestedBy": requester.name(),
            "source": source,
            "targets": [{"name": "api-gateway", "path": OVERLAY, "namespace": "production"}],
            "risk": "Medium",
            "rollback": "Previous revision",
            "expectedDuration": "1m",
        },
    }))
    .unwrap()
}

pub fn approval(name: &str, change: &str, revision: &str, digest: &str, user: User) -> Approval {
    serde_json::from_value(json!({
        "apiVersion": "tidegate.dev/v1alpha1",
        "kind": "Approval",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "change": change,
            "revision": revision,
            "digest": digest,
            "decision": "Approved",
            "approver": user.name(),
            "groups": user.groups(),
        },
    }))
    .unwrap()
}

/// People may submit and approve; Tidegate may do what it needs.
fn permissions() -> Vec<Value> {
    let people = ["developers", "app-team", "sre-team", "change-managers"];
    let subjects: Vec<Value> = people
        .iter()
        .map(|group| json!({"kind": "Group", "name": group, "apiGroup": "rbac.authorization.k8s.io"}))
        .collect();
    vec![
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": "people"},
            "rules": [{"apiGroups": ["tidegate.dev"], "resources": ["changes", "approvals"], "verbs": ["*"]}],
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": "people"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "people"},
            "subjects": subjects,
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": "tidegate"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "User", "name": User::Tidegate.name(), "apiGroup": "rbac.authorization.k8s.io"}],
        }),
    ]
}
