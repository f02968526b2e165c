//! Tidegate on a control plane, with as many services as a measurement needs.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::discovery::pinned_kind;
use kube::{Api, Client};
use serde_json::{Value, json};
use tidegate_api::{Approval, Change, admission, definitions};
use tidegate_core::lifecycle::facts::Identity;
use tidegate_testkit::component::Program;
use tidegate_testkit::control_plane::{ControlPlane, Options, User};
use tidegate_testkit::repository::{Author, Edit, GitRepository};
use tokio::time::Instant;

use super::Measured;

pub(super) const NAMESPACE: &str = "tidegate";
/// What is written later than this after the installation counts. Times are cut
/// to whole seconds, hence one more.
const WHO_IS_WHO_WITHIN: Duration = Identity::BITES_WITHIN
    .unsigned_abs()
    .saturating_add(Duration::from_secs(1));

/// Tidegate on a control plane of its own.
pub(super) struct Installation {
    pub(super) plane: ControlPlane,
    pub(super) admin: Client,
    pub(super) repository: GitRepository,
    /// The commit that changes are of.
    pub(super) revision: String,
    data: tempfile::TempDir,
    controller: Option<Child>,
}

impl Drop for Installation {
    fn drop(&mut self) {
        if let Some(mut controller) = self.controller.take() {
            // It has ended by itself if this fails.
            let _ = controller.kill();
            let _ = controller.wait();
        }
    }
}

pub(super) fn overlay(number: usize) -> String {
    format!("services/s{number}/production")
}

/// A Deployment of one pod and its ConfigMap.
pub(super) fn manifests(number: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: s{number}}}\nspec:\n  replicas: 1\n  selector: {{matchLabels: {{app: s{number}}}}}\n  template:\n    metadata: {{labels: {{app: s{number}}}}}\n    spec:\n      containers: [{{name: main, image: \"registry.example.com/s{number}:v2\"}}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s{number}}}\ndata: {{level: info}}\n"
    )
}

pub(super) const DANA: Author<'static> = Author {
    name: "Dana",
    email: "dana@example.com",
};

impl Installation {
    pub(super) async fn start(services: usize, namespaces: &[String]) -> Measured<Self> {
        let mut edits = Vec::new();
        for number in 0..services {
            let folder = overlay(number);
            edits.push(Edit::write(
                format!("{folder}/kustomization.yaml"),
                "resources: [all.yaml]\n",
            ));
            edits.push(Edit::write(format!("{folder}/all.yaml"), manifests(number)));
        }
        Self::of(Options::default(), &edits, namespaces).await
    }

    /// The same with these files in the repository.
    pub(super) async fn of(
        options: Options,
        files: &[Edit],
        namespaces: &[String],
    ) -> Measured<Self> {
        let plane = ControlPlane::start(options).await?;
        let admin = plane.client(User::Admin).await?;
        let mut repository = GitRepository::empty()?;
        let revision = repository.commit(DANA, "Services", files)?;
        let installation = Self {
            plane,
            admin,
            repository,
            revision,
            data: tempfile::tempdir()?,
            controller: None,
        };
        for namespace in namespaces.iter().map(String::as_str).chain([NAMESPACE]) {
            installation
                .apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}))
                .await?;
        }
        for definition in definitions::custom_resource_definitions()? {
            installation.apply(&definition).await?;
        }
        for policy in admission::policies() {
            installation.apply(&policy.policy).await?;
            installation.apply(&policy.binding).await?;
        }
        let proven = Instant::now() + WHO_IS_WHO_WITHIN;
        for (name, user) in [
            ("tidegate", User::Tidegate),
            ("dana", User::Dana),
            ("lea", User::Lea),
            ("marc", User::Marc),
        ] {
            installation
                .apply(&json!({
                    "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                    "metadata": {"name": name},
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                    "subjects": [{"kind": "User", "name": user.name(), "apiGroup": "rbac.authorization.k8s.io"}],
                }))
                .await?;
        }
        tokio::time::sleep_until(proven).await;
        Ok(installation)
    }

    pub(super) fn start_controller(&mut self) -> Measured<()> {
        let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
            PathBuf::from,
        );
        let program = folder.join("release/tidegate");
        let log = std::fs::File::create(self.data.path().join("serve.log"))?;
        let child = Command::new(program)
            .args([
                "serve",
                "--cluster",
                "local",
                "--identity",
                "bench",
                "--namespace",
                NAMESPACE,
            ])
            .arg("--data")
            .arg(self.data.path().join("data"))
            .arg("--ledger")
            .arg(self.ledger())
            .arg("--kustomize")
            .arg(self.plane.programs().path(Program::Kustomize))
            .env("KUBECONFIG", self.plane.kubeconfig(User::Tidegate))
            // What it leaves behind when it is killed goes with the folder.
            .env("TMPDIR", self.data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        self.controller = Some(child);
        Ok(())
    }

    /// The file of the record.
    pub(super) fn ledger(&self) -> PathBuf {
        self.data.path().join("ledger.sqlite")
    }

    /// The controller's memory that is in RAM, in KiB, as Linux counts it.
    pub(super) fn resident_kib(&self) -> Measured<u64> {
        let id = self
            .controller
            .as_ref()
            .ok_or("the controller does not run")?
            .id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("no VmRSS")?.parse()?)
    }

    pub(super) async fn apply(&self, object: &Value) -> Measured<()> {
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
        let mut tries = 0;
        let resource = loop {
            match pinned_kind(&self.admin, &kind).await {
                Ok((resource, _)) => break resource,
                Err(error) if tries > 100 => return Err(error.into()),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let api: Api<DynamicObject> = match object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str)
        {
            Some(namespace) => Api::namespaced_with(self.admin.clone(), namespace, &resource),
            None => Api::all_with(self.admin.clone(), &resource),
        };
        let parameters = PatchParams::apply("bench").force();
        api.patch(text("/metadata/name"), &parameters, &Patch::Apply(object))
            .await?;
        Ok(())
    }

    pub(super) async fn submit(
        &self,
        number: usize,
        namespace: &str,
        service: usize,
    ) -> Measured<()> {
        let target = json!({"name": format!("s{service}"), "path": overlay(service), "namespace": namespace});
        self.submit_to(number, &target).await
    }

    /// Submits a change of the commit to this target.
    pub(super) async fn submit_to(&self, number: usize, target: &Value) -> Measured<()> {
        let change: Change = serde_json::from_value(json!({
            "apiVersion": "tidegate.dev/v1alpha1", "kind": "Change",
            "metadata": {"name": format!("chg-{number}"), "namespace": NAMESPACE},
            "spec": {
                "ticket": format!("CHG-{number}"), "type": "normal", "title": "Measure",
                "requestedBy": User::Dana.name(),
                "source": {"repository": self.repository.path(), "revision": self.revision},
                "targets": [target],
                "risk": "Low", "rollback": "Previous revision", "expectedDuration": "1m",
            },
        }))?;
        let api: Api<Change> = Api::namespaced(self.plane.client(User::Dana).await?, NAMESPACE);
        api.create(&PostParams::default(), &change).await?;
        Ok(())
    }

    /// Waits until the controller has judged the change, and approves it twice.
    pub(super) async fn approve(&self, number: usize) -> Measured<()> {
        let name = format!("chg-{number}");
        let changes: Api<Change> = Api::namespaced(self.admin.clone(), NAMESPACE);
        let (revision, digest) = loop {
            let status = changes.get(&name).await?.status.unwrap_or_default().status;
            match (status.revision, status.accepted) {
                (Some(revision), Some(digest)) => break (revision, digest),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        for user in [User::Lea, User::Marc] {
            let approval: Approval = serde_json::from_value(json!({
                "apiVersion": "tidegate.dev/v1alpha1", "kind": "Approval",
                "metadata": {"generateName": format!("{name}-"), "namespace": NAMESPACE},
                "spec": {
                    "change": name, "revision": revision, "digest": digest, "decision": "Approved",
                    "approver": user.name(), "groups": user.groups(),
                },
            }))?;
            let api: Api<Approval> = Api::namespaced(self.plane.client(user).await?, NAMESPACE);
            api.create(&PostParams::default(), &approval).await?;
        }
        Ok(())
    }

    /// A policy of one stage for a namespace.
    pub(super) async fn policy(
        &self,
        name: &str,
        namespace: &str,
        calendar: Option<&str>,
    ) -> Measured<()> {
        let mut spec = json!({
            "governs": {"namespaces": [namespace]},
            "approvals": {"count": 2},
            "backup": {"provider": "none", "reason": "a measurement"},
            "stages": [{"name": "canary", "share": "50%"}, {"name": "full", "share": "100%"}],
        });
        if let Some(calendar) = calendar {
            spec["calendar"] = json!(calendar);
        }
        self.apply(&json!({
            "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangePolicy",
            "metadata": {"name": name}, "spec": spec,
        }))
        .await
    }
}
