//! Tidegate with the real Velero, an object store, and volumes with data on the real
//! control plane.

#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test target uses a part of it, and says what failed by failing"
)]

use std::collections::BTreeMap;

use kube::ResourceExt as _;
use kube::api::{DynamicObject, ListParams};
use serde_json::{Value, json};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;
use tidegate_testkit::csi::Storage;
use tidegate_testkit::repository::Edit;
use tidegate_testkit::velero::{Options, Velero, backups, restores, storage_locations};

use crate::installation::{BOT, Installation, eventually};

pub const DEPLOYMENT: &str = "services/api-gateway/base/deployment.yaml";

pub struct Site {
    // Dropped in this order.
    pub velero: Velero,
    pub storage: Storage,
    pub tidegate: Installation,
}

impl Site {
    /// Velero is there, and `production` has a claim with data that nothing uses.
    pub async fn new() -> Self {
        Self::beside(Installation::new().await).await
    }

    /// The same, and two pods of api-gateway v2.4.3 that use the claim.
    pub async fn with_data_in_use() -> Self {
        let mut site = Self::beside(Installation::empty().await).await;
        let edits = [
            Edit::replace(DEPLOYMENT, "replicas: 4", "replicas: 2"),
            Edit::replace(
                DEPLOYMENT,
                "          ports:",
                "          volumeMounts: [{name: data, mountPath: /data}]\n          ports:",
            ),
            Edit::replace(
                DEPLOYMENT,
                "            httpGet: {path: /healthz, port: http}\n",
                "            httpGet: {path: /healthz, port: http}\n      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n",
            ),
        ];
        let message = "The services as they run";
        let repository = &mut site.tidegate.repository;
        repository.commit(BOT, message, &edits).unwrap();
        site.tidegate.run_what_runs(2).await;
        site
    }

    async fn beside(tidegate: Installation) -> Self {
        let storage = Storage::start(&tidegate.plane).await.unwrap();
        let velero = Velero::start(&tidegate.plane, Options::default())
            .await
            .unwrap();
        let site = Self {
            velero,
            storage,
            tidegate,
        };
        site.claim("data", None).await;
        site.storage
            .write("production", "data", "orders", "old")
            .await
            .unwrap();
        site
    }

    pub async fn claim(&self, name: &str, class: Option<&str>) {
        let mut claim = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": "production"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        });
        if let Some(class) = class {
            claim["spec"]["storageClassName"] = json!(class);
        }
        self.tidegate.apply(&claim).await;
        self.storage.folder("production", name).await.unwrap();
    }

    /// Changes need a backup, and go out whole.
    pub async fn policy(&self, backup: Value) {
        self.policy_within(backup, "60s").await;
    }

    /// The same, healthy in this time or going back.
    pub async fn policy_within(&self, backup: Value, within: &str) {
        self.tidegate
            .policy(|spec| {
                spec["backup"] = backup.clone();
                spec["stages"] = json!([{"name": "full", "share": "100%", "within": within}]);
            })
            .await;
    }

    /// Two people have approved a change to this commit.
    pub async fn approved(&self, ticket: &str, revision: &str) -> String {
        let name = ticket.to_lowercase();
        let repository = self.tidegate.repository.path().to_str().unwrap();
        let source = json!({"repository": repository, "revision": revision});
        self.tidegate.submit(ticket, source).await;
        self.tidegate.until(&name, Phase::Approving).await;
        self.tidegate.approve(&name, User::Lea).await;
        self.tidegate.approve(&name, User::Marc).await;
        name
    }

    pub async fn backup_of(&self, change: &str) -> Option<DynamicObject> {
        let status = self.tidegate.change(change).await.status?.status;
        let name = status.backups.first()?.name.clone();
        backups(&self.tidegate.admin).get_opt(&name).await.unwrap()
    }

    /// Waits until Velero has seen that its storage location is so.
    pub async fn location_is(&self, phase: &str) {
        eventually("Velero has looked at its storage location", async || {
            let locations = storage_locations(&self.tidegate.admin);
            let location = locations.get("default").await.unwrap();
            let found = location.data.pointer("/status/phase")?.as_str()?.to_owned();
            (found == phase).then_some(())
        })
        .await;
    }

    /// It ends so, and nothing of it was written.
    pub async fn fails_untouched(&self, change: &str, why: &str) {
        let failed = self.tidegate.until(change, Phase::Failed).await;
        let reason = failed.status.unwrap().status.reason;
        assert!(reason.contains(why), "{reason}");
        let before = self.tidegate.deployment().await;
        let image = before.spec.template.spec.unwrap().containers[0]
            .image
            .clone();
        assert!(image.unwrap().ends_with("v2.4.3"));
    }

    /// What the claim holds.
    pub async fn orders(&self) -> String {
        let found = self.storage.read("production", "data", "orders").await;
        String::from_utf8(found.unwrap().unwrap_or_default()).unwrap()
    }

    pub async fn holds(&self, orders: &str) {
        let written = self.storage.write("production", "data", "orders", orders);
        written.await.unwrap();
    }

    /// What a bad release does to the data, once it is out.
    pub async fn loses_data(&self) {
        self.is_out("v2.5.0").await;
        self.holds("lost").await;
    }

    pub async fn is_out(&self, version: &str) {
        eventually(&format!("{version} is out"), async || {
            let spec = self.tidegate.deployment().await.spec.template.spec?;
            let image = spec.containers.first()?.image.clone()?;
            image.ends_with(version).then_some(())
        })
        .await;
    }

    /// The restores that Velero was asked for, by their names.
    pub async fn restores(&self) -> BTreeMap<String, DynamicObject> {
        let all = restores(&self.tidegate.admin);
        let all = all.list(&ListParams::default()).await.unwrap().items;
        all.into_iter()
            .map(|restore| (restore.name_any(), restore))
            .collect()
    }

    pub async fn finish(self) {
        self.velero.stop().await;
        self.storage.stop().await;
        self.tidegate.finish().await;
    }
}
