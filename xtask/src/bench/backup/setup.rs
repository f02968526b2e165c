//! Tidegate and Velero on one control plane, and a claim with data.

use kube::Api;
use kube::api::DynamicObject;
use serde_json::json;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::csi::Storage;
use tidegate_testkit::velero::{self, Options, Velero};

use super::super::Measured;
use super::super::installation::Installation;

/// Where the services and the data are, and the name of the policy.
const NAMESPACE: &str = "bench-backup";
const CLAIM: &str = "data";

pub(super) struct Setup {
    // Dropped in this order.
    velero: Velero,
    pub(super) storage: Storage,
    pub(super) installation: Installation,
}

impl Setup {
    pub(super) async fn start(services: usize) -> Measured<Self> {
        let mut installation = Installation::start(services, &[NAMESPACE.to_owned()]).await?;
        anstream::eprintln!("Velero starts …");
        let storage = Storage::start(&installation.plane).await?;
        let velero = Velero::start(&installation.plane, Options::default()).await?;
        installation
            .apply(&json!({
                "apiVersion": "v1", "kind": "PersistentVolumeClaim",
                "metadata": {"name": CLAIM, "namespace": NAMESPACE},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "1Gi"}},
                },
            }))
            .await?;
        storage.write(NAMESPACE, CLAIM, "orders", "1001").await?;
        installation.start_controller()?;
        installation
            .apply(&json!({
                "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangePolicy",
                "metadata": {"name": NAMESPACE},
                "spec": {
                    "governs": {"namespaces": [NAMESPACE]},
                    "approvals": {"count": 2},
                    "backup": {"provider": "velero"},
                    "stages": [{"name": "full", "share": "100%", "within": "2m"}],
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

    pub(super) fn backups(&self) -> Api<DynamicObject> {
        velero::backups(&self.installation.admin)
    }

    pub(super) async fn stop(self) {
        self.velero.stop().await;
        self.storage.stop().await;
    }
}
