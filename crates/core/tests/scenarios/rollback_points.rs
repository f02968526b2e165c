//! What ran before a change stays in its status, for whoever undoes it.

use tidegate_core::argo_cd::{ChartVersion, Pin};
use tidegate_core::lifecycle::{Effect, Phase};

use super::given::{Given, apply, claim, conclude, revision, target};

/// The ledger says what ran before a target was taken.
fn ran(given: &mut Given, effect: &Effect, pin: Pin) {
    let key = effect.key(given.change.status.attempts);
    given.facts.ran_before.insert(key, pin);
}

fn points(given: &Given) -> Vec<String> {
    let points = given.change.status.rollback_points.iter();
    points.map(ToString::to_string).collect()
}

#[test]
fn it_is_known_once_every_target_is_taken_and_outlives_the_change() {
    let mut given = Given::new();
    given.also(target("checkout"));
    given.renders("9f1c2d3", "3f9c1a");
    given.time("02:00").previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    given.done(&claim());
    ran(&mut given, &claim(), Pin::Commit(revision("71d0be2")));
    let other = Effect::Claim {
        target: target("checkout"),
    };
    assert_eq!(given.goes().effect, Some(other.clone()));
    assert_eq!(points(&given), Vec::<String>::new());
    given.done(&other);
    assert_eq!(given.goes().effect, Some(apply(0)));
    assert_eq!(
        points(&given),
        ["api-gateway ran 71d0be2", "nobody knows what checkout ran"]
    );
    let known = &given.change.status.rollback_points[0];
    assert_eq!(known.pin(), Some(Pin::Commit(revision("71d0be2"))));

    // It is called off before anything is out, and keeps them.
    given.change.control.cancel = Some("not today".to_owned());
    for name in ["api-gateway", "checkout"] {
        given.goes();
        given.done(&Effect::Conclude {
            target: target(name),
            deployed: false,
        });
    }
    given.goes();
    assert_eq!(given.phase(), Phase::Cancelled);
    assert_eq!(points(&given).len(), 2);
}

#[test]
fn a_chart_ran_in_a_version() {
    let mut given = Given::started();
    let pin = Pin::Chart {
        version: ChartVersion::parse("1.4.2").unwrap(),
        values: Some(revision("71d0be2")),
    };
    assert_eq!(Pin::parse(&pin.to_string()), Some(pin.clone()));
    ran(&mut given, &claim(), pin.clone());
    given.goes();
    assert_eq!(
        points(&given),
        ["api-gateway ran 1.4.2 with values of 71d0be2"]
    );
    assert_eq!(given.change.status.rollback_points[0].pin(), Some(pin));
}

#[test]
fn another_attempt_says_what_ran_before_that() {
    let mut given = Given::started();
    ran(&mut given, &claim(), Pin::Commit(revision("71d0be2")));
    assert_eq!(given.goes().effect, Some(apply(0)));
    // An approval is gone before the first write, so it waits again.
    let approvals = std::mem::take(&mut given.facts.approvals);
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    given.goes();
    given.facts.approvals = approvals;
    given.time("02:10").previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    given.done(&claim());
    ran(&mut given, &claim(), Pin::Commit(revision("8c7b6a5")));
    assert_eq!(given.goes().effect, Some(apply(0)));
    assert_eq!(points(&given), ["api-gateway ran 8c7b6a5"]);
}

#[test]
fn only_what_names_a_commit_or_a_version_is_read() {
    for text in ["what ran", "", "main", "1.x", "1.4.2 with values of main"] {
        assert_eq!(Pin::parse(text), None, "{text}");
    }
}
