//! Charts that Argo CD delivers, on the real Argo CD, the real Helm and the real
//! control plane.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod argo_cd;
mod helm;
mod installation;

use helm::packed::Packed;
use helm::{BARE, BARE_NAMESPACE, Charts, FIRST, NAME, NAMESPACE, chart};
use installation::eventually;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

#[tokio::test(flavor = "multi_thread")]
async fn charts_go_out_as_they_were_approved_and_come_back() {
    let mut charts = Charts::new().await;
    charts.policy("60s").await;
    charts.delivery.tidegate.start_controller().await;
    assert!(charts.image().await.ends_with(FIRST));

    // What Argo CD applied is what Tidegate rendered, to the last word that Helm was
    // told: otherwise it would not be what was approved.
    let second = charts.values_of_both(FIRST, "v2.5.0");
    let both = [(NAME, NAMESPACE), (BARE, BARE_NAMESPACE)];
    let source = charts.commit(&second);
    let change = charts.submitted(&both, "CHG-1", source).await;
    charts.approve(&change).await;
    let tidegate = &charts.delivery.tidegate;
    let done = tidegate.until(&change, Phase::Succeeded).await;
    let rendered_by = done.status.unwrap().status.rendered_by.unwrap();
    assert_eq!(rendered_by, "helm v4.2.1");
    assert!(charts.image().await.ends_with("v2.5.0"));
    assert_eq!(charts.delivery.pin(NAME).await, second);
    let made_with = charts.made_with(BARE_NAMESPACE).await;
    assert_eq!(made_with["release"], BARE);
    assert_eq!(made_with["version"], "two");
    let made_with = charts.made_with(NAMESPACE).await;
    assert_eq!(made_with["release"], NAME);
    assert_eq!(made_with["owner"], "sre of gateway, or 1");
    let serves = ["changes", "deployments", "others"].map(|kind| made_with[kind].as_str());
    assert_eq!(serves, ["true", "true", "false"]);

    charts.policy("5s").await;
    let third = charts.values("v2.5.0}", "v2.6.0}\nready: false");
    let source = charts.commit(&third);
    let change = charts.submitted(&both[..1], "CHG-2", source).await;
    charts.approve(&change).await;
    let tidegate = &charts.delivery.tidegate;
    let back = tidegate.until(&change, Phase::RolledBack).await;
    let reason = back.status.unwrap().status.reason;
    assert!(
        reason.contains("stage full") && reason.contains("readiness gate"),
        "{reason}"
    );
    charts.delivery.is_at(NAME, &second).await;
    assert!(charts.image().await.ends_with("v2.5.0"));

    // On the same Argo CD, since it takes a while to start.
    let mut packed = Packed::new(charts).await;
    a_range_of_versions_is_not_adopted_and_a_version_is(&packed).await;
    let values = its_values_move_and_then_its_version(&mut packed).await;
    it_moves_by_no_other_way(&packed, &values).await;
    what_fails_and_what_was_replaced_does_not_stay(&packed, &values).await;
    packed.charts.delivery.finish().await;
}

async fn a_range_of_versions_is_not_adopted_and_a_version_is(packed: &Packed) {
    let remedies = packed.adopted().await;
    assert_eq!(
        remedies,
        ["set targetRevision to 1.0.0, which runs now, and try again"]
    );
    let note = eventually("the adoption is told", async || packed.adoption().await).await;
    let says = format!("of which the chart's archive is sha256:{}", packed.archive);
    assert!(
        note.contains("adopted at 1.0.0") && note.contains(&says),
        "{note}"
    );
}

/// The service of version 1.1.0, which Argo CD has to change.
fn next(version: &str) -> Vec<(&'static str, String)> {
    let mut next = chart(version);
    next[2].1 = next[2].1.replace(
        "metadata: {name: api-gateway,",
        "metadata: {name: api-gateway, annotations: {next: \"yes\"},",
    );
    next
}

/// Gives the commit of the values.
async fn its_values_move_and_then_its_version(packed: &mut Packed) -> String {
    packed.charts.policy("60s").await;
    // Its values move in Git, and the version stays.
    let values = packed.values("tag: v1", "tag: v2");
    let commit = packed.charts.commit(&values);
    let change = packed.submitted("CHG-3", commit).await;
    let done = packed.goes(&change, Phase::Succeeded).await;
    let rendered_by = done.status.unwrap().status.rendered_by.unwrap();
    assert_eq!(
        rendered_by,
        format!(
            "helm v4.2.1 from chart gateway 1.0.0 (sha256:{})",
            packed.archive
        )
    );
    assert_eq!(packed.pins().await, ("1.0.0".to_owned(), values.clone()));
    assert!(packed.image().await.ends_with(":v2"));

    // Its version moves, and its values stay. What is approved is the archive.
    let archive = packed.repository.publish(&next("1.1.0"));
    let change = packed.submitted("CHG-4", packed.version("1.1.0")).await;
    let done = packed.goes(&change, Phase::Succeeded).await;
    let status = done.status.unwrap().status;
    assert_eq!(status.revision.unwrap().as_str(), archive);
    // What an undoing goes to.
    let ran = status.rollback_points[0].to_string();
    let before = format!(" ran 1.0.0 with values of {}", &values[..7]);
    assert!(ran.ends_with(&before), "{ran}");
    assert_eq!(packed.pins().await, ("1.1.0".to_owned(), values.clone()));
    values
}

async fn it_moves_by_no_other_way(packed: &Packed, values: &str) {
    // From elsewhere nothing is even fetched.
    let mut elsewhere = packed.version("1.1.0");
    elsewhere["repository"] = serde_json::json!("http://charts.example.com/stable");
    let change = packed.submit("CHG-7", elsewhere).await;
    let tidegate = &packed.charts.delivery.tidegate;
    tidegate
        .until_waiting(&change, "it deploys chart gateway of http://127.0.0.1")
        .await;
    tidegate
        .merge(
            &change,
            serde_json::json!({"spec": {"cancel": {"reason": "wrong"}}}),
        )
        .await;
    tidegate.until(&change, Phase::Cancelled).await;

    // Whoever moves it without a change is overruled.
    packed.move_version("1.0.0").await;
    eventually("the version is put back", async || {
        let (version, _) = packed.pins().await;
        (version == "1.1.0").then_some(())
    })
    .await;
    packed.is_at("1.1.0", values).await;
}

async fn what_fails_and_what_was_replaced_does_not_stay(packed: &Packed, values: &str) {
    packed.charts.policy("5s").await;
    let mut failing = next("1.2.0");
    failing[1].1 = failing[1].1.replace("ready: true", "ready: false");
    packed.repository.publish(&failing);
    let change = packed.submitted("CHG-5", packed.version("1.2.0")).await;
    let back = packed.goes(&change, Phase::RolledBack).await;
    let reason = back.status.unwrap().status.reason;
    assert!(reason.contains("readiness gate"), "{reason}");
    packed.is_at("1.1.0", values).await;

    // An archive that somebody replaces is not what was approved.
    let mut replaced = next("1.3.0");
    packed.repository.publish(&replaced);
    let change = packed.submitted("CHG-6", packed.version("1.3.0")).await;
    let tidegate = &packed.charts.delivery.tidegate;
    tidegate.approve(&change, User::Lea).await;
    replaced[1].1.push_str("# replaced\n");
    let archive = packed.repository.publish(&replaced);
    tidegate.restart_controller().await;
    eventually("the other archive is seen", async || {
        let status = tidegate.change(&change).await.status?.status;
        (status.revision?.as_str() == archive).then_some(())
    })
    .await;
    tidegate.approve(&change, User::Marc).await;
    tidegate
        .until_waiting(&change, "one approval was made that does not count")
        .await;
    assert_eq!(packed.pins().await, ("1.1.0".to_owned(), values.to_owned()));
}
