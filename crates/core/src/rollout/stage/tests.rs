use proptest::prelude::*;
use serde_json::json;

use super::*;

fn deployment(spec: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "api-gateway", "namespace": "production"},
        "spec": spec,
    })
}

fn canary(percent: u8) -> Staging {
    Staging {
        share: Share::new(percent).unwrap(),
        is_last: false,
        longest_seconds: 1_200,
    }
}

#[test]
fn a_canary_stops_at_its_share() {
    let manifest = deployment(&json!({
        "replicas": 10,
        "minReadySeconds": 5,
        "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        "template": {"spec": {"containers": [{"name": "app", "image": "api:2.5.0"}]}},
    }));
    let live = deployment(&json!({"replicas": 10}));
    let staged = stage_object(&manifest, Some(&live), Before::OtherTemplate, &canary(10));
    assert_eq!(
        staged["spec"],
        json!({
            "replicas": 10,
            "minReadySeconds": 86_400,
            "progressDeadlineSeconds": 87_000,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {"spec": {"containers": [{"name": "app", "image": "api:2.5.0"}]}},
        })
    );
    assert_eq!(staged["metadata"], manifest["metadata"]);
    assert_eq!(held_at(&staged), Some(1));

    let staged = stage_object(&manifest, Some(&live), Before::OtherTemplate, &canary(50));
    assert_eq!(held_at(&staged), Some(5));
}

#[test]
fn the_last_stage_is_the_manifest_itself() {
    let manifest = deployment(&json!({"replicas": 10}));
    let live = deployment(&json!({"replicas": 20}));
    let last = Staging {
        share: Share::FULL,
        is_last: true,
        longest_seconds: 1_200,
    };
    for before in [
        Before::OtherTemplate,
        Before::SameTemplate,
        Before::NothingServed,
    ] {
        assert_eq!(
            stage_object(&manifest, Some(&live), before, &last),
            manifest
        );
    }
    assert_eq!(held_at(&manifest), None);
}

#[test]
fn a_long_stage_is_held_longer_than_it_lasts() {
    let manifest = deployment(&json!({"replicas": 2}));
    for (longest, min_ready) in [
        (0, 86_400),
        (43_200, 86_400),
        (86_400, 172_800),
        (u64::MAX, 2_147_483_047),
    ] {
        let staging = Staging {
            longest_seconds: longest,
            ..canary(50)
        };
        let staged = stage_object(&manifest, Some(&manifest), Before::OtherTemplate, &staging);
        assert_eq!(staged["spec"]["minReadySeconds"], json!(min_ready));
        assert_eq!(
            staged["spec"]["progressDeadlineSeconds"],
            json!(min_ready + 600)
        );
        assert_eq!(held_at(&staged), Some(1));
    }
}

#[test]
fn where_nothing_serves_the_stage_sets_the_replicas() {
    let manifest = deployment(&json!({"replicas": 10}));
    let created = stage_object(&manifest, None, Before::NothingServed, &canary(10));
    assert_eq!(created["spec"], json!({"replicas": 1}));

    // The second stage finds the first one's pod, which is not an old one.
    let live = deployment(&json!({"replicas": 1}));
    let second = stage_object(&manifest, Some(&live), Before::NothingServed, &canary(50));
    assert_eq!(second["spec"], json!({"replicas": 5}));

    // Deleted or scaled to zero since the change started.
    let stopped = deployment(&json!({"replicas": 0}));
    for live in [None, Some(&stopped)] {
        let staged = stage_object(&manifest, live, Before::OtherTemplate, &canary(10));
        assert_eq!(staged["spec"], json!({"replicas": 1}));
    }
}

#[test]
fn replicas_of_an_autoscaler_stay_its_own() {
    let manifest = deployment(&json!({"template": {}}));
    let live = deployment(&json!({"replicas": 30}));
    let staged = stage_object(&manifest, Some(&live), Before::OtherTemplate, &canary(10));
    assert_eq!(staged["spec"].get("replicas"), None);
    assert_eq!(held_at(&staged), Some(3));
}

/// Ten pods and one new one, scaled to forty by hand: thirty-eight and four.
#[test]
fn growth_during_a_stage_is_not_given_to_the_new_pods_twice() {
    let manifest = deployment(&json!({"replicas": 10}));
    let first = deployment(&json!({"replicas": 10}));
    let mut live = stage_object(&manifest, Some(&first), Before::OtherTemplate, &canary(10));
    live["spec"]["replicas"] = json!(40);
    live["status"] = json!({"replicas": 42, "updatedReplicas": 4});
    let second = stage_object(&manifest, Some(&live), Before::OtherTemplate, &canary(50));
    // 40 + 18 less 38 old ones leaves 20 new ones: half of 40.
    assert_eq!(
        (&second["spec"]["replicas"], held_at(&second)),
        (&json!(40), Some(18))
    );

    live["spec"]["replicas"] = json!(10);
    live["status"] = json!({"replicas": 11, "updatedReplicas": 1});
    let second = stage_object(&manifest, Some(&live), Before::OtherTemplate, &canary(50));
    assert_eq!(held_at(&second), Some(5));
}

#[test]
fn fewer_replicas_come_only_with_the_last_stage() {
    let live = deployment(&json!({"replicas": 20}));
    for wanted in [0, 2] {
        let manifest = deployment(&json!({"replicas": wanted}));
        let staged = stage_object(&manifest, Some(&live), Before::OtherTemplate, &canary(10));
        assert_eq!(staged["spec"]["replicas"], json!(20));
        assert_eq!(held_at(&staged), Some(2));
    }
}

#[test]
fn what_cannot_be_held_goes_as_it_is() {
    let live = deployment(&json!({"replicas": 10}));
    let manifests = [
        deployment(&json!({"replicas": 10, "strategy": {"type": "Recreate"}})),
        deployment(&json!({"replicas": 10, "paused": true})),
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"}, "spec": {"replicas": 3}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}}),
        json!({"apiVersion": "example.com/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 3}}),
    ];
    for manifest in manifests {
        let staged = stage_object(&manifest, Some(&live), Before::OtherTemplate, &canary(10));
        assert_eq!(staged, manifest);
    }
    let unchanged = deployment(&json!({"replicas": 10}));
    assert_eq!(
        stage_object(&unchanged, Some(&live), Before::SameTemplate, &canary(10)),
        unchanged
    );
}

#[test]
fn compares_templates_as_the_server_completes_them() {
    let live = deployment(&json!({"replicas": 3, "template": {
        "metadata": {"creationTimestamp": null, "labels": {"app": "a"}},
        "spec": {"containers": [{"image": "api:1"}]},
    }}));
    let same = deployment(&json!({"replicas": 9, "template": {
        "metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"image": "api:1"}]},
    }}));
    let other = deployment(&json!({"replicas": 3, "template": {
        "metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"image": "api:2"}]},
    }}));
    assert_eq!(Before::of(Some(&live), &same), Before::SameTemplate);
    assert_eq!(Before::of(Some(&live), &other), Before::OtherTemplate);
    assert_eq!(Before::of(None, &same), Before::NothingServed);
    let stopped = deployment(&json!({"replicas": 0, "template": live["spec"]["template"]}));
    assert_eq!(Before::of(Some(&stopped), &other), Before::NothingServed);
}

#[test]
fn a_teams_own_cautious_strategy_is_not_a_stage() {
    let own = deployment(&json!({
        "minReadySeconds": 90_000, "progressDeadlineSeconds": 100_000,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
    }));
    assert_eq!(held_at(&own), None);
}

proptest! {
    /// With old pods serving, no stage but the last lets the controller stop one,
    /// start more than the share, or lower the number of replicas.
    #[test]
    fn no_stage_reaches_past_its_share(
        wanted in proptest::option::of(0..500_u32),
        running in 1..500_u32,
        percent in 1..=100_u8,
        longest in 0..10_000_000_u64,
    ) {
        let manifest = match wanted {
            Some(wanted) => deployment(&json!({"replicas": wanted})),
            None => deployment(&json!({"paused": false})),
        };
        let live = deployment(&json!({"replicas": running}));
        let staging = Staging { longest_seconds: longest, ..canary(percent) };
        let staged = stage_object(&manifest, Some(&live), Before::OtherTemplate, &staging);
        let replicas = field::count(&staged, "/spec/replicas").unwrap_or(running);
        prop_assert!(replicas >= running);
        prop_assert_eq!(held_at(&staged), Some(staging.share.of(replicas)));
        prop_assert!(staged["spec"]["minReadySeconds"].as_u64().unwrap() > longest);
    }
}
