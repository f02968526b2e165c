//! What delivery leaves behind: pruning, a target that is new, and checks that
//! do not pass.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod installation;

use installation::{DANA, Installation, NAMESPACE, change, eventually};
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::Api;
use kube::api::PostParams;
use serde_json::json;
use tidegate_api::Change;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;
use tidegate_testkit::repository::Edit;

const OVERLAY: &str = "services/api-gateway/overlays/production";
const CHECKOUT: &str = "services/checkout/overlays/production";

async fn there<K>(tidegate: &Installation, name: &str) -> bool
where
    K: kube::Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>
        + Clone
        + std::fmt::Debug
        + serde::de::DeserializeOwned,
{
    let api: Api<K> = Api::namespaced(tidegate.admin.clone(), "production");
    api.get_opt(name).await.unwrap().is_some()
}

async fn run(
    tidegate: &Installation,
    ticket: &str,
    target: &str,
    path: &str,
    until: Phase,
) -> Change {
    let source = json!({
        "repository": tidegate.repository.path().to_str().unwrap(),
        "revision": tidegate.repository.head().unwrap(),
    });
    let mut object = change(ticket, User::Dana, source);
    target.clone_into(&mut object.spec.targets[0].name);
    object.spec.targets[0].path = Some(path.to_owned());
    let api: Api<Change> = Api::namespaced(tidegate.client(User::Dana).await, NAMESPACE);
    api.create(&PostParams::default(), &object).await.unwrap();
    let name = ticket.to_lowercase();
    tidegate.until(&name, Phase::Approving).await;
    tidegate.approve(&name, User::Lea).await;
    tidegate.approve(&name, User::Marc).await;
    tidegate.until(&name, until).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_revision_no_longer_has_goes_and_what_a_failed_one_brought_goes_too() {
    let mut tidegate = Installation::new().await;
    tidegate.policy(|_| {}).await;
    tidegate.start_controller().await;

    // A second claim and a budget come with one revision and leave with the next.
    let kustomization = format!("{OVERLAY}/kustomization.yaml");
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: scratch}\nspec:\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n";
    let edits = [
        Edit::write(format!("{OVERLAY}/claim.yaml"), claim),
        Edit::replace(&kustomization, "pdb.yaml]", "pdb.yaml, claim.yaml]"),
    ];
    tidegate
        .repository
        .commit(DANA, "CHG-1: a claim", &edits)
        .unwrap();
    run(&tidegate, "CHG-1", "api-gateway", OVERLAY, Phase::Succeeded).await;
    assert!(there::<PersistentVolumeClaim>(&tidegate, "scratch").await);
    assert!(there::<PodDisruptionBudget>(&tidegate, "api-gateway").await);
    let edits = [Edit::replace(
        &kustomization,
        ", pdb.yaml, claim.yaml]",
        "]",
    )];
    tidegate
        .repository
        .commit(DANA, "CHG-2: neither", &edits)
        .unwrap();
    run(&tidegate, "CHG-2", "api-gateway", OVERLAY, Phase::Succeeded).await;
    assert!(
        !there::<PodDisruptionBudget>(&tidegate, "api-gateway").await,
        "it is pruned"
    );
    assert!(
        there::<PersistentVolumeClaim>(&tidegate, "scratch").await,
        "a claim holds data"
    );

    // A service that was never there fails its canary: nothing of it stays but
    // its claim.
    tidegate
        .policy(|spec| spec["stages"][0]["within"] = json!("4s"))
        .await;
    let gate =
        "    spec:\n      readinessGates: [{conditionType: tidegate.dev/never}]\n      containers:";
    let edits = [
        Edit::replace(
            "services/checkout/base/deployment.yaml",
            "    spec:\n      containers:",
            gate,
        ),
        Edit::write(
            format!("{CHECKOUT}/claim.yaml"),
            claim.replace("scratch", "checkout-data"),
        ),
        Edit::replace(
            format!("{CHECKOUT}/kustomization.yaml"),
            "pdb.yaml]",
            "pdb.yaml, claim.yaml]",
        ),
    ];
    tidegate
        .repository
        .commit(DANA, "CHG-3: checkout, badly", &edits)
        .unwrap();
    run(&tidegate, "CHG-3", "checkout", CHECKOUT, Phase::RolledBack).await;
    let api: Api<k8s_openapi::api::apps::v1::Deployment> =
        Api::namespaced(tidegate.admin.clone(), "production");
    eventually("checkout is gone", async || {
        api.get_opt("checkout")
            .await
            .unwrap()
            .is_none()
            .then_some(())
    })
    .await;
    assert!(!there::<ConfigMap>(&tidegate, "checkout").await);
    assert!(there::<PersistentVolumeClaim>(&tidegate, "checkout-data").await);
    tidegate.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_checks_do_not_pass_goes_back() {
    let mut tidegate = Installation::new().await;
    // Nothing listens on the discard port.
    tidegate
        .policy(|spec| {
            spec["verification"] = json!({"within": "4s", "checks": [
                {"workloads": {"healthyFor": "1s"}},
                {"job": {"image": "registry.example.com/smoke:v1"}},
                {"http": {"url": "http://127.0.0.1:9/healthz"}},
            ]});
        })
        .await;
    tidegate.start_controller().await;
    tidegate.upgrade("v2.4.3", "v2.5.0");
    let back = run(
        &tidegate,
        "CHG-1",
        "api-gateway",
        OVERLAY,
        Phase::RolledBack,
    )
    .await;
    let status = back.status.unwrap().status;
    assert!(
        status.reason.contains("verification did not pass"),
        "{}",
        status.reason
    );
    let checks = status.run.unwrap().checks;
    let passed: Vec<bool> = checks.iter().map(|check| check.passed).collect();
    assert_eq!(passed, [true, true, false], "{checks:?}");
    assert_eq!(tidegate.ready_pods("v2.4.3").await, 10);
    eventually("v2.5.0 is gone", async || {
        (tidegate.pods_of("v2.5.0").await == 0).then_some(())
    })
    .await;
    tidegate.finish().await;
}
