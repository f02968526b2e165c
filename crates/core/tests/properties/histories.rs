//! Random histories of random worlds.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tidegate_core::approval::{Decision, People};
use tidegate_core::change::ChangeType;
use tidegate_core::digest::Digest;
use tidegate_core::policy::{
    ApprovalRules, Backup, BackupRules, Check, EmergencyRules, ForeignWindows, GroupRule,
    OnWindowClose, Plan, Policy, RestoreData, Revert, Stage, Verification,
};
use tidegate_core::revision::Revision;
use tidegate_core::rollout::prune::PruneAllowance;
use tidegate_core::rollout::share::Share;

use crate::model::action::{Action, enabled};
use crate::model::explore::history;
use crate::model::setting::{
    Allowed, Commit, Happening, NOBODY, Setting, Span, Submitted, Voice, address, minutes,
};
use crate::model::shell::Outcome;
use crate::model::shorten::shorten;
use crate::model::state::{Health, State};
use crate::model::take::take;

/// Nothing starts after this minute.
const LAST: u32 = 300;

/// People, by number; the last asks for every change.
const PEOPLE: usize = 5;

const GROUPS: [&str; 3] = ["sre-team", "app-team", "security"];

fn spans() -> impl Strategy<Value = Vec<Span>> {
    let span = (0..LAST, 1..150u32).prop_map(|(from, length)| (from, from + length));
    prop::collection::vec(span, 0..3)
}

/// A second address of a person.
fn elsewhere(person: usize) -> String {
    format!("elsewhere{person}@example.org")
}

/// Every person under two addresses and under a mapped name, in groups of its own
/// each, and three names that are nobody's.
fn voices() -> impl Strategy<Value = Vec<Voice>> {
    let groups = || subsequence(&GROUPS[..], 0..=GROUPS.len());
    prop::collection::vec((groups(), groups(), groups()), PEOPLE).prop_map(|groups| {
        let voice = |name: String, groups: Vec<&str>, person| Voice {
            name,
            groups: groups.into_iter().map(str::to_owned).collect(),
            person,
        };
        let mut voices = Vec::new();
        for (person, (first, second, third)) in groups.into_iter().enumerate() {
            voices.push(voice(address(person), first, Some(person)));
            voices.push(voice(format!("user-{person}"), second, Some(person)));
            voices.push(voice(elsewhere(person), third, Some(person)));
        }
        for name in ["", "unmapped", "system:serviceaccount:ci:deployer"] {
            voices.push(voice(name.to_owned(), GROUPS.to_vec(), None));
        }
        voices
    })
}

fn rules() -> impl Strategy<Value = ApprovalRules> {
    let groups = prop::collection::btree_map(select(&GROUPS[..]), 1..3u32, 0..3);
    let valid_for = prop::option::of((20..300u32).prop_map(minutes));
    (0..4u32, groups, valid_for).prop_map(|(count, groups, valid_for)| {
        let lists: Vec<Vec<String>> = (0..PEOPLE)
            .map(|person| vec![address(person), format!("user-{person}"), elsewhere(person)])
            .collect();
        let rule = |(name, count): (&str, u32)| GroupRule {
            name: name.to_owned(),
            count,
        };
        ApprovalRules {
            count,
            groups: groups.into_iter().map(rule).collect(),
            only: Vec::new(),
            valid_for,
            people: People::new(lists.iter().map(Vec::as_slice)),
        }
    })
}

/// What an emergency may skip and what it owes.
fn emergency() -> impl Strategy<Value = EmergencyRules> {
    let count = (1..3u32, 0..3u32);
    let within = (1..200u32, 1..300u32);
    let groups = subsequence(&GROUPS[..], 0..=2);
    let passes = (any::<bool>(), any::<bool>());
    (count, within, groups, passes).prop_map(
        |((now, later), (approved, reviewed), groups, (passes_windows, passes_freezes))| {
            EmergencyRules {
                now,
                later,
                later_within: minutes(approved),
                groups: groups.into_iter().map(str::to_owned).collect(),
                passes_windows,
                passes_freezes,
                review_within: minutes(reviewed),
            }
        },
    )
}

fn plan() -> impl Strategy<Value = Plan> {
    let stages = prop::collection::vec((1..100u8, 0..20u32, 1..30u32), 1..4);
    let checks = subsequence(
        vec![
            Check::Workloads {
                healthy_for: minutes(10),
            },
            Check::Http {
                url: "https://gateway.example.com/healthz".to_owned(),
                status: 200,
            },
            Check::Job {
                image: "registry.example.com/smoke:1".to_owned(),
                command: Vec::new(),
            },
        ],
        0..=3,
    );
    let close = select(vec![OnWindowClose::Finish, OnWindowClose::Rollback]);
    let revert = select(vec![
        Revert::None,
        Revert::None,
        Revert::Branch,
        Revert::Commit,
    ]);
    (stages, checks, close, revert, 1..40u32, 1..40u32).prop_map(
        |(mut stages, checks, on_window_close, revert, back, verify)| {
            stages.sort_unstable();
            let last = stages.len() - 1;
            let stage = |(position, (share, soak, within)): (usize, (u8, u32, u32))| Stage {
                name: format!("stage-{position}"),
                share: Share::new(if position == last { 100 } else { share }).unwrap(),
                applications: None,
                targets: None,
                soak: minutes(soak),
                within: minutes(within),
            };
            Plan {
                stages: stages.into_iter().enumerate().map(stage).collect(),
                on_window_close,
                foreign_windows: ForeignWindows::Respect,
                whole_kinds: Vec::new(),
                prune: PruneAllowance::default(),
                backup: None,
                rollback_within: minutes(back),
                revert,
                verification: Verification {
                    within: minutes(verify),
                    checks,
                },
            }
        },
    )
}

/// A change on some of three targets, whose source moves over some commits. A
/// commit that merges has the one before as a parent.
fn submitted(number: u8) -> impl Strategy<Value = Submitted> {
    let author = prop_oneof![20 => 0..PEOPLE, 1 => Just(NOBODY)];
    let commits = prop::collection::vec((0..2u8, prop::bool::ANY, author), 1..5);
    let targets = subsequence(vec![0, 1, 2], 1..=3).prop_shuffle();
    let time = || prop::option::weighted(0.2, 0..LAST);
    let kind = prop_oneof![2 => Just(ChangeType::Normal), 1 => Just(ChangeType::Emergency)];
    (kind, targets, commits, time(), time(), 1..60u32).prop_map(
        move |(kind, targets, commits, not_before, not_after, expected)| {
            let revision =
                |position: usize| Revision::parse(&format!("{number:02x}{position:038x}")).unwrap();
            let commit = |(position, (manifests, merges, author)): (usize, (u8, bool, usize))| {
                let parents = match position.checked_sub(1) {
                    Some(before) if merges => vec![revision(before), revision(99)],
                    Some(before) => vec![revision(before)],
                    None => Vec::new(),
                };
                Commit {
                    revision: revision(position),
                    digest: Digest::of(&[number, manifests]),
                    parents,
                    authors: vec![author],
                }
            };
            Submitted {
                kind,
                targets,
                commits: commits.into_iter().enumerate().map(commit).collect(),
                not_before,
                not_after,
                depends_on: Vec::new(),
                expected,
            }
        },
    )
}

fn changes() -> impl Strategy<Value = Vec<Submitted>> {
    let all = (submitted(0), submitted(1), submitted(2));
    (all, 1..=3usize, prop::bool::weighted(0.2)).prop_map(|((a, b, c), count, depends)| {
        let mut changes = vec![a, b, c];
        changes.truncate(count);
        if let Some(second) = changes.get_mut(1)
            && depends
        {
            second.depends_on = vec![0];
        }
        changes
    })
}

/// None is made, or one that may be late, lost or too old.
fn backup() -> impl Strategy<Value = Backup> {
    let restore_data = prop::sample::select(vec![
        RestoreData::Manual,
        RestoreData::OnFailure,
        RestoreData::Never,
    ]);
    let rules = (
        (1..30u32, prop::option::of(1..30u32), 1..60u32),
        (restore_data, 1..30u32),
    );
    let made = rules.prop_map(|((deadline, before, valid_for), (restore_data, within))| {
        Backup::Velero(BackupRules {
            deadline: minutes(deadline),
            before: before.map(minutes),
            valid_for: minutes(valid_for),
            keep_for: minutes(60),
            storage_location: None,
            snapshot_locations: Vec::new(),
            restore_data,
            restore_within: minutes(within),
        })
    });
    let waived = Backup::Waived {
        reason: "the service keeps no data".to_owned(),
    };
    prop_oneof![1 => Just(waived), 1 => made]
}

fn setting() -> impl Strategy<Value = Setting> {
    let limit = prop::option::weighted(0.2, 1..3u32);
    let times = (spans(), spans(), spans());
    let signed = prop::bool::weighted(0.7);
    let emergency = prop::option::weighted(0.9, emergency());
    let rules = (rules(), emergency, backup());
    (changes(), voices(), rules, plan(), limit, times, signed).prop_map(
        |(changes, voices, (approvals, emergency, backup), plan, max_running, times, signed)| {
            let policy = Policy {
                calendar: None,
                without_window: tidegate_core::calendar::Otherwise::Shut,
                approvals,
                backup,
                plan,
                emergency,
                max_running,
            };
            let all: Vec<usize> = (0..voices.len()).collect();
            let mut setting = Setting::new(changes, voices, PEOPLE - 1, policy);
            (setting.windows, setting.freezes, setting.exempting) = times;
            setting.signed = if signed { all.clone() } else { Vec::new() };
            setting.last_edge = LAST;
            setting.allowed = Allowed {
                voices: all.clone(),
                sign_until: LAST,
                reviewers: all,
                happenings: vec![
                    Happening::Cancel,
                    Happening::Delete,
                    Happening::Hold,
                    Happening::Move,
                    Happening::Reject,
                    Happening::Backup,
                ],
                policy: 2,
                source: 2,
                guard: 2,
                drift: 2,
                unwell: 3,
                worse: vec![
                    Health::Progressing,
                    Health::Failed,
                    Health::Differs,
                    Health::Unseen,
                ],
                check: 2,
                backup: 2,
                restore: 2,
                refusals: 2,
                troubles: 3,
                stale: 3,
                crash: true,
                slow_writes: true,
                coarse: false,
            };
            setting.prepared()
        },
    )
}

/// How likely an action is: the shell works more often than people do, and
/// nobody spoils the story at every turn.
fn weight(action: Action) -> u32 {
    match action {
        Action::Look(_)
        | Action::Store(_)
        | Action::Begin(_)
        | Action::End(_)
        | Action::Perform(_, Outcome::Done) => 40,
        Action::Become(_, Health::Healthy)
        | Action::Answer { passed: true, .. }
        | Action::PodsEnd(..)
        | Action::Restore { good: true, .. }
        | Action::Backup { usable: true, .. } => 30,
        Action::Policy(true)
        | Action::Guard(true)
        | Action::Source(true)
        | Action::Drift(false)
        | Action::Hold(_, false) => 10,
        Action::Advance(_)
        | Action::Sign {
            word: Decision::Approved,
            ..
        } => 5,
        Action::Move(_) | Action::Crash(_) | Action::LookStale(_) => 2,
        Action::Cancel(_)
        | Action::Delete(_)
        | Action::Sign {
            word: Decision::Rejected,
            ..
        } => 0,
        _ => 1,
    }
}

fn choose(actions: &[Action], pick: u32, rare: bool) -> Option<Action> {
    let weight = |action: Action| weight(action) + u32::from(rare);
    let sum: u32 = actions.iter().map(|action| weight(*action)).sum();
    let mut left = pick % sum.max(1);
    actions.iter().copied().find(|action| {
        let own = weight(*action);
        let found = left < own;
        left = left.saturating_sub(own);
        found
    })
}

/// From here on nothing goes wrong, and whatever has started must end.
fn ends(setting: &Setting, mut state: State, mut done: Vec<Action>) -> Result<u32, String> {
    for count in 0..2000 {
        if !state.is_started() {
            return Ok(count);
        }
        let actions = enabled(setting, &state);
        let works = |action: &&Action| {
            matches!(action, Action::Store(_) | Action::Begin(_) | Action::End(_))
                || matches!(action, Action::Perform(_, Outcome::Done))
        };
        let now = state.fingerprint();
        let news = |action: &&Action| {
            matches!(action, Action::Look(_))
                && take(setting, &state, **action).is_ok_and(|next| next.fingerprint() != now)
        };
        let next = actions
            .iter()
            .find(works)
            .or_else(|| actions.iter().find(news));
        let action = next.copied().unwrap_or(Action::Advance(setting.tick));
        done.push(action);
        state = take(setting, &state, action)
            .map_err(|breach| told(setting, &done, &format!("{breach:?}")))?;
    }
    Err(told(
        setting,
        &done,
        "it does not end although nothing goes wrong any more",
    ))
}

fn told(setting: &Setting, done: &[Action], what: &str) -> String {
    let lines = history(setting, done);
    let numbered = lines
        .iter()
        .enumerate()
        .map(|(position, line)| format!("{:4}. {line}", position + 1));
    format!("{what}\n{}", numbered.collect::<Vec<_>>().join("\n"))
}

proptest! {
    // A broken history is shortened by what has a part in it, which proptest
    // does not know.
    #![proptest_config(ProptestConfig {
        cases: 512,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_history_keeps_the_invariants(
        setting in setting(),
        picks in prop::collection::vec((any::<u32>(), 1..20u32, prop::bool::weighted(0.03)), 50..400),
    ) {
        let mut state = State::first(&setting);
        let mut done = Vec::new();
        for (pick, length, rare) in picks {
            let Some(action) = choose(&enabled(&setting, &state), pick, rare) else {
                break;
            };
            let action = match action {
                Action::Advance(_) => Action::Advance(length),
                other => other,
            };
            done.push(action);
            match take(&setting, &state, action) {
                Ok(next) => state = next,
                Err(breach) => {
                    let what = format!("invariant {}: {}", breach.invariant, breach.what);
                    let short = shorten(&setting, done, breach.invariant);
                    return Err(TestCaseError::fail(told(&setting, &short, &what)));
                }
            }
        }
        if let Err(history) = ends(&setting, state, done) {
            return Err(TestCaseError::fail(history));
        }
    }
}
