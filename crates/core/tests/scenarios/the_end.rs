//! How it ends.

use tidegate_core::lifecycle::Phase;
use tidegate_core::lifecycle::facts::{CheckResult, EffectState, Observation};
use tidegate_core::lifecycle::status::Waiting;
use tidegate_core::lifecycle::{Effect, Question, questions};
use tidegate_core::policy::Check;
use tidegate_core::policy::measure::Threshold;

use super::given::{Given, api_gateway, apply, at, conclude, minutes, prune, roll_back, target};

/// Its canary failed at 02:00, and its way back begins.
fn rolling_back() -> Given {
    let mut given = Given::rolling_out();
    given.observed(&Observation::Failed("the pod crashes".to_owned()));
    assert_eq!(given.goes().effect, Some(roll_back()));
    given
}

#[test]
fn every_check_passes_and_it_succeeds() {
    let mut given = Given::verifying();
    given.facts.checks.insert(0, CheckResult::Passed);
    assert_eq!(given.goes().effect, Some(conclude(true)));
    given.done(&conclude(true));
    let step = given.goes();
    assert_eq!(given.phase(), Phase::Succeeded);
    assert_eq!(given.reason(), "it is out and its check passed");
    assert_eq!((step.effect, step.wake_at), (None, None));
    assert_eq!(given.says(), [""; 0]);
}

#[test]
fn a_check_passes_once() {
    let mut given = Given::verifying();
    given.facts.checks.insert(0, CheckResult::Passed);
    given.goes();
    given
        .facts
        .checks
        .insert(0, CheckResult::Failed("it answered 500".to_owned()));
    assert_eq!(given.goes().effect, Some(conclude(true)));
}

#[test]
fn a_check_fails() {
    let mut given = Given::verifying();
    given
        .facts
        .checks
        .insert(0, CheckResult::Failed("it answered 500".to_owned()));
    assert_eq!(given.goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "check http https://gateway.example.com/healthz failed: it answered 500"
    );
}

#[test]
fn a_value_has_to_stay_within_its_limits_for_as_long_as_the_policy_says() {
    let mut given = Given::verifying();
    let plan = given.change.status.plan.as_mut().unwrap();
    plan.verification.checks = vec![Check::Prometheus {
        connection: None,
        query: "errors".to_owned(),
        below: Some(Threshold::new(1.0).unwrap()),
        above: None,
        holds_for: Some(minutes(5)),
    }];
    let mut answers = |time: &str, answer: CheckResult| {
        given.facts.checks.insert(0, answer);
        let effect = given.time(time).goes().effect;
        (effect, given.says())
    };
    let within = |until: &str| {
        let until = format!("within its limits, and must stay so until Thu 2026-11-26 {until} UTC");
        format!("waits for prometheus errors to pass until Thu 2026-11-26 02:40 UTC: {until}")
    };
    assert_eq!(
        answers("02:11", CheckResult::Passed),
        (None, vec![within("02:16")])
    );
    assert_eq!(
        answers("02:15", CheckResult::Passed),
        (None, vec![within("02:16")])
    );
    let high = CheckResult::Pending("2 is not below 1".to_owned());
    assert_eq!(answers("02:15", high).0, None);
    assert_eq!(
        answers("02:17", CheckResult::Passed),
        (None, vec![within("02:22")])
    );
    assert_eq!(
        answers("02:22", CheckResult::Passed).0,
        Some(conclude(true))
    );
}

#[test]
fn the_checks_come_too_late() {
    let mut given = Given::verifying();
    given
        .facts
        .checks
        .insert(0, CheckResult::Pending("no answer".to_owned()));
    assert_eq!(given.time("02:39").goes().effect, None);
    assert_eq!(given.time("02:40").goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "verification did not pass by Thu 2026-11-26 02:40 UTC: http https://gateway.example.com/healthz: no answer"
    );
}

#[test]
fn to_delete_what_is_no_longer_wanted_takes_part_of_the_time_for_the_checks() {
    let mut given = Given::rolling_out();
    given.observed(&Observation::Healthy);
    given.goes();
    assert_eq!(given.time("02:10").goes().effect, Some(apply(1)));
    given.done(&apply(1));
    assert_eq!(given.goes().effect, Some(prune()));
    given.time("02:25").done(&prune());
    assert_eq!(given.goes().effect, None);
    assert_eq!(given.phase(), Phase::Verifying);
    assert_eq!(given.change.status.next_transition_at, Some(at("02:40")));
    let answer = CheckResult::Pending("no answer".to_owned());
    given.facts.checks.insert(0, answer);
    assert_eq!(given.time("02:39").goes().effect, None);
    assert_eq!(given.time("02:40").goes().effect, Some(roll_back()));
}

/// A change whose only check is this one, verifying since 02:10.
fn verified_by(check: &Check) -> Given {
    let mut given = Given::verifying();
    let status = &mut given.change.status;
    let plan = status.plan.as_mut().unwrap();
    plan.verification.checks = vec![check.clone()];
    status.run.as_mut().unwrap().checks[0].name = check.label();
    given
}

#[test]
fn a_job_that_cannot_be_started_in_time_fails_it() {
    let job = Effect::RunJob { check: 0 };
    let mut given = verified_by(&Check::Job {
        image: "registry.example.com/smoke:1".to_owned(),
        command: Vec::new(),
    });
    assert_eq!(given.goes().effect, Some(job.clone()));
    given.facts.trouble = Some("the API server does not answer".to_owned());
    assert_eq!(given.time("02:39").goes().effect, Some(job));
    assert_eq!(given.time("02:40").goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "verification did not pass by Thu 2026-11-26 02:40 UTC: job registry.example.com/smoke:1: the API server does not answer"
    );
}

#[test]
fn workloads_must_stay_healthy_without_interruption() {
    let mut given = verified_by(&Check::Workloads {
        healthy_for: minutes(5),
    });
    given.observed(&Observation::Healthy);
    given.goes();
    given.observed(&Observation::Progressing(
        "9 of 10 pods are ready".to_owned(),
    ));
    given.time("02:14").goes();
    given.observed(&Observation::Healthy);
    given.time("02:15");
    assert_eq!(
        given.says(),
        [
            "waits for workloads to pass until Thu 2026-11-26 02:40 UTC: healthy, and must stay so until Thu 2026-11-26 02:20 UTC"
        ]
    );
    assert_eq!(given.time("02:20").goes().effect, Some(conclude(true)));
}

#[test]
fn workloads_out_of_sight_for_a_moment_stay_healthy() {
    let mut given = verified_by(&Check::Workloads {
        healthy_for: minutes(5),
    });
    given.observed(&Observation::Healthy);
    given.goes();
    given.observed(&Observation::Unknown("no answer".to_owned()));
    assert_eq!(given.time("02:12").goes().wake_at, Some(at("02:15")));
    // Nobody knows whether they are healthy when the time is over.
    given.time("02:15");
    assert_eq!(
        given.says(),
        ["waits for workloads to pass until Thu 2026-11-26 02:40 UTC: cannot be seen: no answer"]
    );
    given.observed(&Observation::Healthy);
    assert_eq!(given.time("02:16").goes().effect, Some(conclude(true)));
}

#[test]
fn workloads_that_stay_out_of_sight_fail_it() {
    let mut given = verified_by(&Check::Workloads {
        healthy_for: minutes(5),
    });
    given.observed(&Observation::Healthy);
    given.goes();
    given.observed(&Observation::Unknown("no answer".to_owned()));
    assert_eq!(given.time("02:39").goes().effect, None);
    assert_eq!(given.time("02:40").goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "verification did not pass by Thu 2026-11-26 02:40 UTC: workloads: cannot be seen: no answer"
    );
}

#[test]
fn the_previous_revision_is_healthy_again() {
    let mut given = rolling_back();
    given.done(&roll_back());
    let asked = questions(&given.change, &given.facts, given.now);
    assert_eq!(asked, [Question::Previous(api_gateway())]);
    given.observed(&Observation::Progressing(
        "9 of 10 pods are ready".to_owned(),
    ));
    assert_eq!(
        given.says(),
        [
            "waits for the previous revision to be healthy until Thu 2026-11-26 02:10 UTC: 9 of 10 pods are ready"
        ]
    );
    given.observed(&Observation::Healthy);
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::RolledBack);
    assert_eq!(given.reason(), "stage canary failed: the pod crashes");
}

#[test]
fn a_person_is_needed_when_the_way_back_fails() {
    let mut given = rolling_back();
    given.ended(&roll_back(), EffectState::Failed("forbidden".to_owned()));
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::Failed);
    assert_eq!(
        given.reason(),
        "stage canary failed: the pod crashes; and the previous revision could not be applied to prod/production/api-gateway: forbidden"
    );
}

/// A full ledger lets nothing be done, not even to give the target free. The
/// reason says from the deadline on that a person is needed.
#[test]
fn a_person_is_called_when_nothing_can_be_done_at_all() {
    let mut given = rolling_back();
    given.facts.trouble = Some("the ledger is full".to_owned());
    let told = given.time("02:09").goes();
    assert_eq!(told.effect, Some(roll_back()));
    assert!(told.status.waiting_on.iter().any(Waiting::is_trouble));
    let told = given.time("02:30").goes();
    assert_eq!(told.effect, Some(conclude(false)));
    assert!(told.status.waiting_on.iter().any(Waiting::is_trouble));
    given.facts.trouble = None;
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::Failed);
}

#[test]
fn a_person_is_needed_when_the_way_back_takes_too_long() {
    let mut given = rolling_back();
    given.facts.trouble = Some("the API server does not answer".to_owned());
    assert_eq!(given.time("02:09").goes().effect, Some(roll_back()));
    assert_eq!(given.time("02:10").goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::Failed);
    assert_eq!(
        given.reason(),
        "stage canary failed: the pod crashes; and the previous revision could not be applied to prod/production/api-gateway in time: the API server does not answer"
    );

    let mut given = rolling_back();
    given.done(&roll_back());
    given.time("02:10").goes();
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::Failed);
    assert_eq!(
        given.reason(),
        "stage canary failed: the pod crashes; and the previous revision did not become healthy: the pod crashes"
    );
}

#[test]
fn what_is_given_free_is_not_judged_any_more() {
    let mut given = rolling_back();
    given.also(target("checkout"));
    let checkout = || target("checkout");
    for effect in [
        Effect::Claim { target: checkout() },
        Effect::RollBack { target: checkout() },
        roll_back(),
    ] {
        given.done(&effect);
    }
    given.observed(&Observation::Healthy);
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    // By now another change brings something else to the first target.
    given.observed(&Observation::Differs("another image runs".to_owned()));
    let last = Effect::Conclude {
        target: checkout(),
        deployed: false,
    };
    assert_eq!(given.time("02:30").goes().effect, Some(last.clone()));
    given.done(&last);
    given.goes();
    assert_eq!(given.phase(), Phase::RolledBack);
}

#[test]
fn a_target_that_cannot_be_given_free_needs_a_person() {
    let mut given = rolling_back();
    given.done(&roll_back());
    given.observed(&Observation::Healthy);
    given.goes();
    given.ended(
        &conclude(false),
        EffectState::Failed("forbidden".to_owned()),
    );
    given.goes();
    assert_eq!(given.phase(), Phase::Failed);
    assert_eq!(
        given.reason(),
        "stage canary failed: the pod crashes; and prod/production/api-gateway could not be given free: forbidden"
    );
    let mut given = Given::verifying();
    given.facts.checks.insert(0, CheckResult::Passed);
    given.goes();
    given.ended(&conclude(true), EffectState::Failed("forbidden".to_owned()));
    given.goes();
    assert_eq!(given.phase(), Phase::Failed);
    assert_eq!(
        given.reason(),
        "it is out and verified, but could not be recorded: forbidden"
    );
}

#[test]
fn nothing_stops_the_way_back() {
    let mut given = rolling_back();
    given.change.control.cancel = Some("stop".to_owned());
    given.change.control.hold = Some("stop".to_owned());
    given.change.control.deleted = true;
    given.facts.policies = std::sync::Arc::default();
    given.facts.calendars = std::sync::Arc::default();
    given.facts.approvals.clear();
    given.facts.source = None;
    assert_eq!(given.goes().effect, Some(roll_back()));
    given.done(&roll_back());
    given.observed(&Observation::Healthy);
    given.goes();
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::RolledBack);
}

#[test]
fn a_status_that_lost_its_plan_needs_a_person() {
    let mut given = Given::rolling_out();
    given.change.status.plan = None;
    assert_eq!(given.goes().effect, None);
    assert_eq!(given.phase(), Phase::Failed);
    assert_eq!(
        given.reason(),
        "its status lost its plan, so a person has to see what is out"
    );
}
