//! While it goes out, and the exact words of what it waits for then.

use tidegate_core::lifecycle::facts::{CheckResult, EffectState, Observation};
use tidegate_core::lifecycle::{Effect, Phase, Question, questions};
use tidegate_core::policy::OnWindowClose;

use super::given::{
    Given, api_gateway, apply, at, claim, conclude, prune, roll_back, target, unproven,
};

/// A change on two targets that has taken both. The second is named first.
fn on_two_targets() -> Given {
    let mut given = Given::new();
    given.change.request.targets.clear();
    given.also(target("checkout"));
    given.also(api_gateway());
    given.renders("9f1c2d3", "3f9c1a");
    given.time("02:00").previewed();
    given
}

fn claim_of(name: &str) -> Effect {
    Effect::Claim {
        target: target(name),
    }
}

fn apply_to(name: &str) -> Effect {
    Effect::Apply {
        target: target(name),
        stage: 0,
    }
}

fn roll_back_of(name: &str) -> Effect {
    Effect::RollBack {
        target: target(name),
    }
}

#[test]
fn it_takes_its_targets_in_the_same_order_as_every_change() {
    let mut given = on_two_targets();
    assert_eq!(given.goes().effect, Some(claim_of("api-gateway")));
    given.done(&claim_of("api-gateway"));
    assert_eq!(given.goes().effect, Some(claim_of("checkout")));
    given.done(&claim_of("checkout"));
    assert_eq!(given.goes().effect, Some(apply_to("checkout")));
    assert_eq!(given.phase(), Phase::RollingOut);
}

#[test]
fn the_source_is_asked_for_until_the_first_stage_is_out() {
    let mut given = Given::new();
    given.time("02:00").previewed();
    given.goes();
    assert_eq!(given.phase(), Phase::BackingUp);
    for effect in [claim(), apply(0)] {
        let asked = questions(&given.change, &given.facts, given.now);
        assert_eq!(asked, [Question::Source], "before {effect}");
        given.done(&effect);
        given.goes();
    }
    let asked = questions(&given.change, &given.facts, given.now);
    assert_eq!(asked, [Question::Stage(api_gateway(), 0)]);
}

#[test]
fn a_gate_that_shuts_before_the_first_write_sends_it_back_to_wait() {
    let mut given = Given::started();
    given.facts.identity = unproven("the binding of tidegate-approval");
    assert_eq!(given.goes().effect, Some(conclude(false)));
    assert_eq!(given.phase(), Phase::RollingBack);
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::Approving);
    assert_eq!(given.change.status.run, None);
}

/// It is about to write, and the ledger has nothing of that yet.
fn about_to_write() -> Given {
    let mut given = Given::started();
    assert_eq!(given.goes().effect, Some(apply(0)));
    given
}

#[test]
fn a_gate_that_shuts_on_the_first_write_sends_it_back_to_wait() {
    let mut given = about_to_write();
    given.facts.identity = unproven("the binding of tidegate-approval");
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::Approving);
    assert_eq!(given.change.status.run, None);
}

#[test]
fn a_window_that_closes_on_the_first_write_sends_it_back_to_wait() {
    for close in [OnWindowClose::Finish, OnWindowClose::Rollback] {
        let mut given = Given::new();
        given.policy.plan.on_window_close = close;
        given.policy.plan.stages[0].within = super::given::minutes(500);
        given.governed();
        given.time("02:00").previewed();
        given.goes();
        given.done(&claim());
        assert_eq!(given.goes().effect, Some(apply(0)));
        assert_eq!(given.time("06:00").goes().effect, Some(conclude(false)));
        given.done(&conclude(false));
        given.goes();
        assert_eq!(given.phase(), Phase::Scheduled, "{close:?}");
    }
}

#[test]
fn a_first_write_that_was_begun_is_taken_back() {
    for state in [EffectState::Begun, EffectState::Failed("no".to_owned())] {
        let mut given = about_to_write();
        given.ended(&apply(0), state);
        given.facts.identity = unproven("the binding of tidegate-approval");
        assert_eq!(given.goes().effect, Some(roll_back()));
        assert!(given.change.status.run.as_ref().unwrap().touched);
    }
}

#[test]
fn a_ledger_that_was_lost_does_not_prove_that_nothing_was_written() {
    let mut given = about_to_write();
    given.facts.effects.clear();
    given.facts.identity = unproven("the binding of tidegate-approval");
    assert_eq!(given.goes().effect, Some(roll_back()));
}

#[test]
fn it_is_called_off_on_the_first_write_and_nothing_was_changed() {
    let mut given = about_to_write();
    given.change.control.cancel = Some("wrong version".to_owned());
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::Cancelled);
    assert!(!given.change.status.run.as_ref().unwrap().touched);
}

#[test]
fn its_window_closes_before_the_first_write() {
    for close in [OnWindowClose::Finish, OnWindowClose::Rollback] {
        let mut given = Given::new();
        given.policy.plan.on_window_close = close;
        given.governed();
        given.time("02:00").previewed();
        given.goes();
        given.done(&claim());
        given.time("06:00");
        assert_eq!(given.goes().effect, Some(conclude(false)));
        given.done(&conclude(false));
        given.goes();
        assert_eq!(given.phase(), Phase::Scheduled, "{close:?}");
    }
}

#[test]
fn a_gate_that_shuts_between_two_targets_brings_the_first_back() {
    let mut given = on_two_targets();
    for effect in [
        claim_of("api-gateway"),
        claim_of("checkout"),
        apply_to("checkout"),
    ] {
        assert_eq!(given.goes().effect, Some(effect.clone()));
        given.done(&effect);
    }
    given.facts.approvals.truncate(1);
    assert_eq!(given.goes().effect, Some(roll_back_of("checkout")));
    assert_eq!(given.phase(), Phase::RollingBack);
    assert_eq!(
        given.reason(),
        "a gate shut before the first stage was out: waits for a second approval of 3f9c1a, 1 from @sre-team; a window is open until Thu 2026-11-26 06:00 UTC"
    );
}

#[test]
fn a_target_that_was_never_written_to_is_only_given_free() {
    let mut given = on_two_targets();
    for effect in [
        claim_of("api-gateway"),
        claim_of("checkout"),
        apply_to("checkout"),
    ] {
        assert_eq!(given.goes().effect, Some(effect.clone()));
        given.done(&effect);
    }
    // It is about to write to the second when a gate shuts.
    assert_eq!(given.goes().effect, Some(apply_to("api-gateway")));
    given.facts.identity = unproven("the binding of tidegate-approval");
    assert_eq!(given.goes().effect, Some(roll_back_of("checkout")));
    given.done(&roll_back_of("checkout"));
    let asked = questions(&given.change, &given.facts, given.now);
    assert_eq!(asked, [Question::Previous(target("checkout"))]);
    // How the other does is none of its business.
    let observations = &mut given.facts.observations;
    observations.insert(target("checkout"), Observation::Healthy);
    for name in ["checkout", "api-gateway"] {
        let free = Effect::Conclude {
            target: target(name),
            deployed: false,
        };
        assert_eq!(given.goes().effect, Some(free.clone()));
        given.done(&free);
    }
    given.goes();
    assert_eq!(given.phase(), Phase::RolledBack);
}

#[test]
fn its_source_moves_between_taking_and_writing() {
    let mut given = Given::started();
    given.renders("c0ffee1", "3f9c1a");
    given.facts.approvals.iter_mut().for_each(|approval| {
        approval.revision = super::given::revision("c0ffee1");
    });
    assert_eq!(given.goes().effect, Some(conclude(false)));
    assert_eq!(
        given.reason(),
        "its source moved before the first stage was out"
    );
}

#[test]
fn its_status_keeps_what_it_wrote_when_its_source_moves() {
    // Nobody agreed to what the source is now, or everybody did.
    for agreed in [false, true] {
        let mut given = on_two_targets();
        for effect in [
            claim_of("api-gateway"),
            claim_of("checkout"),
            apply_to("checkout"),
        ] {
            assert_eq!(given.goes().effect, Some(effect.clone()));
            given.done(&effect);
        }
        let written = given.change.status.clone();
        given.renders("c0ffee1", "beef01");
        if agreed {
            given.facts.approvals.iter_mut().for_each(|approval| {
                approval.revision = super::given::revision("c0ffee1");
                approval.digest = super::given::digest("beef01");
            });
        }
        assert_eq!(given.goes().effect, Some(roll_back_of("checkout")));
        let status = &given.change.status;
        assert_eq!(status.revision, written.revision);
        assert_eq!(status.digest, written.digest);
        assert_eq!(status.targets, written.targets);
        assert_eq!(status.approvals, written.approvals);
        assert_eq!(status.accepted, written.accepted);
    }
}

#[test]
fn it_goes_out_stage_by_stage() {
    let mut given = Given::rolling_out();
    assert!(given.change.status.run.as_ref().unwrap().touched);
    given.observed(&Observation::Healthy);
    let step = given.goes();
    assert_eq!(step.wake_at, Some(at("02:10")));
    assert_eq!(given.time("02:10").goes().effect, Some(apply(1)));
    given.done(&apply(1));
    // The second stage does not soak.
    assert_eq!(given.goes().effect, Some(prune()));
    given.done(&prune());
    given.goes();
    assert_eq!(given.phase(), Phase::Verifying);
    assert_eq!(given.reason(), "every stage is out and healthy");
}

#[test]
fn a_window_that_closes_lets_it_finish() {
    let mut given = Given::rolling_out();
    given.observed(&Observation::Healthy);
    given.time("02:04").goes();
    assert_eq!(given.time("06:00").goes().effect, Some(apply(1)));
}

#[test]
fn a_window_that_closes_brings_it_back() {
    let mut given = Given::new();
    given.policy.plan.on_window_close = OnWindowClose::Rollback;
    given.policy.plan.stages[0].within = super::given::minutes(500);
    given.governed();
    given.time("02:00").previewed();
    given.goes();
    given.done(&claim());
    given.goes();
    given.done(&apply(0));
    given.observed(&Observation::Progressing(
        "0 of 1 pods are ready".to_owned(),
    ));
    assert_eq!(given.goes().wake_at, Some(at("06:00")));
    assert_eq!(given.time("06:00").goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "its window closed Thu 2026-11-26 06:00 UTC while it was going out"
    );
}

#[test]
fn a_stage_fails() {
    let table = [
        (
            Observation::Failed("pod api-gateway-1: ImagePullBackOff".to_owned()),
            "stage canary failed: pod api-gateway-1: ImagePullBackOff",
        ),
        (
            Observation::Differs("spec.replicas is 9, not 10".to_owned()),
            "stage canary failed: what runs is not what was approved: spec.replicas is 9, not 10",
        ),
    ];
    for (observation, why) in table {
        let mut given = Given::rolling_out();
        given.observed(&observation);
        assert_eq!(given.goes().effect, Some(roll_back()));
        assert_eq!(given.reason(), why);
    }
}

#[test]
fn a_stage_does_not_become_healthy_in_time() {
    let mut given = Given::rolling_out();
    assert_eq!(given.time("02:04").goes().effect, None);
    assert_eq!(given.time("02:05").goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "stage canary was not healthy by Thu 2026-11-26 02:05 UTC: 0 of 1 pods are ready"
    );
}

fn out_of_sight() -> Observation {
    Observation::Unknown("the API server does not answer".to_owned())
}

/// Its canary is healthy since 02:00 and soaks until 02:10.
fn soaking() -> Given {
    let mut given = Given::rolling_out();
    given.observed(&Observation::Healthy);
    given.goes();
    given
}

#[test]
fn a_target_out_of_sight_for_a_moment_soaks_on() {
    let mut given = soaking();
    given.observed(&out_of_sight());
    let step = given.time("02:07").goes();
    assert_eq!(step.effect, None);
    assert_eq!(step.wake_at, Some(at("02:10")));
    assert_eq!(
        given.says(),
        [
            "waits for stage canary to be healthy until Thu 2026-11-26 02:15 UTC: cannot be seen: the API server does not answer"
        ]
    );
    // Its soak is over, and whether it is healthy nobody knows.
    let step = given.time("02:10").goes();
    assert_eq!((step.effect, step.wake_at), (None, Some(at("02:15"))));
    given.observed(&Observation::Healthy);
    assert_eq!(given.time("02:12").goes().effect, Some(apply(1)));
}

#[test]
fn a_target_that_stays_out_of_sight_goes_back() {
    let mut given = soaking();
    given.observed(&out_of_sight());
    assert_eq!(given.time("02:14").goes().effect, None);
    assert_eq!(given.time("02:15").goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "stage canary was not seen healthy by Thu 2026-11-26 02:15 UTC: cannot be seen: the API server does not answer"
    );
}

#[test]
fn a_target_that_was_never_seen_healthy_goes_back_when_its_time_is_over() {
    let mut given = Given::rolling_out();
    given.observed(&out_of_sight());
    assert_eq!(given.time("02:04").goes().effect, None);
    assert_eq!(given.time("02:05").goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "stage canary was not seen healthy by Thu 2026-11-26 02:05 UTC: cannot be seen: the API server does not answer"
    );
}

#[test]
fn a_target_that_stops_being_healthy_soaks_anew_while_it_may_become_healthy() {
    let mut given = soaking();
    given.observed(&Observation::Progressing(
        "0 of 1 pods are ready".to_owned(),
    ));
    assert_eq!(given.time("02:03").goes().effect, None);
    given.observed(&Observation::Healthy);
    given.time("02:04");
    assert_eq!(
        given.says(),
        ["stage canary is healthy and must stay so until Thu 2026-11-26 02:14 UTC"]
    );
}

#[test]
fn a_target_that_stops_being_healthy_after_that_goes_back_at_once() {
    let mut given = soaking();
    given.observed(&Observation::Progressing(
        "0 of 1 pods are ready".to_owned(),
    ));
    assert_eq!(given.time("02:07").goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "stage canary did not stay healthy: 0 of 1 pods are ready"
    );
}

#[test]
fn a_target_out_of_sight_hides_no_other_that_is_not_healthy() {
    let mut given = on_two_targets();
    for effect in [
        claim_of("api-gateway"),
        claim_of("checkout"),
        apply_to("checkout"),
        apply_to("api-gateway"),
    ] {
        assert_eq!(given.goes().effect, Some(effect.clone()));
        given.done(&effect);
    }
    given.observed(&Observation::Healthy);
    given.goes();
    let observations = &mut given.facts.observations;
    observations.insert(api_gateway(), out_of_sight());
    let crashing = Observation::Progressing("0 of 1 pods are ready".to_owned());
    observations.insert(target("checkout"), crashing);
    assert_eq!(given.time("02:07").goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "stage canary did not stay healthy: checkout: 0 of 1 pods are ready; api-gateway: cannot be seen: the API server does not answer"
    );
}

#[test]
fn an_effect_that_was_begun_is_done_again() {
    let mut given = Given::started();
    given.goes();
    given.ended(&apply(0), EffectState::Begun);
    let step = given.goes();
    assert_eq!(step.effect, Some(apply(0)));
    assert_eq!(step.transitions, []);
}

#[test]
fn a_stage_is_refused() {
    let mut given = Given::started();
    given.goes();
    given.ended(&apply(0), EffectState::Failed("forbidden".to_owned()));
    assert_eq!(given.goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "stage canary could not be applied to prod/production/api-gateway: forbidden"
    );
}

#[test]
fn the_ledger_cannot_be_written_and_time_runs_out() {
    let mut given = Given::started();
    given.goes();
    given.facts.trouble = Some("the ledger is locked".to_owned());
    let step = given.goes();
    assert_eq!(step.effect, Some(apply(0)));
    let told = &given.change.status.waiting_on[0];
    assert_eq!(told.message, "the ledger is locked; it is tried again");
    assert_eq!(given.time("02:05").goes().effect, Some(conclude(false)));
    assert_eq!(
        given.reason(),
        "stage canary could not be applied to prod/production/api-gateway before Thu 2026-11-26 02:05 UTC: the ledger is locked"
    );
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
}

#[test]
fn a_write_does_not_end_in_time() {
    let mut given = Given::started();
    given.goes();
    given.ended(&apply(0), EffectState::Begun);
    assert_eq!(given.time("02:05").goes().effect, Some(roll_back()));
    assert_eq!(
        given.reason(),
        "stage canary could not be applied to prod/production/api-gateway before Thu 2026-11-26 02:05 UTC: no answer"
    );
}

#[test]
fn it_is_called_off_while_it_runs() {
    let table = [
        (Given::started(), Phase::BackingUp, conclude(false)),
        (Given::rolling_out(), Phase::RollingOut, roll_back()),
        (Given::verifying(), Phase::Verifying, roll_back()),
    ];
    for (mut given, phase, effect) in table {
        assert_eq!(given.phase(), phase);
        given.change.control.cancel = Some("wrong version".to_owned());
        assert_eq!(given.goes().effect, Some(effect.clone()));
        if effect == roll_back() {
            given.done(&roll_back());
            given.observed(&Observation::Healthy);
            assert_eq!(given.goes().effect, Some(conclude(false)));
        }
        given.done(&conclude(false));
        given.goes();
        assert_eq!(given.phase(), Phase::Cancelled, "in {phase}");
        assert_eq!(given.reason(), "called off: wrong version");
    }
}

#[test]
fn a_hold_or_a_changed_policy_does_not_stop_what_has_started() {
    let mut given = Given::rolling_out();
    given.change.control.hold = Some("wait".to_owned());
    given.policy.plan.stages.clear();
    given.governed();
    given.facts.approvals.clear();
    given.observed(&Observation::Healthy);
    given.goes();
    assert_eq!(given.time("02:10").goes().effect, Some(apply(1)));
}

#[test]
fn the_shell_had_trouble() {
    let mut given = Given::rolling_out();
    given.facts.trouble = Some("the ledger is locked".to_owned());
    assert_eq!(given.says()[0], "the ledger is locked; it is tried again");
}

#[test]
fn a_stage_is_not_healthy_yet() {
    let mut given = Given::rolling_out();
    assert_eq!(
        given.says(),
        [
            "waits for stage canary to be healthy until Thu 2026-11-26 02:05 UTC: 0 of 1 pods are ready"
        ]
    );
}

#[test]
fn a_stage_soaks() {
    let mut given = Given::rolling_out();
    given.observed(&Observation::Healthy);
    assert_eq!(
        given.says(),
        ["stage canary is healthy and must stay so until Thu 2026-11-26 02:10 UTC"]
    );
}

#[test]
fn a_check_has_not_passed_yet() {
    let mut given = Given::verifying();
    let answer = CheckResult::Pending("it answered 503".to_owned());
    given.facts.checks.insert(0, answer);
    assert_eq!(
        given.says(),
        [
            "waits for http https://gateway.example.com/healthz to pass until Thu 2026-11-26 02:40 UTC: it answered 503"
        ]
    );
}
