//! Data that comes back where Argo CD delivers: it syncs by itself, heals by
//! itself, and must not start anything again before the data is there.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod argo_cd;
mod installation;

use argo_cd::{APPLICATIONS, DEPLOYMENT, Delivery, OVERLAY, PATIENCE, adopt};
use installation::{DANA, Installation, eventually};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolumeClaim};
use kube::api::{ApiResource, DynamicObject};
use kube::{Api, Client};
use serde_json::{Value, json};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::argo_cd::{NewApplication, create, is_synced_and_healthy, wait_for};
use tidegate_testkit::control_plane::{ControlPlane, Options as PlaneOptions, User};
use tidegate_testkit::csi::Storage;
use tidegate_testkit::repository::Edit;
use tidegate_testkit::velero::{Options, Velero};

const CANARY: &[(&str, &str)] = &[APPLICATIONS[0]];

/// Velero, and a claim with data, in a namespace of a cluster.
struct Data {
    velero: Velero,
    storage: Storage,
    namespace: &'static str,
    deployments: Api<Deployment>,
}

impl Data {
    async fn new(plane: &ControlPlane, admin: &Client, namespace: &'static str) -> Self {
        let storage = Storage::start(plane).await.unwrap();
        let velero = Velero::start(plane, Options::default()).await.unwrap();
        let claims: Api<DynamicObject> = Api::namespaced_with(
            admin.clone(),
            namespace,
            &ApiResource::erase::<PersistentVolumeClaim>(&()),
        );
        let claim = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", "namespace": namespace},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        });
        create(&claims, claim).await.unwrap();
        storage.folder(namespace, "data").await.unwrap();
        let data = Self {
            velero,
            storage,
            namespace,
            deployments: Api::namespaced(admin.clone(), namespace),
        };
        data.holds("old").await;
        data
    }

    async fn holds(&self, orders: &str) {
        let written = self.storage.write(self.namespace, "data", "orders", orders);
        written.await.unwrap();
    }

    async fn is_out(&self, version: &str) {
        eventually(&format!("{version} is out"), async || {
            let deployment = self.deployments.get("api-gateway").await.ok()?;
            let spec = deployment.spec.template.spec?;
            let image = spec.containers.first()?.image.clone()?;
            image.ends_with(version).then_some(())
        })
        .await;
    }

    /// The old bytes are there, and what ran before runs on them.
    async fn is_back(&self) {
        let orders = self.storage.read(self.namespace, "data", "orders").await;
        assert_eq!(orders.unwrap().as_deref(), Some(b"old".as_slice()));
        let deployment = self.deployments.get("api-gateway").await.unwrap();
        assert_eq!(deployment.spec.replicas, Some(2));
    }

    async fn stop(self) {
        self.velero.stop().await;
        self.storage.stop().await;
    }
}

/// A commit with which the service keeps its orders on the claim.
fn keeps_orders(tidegate: &mut Installation) -> String {
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
    let repository = &mut tidegate.repository;
    repository
        .commit(DANA, "CHG: Keep the orders", &edits)
        .unwrap()
}

async fn policy(delivery: &Delivery) {
    delivery
        .policy(|spec| {
            spec["backup"] = json!({"provider": "velero", "restoreData": "onFailure"});
            spec["stages"] = json!([
                {"name": "all", "applications": {"names": ["gateway-*"]}, "within": "15s"},
            ]);
        })
        .await;
}

/// Argo CD is at work again, and the Application is as it was.
async fn goes_on(delivery: &Delivery, name: &str, revision: &str) {
    delivery.is_at(name, revision).await;
    let object = delivery.get(name).await;
    let annotations = object.pointer("/metadata/annotations").unwrap();
    assert_eq!(annotations.get("argocd.argoproj.io/skip-reconcile"), None);
    let heals = object.pointer("/spec/syncPolicy/automated/selfHeal");
    assert_eq!(heals, Some(&Value::Bool(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn argo_cd_leaves_alone_what_waits_for_its_data() {
    let (name, namespace) = CANARY[0];
    let mut delivery = Delivery::new().await;
    let admin = delivery.tidegate.admin.clone();
    let data = Data::new(&delivery.tidegate.plane, &admin, namespace).await;
    policy(&delivery).await;
    delivery.tidegate.start_controller().await;

    let good = keeps_orders(&mut delivery.tidegate);
    delivery.submit_of(CANARY, "CHG-1", &good).await;
    delivery.approve("chg-1").await;
    delivery.ends("chg-1", Phase::Succeeded).await;

    let bad = delivery.tidegate.break_readiness("v2.4.3", "v2.5.0");
    delivery.submit_of(CANARY, "CHG-2", &bad).await;
    delivery.approve("chg-2").await;
    data.is_out("v2.5.0").await;
    data.holds("lost").await;
    let back = delivery.ends("chg-2", Phase::RolledBack).await;
    let told = back.status.unwrap().status.data.unwrap();
    assert_eq!((told.claims, told.restores.len()), (1, 1), "{}", told.told);
    data.is_back().await;
    goes_on(&delivery, name, &good).await;
    data.stop().await;
    delivery.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_of_another_cluster_is_backed_up_and_comes_back_there() {
    const NAME: &str = "gateway-eu";
    const NAMESPACE: &str = "production-eu";
    let mut delivery = Delivery::new().await;
    let eu = ControlPlane::start(PlaneOptions::default()).await.unwrap();
    let admin = eu.client(User::Admin).await.unwrap();
    let namespaces = Api::all_with(admin.clone(), &ApiResource::erase::<Namespace>(&()));
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    create(&namespaces, namespace).await.unwrap();
    let data = Data::new(&eu, &admin, NAMESPACE).await;
    let argo_cd = &delivery.argo_cd;
    let plane = &delivery.tidegate.plane;
    argo_cd.add_cluster(plane, "eu", &eu).await.unwrap();

    let good = keeps_orders(&mut delivery.tidegate);
    let application = NewApplication {
        name: NAME,
        project: "production",
        repository: delivery.tidegate.repository.path(),
        path: OVERLAY,
        revision: &good,
        server: &eu.server(),
        namespace: NAMESPACE,
    };
    let mut object = application.object();
    object["spec"]["source"]["kustomize"] = json!({"namespace": NAMESPACE});
    create(&delivery.applications, object).await.unwrap();
    let runs = |object: &Value| is_synced_and_healthy(object, &good);
    wait_for(&delivery.applications, NAME, "runs", PATIENCE, runs)
        .await
        .unwrap();
    adopt(&delivery.applications, NAME).await;
    policy(&delivery).await;
    delivery.tidegate.start_controller().await;

    let bad = delivery.tidegate.break_readiness("v2.4.3", "v2.5.0");
    let target =
        json!({"name": NAME, "application": NAME, "namespace": NAMESPACE, "cluster": "eu"});
    delivery.submit_to("CHG-1", &bad, json!([target])).await;
    delivery.approve("chg-1").await;
    data.is_out("v2.5.0").await;
    data.holds("lost").await;
    let back = delivery.ends("chg-1", Phase::RolledBack).await;
    let status = back.status.unwrap().status;
    assert_eq!(status.backups[0].cluster, "eu");
    assert_eq!(status.data.unwrap().restores[0].cluster, "eu");
    data.is_back().await;
    goes_on(&delivery, NAME, &good).await;
    data.stop().await;
    delivery.finish().await;
    eu.stop().await;
}
