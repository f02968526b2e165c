//! The exact words of everything a change may wait for before it starts.

use tidegate_core::calendar::{Effect as Entry, EntrySpec};
use tidegate_core::lifecycle::Phase;
use tidegate_core::lifecycle::facts::{Identity, OtherChange, Ticket};

use super::given::{Given, api_gateway, at, calendar, governs, proven_since, target, unproven};

fn other(name: &str, phase: Phase) -> OtherChange {
    OtherChange {
        name: name.to_owned(),
        ticket: name.to_uppercase(),
        phase,
        policy: Some("production".to_owned()),
        targets: vec![target("checkout")],
    }
}

/// The change says exactly this, once the facts are as they are made.
fn says(make: impl FnOnce(&mut Given), phase: Phase, sentences: &[&str]) {
    let mut given = Given::new();
    make(&mut given);
    assert_eq!(given.says(), sentences);
    assert_eq!(given.phase(), phase);
}

const NEXT: &str = "window tue-thu-night is not open; the next window opens Thu 2026-11-26 02:00 UTC, closes 06:00";

#[test]
fn the_ticket_belongs_to_another_change() {
    says(
        |given| {
            given.facts.ticket = Ticket::Taken {
                by: "chg-1200".to_owned(),
            };
        },
        Phase::Draft,
        &[
            "waits for chg-1200, which has the same ticket and has not ended; cancel it or use another ticket",
        ],
    );
}

#[test]
fn no_policy_governs_it() {
    says(
        |given| given.facts.policies = std::sync::Arc::default(),
        Phase::Draft,
        &[
            "no ChangePolicy governs namespace production of cluster prod, so Tidegate changes nothing there; somebody who may write policies has to add it to `governs`",
        ],
    );
}

#[test]
fn two_policies_govern_it() {
    says(
        |given| {
            let all = governs("all", "*", &given.policy);
            let production = governs("production", "production", &given.policy);
            given.facts.policies = [all, production].into();
        },
        Phase::Draft,
        &[
            "2 policies govern prod/production/api-gateway (all, production); it cannot start until all but one let go of it",
        ],
    );
}

#[test]
fn its_targets_have_different_policies() {
    says(
        |given| {
            let mut staging = target("api-gateway");
            staging.namespace = "staging".to_owned();
            given.also(staging);
            let production = governs("production", "production", &given.policy);
            let staging = governs("staging", "staging", &given.policy);
            given.facts.policies = [production, staging].into();
        },
        Phase::Draft,
        &[
            "its targets are governed by different policies (production, staging); submit one change for each",
        ],
    );
}

#[test]
fn its_policy_is_not_ready() {
    says(
        |given| {
            let mut fact = governs("production", "production", &given.policy);
            fact.rules = Err(vec!["checks: quota is not supported yet".to_owned()]);
            given.facts.policies = [fact].into();
        },
        Phase::Draft,
        &[
            "policy production is not ready, and until it is nothing starts under it: checks: quota is not supported yet",
        ],
    );
}

#[test]
fn a_policy_whose_selector_is_broken_might_govern_it() {
    says(
        |given| {
            let mut fact = governs("production", "production", &given.policy);
            fact.governs = Err("governs.namespaces: `[` does not compile".to_owned());
            given.facts.policies = [fact].into();
        },
        Phase::Draft,
        &[
            "policy production is not ready, and until it is nothing starts under it: governs.namespaces: `[` does not compile",
        ],
    );
}

#[test]
fn its_commit_is_being_looked_up() {
    says(
        |given| given.facts.source = None,
        Phase::Draft,
        &["the commit is being looked up"],
    );
}

#[test]
fn its_source_cannot_be_had() {
    let mut given = Given::new();
    given.facts.source = Some(Err("branch main is gone".to_owned()));
    assert_eq!(given.says(), ["waits for its source: branch main is gone"]);
    // No watch tells when it is back.
    assert_eq!(given.goes().wake_at, Some(at("00:31")));
}

#[test]
fn its_manifests_are_being_rendered() {
    says(
        |given| given.facts.rendered = None,
        Phase::Draft,
        &["the manifests are being rendered"],
    );
}

#[test]
fn its_manifests_do_not_render() {
    let mut given = Given::new();
    let problem = "kustomize: no such file base/deployment.yaml".to_owned();
    given.facts.rendered = Some(Err(problem));
    assert_eq!(
        given.says(),
        ["its manifests do not render: kustomize: no such file base/deployment.yaml"]
    );
    assert_eq!(given.goes().wake_at, Some(at("00:31")));
}

#[test]
fn nothing_proves_who_signs() {
    says(
        |given| {
            // Its requester was proven before.
            given.goes();
            given.facts.identity =
                unproven("ValidatingAdmissionPolicy tidegate-approval is missing");
        },
        Phase::Approving,
        &[
            "no approval counts that is made before the API server proves who signs: ValidatingAdmissionPolicy tidegate-approval is missing; an administrator restores that with `tidegate crds | kubectl apply -f -`",
            "waits for 2 approvals of 3f9c1a, 1 from @sre-team; 2 approvals were made that do not count; the next window opens Thu 2026-11-26 02:00 UTC",
        ],
    );
}

#[test]
fn nobody_has_looked_yet_who_proves_who_signs() {
    says(
        |given| given.facts.identity = Identity::default(),
        Phase::Approving,
        &[
            "no approval counts that is made before the API server proves who signs: the admission policies have not been read yet",
            "waits for 2 approvals of 3f9c1a, 1 from @sre-team; 2 approvals were made that do not count; the next window opens Thu 2026-11-26 02:00 UTC",
        ],
    );
}

#[test]
fn nothing_proved_who_asked_for_it() {
    says(
        |given| given.facts.identity = proven_since("2026-11-26T00:10:00Z"),
        Phase::Approving,
        &[
            "nothing proved who asked for it when it was submitted: the policies that do so came into force later (Thu 2026-11-26 00:10:05 UTC); cancel it and submit it again",
        ],
    );
}

#[test]
fn approvals_are_missing() {
    says(
        |given| given.facts.approvals.clear(),
        Phase::Approving,
        &[
            "waits for 2 approvals of 3f9c1a, 1 from @sre-team; the next window opens Thu 2026-11-26 02:00 UTC",
        ],
    );
    says(
        |given| given.facts.approvals.truncate(1),
        Phase::Approving,
        &[
            "waits for a second approval of 3f9c1a, 1 from @sre-team; the next window opens Thu 2026-11-26 02:00 UTC",
        ],
    );
    says(
        |given| {
            given.facts.approvals[1].groups.clear();
        },
        Phase::Approving,
        &[
            "waits for an approval of 3f9c1a, 1 from @sre-team; the next window opens Thu 2026-11-26 02:00 UTC",
        ],
    );
    says(
        |given| {
            given.policy.approvals.count = 3;
            given.policy.calendar = None;
            given.governed();
        },
        Phase::Approving,
        &["waits for a third approval of 3f9c1a; it could start at once"],
    );
}

#[test]
fn it_is_held() {
    says(
        |given| given.change.control.hold = Some("the team is away".to_owned()),
        Phase::Scheduled,
        &[
            "is held (the team is away); `tidegate change hold --release` lets it go on",
            NEXT,
        ],
    );
}

#[test]
fn it_is_wanted_later() {
    says(
        |given| given.change.control.window.not_before = Some(at("03:00")),
        Phase::Scheduled,
        &[
            "is not wanted before Thu 2026-11-26 03:00 UTC",
            "window tue-thu-night is not open; the next window opens Thu 2026-11-26 03:00 UTC, closes 06:00",
        ],
    );
}

#[test]
fn it_is_wanted_later_than_the_open_window_can_be_of_use() {
    let wanted = |not_before: &str, sentences: &[&str], outlook: &str| {
        let mut given = Given::new();
        given.time("02:30");
        given.change.control.window.not_before = Some(at(not_before));
        assert_eq!(given.says(), sentences);
        assert_eq!(given.change.status.outlook.as_deref(), Some(outlook));
    };
    let late = "the window closes Thu 2026-11-26 06:00 UTC, too soon for the 40m it is expected to take; the next window opens Tue 2026-12-01 02:00 UTC, closes 06:00";
    let over = "the window closes Thu 2026-11-26 06:00 UTC, before it is wanted; the next window opens Tue 2026-12-01 02:00 UTC, closes 06:00";
    wanted(
        "05:20",
        &["is not wanted before Thu 2026-11-26 05:20 UTC"],
        "a window is open until Thu 2026-11-26 06:00 UTC",
    );
    wanted(
        "05:21",
        &["is not wanted before Thu 2026-11-26 05:21 UTC", late],
        late,
    );
    wanted(
        "06:00",
        &["is not wanted before Thu 2026-11-26 06:00 UTC", over],
        over,
    );
}

/// Two targets with windows of their own: one from 02:00 to 06:00, and one that
/// opens at 03:00 for as long as this.
fn in_two_windows(duration: &str) -> Given {
    let window = |name: &str, schedule: &str, duration: &str, target: &str| EntrySpec {
        schedule: Some(schedule.to_owned()),
        duration: Some(duration.to_owned()),
        applications: vec![target.to_owned()],
        ..EntrySpec::new(name, Entry::Allow, "UTC")
    };
    let mut given = Given::new();
    given.also(target("checkout"));
    given.change.request.targets.reverse();
    given.renders("9f1c2d3", "3f9c1a");
    given.facts.calendars = calendar(&[
        window("gateway-night", "0 2 * * *", "4h", "api-gateway"),
        window("checkout-night", "0 3 * * *", duration, "checkout"),
    ]);
    given
}

#[test]
fn its_targets_have_windows_of_their_own() {
    let mut given = in_two_windows("1h");
    let step = given.goes();
    assert_eq!(step.waiting_on[0].summary(), "window checkout-night");
    assert_eq!(
        step.waiting_on[0].to_string(),
        "window checkout-night is not open; the next window opens Thu 2026-11-26 03:00 UTC, closes 04:00"
    );
    given.change.request.targets.reverse();
    assert_eq!(
        given.says(),
        [
            "window gateway-night is not open; the next window opens Thu 2026-11-26 03:00 UTC, closes 04:00"
        ]
    );
    // Both are open, and the first of them closes too soon.
    given.time("03:30");
    assert_eq!(
        given.says(),
        [
            "the window closes Thu 2026-11-26 04:00 UTC, too soon for the 40m it is expected to take; the next window opens Fri 2026-11-27 03:00 UTC, closes 04:00"
        ]
    );
}

#[test]
fn its_targets_share_no_window_that_is_long_enough() {
    let mut given = in_two_windows("30m");
    assert_eq!(
        given.says(),
        [
            "window checkout-night is not open; no window of the next five years is long enough, so the calendar has to change"
        ]
    );
}

#[test]
fn its_calendar_does_not_exist() {
    says(
        |given| given.facts.calendars = std::sync::Arc::default(),
        Phase::Scheduled,
        &[
            "calendar production, which policy production names, does not exist, so nothing may start",
        ],
    );
}

#[test]
fn its_window_is_not_open() {
    says(|_| {}, Phase::Scheduled, &[NEXT]);
}

#[test]
fn its_window_closes_too_soon() {
    says(
        |given| {
            given.time("05:30");
        },
        Phase::Scheduled,
        &[
            "the window closes Thu 2026-11-26 06:00 UTC, too soon for the 40m it is expected to take; the next window opens Tue 2026-12-01 02:00 UTC, closes 06:00",
        ],
    );
}

#[test]
fn no_window_will_ever_do() {
    says(
        |given| {
            let past = EntrySpec {
                from: Some("2026-11-25T02:00".to_owned()),
                to: Some("2026-11-25T06:00".to_owned()),
                ..EntrySpec::new("once", Entry::Allow, "UTC")
            };
            given.facts.calendars = calendar(&[past]);
        },
        Phase::Scheduled,
        &[
            "window once is not open; no window of the next five years is long enough, so the calendar has to change",
        ],
    );
}

#[test]
fn it_depends_on_another_change() {
    let sentence = |others: Vec<OtherChange>, sentence: &str| {
        says(
            |given| {
                given.change.request.depends_on = vec!["chg-1200".to_owned()];
                given.facts.others = others;
            },
            Phase::Scheduled,
            &[sentence, NEXT],
        );
    };
    sentence(Vec::new(), "depends on chg-1200, which does not exist");
    sentence(
        vec![other("chg-1200", Phase::Verifying)],
        "waits for chg-1200 to succeed, which is Verifying",
    );
    sentence(
        vec![other("chg-1200", Phase::Failed)],
        "depends on chg-1200, which ended Failed; cancel this change and submit it again without it",
    );
}

#[test]
fn another_change_is_at_work_on_its_target() {
    says(
        |given| {
            let mut other = other("chg-1200", Phase::RollingOut);
            other.targets = vec![api_gateway()];
            given.facts.others = vec![other];
        },
        Phase::Scheduled,
        &[
            "waits for chg-1200, which is at work on prod/production/api-gateway",
            NEXT,
        ],
    );
}

#[test]
fn enough_changes_run_already() {
    says(
        |given| {
            given.policy.max_running = Some(1);
            given.governed();
            given.facts.others = vec![other("chg-1200", Phase::Verifying)];
        },
        Phase::Scheduled,
        &[
            "waits because policy production lets 1 of its changes run at once",
            NEXT,
        ],
    );
}

#[test]
fn the_dry_run_is_not_made_yet() {
    says(
        |given| given.facts.preview = None,
        Phase::Assessing,
        &["waits for a dry run of these manifests"],
    );
}

#[test]
fn the_api_server_would_refuse_it() {
    let refused = "Deployment/api-gateway: spec.replicas: must be at least 0";
    says(
        |given| {
            let preview = given.facts.preview.as_mut().unwrap();
            preview.refused = vec![refused.to_owned()];
        },
        Phase::Assessing,
        &[
            "the API server would refuse it: Deployment/api-gateway: spec.replicas: must be at least 0",
        ],
    );
}

#[test]
fn what_runs_has_drifted() {
    says(
        |given| {
            given.time("02:00").previewed();
            let drifted = "Deployment/api-gateway: spec.replicas is 9, deployed was 10";
            given.facts.preview.as_mut().unwrap().drifted = vec![drifted.to_owned()];
        },
        Phase::Scheduled,
        &[
            "what runs is not what was last deployed, in fields this change touches: Deployment/api-gateway: spec.replicas is 9, deployed was 10; bring it back or deploy what runs first",
        ],
    );
}
