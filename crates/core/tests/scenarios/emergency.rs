//! Emergencies: what they may skip, and what they owe.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tidegate_core::approval::{Approval, Decision, People};
use tidegate_core::calendar::{Effect as Entry, EntrySpec, ExemptSpec};
use tidegate_core::change::ChangeType;
use tidegate_core::lifecycle::explain::explain;
use tidegate_core::lifecycle::facts::{EffectState, Observation};
use tidegate_core::lifecycle::owed::Owed;
use tidegate_core::lifecycle::{Phase, status::Status};
use tidegate_core::policy::{EmergencyRules, PolicyFact};

use super::given::{
    Given, apply, approval, at, calendar, claim, conclude, prune, revision, roll_back, unproven,
};

pub(super) const GROUP: &str = "sre-lead";

pub(super) fn rules() -> EmergencyRules {
    EmergencyRules {
        now: 1,
        later: 1,
        later_within: SignedDuration::from_hours(24),
        groups: vec![GROUP.to_owned()],
        passes_windows: true,
        passes_freezes: true,
        review_within: SignedDuration::from_hours(5 * 24),
    }
}

/// An emergency at 00:30, with no window open, that lea has approved.
fn emergency() -> Given {
    let mut given = Given::new();
    given.change.request.kind = ChangeType::Emergency;
    given.policy.emergency = Some(rules());
    given.governed();
    given.facts.approvals = vec![approval("lea@example.com", &[GROUP])];
    given
}

/// It has ended well at 00:30, and one approval is there.
fn succeeded() -> Given {
    let mut given = emergency();
    given.policy.plan.stages.truncate(1);
    given.policy.plan.stages[0].share = tidegate_core::rollout::share::Share::FULL;
    given.policy.plan.stages[0].soak = SignedDuration::ZERO;
    given.policy.plan.verification.checks.clear();
    given.governed();
    given.goes();
    given.done(&claim());
    given.goes();
    given.done(&apply(0));
    given.observed(&Observation::Healthy);
    given.goes();
    given.done(&prune());
    given.goes();
    given.done(&conclude(true));
    given.goes();
    assert_eq!(given.phase(), Phase::Succeeded, "{}", given.reason());
    given
}

fn said(given: &mut Given, who: &str, decision: Decision, comment: &str) {
    let said = Approval {
        decision,
        comment: comment.to_owned(),
        at: given.now,
        ..approval(who, &[])
    };
    given.facts.approvals.push(said);
}

fn owed(given: &Given) -> Owed {
    given.change.status.owed.clone().unwrap()
}

fn freeze(exempt: &[ChangeType]) -> EntrySpec {
    EntrySpec {
        from: Some("2026-11-23T18:00".to_owned()),
        to: Some("2026-12-27T06:00".to_owned()),
        exempt: ExemptSpec {
            types: exempt.to_vec(),
            ..ExemptSpec::default()
        },
        ..EntrySpec::new("year-end", Entry::Deny, "UTC")
    }
}

#[test]
fn one_approval_starts_it_and_no_window_need_be_open() {
    let mut given = emergency();
    assert_eq!(given.goes().effect, Some(claim()));
    let owed = given.change.status.owed.clone().unwrap();
    assert_eq!(
        owed.approvals_by,
        at("00:30") + SignedDuration::from_hours(24)
    );
    assert!(!owed.is_settled());
}

#[test]
fn the_policy_must_know_emergencies() {
    let mut given = emergency();
    given.policy.emergency = None;
    given.governed();
    given.goes();
    assert_eq!(given.phase(), Phase::Rejected);
    assert_eq!(
        given.reason(),
        "policy production has no rules for emergencies; submit it as normal"
    );
}

#[test]
fn only_the_named_groups_let_it_start() {
    let mut given = emergency();
    given.facts.approvals = vec![approval("lea@example.com", &["sre-team"])];
    assert_eq!(
        given.says(),
        [
            "waits for an approval of 3f9c1a by @sre-lead; one approval was made that does not count; it could start at once"
        ]
    );
    assert_eq!(
        given.change.status.approvals[0].note,
        "does not speak for sre-lead, who may let an emergency start"
    );
}

#[test]
fn a_policy_may_keep_its_windows_for_emergencies_too() {
    let mut given = emergency();
    given.policy.emergency = Some(EmergencyRules {
        passes_windows: false,
        ..rules()
    });
    given.governed();
    assert_eq!(
        given.says(),
        [
            "window tue-thu-night is not open; the next window opens Thu 2026-11-26 02:00 UTC, closes 06:00"
        ]
    );
    assert_eq!(given.phase(), Phase::Scheduled);
}

#[test]
fn it_passes_a_freeze_that_exempts_emergencies_and_no_other() {
    let mut given = emergency();
    given.facts.calendars = calendar(&[freeze(&[ChangeType::Emergency])]);
    assert_eq!(given.goes().effect, Some(claim()));

    let mut given = emergency();
    given.facts.calendars = calendar(&[freeze(&[])]);
    assert_eq!(given.goes().effect, None);
    assert_eq!(given.phase(), Phase::Scheduled);
    let mut given = emergency();
    given.facts.calendars = calendar(&[freeze(&[ChangeType::Emergency])]);
    given.policy.emergency = Some(EmergencyRules {
        passes_freezes: false,
        ..rules()
    });
    given.governed();
    assert_eq!(given.goes().effect, None);
}

#[test]
fn the_board_names_the_freeze_where_its_end_is_all_that_is_waited_for() {
    let mut given = emergency();
    let window = EntrySpec {
        schedule: Some("0 2 * * 2,4".to_owned()),
        duration: Some("4h".to_owned()),
        ..EntrySpec::new("tue-thu-night", Entry::Allow, "UTC")
    };
    given.facts.calendars = calendar(&[freeze(&[]), window]);
    let summary = |given: &mut Given| given.goes().waiting_on[0].summary();
    assert_eq!(summary(&mut given), "freeze year-end");
    // When the freeze is over no window is open yet.
    given.policy.emergency = Some(EmergencyRules {
        passes_windows: false,
        ..rules()
    });
    given.governed();
    assert_eq!(summary(&mut given), "window tue-thu-night");
}

#[test]
fn what_it_owes_is_asked_for_after_its_end() {
    let mut given = succeeded();
    assert_eq!(
        given.says(),
        [
            "a second approval of this emergency is owed by Fri 2026-11-27 00:30 UTC",
            "a review of this emergency is owed by Tue 2026-12-01 00:30 UTC"
        ]
    );
    let step = given.goes();
    assert_eq!(
        step.wake_at,
        Some(at("00:30") + SignedDuration::from_hours(24))
    );
    assert_eq!(step.status.next_transition_at, step.wake_at);
}

#[test]
fn an_overdue_approval_stays_an_alarm_until_it_is_there() {
    let mut given = succeeded();
    given.now = at("00:30") + SignedDuration::from_hours(24);
    assert_eq!(
        given.says()[0],
        "a second approval of this emergency was owed by Fri 2026-11-27 00:30 UTC and is still missing"
    );
    let owed = |status: &Status| status.owed.clone().unwrap();
    assert!(owed(&given.change.status).is_overdue());
    let alarms = |status: &Status| -> Vec<String> {
        owed(status)
            .notices()
            .into_iter()
            .filter(|notice| notice.is_alarm)
            .map(|notice| notice.text)
            .collect()
    };
    assert_eq!(
        alarms(&given.change.status),
        ["the approvals owed for this emergency were not there in time"]
    );
    said(&mut given, "ana@example.com", Decision::Approved, "");
    assert_eq!(
        given.says(),
        ["a review of this emergency is owed by Tue 2026-12-01 00:30 UTC"]
    );
    assert!(!owed(&given.change.status).is_overdue());
    assert!(
        owed(&given.change.status).approvals_overdue,
        "it stays on record"
    );
}

#[test]
fn neither_the_requester_nor_an_author_nor_the_same_person_settles_it() {
    let mut given = succeeded();
    for who in ["dana@example.com", "marc@example.com", "lea@example.com"] {
        said(&mut given, who, Decision::Approved, "");
    }
    given.goes();
    assert_eq!(given.change.status.owed.as_ref().unwrap().approved_at, None);
}

#[test]
fn a_review_settles_the_rest() {
    let mut given = succeeded();
    said(&mut given, "ana@example.com", Decision::Approved, "");
    said(&mut given, "dana@example.com", Decision::Reviewed, "fine");
    given.goes();
    assert!(
        !given.change.status.owed.as_ref().unwrap().is_settled(),
        "whoever asked for it does not review it"
    );
    said(
        &mut given,
        "marc@example.com",
        Decision::Reviewed,
        "the token had leaked",
    );
    let step = given.goes();
    let owed = step.status.owed.unwrap();
    assert!(owed.is_settled());
    assert_eq!(
        owed.notices().last().unwrap().text,
        "reviewed by marc@example.com: the token had leaked"
    );
    assert!(step.waiting_on.is_empty());
    assert_eq!(step.wake_at, None);
}

fn lines(given: &Given) -> Vec<String> {
    let lines = explain(&given.change.status, given.now, &TimeZone::UTC);
    lines.into_iter().map(|line| line.text).collect()
}

#[test]
fn a_review_that_does_not_count_says_why() {
    let mut given = emergency();
    given.now = at("00:20");
    said(&mut given, "ana@example.com", Decision::Reviewed, "early");
    let early = given.facts.approvals.pop().unwrap();
    let mut given = succeeded();
    given.facts.approvals.push(early);
    said(&mut given, "dana@example.com", Decision::Reviewed, "fine");
    assert_eq!(
        given.says()[1],
        "a review of this emergency is owed by Tue 2026-12-01 00:30 UTC; 2 reviews were made that do not count"
    );
    let told = lines(&given);
    for line in [
        "the review by ana@example.com Thu 2026-11-26 00:20 UTC does not count: was written before the change started",
        "the review by dana@example.com Thu 2026-11-26 00:30 UTC does not count: asked for this change",
    ] {
        assert!(told.iter().any(|told| told == line), "{told:#?}");
    }
    given.facts.approvals.retain(|said| said.comment != "early");
    assert_eq!(
        given.says()[1],
        "a review of this emergency is owed by Tue 2026-12-01 00:30 UTC; one review was made that does not count"
    );
}

#[test]
fn what_was_owed_and_who_settled_it_is_told_for_good() {
    let mut given = succeeded();
    given.goes();
    assert!(lines(&given).contains(&"1 of 2 approvals".to_owned()));
    said(&mut given, "ana@example.com", Decision::Approved, "");
    given.now = at("00:30") + SignedDuration::from_hours(24 * 6);
    said(&mut given, "lea@example.com", Decision::Reviewed, "a leak");
    given.goes();
    let told = lines(&given);
    for line in [
        "2 of 2 approvals",
        "reviewed by lea@example.com Wed 2026-12-02 00:30 UTC, not in time: a leak",
    ] {
        assert!(told.iter().any(|told| told == line), "{told:#?}");
    }
}

#[test]
fn nothing_unproven_settles_anything() {
    let mut given = succeeded();
    said(&mut given, "ana@example.com", Decision::Approved, "");
    said(&mut given, "ana@example.com", Decision::Reviewed, "fine");
    given.facts.identity = unproven("a policy");
    given.goes();
    let owed = given.change.status.owed.clone().unwrap();
    assert_eq!((owed.approved_at, owed.review), (None, None));
}

#[test]
fn an_objection_afterwards_is_told_and_undoes_nothing() {
    let mut given = succeeded();
    said(&mut given, "ana@example.com", Decision::Rejected, "");
    assert_eq!(
        given.says()[0],
        "a second approval of this emergency is owed by Fri 2026-11-27 00:30 UTC; ana@example.com says that it should not have run"
    );
    assert_eq!(given.phase(), Phase::Succeeded);
}

#[test]
fn it_owes_as_much_when_it_came_back() {
    let mut given = emergency();
    given.goes();
    given.done(&claim());
    given.goes();
    given.done(&apply(0));
    given.observed(&Observation::Failed("the image does not exist".to_owned()));
    given.goes();
    given.done(&roll_back());
    given.observed(&Observation::Healthy);
    given.goes();
    given.done(&conclude(false));
    assert_eq!(given.says().len(), 2);
    assert_eq!(given.phase(), Phase::RolledBack);
}

#[test]
fn one_that_is_called_off_before_it_writes_owes_nothing() {
    let mut given = emergency();
    given.goes();
    assert!(given.change.status.owed.is_some());
    given.change.control.cancel = Some("the alarm was false".to_owned());
    given.done(&claim());
    assert_eq!(given.goes().effect, Some(conclude(false)));
    assert!(given.change.status.owed.is_some(), "it is not over yet");
    given.done(&conclude(false));
    assert_eq!(given.says(), [""; 0]);
    assert_eq!(given.phase(), Phase::Cancelled);
    assert_eq!(given.reason(), "called off: the alarm was false");
    assert_eq!(given.change.status.owed, None);
    assert_eq!(given.goes().wake_at, None);
}

#[test]
fn one_that_is_called_off_when_it_may_have_written_owes_as_much() {
    let mut given = emergency();
    given.goes();
    given.done(&claim());
    assert_eq!(given.goes().effect, Some(apply(0)));
    given.ended(&apply(0), EffectState::Begun);
    given.change.control.cancel = Some("the alarm was false".to_owned());
    assert_eq!(given.goes().effect, Some(roll_back()));
    given.done(&roll_back());
    given.observed(&Observation::Healthy);
    given.goes();
    given.done(&conclude(false));
    assert_eq!(given.says().len(), 2);
    assert_eq!(given.phase(), Phase::Cancelled);
}

#[test]
fn a_settled_emergency_shows_the_same_approvals_until_it_is_out() {
    let mut given = emergency();
    given.goes();
    given.done(&claim());
    said(&mut given, "ana@example.com", Decision::Approved, "");
    given.goes();
    assert_eq!(owed(&given).approved_at, Some(given.now));
    let shown = given.change.status.approvals.clone();
    assert!(shown.iter().all(|approval| approval.counts), "{shown:?}");
    given.goes();
    assert_eq!(given.change.status.approvals, shown);
}

#[test]
fn an_approval_that_had_expired_at_the_start_settles_nothing() {
    let mut given = emergency();
    given.policy.approvals.valid_for = Some(SignedDuration::from_mins(30));
    given.governed();
    given.facts.approvals[0].at = at("00:10");
    given.facts.approvals.push(approval("ana@example.com", &[]));
    given.goes();
    assert_eq!(given.phase(), Phase::BackingUp);
    assert_eq!(owed(&given).approved_at, None);

    given.done(&claim());
    given.now = at("00:31");
    said(&mut given, "tomas@example.com", Decision::Approved, "");
    given.goes();
    assert_eq!(owed(&given).approved_at, Some(at("00:31")));
}

#[test]
fn what_came_too_late_while_nobody_looked_is_on_record() {
    let mut given = succeeded();
    given.now = at("00:30") + SignedDuration::from_hours(6 * 24);
    said(&mut given, "ana@example.com", Decision::Approved, "");
    said(&mut given, "marc@example.com", Decision::Reviewed, "fine");
    given.goes();
    let owed = owed(&given);
    assert!(owed.is_settled());
    assert!(owed.approvals_overdue);
    assert!(owed.review_overdue);
}

#[test]
fn what_came_in_time_while_nobody_looked_was_in_time() {
    let mut given = succeeded();
    given.now = at("10:00");
    said(&mut given, "ana@example.com", Decision::Approved, "");
    said(&mut given, "marc@example.com", Decision::Reviewed, "fine");
    given.now = at("00:30") + SignedDuration::from_hours(6 * 24);
    given.goes();
    let owed = owed(&given);
    assert_eq!(owed.approved_at, Some(at("10:00")));
    assert!(!owed.approvals_overdue);
    assert!(!owed.review_overdue);
}

#[test]
fn nobody_reviews_it_before_it_has_started() {
    let mut given = emergency();
    given.now = at("00:20");
    said(&mut given, "ana@example.com", Decision::Reviewed, "fine");
    given.now = at("00:30");
    given.goes();
    assert_eq!(given.phase(), Phase::BackingUp);
    assert_eq!(owed(&given).review, None);
}

#[test]
fn a_review_in_the_second_of_the_start_counts() {
    let mut given = emergency();
    given.now = at("00:30") + SignedDuration::from_millis(700);
    given.goes();
    given.now = at("00:30");
    said(&mut given, "ana@example.com", Decision::Reviewed, "fine");
    given.now = at("00:31");
    given.goes();
    assert!(owed(&given).review.is_some());
}

#[test]
fn nobody_is_two_people_while_the_policy_cannot_be_read() {
    let mut given = succeeded();
    let names = ["lea@example.com", "lea@example.org"].map(str::to_owned);
    given.policy.approvals.people = People::new([&names[..]]);
    given.governed();
    said(&mut given, "lea@example.org", Decision::Approved, "");
    said(&mut given, "lea@example.org", Decision::Reviewed, "fine");
    let ready = given.facts.policies.clone();
    given.facts.policies = [PolicyFact {
        rules: Err(vec!["`checks` is not supported yet".to_owned()]),
        ..ready[0].clone()
    }]
    .into();
    assert_eq!(
        given.says(),
        [
            "a second approval of this emergency is owed by Fri 2026-11-27 00:30 UTC",
            "a review of this emergency is owed by Tue 2026-12-01 00:30 UTC",
            "policy production says whose names are one person's, and until it can be read again nothing settles what is owed"
        ]
    );
    given.facts.policies = ready;
    given.goes();
    assert_eq!(owed(&given).approved_at, None);
    assert!(owed(&given).review.is_some());
}

#[test]
fn an_approval_that_a_merge_kept_is_not_owed_again() {
    let mut given = emergency();
    given.facts.approvals[0].revision = revision("aaaa");
    let source = given.facts.source.as_mut().unwrap().as_mut().unwrap();
    source.head.parents = vec![revision("aaaa"), revision("bbbb")];
    given.goes();
    assert_eq!(given.phase(), Phase::BackingUp);
    given.done(&claim());
    said(&mut given, "ana@example.com", Decision::Approved, "");
    given.goes();
    assert!(owed(&given).approved_at.is_some());
}
