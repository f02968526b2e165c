//! Data that comes back where Argo CD delivers: it syncs by itself, heals by
//! itself, and must not start anything again before the data is there.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod argo_cd;
mod installation;

use argo_cd::{APPLICATIONS, DEPLOYMENT, Delivery};
use installation::{DANA, eventually};
use k8s_openapi::api::apps::v1::Deployment;
use kube::Api;
use serde_json::{Value, json};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::csi::Storage;
use tidegate_testkit::repository::Edit;
use tidegate_testkit::velero::{Options, Velero};

const CANARY: &[(&str, &str)] = &[APPLICATIONS[0]];

#[tokio::test(flavor = "multi_thread")]
async fn argo_cd_leaves_alone_what_waits_for_its_data() {
    let (name, namespace) = CANARY[0];
    let mut delivery = Delivery::new().await;
    let plane = &delivery.tidegate.plane;
    let storage = Storage::start(plane).await.unwrap();
    let velero = Velero::start(plane, Options::default()).await.unwrap();
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": namespace},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    });
    delivery.tidegate.apply(&claim).await;
    storage.folder(namespace, "data").await.unwrap();
    let holds = async |orders: &str| {
        let written = storage.write(namespace, "data", "orders", orders).await;
        written.unwrap();
    };
    holds("old").await;
    delivery
        .policy(|spec| {
            spec["backup"] = json!({"provider": "velero", "restoreData": "onFailure"});
            spec["stages"][0]["within"] = json!("15s");
        })
        .await;
    delivery.tidegate.start_controller().await;

    let edits = [
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
    let repository = &mut delivery.tidegate.repository;
    let good = repository
        .commit(DANA, "CHG: Keep the orders", &edits)
        .unwrap();
    delivery.submit_of(CANARY, "CHG-1", &good).await;
    delivery.approve("chg-1").await;
    delivery.ends("chg-1", Phase::Succeeded).await;

    let bad = delivery.tidegate.break_readiness("v2.4.3", "v2.5.0");
    delivery.submit_of(CANARY, "CHG-2", &bad).await;
    delivery.approve("chg-2").await;
    eventually("the new revision is out", async || {
        let image = delivery.image(namespace).await;
        image.ends_with("v2.5.0").then_some(())
    })
    .await;
    holds("lost").await;
    let back = delivery.ends("chg-2", Phase::RolledBack).await;
    let data = back.status.unwrap().status.data.unwrap();
    assert_eq!((data.claims, data.restores.len()), (1, 1), "{}", data.told);
    let orders = storage.read(namespace, "data", "orders").await.unwrap();
    assert_eq!(orders.as_deref(), Some(b"old".as_slice()));

    // Argo CD is at work again, and nothing of it is as it was not.
    delivery.is_at(name, &good).await;
    let object = delivery.get(name).await;
    let annotations = object.pointer("/metadata/annotations").unwrap();
    assert_eq!(annotations.get("argocd.argoproj.io/skip-reconcile"), None);
    let heals = object.pointer("/spec/syncPolicy/automated/selfHeal");
    assert_eq!(heals, Some(&Value::Bool(true)));
    let deployments: Api<Deployment> = Api::namespaced(delivery.tidegate.admin.clone(), namespace);
    let deployment = deployments.get("api-gateway").await.unwrap();
    assert_eq!(deployment.spec.replicas, Some(2));
    velero.stop().await;
    storage.stop().await;
    delivery.finish().await;
}
