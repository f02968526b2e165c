//! One Argo CD that delivers to two clusters, both real: Tidegate sees and
//! judges both, and says which part is where when one of them is gone.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod argo_cd;
mod installation;

use std::collections::BTreeSet;

use argo_cd::{PATIENCE, adopt};
use installation::case::Case;
use installation::{Installation, NAMESPACE};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::DynamicObject;
use kube::{Api, Client};
use serde_json::{Value, json};
use tidegate_api::rbac;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::argo_cd::{
    ArgoCd, NewApplication, Options as ArgoOptions, applications, create, is_synced_and_healthy,
    project, projects, wait_for,
};
use tidegate_testkit::control_plane::{ControlPlane, Options, User};

/// The namespace, in both clusters, and the policy.
const SHOP: &str = "shop";
/// The Applications, and the cluster that each deploys to.
const HERE: &str = "shop-here";
const THERE: &str = "shop-eu";

struct Clusters {
    argo_cd: ArgoCd,
    other: ControlPlane,
    /// Who may do everything in the other cluster.
    admin: Client,
    applications: Api<DynamicObject>,
}

impl Clusters {
    /// Both Applications run version 1, and are adopted.
    async fn new(tidegate: &Installation, case: &Case<'_>) -> Self {
        let bare = Options {
            kwok: false,
            scheduler: false,
            controller_manager: false,
            ..Options::default()
        };
        let other = ControlPlane::start(bare).await.unwrap();
        let admin = other.client(User::Admin).await.unwrap();
        let namespaces: Api<DynamicObject> = Api::all_with(
            admin.clone(),
            &kube::discovery::ApiResource::erase::<k8s_openapi::api::core::v1::Namespace>(&()),
        );
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SHOP}});
        create(&namespaces, namespace).await.unwrap();
        let argo_cd = ArgoCd::start(&tidegate.plane, ArgoOptions::default())
            .await
            .unwrap();
        argo_cd
            .add_cluster(&tidegate.plane, "eu", &other)
            .await
            .unwrap();
        let everything = project("shop", &json!([]));
        create(&projects(&tidegate.admin), everything)
            .await
            .unwrap();
        let clusters = Self {
            applications: applications(&tidegate.admin),
            argo_cd,
            other,
            admin,
        };
        let first = case.repository.head().unwrap();
        for (name, server) in [
            (HERE, clusters.argo_cd.server().to_owned()),
            (THERE, clusters.other.server()),
        ] {
            let application = NewApplication {
                name,
                project: "shop",
                repository: case.repository.path(),
                path: installation::case::OVERLAY,
                revision: "main",
                server: &server,
                namespace: SHOP,
            };
            let mut object = application.object();
            object["spec"]["syncPolicy"]["retry"]["backoff"] =
                json!({"duration": "1s", "factor": 1});
            create(&clusters.applications, object).await.unwrap();
            let synced = |object: &Value| is_synced_and_healthy(object, &first);
            wait_for(&clusters.applications, name, "runs", PATIENCE, synced)
                .await
                .unwrap();
            adopt(&clusters.applications, name).await;
        }
        clusters
    }

    /// The version that runs in the other cluster.
    async fn version(&self) -> Option<String> {
        let api: Api<ConfigMap> = Api::namespaced(self.admin.clone(), SHOP);
        api.get_opt("settings")
            .await
            .unwrap()?
            .data?
            .remove("version")
    }

    async fn pin(&self, name: &str) -> String {
        let object = self.applications.get(name).await.unwrap();
        let pin = object.data.pointer("/spec/source/targetRevision");
        pin.and_then(Value::as_str).unwrap().to_owned()
    }

    async fn finish(self) {
        self.argo_cd.stop().await;
        self.other.stop().await;
    }
}

/// What the guide says has to be granted for other clusters.
async fn let_read_clusters(tidegate: &Installation) {
    for object in [
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": "tidegate-clusters", "namespace": "argocd"},
            "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}],
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": "tidegate-clusters", "namespace": "argocd"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "tidegate-clusters"},
            "subjects": [{"kind": "ServiceAccount", "name": rbac::ACCOUNT, "namespace": NAMESPACE}],
        }),
    ] {
        tidegate.apply(&object).await;
    }
}

/// Here first, and then elsewhere.
async fn policy(case: &Case<'_>, soak_here: &str, soak_elsewhere: &str) {
    case.policy(|spec| {
        spec["rollbackWithin"] = json!("15s");
        spec["stages"] = json!([
            {"name": "here", "applications": {"names": [HERE]}, "within": "1m", "soak": soak_here},
            {"name": "elsewhere", "applications": {"clusters": ["eu"]}, "within": "1m", "soak": soak_elsewhere},
        ]);
    })
    .await;
}

async fn submit(case: &Case<'_>, ticket: &str) -> String {
    case.submit_with(ticket, case.here(), |object| {
        object["spec"]["targets"] = json!([
            {"name": HERE, "application": HERE, "namespace": SHOP, "cluster": "local"},
            {"name": THERE, "application": THERE, "namespace": SHOP, "cluster": "eu"},
        ]);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_goes_to_the_clusters_that_argo_cd_knows_and_says_which_part_is_where() {
    let mut tidegate = Installation::without_pods().await;
    tidegate.use_shipped_permissions().await;
    tidegate.start_controller().await;
    let mut case = Case::new(&tidegate, SHOP).await;
    let mut clusters = Clusters::new(&tidegate, &case).await;
    policy(&case, "2s", "1s").await;

    // Nobody has let Tidegate read which clusters there are.
    let second = case.commit_version("2");
    let change = submit(&case, "CHG-1").await;
    let told = format!(
        "deploys to cluster {}, of which nothing is known: the API server refuses the cluster Secrets of Argo CD in namespace argocd",
        clusters.other.server()
    );
    tidegate.until_waiting(&change, &told).await;
    let_read_clusters(&tidegate).await;
    case.approve(&change).await;
    tidegate.until(&change, Phase::Succeeded).await;
    assert_eq!(case.version("settings").await.as_deref(), Some("2"));
    assert_eq!(clusters.version().await.as_deref(), Some("2"));
    let status = tidegate.change(&change).await.status.unwrap().status;
    let targets = status.targets.iter();
    let targets: BTreeSet<String> = targets.map(|one| one.target.to_string()).collect();
    let both = [format!("eu/{SHOP}/{THERE}"), format!("local/{SHOP}/{HERE}")];
    assert_eq!(targets, both.into());

    // The other cluster is gone when its stage comes: it is waited for.
    let third = case.commit_version("3");
    let change = submit(&case, "CHG-2").await;
    case.approve(&change).await;
    tidegate.until_waiting(&change, "here is healthy").await;
    clusters.other.stop_api_server().await.unwrap();
    tidegate.until_waiting(&change, "cluster eu: ").await;
    assert_eq!(clusters.pin(THERE).await, second);
    clusters.other.start_api_server().await.unwrap();
    tidegate.until(&change, Phase::Succeeded).await;
    assert_eq!(clusters.version().await.as_deref(), Some("3"));

    // It is gone when all has to go back: a person is told what is where.
    policy(&case, "1s", "5m").await;
    case.commit_version("4");
    let change = submit(&case, "CHG-3").await;
    case.approve(&change).await;
    tidegate
        .until_waiting(&change, "elsewhere is healthy")
        .await;
    clusters.other.stop_api_server().await.unwrap();
    let cancel = json!({"spec": {"cancel": {"reason": "it was the wrong one"}}});
    tidegate.merge(&change, cancel).await;
    let failed = tidegate.until(&change, Phase::Failed).await;
    let reason = failed.status.unwrap().status.reason;
    let told = format!("({HERE} is back, {THERE} was set back and is not seen healthy)");
    assert!(reason.contains(&told), "{reason}");
    assert_eq!(clusters.pin(THERE).await, third);
    assert_eq!(case.version("settings").await.as_deref(), Some("3"));
    clusters.finish().await;
    tidegate.finish().await;
}
