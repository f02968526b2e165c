//! The small worlds that are explored to their end.

use tidegate_core::approval::People;
use tidegate_core::change::ChangeType;
use tidegate_core::digest::Digest;
use tidegate_core::policy::{
    ApplicationSelector, ApprovalRules, Backup, BackupRules, Check, EmergencyRules, ForeignWindows,
    GroupRule, OnWindowClose, Plan, Policy, RestoreData, Revert, Stage, Verification,
};
use tidegate_core::revision::Revision;
use tidegate_core::rollout::prune::PruneAllowance;
use tidegate_core::rollout::share::Share;

use super::setting::{Allowed, Commit, Happening, Setting, Submitted, Voice, address, minutes};
use super::state::Health;

/// All the ways in which a target may become worse.
const WORSE: [Health; 4] = [
    Health::Progressing,
    Health::Failed,
    Health::Differs,
    Health::Unseen,
];

const LEA: usize = 0;
const ANA: usize = 1;
const MARC: usize = 2;
const DANA: usize = 3;

/// Another name of Ana's, by its position among the voices.
const ELSEWHERE: usize = 5;
const ANA_ELSEWHERE: &str = "ana.meier@example.org";

/// Lea and Ana review, Ana for the SREs; Marc writes; Dana asks.
fn voices() -> Vec<Voice> {
    let person = |person: usize, groups: &[&str]| Voice {
        name: address(person),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        person: Some(person),
    };
    let machine = Voice {
        name: "system:serviceaccount:ci:deployer".to_owned(),
        groups: vec!["sre-team".to_owned()],
        person: None,
    };
    let elsewhere = Voice {
        name: ANA_ELSEWHERE.to_owned(),
        ..person(ANA, &["sre-team"])
    };
    vec![
        person(LEA, &[]),
        person(ANA, &["sre-team"]),
        person(MARC, &["sre-team"]),
        person(DANA, &["sre-team"]),
        machine,
        elsewhere,
    ]
}

/// A commit with a number of its own that renders to these manifests.
fn commit(number: u8, manifests: &str, author: usize) -> Commit {
    Commit {
        revision: Revision::parse(&format!("{number:040x}")).unwrap(),
        digest: Digest::of(manifests.as_bytes()),
        parents: Vec::new(),
        authors: vec![author],
    }
}

fn submitted(targets: &[usize], commits: Vec<Commit>) -> Submitted {
    Submitted {
        kind: ChangeType::Normal,
        targets: targets.to_vec(),
        commits,
        not_before: None,
        not_after: None,
        depends_on: Vec::new(),
        expected: 10,
    }
}

fn stage(name: &str, percent: u8, soak: u32) -> Stage {
    Stage {
        name: name.to_owned(),
        share: Share::new(percent).unwrap(),
        applications: None,
        targets: None,
        soak: minutes(soak),
        within: minutes(20),
    }
}

fn policy(stages: Vec<Stage>, checks: Vec<Check>) -> Policy {
    Policy {
        calendar: None,
        without_window: tidegate_core::calendar::Otherwise::Shut,
        approvals: ApprovalRules {
            count: 2,
            groups: vec![GroupRule {
                name: "sre-team".to_owned(),
                count: 1,
            }],
            only: Vec::new(),
            valid_for: None,
            people: People::new([&[address(ANA), ANA_ELSEWHERE.to_owned()][..]]),
        },
        backup: Backup::Waived {
            reason: "the service keeps no data".to_owned(),
        },
        plan: Plan {
            stages,
            on_window_close: OnWindowClose::Finish,
            foreign_windows: ForeignWindows::Respect,
            whole_kinds: Vec::new(),
            prune: PruneAllowance::default(),
            backup: None,
            rollback_within: minutes(20),
            revert: Revert::None,
            verification: Verification {
                within: minutes(20),
                checks,
            },
        },
        emergency: None,
        max_running: None,
    }
}

/// A setting of these changes, all approved, in which all may start at once.
fn setting(changes: Vec<Submitted>, policy: Policy) -> Setting {
    let mut setting = Setting::new(changes, voices(), DANA, policy);
    setting.signed = vec![LEA, ANA];
    setting
}

/// One stage, no checks.
fn at_once() -> Policy {
    policy(vec![stage("full", 100, 0)], Vec::new())
}

/// Everybody signs who could: two reviewers, the author, the requester and a
/// service account. The source moves on to a merge of equal manifests.
pub(crate) fn everybody() -> Setting {
    let first = commit(1, "v2.5.0", MARC);
    let merge = Commit {
        parents: vec![first.revision.clone(), commit(9, "", MARC).revision],
        ..commit(2, "v2.5.0", MARC)
    };
    let change = submitted(&[0], vec![first, merge]);
    let mut setting = setting(vec![change], at_once());
    setting.signed = Vec::new();
    setting.allowed = Allowed {
        voices: vec![0, 1, 2, 3, 4],
        happenings: vec![Happening::Move],
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// Two reviewers approve, now or later; their approvals expire; the source
/// moves on to equal manifests by one of them, and to others. A freeze cuts
/// the window in two.
pub(crate) fn expiry() -> Setting {
    let commits = vec![
        commit(1, "v2.5.0", MARC),
        commit(2, "v2.5.0", LEA),
        commit(3, "v2.5.1", MARC),
    ];
    let change = submitted(&[0], commits);
    let mut setting = setting(vec![change], at_once());
    setting.signed = Vec::new();
    setting.policy.approvals.valid_for = Some(minutes(20));
    setting.windows = vec![(10, 40)];
    setting.freezes = vec![(20, 30)];
    setting.last_edge = 40;
    setting.allowed = Allowed {
        voices: vec![LEA, ANA],
        sign_until: 10,
        happenings: vec![Happening::Move],
        crash: true,
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// Each of two reviewers may say yes or no or both.
pub(crate) fn rejection() -> Setting {
    let change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    let mut setting = setting(vec![change], at_once());
    setting.signed = Vec::new();
    setting.windows = vec![(10, 20)];
    setting.last_edge = 20;
    setting.allowed = Allowed {
        voices: vec![LEA, ANA],
        sign_until: 10,
        happenings: vec![Happening::Reject],
        crash: true,
        slow_writes: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// The admission policies go and come back while two reviewers sign, or
/// somebody for them.
pub(crate) fn forgery() -> Setting {
    let change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    let mut setting = setting(vec![change], at_once());
    setting.signed = vec![LEA];
    setting.windows = vec![(10, 30)];
    setting.last_edge = 30;
    setting.allowed = Allowed {
        voices: vec![LEA, ANA],
        sign_until: 20,
        happenings: vec![Happening::Reject],
        guard: 2,
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// What the gates hang on goes and comes back, and the status is written
/// later than it was decided.
pub(crate) fn gates() -> Setting {
    let change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    let mut setting = setting(vec![change], at_once());
    setting.windows = vec![(10, 30)];
    setting.last_edge = 30;
    setting.allowed = Allowed {
        happenings: vec![Happening::Hold],
        policy: 1,
        source: 1,
        guard: 1,
        crash: true,
        slow_writes: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// It is cancelled or expires, and what runs drifts from what was deployed.
pub(crate) fn called_off() -> Setting {
    let mut change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    change.not_before = Some(10);
    change.not_after = Some(30);
    let mut setting = setting(vec![change], at_once());
    setting.signed = vec![LEA];
    setting.last_edge = 40;
    setting.allowed = Allowed {
        voices: vec![ANA],
        sign_until: 40,
        happenings: vec![Happening::Cancel, Happening::Delete],
        drift: 2,
        crash: true,
        slow_writes: true,
        ..Allowed::default()
    };
    setting.prepared()
}

fn probe() -> Check {
    Check::Http {
        url: "https://gateway.example.com/healthz".to_owned(),
        status: 200,
    }
}

/// Two stages, of which the first soaks, in a window that closes on them.
pub(crate) fn rollout() -> Setting {
    let change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    let stages = vec![stage("canary", 10, 10), stage("full", 100, 0)];
    let mut setting = setting(vec![change], policy(stages, Vec::new()));
    setting.policy.plan.on_window_close = OnWindowClose::Rollback;
    setting.windows = vec![(0, 20)];
    setting.last_edge = 20;
    setting.allowed = Allowed {
        happenings: vec![Happening::Cancel],
        unwell: 2,
        worse: WORSE.to_vec(),
        refusals: 1,
        troubles: 1,
        crash: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// A stage that soaks longer than it may take to become healthy, whose target
/// comes out of sight or stops being healthy meanwhile.
pub(crate) fn soaking() -> Setting {
    let change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    let stages = vec![stage("canary", 10, 30), stage("full", 100, 0)];
    let checks = vec![Check::Workloads {
        healthy_for: minutes(10),
    }];
    let mut setting = setting(vec![change], policy(stages, checks));
    setting.allowed = Allowed {
        unwell: 2,
        worse: vec![Health::Progressing, Health::Unseen],
        crash: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// Every kind of check, each of which may fail or come too late.
pub(crate) fn verification() -> Setting {
    let change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    let checks = vec![
        Check::Workloads {
            healthy_for: minutes(10),
        },
        probe(),
        Check::Job {
            image: "registry.example.com/smoke:1".to_owned(),
            command: Vec::new(),
        },
    ];
    let stages = vec![stage("full", 100, 0)];
    let mut setting = setting(vec![change], policy(stages, checks));
    setting.allowed = Allowed {
        happenings: vec![Happening::Delete],
        unwell: 1,
        worse: vec![Health::Progressing, Health::Failed],
        check: 1,
        refusals: 1,
        troubles: 1,
        crash: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// The shell is down for as long as it likes between any two of its steps.
pub(crate) fn downtime() -> Setting {
    let change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    let checks = vec![Check::Job {
        image: "registry.example.com/smoke:1".to_owned(),
        command: Vec::new(),
    }];
    let stages = vec![stage("full", 100, 0)];
    let mut setting = setting(vec![change], policy(stages, checks));
    setting.last_edge = 50;
    setting.allowed = Allowed {
        happenings: vec![Happening::Cancel],
        unwell: 1,
        worse: vec![Health::Unseen],
        crash: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// One change on two targets: a gate may shut between the two first writes.
pub(crate) fn between_targets() -> Setting {
    let commits = vec![commit(1, "v2.5.0", MARC), commit(2, "v2.5.1", MARC)];
    let change = submitted(&[1, 0], commits);
    let mut setting = setting(vec![change], at_once());
    setting.windows = vec![(0, 20)];
    setting.last_edge = 20;
    setting.allowed = Allowed {
        happenings: vec![Happening::Move],
        guard: 1,
        unwell: 1,
        worse: vec![Health::Failed],
        refusals: 1,
        crash: true,
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// Argo CD delivers two Applications, one stage after the other. Either may
/// break at any time, a sync may be refused, and the shell may die.
pub(crate) fn applications() -> Setting {
    let change = submitted(&[0, 1], vec![commit(1, "v2.5.0", MARC)]);
    let by_name = |name: &str, names: &str| Stage {
        applications: Some(ApplicationSelector {
            names: vec![names.to_owned()],
            ..ApplicationSelector::default()
        }),
        ..stage(name, 100, 0)
    };
    // The second target goes out first.
    let stages = vec![by_name("canary", "checkout"), by_name("full", "*")];
    let mut setting = setting(vec![change], policy(stages, Vec::new()));
    setting.by_argo_cd = true;
    setting.windows = vec![(0, 20)];
    setting.last_edge = 20;
    setting.allowed = Allowed {
        happenings: vec![Happening::Cancel],
        unwell: 1,
        worse: WORSE.to_vec(),
        refusals: 1,
        crash: true,
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// Two Applications of which the second breaks, or either may, under a policy that
/// takes out of Git what went back. That may be refused, or not work just now.
pub(crate) fn reverting() -> Setting {
    let mut setting = applications();
    setting.policy.plan.revert = Revert::Branch;
    setting.windows = Vec::new();
    setting.last_edge = 0;
    setting.allowed.happenings = vec![Happening::Cancel];
    setting.allowed.worse = vec![Health::Failed];
    setting.allowed.troubles = 1;
    setting.prepared()
}

/// Two changes want the same target at the same time.
pub(crate) fn two_on_one() -> Setting {
    let changes = vec![
        submitted(&[0], vec![commit(1, "v2.5.0", MARC)]),
        submitted(&[0], vec![commit(2, "v2.6.0", MARC)]),
    ];
    let mut setting = setting(changes, at_once());
    setting.windows = vec![(0, 10)];
    setting.last_edge = 10;
    setting.allowed = Allowed {
        happenings: vec![Happening::Cancel],
        stale: 1,
        unwell: 1,
        worse: vec![Health::Failed],
        crash: true,
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// The second change depends on the first, and only one may run at once.
pub(crate) fn dependent() -> Setting {
    let mut second = submitted(&[1], vec![commit(2, "v1.1.0", MARC)]);
    second.depends_on = vec![0];
    let third = submitted(&[1], vec![commit(3, "v1.2.0", MARC)]);
    let changes = vec![
        submitted(&[0], vec![commit(1, "v2.5.0", MARC)]),
        second,
        third,
    ];
    let mut policy = at_once();
    policy.max_running = Some(1);
    let mut setting = setting(changes, policy);
    setting.allowed = Allowed {
        happenings: vec![Happening::Cancel],
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// Nobody may take the target, which no wait for another change explains.
pub(crate) fn refused() -> Setting {
    let change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    let mut setting = setting(vec![change], at_once());
    setting.allowed = Allowed {
        refusals: 8,
        crash: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// Each target has a change of its own, and a third change wants both. What
/// may go wrong is what `allowed` says, with a crash or without.
pub(crate) fn three_on_two(allowed: Allowed) -> Setting {
    let changes = vec![
        submitted(&[0], vec![commit(1, "v2.5.0", MARC)]),
        submitted(&[1], vec![commit(2, "v1.1.0", MARC)]),
        submitted(&[1, 0], vec![commit(3, "v3.0.0", MARC)]),
    ];
    let mut setting = setting(changes, at_once());
    setting.allowed = Allowed {
        coarse: true,
        ..allowed
    };
    setting.prepared()
}

/// The policy knows emergencies: one of the SREs lets one start, and somebody
/// else agrees and somebody reviews it within ten minutes.
fn knows_emergencies() -> Policy {
    let mut policy = at_once();
    policy.emergency = Some(EmergencyRules {
        now: 1,
        later: 1,
        later_within: minutes(10),
        groups: vec!["sre-team".to_owned()],
        passes_windows: true,
        passes_freezes: true,
        review_within: minutes(10),
    });
    policy
}

fn urgent(commits: Vec<Commit>) -> Submitted {
    Submitted {
        kind: ChangeType::Emergency,
        ..submitted(&[0], commits)
    }
}

/// An emergency with no window open, between a freeze that lets it pass and one
/// that does not. Approvals come, expire or come too late; it fails or is
/// called off.
pub(crate) fn emergency() -> Setting {
    let change = urgent(vec![commit(1, "v2.5.0", MARC)]);
    let mut setting = setting(vec![change], knows_emergencies());
    setting.signed = Vec::new();
    setting.policy.plan.on_window_close = OnWindowClose::Rollback;
    setting.policy.approvals.valid_for = Some(minutes(20));
    setting.exempting = vec![(0, 10)];
    setting.freezes = vec![(10, 20)];
    setting.windows = vec![(50, 60)];
    setting.last_edge = 20;
    setting.allowed = Allowed {
        voices: vec![LEA, ANA],
        sign_until: 20,
        happenings: vec![Happening::Cancel],
        unwell: 1,
        worse: vec![Health::Failed],
        crash: true,
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// An emergency that Ana lets start, whatever becomes of what it owes: she
/// signs again under another name, the author signs too, the requester reviews
/// it, and what proves who signed goes, or the policy that says who is who. The
/// policy does not let it pass the freeze that would.
pub(crate) fn owing() -> Setting {
    let change = urgent(vec![commit(1, "v2.5.0", MARC)]);
    let mut setting = setting(vec![change], knows_emergencies());
    if let Some(rules) = &mut setting.policy.emergency {
        rules.passes_freezes = false;
    }
    setting.signed = vec![ANA];
    setting.exempting = vec![(10, 20)];
    setting.last_edge = 10;
    setting.allowed = Allowed {
        voices: vec![LEA, MARC, ELSEWHERE],
        reviewers: vec![DANA],
        policy: 1,
        guard: 1,
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// An emergency whose source moves on to a merge of equal manifests, which
/// somebody objects to, and which its author reviews. The policy keeps its
/// window for emergencies too.
pub(crate) fn merged() -> Setting {
    let first = commit(1, "v2.5.0", MARC);
    let merge = Commit {
        parents: vec![first.revision.clone(), commit(9, "", MARC).revision],
        ..commit(2, "v2.5.0", MARC)
    };
    let change = urgent(vec![first, merge]);
    let mut setting = setting(vec![change], knows_emergencies());
    if let Some(rules) = &mut setting.policy.emergency {
        rules.passes_windows = false;
    }
    setting.signed = vec![ANA];
    setting.windows = vec![(0, 10)];
    setting.last_edge = 10;
    setting.allowed = Allowed {
        voices: vec![LEA],
        sign_until: 10,
        reviewers: vec![MARC],
        happenings: vec![Happening::Move, Happening::Reject],
        crash: true,
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// A normal change stands beside an emergency that wants the same target, at a
/// time that only the emergency may pass and with approvals that are enough for
/// it alone.
pub(crate) fn beside() -> Setting {
    let changes = vec![
        submitted(&[0], vec![commit(1, "v2.5.0", MARC)]),
        urgent(vec![commit(2, "v2.5.1", MARC)]),
    ];
    let mut setting = setting(changes, knows_emergencies());
    setting.signed = vec![ANA];
    setting.exempting = vec![(0, 10)];
    setting.windows = vec![(0, 20)];
    setting.last_edge = 20;
    setting.allowed = Allowed {
        voices: vec![LEA],
        stale: 1,
        unwell: 1,
        worse: vec![Health::Failed],
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// What fails gets its data back, wherever Velero fails, the backup is lost, pods
/// stay or the shell dies.
pub(crate) fn restores() -> Setting {
    let change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    let mut setting = setting(vec![change], at_once());
    setting.policy.backup = Backup::Velero(BackupRules {
        deadline: minutes(20),
        before: None,
        valid_for: minutes(60),
        keep_for: minutes(60),
        storage_location: None,
        snapshot_locations: Vec::new(),
        restore_data: RestoreData::OnFailure,
        restore_within: minutes(20),
    });
    setting.allowed = Allowed {
        unwell: 1,
        worse: vec![Health::Failed],
        backup: 1,
        restore: 1,
        refusals: 1,
        crash: true,
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}

/// A person asks for a backup before its time, and it comes to something or not.
pub(crate) fn backup_now() -> Setting {
    let mut setting = backups();
    setting.allowed.happenings = vec![Happening::Backup];
    setting
}

/// A backup is made ahead of the window or in it, ends well or badly, is lost, or
/// is too old by then.
pub(crate) fn backups() -> Setting {
    let change = submitted(&[0], vec![commit(1, "v2.5.0", MARC)]);
    let mut setting = setting(vec![change], at_once());
    setting.policy.backup = Backup::Velero(BackupRules {
        deadline: minutes(20),
        before: Some(minutes(10)),
        valid_for: minutes(20),
        keep_for: minutes(60),
        storage_location: None,
        snapshot_locations: Vec::new(),
        restore_data: RestoreData::Manual,
        restore_within: minutes(30),
    });
    setting.windows = vec![(20, 50)];
    setting.last_edge = 50;
    setting.allowed = Allowed {
        happenings: vec![Happening::Cancel],
        backup: 1,
        refusals: 1,
        crash: true,
        coarse: true,
        ..Allowed::default()
    };
    setting.prepared()
}
