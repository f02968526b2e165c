//! A cluster with storage and Velero for one test, and what people ask of them.

use std::{collections::BTreeSet, io::Read, time::Duration};

use flate2::read::GzDecoder;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolumeClaim};
use kube::{
    Api, Client,
    api::{DeleteParams, DynamicObject, ListParams},
};
use serde_json::{Value, json};
use tidegate_testkit::{
    control_plane::{ControlPlane, Options as PlaneOptions, User},
    csi::Storage,
    velero::{self, Options, Velero, backups, download_requests, restores, storage_locations},
};

use crate::plane::{create, wait};

/// The namespace that is backed up.
pub(crate) const NAMESPACE: &str = "production";

pub(crate) struct Site {
    // Dropped in this order.
    pub(crate) velero: Velero,
    pub(crate) storage: Storage,
    pub(crate) admin: Client,
    plane: ControlPlane,
}

impl Site {
    /// Nothing runs in pods, so nothing plays them.
    pub(crate) async fn start(options: Options) -> Self {
        let plane = ControlPlane::start(PlaneOptions {
            scheduler: false,
            kwok: false,
            ..PlaneOptions::default()
        })
        .await
        .unwrap();
        let admin = plane.client(User::Admin).await.unwrap();
        let storage = Storage::start(&plane)
            .await
            .unwrap_or_else(|error| panic!("{error}: {error:?}"));
        let velero = Velero::start(&plane, options)
            .await
            .unwrap_or_else(|error| panic!("{error}: {error:?}"));
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE },
        });
        create(&Api::<Namespace>::all(admin.clone()), namespace)
            .await
            .unwrap();
        Self {
            velero,
            storage,
            admin,
            plane,
        }
    }

    pub(crate) async fn stop(self) {
        self.velero.stop().await;
        self.storage.stop().await;
        self.plane.stop().await;
    }

    pub(crate) fn claims(&self) -> Api<PersistentVolumeClaim> {
        Api::namespaced(self.admin.clone(), NAMESPACE)
    }

    /// A claim of this class, bound.
    pub(crate) async fn claim(&self, name: &str, class: Option<&str>) {
        let claim = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": { "name": name },
            "spec": {
                "storageClassName": class,
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": "1Mi" } },
            },
        });
        create(&self.claims(), claim).await.unwrap();
        self.storage.folder(NAMESPACE, name).await.unwrap();
    }

    /// Writes into the volume of the claim `data`.
    pub(crate) async fn write(&self, orders: &str) {
        let written = self.storage.write(NAMESPACE, "data", "orders", orders);
        written.await.unwrap();
    }

    /// What is in the volume of the claim `data`.
    pub(crate) async fn read(&self) -> String {
        let read = self.storage.read(NAMESPACE, "data", "orders");
        String::from_utf8(read.await.unwrap().unwrap()).unwrap()
    }

    pub(crate) async fn delete_claim(&self, name: &str) {
        let claims = self.claims();
        claims.delete(name, &DeleteParams::default()).await.unwrap();
        wait(&claims, name, |found: Option<&_>| found.is_none()).await;
    }

    /// Asks for a backup of a namespace. `more` is added to its specification.
    pub(crate) async fn back_up(&self, name: &str, namespace: &str, more: &Value) {
        let mut spec = json!({ "includedNamespaces": [namespace], "snapshotVolumes": true });
        for (field, value) in more.as_object().unwrap() {
            spec[field] = value.clone();
        }
        create(&backups(&self.admin), object("Backup", name, &spec))
            .await
            .unwrap();
    }

    pub(crate) async fn restore(&self, name: &str, spec: &Value) {
        create(&restores(&self.admin), object("Restore", name, spec))
            .await
            .unwrap();
    }

    /// The backup once it is in one of these phases.
    pub(crate) async fn backup_in(&self, name: &str, phases: &[&str]) -> Value {
        in_phase(&backups(&self.admin), name, phases).await
    }

    /// The backup once it is over, however it ended.
    pub(crate) async fn backup_at_end(&self, name: &str) -> Value {
        let over = ["Completed", "PartiallyFailed", "Failed", "FailedValidation"];
        self.backup_in(name, &over).await
    }

    /// The restore once it is over, however it ended.
    pub(crate) async fn restore_at_end(&self, name: &str) -> Value {
        let over = ["Completed", "PartiallyFailed", "Failed", "FailedValidation"];
        in_phase(&restores(&self.admin), name, &over).await
    }

    /// Waits until Velero says this of a storage location.
    pub(crate) async fn location_in(&self, name: &str, phase: &str) -> Value {
        in_phase(&storage_locations(&self.admin), name, &[phase]).await
    }

    /// A file of a backup or a restore, as Velero gives it to whoever asks for its address.
    pub(crate) async fn download(&self, kind: &str, name: &str) -> Value {
        let requests = download_requests(&self.admin);
        let id = format!("{name}-{}", kind.to_lowercase());
        let spec = json!({ "target": { "kind": kind, "name": name } });
        create(&requests, object("DownloadRequest", &id, &spec))
            .await
            .unwrap();
        let processed = in_phase(&requests, &id, &["Processed"]).await;
        let url = processed["status"]["downloadURL"].as_str().unwrap();
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        let packed = answer.bytes().await.unwrap();
        let mut text = String::new();
        GzDecoder::new(&packed[..])
            .read_to_string(&mut text)
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The objects of a kind of the snapshot API, wherever they are.
    pub(crate) async fn snapshot_objects(&self, kind: &str) -> Vec<Value> {
        let kind = kube::core::GroupVersionKind::gvk("snapshot.storage.k8s.io", "v1", kind);
        let resource = kube::api::ApiResource::from_gvk(&kind);
        let objects: Api<DynamicObject> = Api::all_with(self.admin.clone(), &resource);
        let found = objects.list(&ListParams::default()).await.unwrap();
        found
            .into_iter()
            .map(|object| serde_json::to_value(object).unwrap())
            .collect()
    }
}

pub(crate) async fn eventually(what: &str, done: impl AsyncFn() -> bool) {
    let begun = std::time::Instant::now();
    while !done().await {
        assert!(
            begun.elapsed() < crate::plane::PATIENCE,
            "waited until {what}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The phase of a backup, a restore or a location.
pub(crate) fn phase(object: &Value) -> &str {
    object["status"]["phase"].as_str().unwrap_or_default()
}

/// The names of the fields of an object and of the objects in it, without those of labels.
pub(crate) fn fields(object: &Value) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        fields.insert(name.clone());
        if name != "labels" {
            fields.extend(
                self::fields(value)
                    .into_iter()
                    .map(|inner| format!("{name}.{inner}")),
            );
        }
    }
    fields
}

fn object(kind: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "velero.io/v1",
        "kind": kind,
        "metadata": { "name": name, "namespace": velero::NAMESPACE },
        "spec": spec,
    })
}

async fn in_phase(objects: &Api<DynamicObject>, name: &str, phases: &[&str]) -> Value {
    let phase_of = |found: &DynamicObject| found.data.pointer("/status/phase").cloned();
    wait(objects, name, |found: Option<&DynamicObject>| {
        found
            .and_then(phase_of)
            .is_some_and(|phase| phases.iter().any(|wanted| phase == *wanted))
    })
    .await;
    serde_json::to_value(objects.get(name).await.unwrap()).unwrap()
}
