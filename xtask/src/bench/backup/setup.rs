//! Tidegate and Velero on one control plane, and a claim with data.

use std::ops::Range;
use std::slice::from_ref;
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};
use tidegate_api::Change;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::Options as PlaneOptions;
use tidegate_testkit::csi::Storage;
use tidegate_testkit::repository::Edit;
use tidegate_testkit::velero::{self, Options, Velero};

use super::super::Measured;
use super::super::installation::{Installation, NAMESPACE as TIDEGATE, manifests, overlay};

/// Where the services and the data are, and the name of the policy.
const NAMESPACE: &str = "bench-backup";
const CLAIM: &str = "data";
const LOOK: Duration = Duration::from_millis(20);

pub(super) struct Setup {
    // Dropped in this order.
    velero: Velero,
    pub(super) storage: Storage,
    pub(super) installation: Installation,
}

impl Setup {
    /// As many services as there are before `with_data`, and those, which have a claim each.
    pub(super) async fn start(with_data: &Range<usize>) -> Measured<Self> {
        let mut edits = Vec::new();
        for number in 0..with_data.end {
            let manifests = if with_data.contains(&number) {
                with_claim(number)
            } else {
                manifests(number)
            };
            let folder = overlay(number);
            let kustomization = format!("{folder}/kustomization.yaml");
            edits.push(Edit::write(kustomization, "resources: [all.yaml]\n"));
            edits.push(Edit::write(format!("{folder}/all.yaml"), manifests));
        }
        let namespaces = [NAMESPACE.to_owned()];
        let mut installation =
            Installation::of(PlaneOptions::default(), &edits, &namespaces).await?;
        anstream::eprintln!("Velero starts …");
        let storage = Storage::start(&installation.plane).await?;
        let velero = Velero::start(&installation.plane, Options::default()).await?;
        installation.apply(&claim(CLAIM)).await?;
        storage.write(NAMESPACE, CLAIM, "orders", "1001").await?;
        for number in with_data.clone() {
            installation.apply(&claim(&claim_of(number))).await?;
            installation.apply(&runs(number)).await?;
        }
        installation.start_controller()?;
        installation
            .apply(&json!({
                "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangePolicy",
                "metadata": {"name": NAMESPACE},
                "spec": {
                    "governs": {"namespaces": [NAMESPACE]},
                    "approvals": {"count": 2},
                    "backup": {"provider": "velero"},
                    "stages": [{"name": "full", "share": "100%", "within": "2m", "soak": "3s"}],
                },
            }))
            .await?;
        Ok(Self {
            velero,
            storage,
            installation,
        })
    }

    /// Submits a change for the service of this number and has it approved. Gives its name.
    pub(super) async fn change(&self, number: usize) -> Measured<String> {
        self.installation.submit(number, NAMESPACE, number).await?;
        self.installation.approve(number).await?;
        Ok(format!("chg-{number}"))
    }

    pub(super) async fn until(&self, names: &[String], phase: Phase) -> Measured<()> {
        self.installation.until(names, phase).await
    }

    /// The same, called off with its data once it is out. It goes back by itself then.
    pub(super) async fn called_off(&self, number: usize) -> Measured<String> {
        let name = self.change(number).await?;
        self.until(from_ref(&name), Phase::RollingOut).await?;
        let deployments: Api<Deployment> =
            Api::namespaced(self.installation.admin.clone(), NAMESPACE);
        while !is_out(&deployments.get(&format!("s{number}")).await?) {
            tokio::time::sleep(LOOK).await;
        }
        let changes: Api<Change> = Api::namespaced(self.installation.admin.clone(), TIDEGATE);
        let off = json!({"spec": {"cancel": {"reason": "to measure", "restoreData": true}}});
        changes
            .patch(&name, &PatchParams::default(), &Patch::Merge(&off))
            .await?;
        Ok(name)
    }

    pub(super) fn restores(&self) -> Api<DynamicObject> {
        velero::restores(&self.installation.admin)
    }

    pub(super) fn backups(&self) -> Api<DynamicObject> {
        velero::backups(&self.installation.admin)
    }

    pub(super) async fn stop(self) {
        self.velero.stop().await;
        self.storage.stop().await;
    }
}

fn is_out(deployment: &Deployment) -> bool {
    let pods = deployment.spec.template.spec.as_ref();
    let image = pods.and_then(|pods| pods.containers.first()?.image.as_deref());
    image.is_some_and(|image| image.ends_with(":v2"))
}

fn claim_of(number: usize) -> String {
    format!("{CLAIM}-{number}")
}

fn claim(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    })
}

/// The service keeps its data on a claim of its own.
fn with_claim(number: usize) -> String {
    let volume = format!(
        "      volumes: [{{name: data, persistentVolumeClaim: {{claimName: {}}}}}]\n      containers:",
        claim_of(number)
    );
    manifests(number).replacen("      containers:", &volume, 1)
}

/// What runs before the change: the version before.
fn runs(number: usize) -> Value {
    let name = format!("s{number}");
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "volumes": [{
                        "name": "data",
                        "persistentVolumeClaim": {"claimName": claim_of(number)},
                    }],
                    "containers": [{
                        "name": "main",
                        "image": format!("registry.example.com/s{number}:v1"),
                    }],
                },
            },
        },
    })
}
