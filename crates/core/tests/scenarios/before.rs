//! Until it starts.

use jiff::tz::TimeZone;
use tidegate_core::approval::Decision;
use tidegate_core::argo_cd::ChartVersion;
use tidegate_core::change::ChangeType;
use tidegate_core::lifecycle::explain::explain;
use tidegate_core::lifecycle::facts::{EffectState, Source, Unstageable};
use tidegate_core::lifecycle::{Effect, Phase, Question, questions};
use tidegate_core::request::Wanted;

use super::given::{
    Given, api_gateway, approval, at, claim, conclude, proven_since, revision, unproven,
};

/// What the status says of each approval.
fn notes(given: &Given) -> Vec<(&str, bool, &str)> {
    let said = given.change.status.approvals.iter();
    said.map(|said| (said.approver.as_str(), said.counts, said.note.as_str()))
        .collect()
}

#[test]
fn it_goes_from_gate_to_gate_and_starts_when_its_window_opens() {
    let mut given = Given::new();
    let approvals = std::mem::take(&mut given.facts.approvals);
    let (source, preview) = (given.facts.source.take(), given.facts.preview.take());
    given.goes();
    assert_eq!(given.phase(), Phase::Draft);
    given.facts.source = source;
    given.goes();
    assert_eq!(given.phase(), Phase::Assessing);
    given.facts.preview = preview;
    given.goes();
    assert_eq!(given.phase(), Phase::Approving);
    given.facts.approvals = approvals;
    let step = given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
    // A minute ahead, so that the dry run costs nothing of the window.
    assert_eq!(step.wake_at, Some(at("01:59")));
    assert_eq!(given.change.status.next_transition_at, Some(at("02:00")));
    given.time("01:59");
    let asked = questions(&given.change, &given.facts, given.now);
    assert!(asked.contains(&Question::Preview));
    given.previewed();
    assert_eq!(given.goes().effect, None);
    let step = given.time("02:00").goes();
    assert_eq!(step.effect, Some(claim()));
    assert_eq!(given.phase(), Phase::BackingUp);
    let status = &given.change.status;
    let backup = status.backup.as_deref();
    assert_eq!(backup, Some("waived: the service keeps no data"));
    assert_eq!(status.plan.as_ref(), Some(&given.policy.plan));
    assert_eq!(
        notes(&given),
        [
            ("ana@example.com", true, "for sre-team"),
            ("lea@example.com", true, ""),
        ]
    );
}

#[test]
fn its_branch_moves_after_the_approvals_and_none_of_them_counts() {
    let mut given = Given::new();
    given.change.request.wanted = Wanted::Reference("main".to_owned());
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
    given.renders("c0ffee1", "beef01");
    assert_eq!(
        given.says(),
        [
            "waits for 2 approvals of beef01, 1 from @sre-team; 2 approvals were made that do not count; the next window opens Thu 2026-11-26 02:00 UTC"
        ]
    );
    assert_eq!(given.phase(), Phase::Approving);
    let note = "approved 9f1c2d3; now it would run c0ffee1 (Use v2.5.0, by marc@example.com)";
    assert_eq!(
        notes(&given),
        [
            ("ana@example.com", false, note),
            ("lea@example.com", false, note),
        ]
    );
    assert!(given.time("02:00").goes().effect.is_none());
}

#[test]
fn the_archive_of_its_chart_is_replaced_and_no_approval_counts() {
    let mut given = Given::new();
    given.change.request.wanted = Wanted::Chart {
        name: "api-gateway".to_owned(),
        version: ChartVersion::parse("1.4.2").unwrap(),
    };
    let packed = |given: &mut Given, archive: &str| {
        given.renders(archive, "beef01");
        let (Some(Ok(source)), Some(Ok(rendered))) =
            (&mut given.facts.source, &mut given.facts.rendered)
        else {
            unreachable!("it renders")
        };
        source.head.subject = "chart api-gateway 1.4.2".to_owned();
        source.head.author = String::new();
        source.authors.clear();
        let digest = &source.revision;
        rendered.tool = format!("helm v4.2.1 from chart api-gateway 1.4.2 (sha256:{digest})");
    };
    packed(&mut given, "9f1c2d3");
    given.goes();
    packed(&mut given, "c0ffee1");
    // It is looked up again a minute later, as a branch is.
    assert_eq!(given.goes().wake_at, Some(at("00:31")));
    let lines = explain(&given.change.status, given.now, &TimeZone::UTC);
    assert!(
        lines[0]
            .text
            .starts_with("archive c0ffee1 renders to beef01 with helm v4.2.1"),
        "{:?}",
        lines[0]
    );
    let note = "approved 9f1c2d3; now it would run c0ffee1 (chart api-gateway 1.4.2)";
    assert_eq!(
        notes(&given),
        [
            ("ana@example.com", false, note),
            ("lea@example.com", false, note),
        ]
    );
}

#[test]
fn another_commit_with_equal_manifests_voids_as_well() {
    let mut given = Given::new();
    given.renders("c0ffee1", "3f9c1a");
    given.goes();
    assert_eq!(given.phase(), Phase::Approving);
}

#[test]
fn a_merge_of_what_was_approved_keeps_the_approvals() {
    let mut given = Given::new();
    given.renders("c0ffee1", "3f9c1a");
    let Some(Ok(Source { head, .. })) = &mut given.facts.source else {
        unreachable!("it has a source")
    };
    head.parents = vec![revision("71d0be"), revision("9f1c2d3")];
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
}

#[test]
fn the_same_commit_renders_to_other_manifests() {
    let mut given = Given::new();
    given.renders("9f1c2d3", "beef01");
    given.goes();
    assert_eq!(given.phase(), Phase::Approving);
    let note = "approved manifests 3f9c1a; the same commit now renders to beef01";
    assert_eq!(notes(&given)[0], ("ana@example.com", false, note));
}

#[test]
fn another_tool_that_renders_something_else_is_named() {
    let mut given = Given::new();
    given.goes();
    given.renders("9f1c2d3", "beef01");
    let Some(Ok(rendered)) = &mut given.facts.rendered else {
        unreachable!("it renders")
    };
    rendered.tool = "kustomize 5.9.0".to_owned();
    given.goes();
    let note = "approved manifests 3f9c1a; the same commit now renders to beef01, with kustomize 5.9.0 and no longer kustomize 5.8.1";
    assert_eq!(notes(&given)[0], ("ana@example.com", false, note));
}

#[test]
fn whoever_has_a_part_in_it_does_not_count() {
    let mut given = Given::new();
    given.facts.approvals = [
        ("dana@example.com", "asked for this change"),
        (
            "jo",
            "is not an e-mail address and the policy does not say whose name it is",
        ),
        ("marc@example.com", "wrote a commit of this change"),
        (
            "system:serviceaccount:ci:deployer",
            "is a service account, not a person",
        ),
    ]
    .map(|(name, _)| approval(name, &["sre-team"]))
    .to_vec();
    given.goes();
    assert_eq!(given.phase(), Phase::Approving);
    assert_eq!(
        notes(&given),
        [
            ("dana@example.com", false, "asked for this change"),
            (
                "jo",
                false,
                "is not an e-mail address and the policy does not say whose name it is"
            ),
            ("marc@example.com", false, "wrote a commit of this change"),
            (
                "system:serviceaccount:ci:deployer",
                false,
                "is a service account, not a person"
            ),
        ]
    );
}

#[test]
fn nobody_can_be_told_from_a_requester_whom_nobody_knows() {
    let mut given = Given::new();
    given.change.request.requested_by = "system:serviceaccount:ci:deployer".to_owned();
    given.goes();
    assert_eq!(given.phase(), Phase::Approving);
    let note = "cannot be told from whoever asked for this change: the policy does not say whose name that is";
    assert_eq!(notes(&given)[0], ("ana@example.com", false, note));
}

#[test]
fn what_was_signed_before_the_policies_stood_never_counts() {
    let mut given = Given::new();
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
    given.facts.identity = unproven("a binding");
    given.goes();
    let note = "is not protected: the policies that prove who signed are missing or altered";
    assert_eq!(notes(&given)[0], ("ana@example.com", false, note));
    // Somebody signs for Ana meanwhile, and the policies are made again at 00:50.
    let mut forged = approval("ana@example.com", &["sre-team"]);
    forged.at = at("00:45");
    given.facts.approvals.push(forged);
    given.facts.identity = proven_since("2026-11-26T00:50:00Z");
    given.time("02:00").previewed();
    assert_eq!(given.goes().effect, None);
    assert_eq!(given.phase(), Phase::Approving);
    let note = "was written before the policies that prove who signed came into force (Thu 2026-11-26 00:50:05 UTC); approve again";
    let never = |name| (name, false, note);
    assert_eq!(
        notes(&given),
        [
            never("ana@example.com"),
            never("lea@example.com"),
            never("ana@example.com"),
        ]
    );
    for approval in &mut given.facts.approvals[..2] {
        approval.at = at("00:51");
    }
    assert_eq!(given.goes().effect, Some(claim()));
}

#[test]
fn a_new_policy_does_not_bite_at_once() {
    let mut given = Given::new();
    given.goes();
    given.facts.identity = proven_since("2026-11-26T00:10:00Z");
    for (written, phase) in [
        ("2026-11-26T00:10:00Z", Phase::Approving),
        ("2026-11-26T00:10:05Z", Phase::Approving),
        ("2026-11-26T00:10:06Z", Phase::Scheduled),
    ] {
        for approval in &mut given.facts.approvals {
            approval.at = written.parse().unwrap();
        }
        given.goes();
        assert_eq!(given.phase(), phase, "{written}");
    }
}

#[test]
fn a_requester_nobody_proved_could_be_anybody() {
    let mut given = Given::new();
    given.facts.identity = proven_since("2026-11-26T00:00:00Z");
    for approval in &mut given.facts.approvals {
        approval.at = at("00:10");
    }
    given.goes();
    assert_eq!(given.phase(), Phase::Approving);
    let note = "cannot be told from whoever asked for this change: nothing proved who that was";
    assert_eq!(notes(&given)[0], ("ana@example.com", false, note));
    // Seen once while everything stood, it is known for good.
    given.change.submitted_at = at("00:05");
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
    given.facts.identity = proven_since("2026-11-26T00:08:00Z");
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
}

#[test]
fn an_approval_expires() {
    let mut given = Given::new();
    given.policy.approvals.valid_for = Some(super::given::minutes(60));
    given.governed();
    let step = given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
    assert_eq!(step.wake_at, Some(at("01:00")));
    given.time("01:00").goes();
    assert_eq!(given.phase(), Phase::Approving);
    let note = "expired Thu 2026-11-26 01:00 UTC";
    assert_eq!(notes(&given)[0], ("ana@example.com", false, note));
}

#[test]
fn somebody_who_counts_rejects_it() {
    let mut given = Given::new();
    given.facts.approvals[1].decision = Decision::Rejected;
    given.goes();
    assert_eq!(given.phase(), Phase::Rejected);
    assert_eq!(given.reason(), "rejected by ana@example.com");
}

#[test]
fn the_author_cannot_reject_it() {
    let mut given = Given::new();
    let mut no = approval("marc@example.com", &[]);
    no.decision = Decision::Rejected;
    given.facts.approvals.push(no);
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
}

#[test]
fn type_standard_is_rejected() {
    let mut given = Given::new();
    given.change.request.kind = ChangeType::Standard;
    given.goes();
    assert_eq!(given.phase(), Phase::Rejected);
    assert_eq!(
        given.reason(),
        "type standard needs a template and there are none yet; submit it as normal"
    );
}

#[test]
fn what_cannot_be_staged_is_rejected_unless_the_policy_lets_it_go_whole() {
    let database = || {
        let mut given = Given::new();
        let Some(Ok(rendered)) = &mut given.facts.rendered else {
            unreachable!("it renders")
        };
        rendered.unstageable = vec![Unstageable {
            kind: "StatefulSet".to_owned(),
            why: "StatefulSet/db cannot be staged: only a Deployment can be held at a share"
                .to_owned(),
        }];
        given
    };
    let mut given = database();
    given.goes();
    assert_eq!(given.phase(), Phase::Rejected);
    assert_eq!(
        given.reason(),
        "cannot go out in stages: StatefulSet/db cannot be staged: only a Deployment can be held at a share; the policy may let a kind go whole by naming it in `wholeKinds`"
    );
    let mut given = database();
    given.policy.plan.whole_kinds = vec!["StatefulSet".to_owned()];
    given.governed();
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
    let mut given = database();
    given.policy.plan.stages.remove(0);
    given.governed();
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
}

#[test]
fn a_refused_dry_run_is_made_again_after_a_minute() {
    let mut given = Given::new();
    let refused = "admission webhook denied it".to_owned();
    given.facts.preview.as_mut().unwrap().refused = vec![refused];
    let step = given.goes();
    assert_eq!(given.phase(), Phase::Assessing);
    assert_eq!(step.wake_at, Some(at("00:31")));
    given.time("00:31").previewed();
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
}

#[test]
fn it_is_refused_when_its_time_comes_and_says_so() {
    let mut given = Given::new();
    given.goes();
    given.time("02:00").previewed();
    let refused = "exceeded quota".to_owned();
    given.facts.preview.as_mut().unwrap().refused = vec![refused];
    assert_eq!(
        given.says(),
        ["the API server would refuse it: exceeded quota"]
    );
    assert_eq!(given.phase(), Phase::Scheduled);
}

#[test]
fn it_expires_whatever_it_waits_for() {
    type Make = fn(&mut Given);
    let table: [(Make, Phase); 4] = [
        (|given| given.facts.source = None, Phase::Draft),
        (|given| given.facts.preview = None, Phase::Assessing),
        (|given| given.facts.approvals.clear(), Phase::Approving),
        (|_| {}, Phase::Scheduled),
    ];
    for (make, phase) in table {
        let mut given = Given::new();
        given.change.control.window.not_after = Some(at("00:45"));
        make(&mut given);
        let step = given.goes();
        assert_eq!(given.phase(), phase);
        assert!(
            step.wake_at.is_some_and(|wake| wake <= at("00:45")),
            "{phase}"
        );
        given.time("00:45").goes();
        assert_eq!(given.phase(), Phase::Expired, "{phase}");
        assert_eq!(
            given.reason(),
            "it did not start before Thu 2026-11-26 00:45 UTC, the end of its wanted window"
        );
    }
}

#[test]
fn it_is_called_off_before_it_started() {
    let mut given = Given::new();
    given.goes();
    given.change.control.cancel = Some("not needed".to_owned());
    let step = given.goes();
    assert_eq!(given.phase(), Phase::Cancelled);
    assert_eq!(given.reason(), "called off: not needed");
    assert_eq!(step.effect, None);
    let mut given = Given::new();
    given.change.control.deleted = true;
    given.goes();
    assert_eq!(given.phase(), Phase::Cancelled);
    assert_eq!(given.reason(), "called off: the Change was deleted");
}

#[test]
fn a_hold_that_is_released_lets_it_start() {
    let mut given = Given::new();
    given.change.control.hold = Some("wait".to_owned());
    given.time("02:00").previewed();
    assert_eq!(given.goes().effect, None);
    given.change.control.hold = None;
    assert_eq!(given.goes().effect, Some(claim()));
}

#[test]
fn a_target_that_cannot_be_taken_is_tried_again_after_a_minute() {
    let mut given = Given::started();
    let refused = EffectState::Failed("chg-1200 holds it".to_owned());
    given.ended(&claim(), refused);
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    let says = given.says();
    assert_eq!(given.phase(), Phase::Scheduled);
    assert_eq!(
        says,
        ["could not take prod/production/api-gateway: chg-1200 holds it; it is tried again"]
    );
    given.time("02:01").previewed();
    let step = given.goes();
    assert_eq!(step.effect, Some(claim()));
    assert_eq!(given.change.status.attempts, 2);
    let again = Effect::Claim {
        target: api_gateway(),
    };
    assert_eq!(again.key(2), "2/claim/prod/production/api-gateway");
}

/// Its claim was begun at 02:00 and does not work since.
fn taking() -> Given {
    let mut given = Given::new();
    given.time("02:00").previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    given.ended(&claim(), EffectState::Begun);
    given.facts.trouble = Some("the API server does not answer".to_owned());
    given
}

#[test]
fn a_target_that_is_not_taken_in_time_is_given_free_and_tried_again_after_a_minute() {
    let mut given = taking();
    let step = given.time("02:09").goes();
    assert_eq!(step.effect, Some(claim()));
    assert_eq!(given.change.status.next_transition_at, Some(at("02:10")));
    assert_eq!(given.time("02:10").goes().effect, Some(conclude(false)));
    assert_eq!(
        given.reason(),
        "could not take prod/production/api-gateway before Thu 2026-11-26 02:10 UTC: the API server does not answer"
    );
    given.facts.trouble = None;
    given.done(&conclude(false));
    assert_eq!(
        given.says(),
        ["could not take prod/production/api-gateway in time; it is tried again"]
    );
    assert_eq!(given.phase(), Phase::Scheduled);
    given.time("02:11").previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    assert_eq!(given.change.status.attempts, 2);
}

#[test]
fn a_claim_that_the_ledger_cannot_take_does_not_start_again_at_once() {
    let mut given = taking();
    given.facts.effects.clear();
    given.facts.trouble = Some("the ledger is locked".to_owned());
    let step = given.time("02:10").goes();
    assert_eq!(step.effect, None);
    assert_eq!(given.phase(), Phase::Scheduled);
    assert_eq!(step.wake_at, Some(at("02:11")));
    assert_eq!(
        given.reason(),
        "could not take prod/production/api-gateway before Thu 2026-11-26 02:10 UTC: the ledger is locked"
    );
}

#[test]
fn a_target_that_cannot_be_taken_while_there_is_time_waits_for_the_next_window() {
    let mut given = Given::new();
    // The last moment at which 40 minutes are left.
    given.time("05:20").previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    assert_eq!(given.time("05:21").goes().effect, Some(claim()));
    given.ended(&claim(), EffectState::Begun);
    given.facts.trouble = Some("the API server does not answer".to_owned());
    assert_eq!(given.goes().effect, Some(conclude(false)));
    assert_eq!(
        given.reason(),
        "could not take prod/production/api-gateway while its window left the 40m it is expected to take: the API server does not answer"
    );
    given.facts.trouble = None;
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
}
