//! What is given before anything happens.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tidegate_core::calendar::{Calendar, Effect, EntrySpec, ExemptSpec, Selector};
use tidegate_core::change::{ChangeType, Risk};
use tidegate_core::digest::Digest;
use tidegate_core::policy::{EmergencyRules, Policy, PolicyFact};
use tidegate_core::request::{Control, Request, Wanted, WantedWindow};
use tidegate_core::revision::Revision;
use tidegate_core::target::{Delivery, Target, TargetKey};

use super::state::{Actor, Health};

/// The start of every history.
const START: Timestamp = Timestamp::constant(1_795_651_200, 0);

/// Minutes after the start: `[from, to)`.
pub(crate) type Span = (u32, u32);

/// Somebody who may sign, under one of their names.
#[derive(Debug, Clone)]
pub(crate) struct Voice {
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
    /// Which person it is. None: nobody who counts.
    pub(crate) person: Option<usize>,
}

/// A commit that a change may bring.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) revision: Revision,
    pub(crate) digest: Digest,
    /// Other commits of the change. Two make it a merge.
    pub(crate) parents: Vec<Revision>,
    /// Persons.
    pub(crate) authors: Vec<usize>,
}

/// A change as it is submitted.
#[derive(Debug, Clone)]
pub(crate) struct Submitted {
    pub(crate) kind: ChangeType,
    pub(crate) targets: Vec<usize>,
    /// In the order in which its reference moves over them.
    pub(crate) commits: Vec<Commit>,
    /// Minutes.
    pub(crate) not_before: Option<u32>,
    pub(crate) not_after: Option<u32>,
    /// Other changes, by position.
    pub(crate) depends_on: Vec<usize>,
    /// Minutes.
    pub(crate) expected: u32,
}

/// Something that may happen to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happening {
    Cancel,
    Delete,
    Hold,
    Move,
    Reject,
    /// Somebody asks for a backup, once.
    Backup,
}

/// What may happen, and how often what goes wrong may go wrong.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed {
    /// Which voices may sign, by position, and until when.
    pub(crate) voices: Vec<usize>,
    pub(crate) sign_until: u32,
    /// Which voices may review, by position, at any time.
    pub(crate) reviewers: Vec<usize>,
    pub(crate) happenings: Vec<Happening>,
    /// How often the policy may stop being ready.
    pub(crate) policy: u8,
    /// How often the source may be out of reach.
    pub(crate) source: u8,
    /// How often the admission policies may go.
    pub(crate) guard: u8,
    /// How often what runs may drift from what was deployed.
    pub(crate) drift: u8,
    /// How often a target may become worse, and in which ways.
    pub(crate) unwell: u8,
    pub(crate) worse: Vec<Health>,
    /// How often a check may fail.
    pub(crate) check: u8,
    /// How often a backup may turn out not to be usable, or be lost.
    pub(crate) backup: u8,
    /// How often a restore may fail.
    pub(crate) restore: u8,
    /// How often an effect may be refused.
    pub(crate) refusals: u8,
    /// How often an effect may not work just now.
    pub(crate) troubles: u8,
    /// How often a change may not see yet that others have started.
    pub(crate) stale: u8,
    /// The shell may die.
    pub(crate) crash: bool,
    /// The status may be written later than it was decided.
    pub(crate) slow_writes: bool,
    /// The ledger is written at once with what stands next to it, but for a
    /// crash between the two. The same states follow, over fewer others.
    pub(crate) coarse: bool,
}

/// How the shell behaves. A test that breaks one of these must be found out.
#[derive(Debug, Clone, Copy)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a guard that a test removes on its own"
)]
pub(crate) struct Shell {
    /// It asks again with fresh facts before it writes to a target.
    pub(crate) asks_again: bool,
    /// It takes a target only if nobody has it.
    pub(crate) compares: bool,
    /// It begins an effect once in the ledger.
    pub(crate) begins_once: bool,
    /// It does again what was begun and not ended, instead of believing it done.
    pub(crate) does_again: bool,
    /// It looks up the reference again.
    pub(crate) looks_up_again: bool,
    /// It knows what time it is.
    pub(crate) keeps_time: bool,
    /// It says since when the admission policies stand.
    pub(crate) dates_policies: bool,
    /// It hands on the groups that may let an emergency start.
    pub(crate) names_groups: bool,
    /// It looks how the backup does instead of believing it good.
    pub(crate) looks_at_backups: bool,
    /// It looks whether anything still uses a claim.
    pub(crate) waits_for_pods: bool,
    /// It keeps what an emergency owes when the change has ended.
    pub(crate) keeps_owed: bool,
}

impl Shell {
    pub(crate) const SOUND: Self = Self {
        asks_again: true,
        compares: true,
        begins_once: true,
        does_again: true,
        looks_up_again: true,
        keeps_time: true,
        dates_policies: true,
        names_groups: true,
        looks_at_backups: true,
        waits_for_pods: true,
        keeps_owed: true,
    };
}

/// All that is given.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) targets: Vec<TargetKey>,
    pub(crate) changes: Vec<Submitted>,
    pub(crate) voices: Vec<Voice>,
    /// The person who asks for every change.
    pub(crate) requester: usize,
    pub(crate) policy: Policy,
    /// Argo CD delivers, by Applications that are adopted.
    pub(crate) by_argo_cd: bool,
    pub(crate) windows: Vec<Span>,
    pub(crate) freezes: Vec<Span>,
    /// Freezes that exempt emergencies.
    pub(crate) exempting: Vec<Span>,
    /// Approvals by these voices are there from the start.
    pub(crate) signed: Vec<usize>,
    /// By how much time advances.
    pub(crate) tick: u32,
    /// Nothing starts after this; time goes on only for what has started.
    pub(crate) last_edge: u32,
    pub(crate) allowed: Allowed,
    pub(crate) shell: Shell,
    /// Views of a change whose answer was judged already.
    pub(super) judged: Rc<RefCell<BTreeSet<u64>>>,
    ready: Arc<[PolicyFact]>,
    broken: Arc<[PolicyFact]>,
    calendars: Arc<BTreeMap<String, Calendar>>,
}

/// A length of time.
pub(crate) fn minutes(count: u32) -> SignedDuration {
    SignedDuration::from_mins(i64::from(count))
}

/// An author whom no commit names.
pub(crate) const NOBODY: usize = usize::MAX;

/// A person's address, which is also the name of most.
pub(crate) fn address(person: usize) -> String {
    if person == NOBODY {
        return String::new();
    }
    let names = ["lea", "ana", "marc", "dana", "jo", "priya", "tomas"];
    match names.get(person) {
        Some(name) => format!("{name}@example.com"),
        None => format!("user{person}@example.com"),
    }
}

impl Setting {
    /// A setting in which everything may start at once and nothing goes wrong.
    pub(crate) fn new(
        changes: Vec<Submitted>,
        voices: Vec<Voice>,
        requester: usize,
        policy: Policy,
    ) -> Self {
        let last = changes
            .iter()
            .flat_map(|change| &change.targets)
            .max()
            .map_or(0, |last| last + 1);
        let targets = (0..last)
            .map(|position| TargetKey {
                cluster: "prod".to_owned(),
                namespace: "production".to_owned(),
                name: ["api-gateway", "checkout", "sessions"][position].to_owned(),
            })
            .collect();
        Self {
            targets,
            changes,
            voices,
            requester,
            policy,
            by_argo_cd: false,
            windows: Vec::new(),
            freezes: Vec::new(),
            exempting: Vec::new(),
            signed: Vec::new(),
            tick: 10,
            last_edge: 0,
            allowed: Allowed::default(),
            shell: Shell::SOUND,
            judged: Rc::default(),
            ready: Arc::default(),
            broken: Arc::default(),
            calendars: Arc::default(),
        }
        .prepared()
    }

    /// Makes the calendar and the policy from the fields above.
    pub(crate) fn prepared(mut self) -> Self {
        let entry = |(position, span): (usize, &Span), effect| {
            let name = match effect {
                Effect::Allow => format!("night-{position}"),
                Effect::Deny => format!("freeze-{position}"),
            };
            EntrySpec {
                from: Some(Self::at(span.0).to_string()),
                to: Some(Self::at(span.1).to_string()),
                ..EntrySpec::new(name, effect, "UTC")
            }
        };
        let windows = self.windows.iter().enumerate();
        let freezes = self.freezes.iter().chain(&self.exempting).enumerate();
        let exempt = |position: usize| {
            let exempts = position >= self.freezes.len();
            exempts.then_some(ChangeType::Emergency).into_iter()
        };
        let freeze = |one: (usize, &Span)| EntrySpec {
            exempt: ExemptSpec {
                types: exempt(one.0).collect(),
                ..ExemptSpec::default()
            },
            ..entry(one, Effect::Deny)
        };
        let entries: Vec<EntrySpec> = windows
            .map(|one| entry(one, Effect::Allow))
            .chain(freezes.map(freeze))
            .collect();
        let mut calendars = BTreeMap::new();
        self.policy.calendar = None;
        if !entries.is_empty() {
            let name = "production".to_owned();
            calendars.insert(name.clone(), Calendar::parse(name.clone(), &entries));
            self.policy.calendar = Some(name);
        }
        let broken = vec!["`checks` is not supported yet".to_owned()];
        self.ready = Arc::new([Self::fact(Ok(self.policy.clone()))]);
        self.broken = Arc::new([Self::fact(Err(broken))]);
        self.calendars = Arc::new(calendars);
        self
    }

    fn fact(rules: Result<Policy, Vec<String>>) -> PolicyFact {
        PolicyFact {
            name: "production".to_owned(),
            governs: Ok(Selector::default()),
            rules,
        }
    }

    /// Long before the start.
    pub(crate) const BEFORE: Timestamp = Timestamp::constant(1_795_564_800, 0);

    pub(crate) fn at(minute: u32) -> Timestamp {
        START + minutes(minute)
    }

    /// Whether the calendar lets a change start, reckoned without the core.
    pub(crate) fn is_open(&self, change: usize, minute: u32) -> bool {
        let within = |span: &Span| span.0 <= minute && minute < span.1;
        let rules = self.emergency(change);
        let passes_freezes = rules.is_some_and(|rules| rules.passes_freezes);
        let passes_windows = rules.is_some_and(|rules| rules.passes_windows);
        let frozen =
            self.freezes.iter().any(within) || !passes_freezes && self.exempting.iter().any(within);
        let waits = !passes_windows && !self.windows.is_empty();
        !frozen && (!waits || self.windows.iter().any(within))
    }

    pub(crate) fn is_emergency(&self, change: usize) -> bool {
        self.changes[change].kind == ChangeType::Emergency
    }

    /// The rules for this change. None: it is no emergency, or the policy knows
    /// none.
    pub(crate) fn emergency(&self, change: usize) -> Option<&EmergencyRules> {
        let rules = self.policy.emergency.as_ref();
        rules.filter(|_| self.is_emergency(change))
    }

    pub(crate) fn policies(&self, ready: bool) -> Arc<[PolicyFact]> {
        match (ready, &self.policy.emergency) {
            (false, _) => self.broken.clone(),
            (true, Some(rules)) if !self.shell.names_groups => {
                let mut policy = self.policy.clone();
                policy.emergency = Some(EmergencyRules {
                    groups: Vec::new(),
                    ..rules.clone()
                });
                Arc::new([Self::fact(Ok(policy))])
            }
            (true, _) => self.ready.clone(),
        }
    }

    pub(crate) fn calendars(&self) -> Arc<BTreeMap<String, Calendar>> {
        self.calendars.clone()
    }

    pub(crate) fn name(change: usize) -> String {
        format!("chg-{}", change + 1)
    }

    pub(crate) fn keys(&self, change: usize) -> impl Iterator<Item = &TargetKey> {
        let targets = &self.changes[change].targets;
        targets.iter().map(|target| &self.targets[*target])
    }

    pub(crate) fn position(&self, target: &TargetKey) -> usize {
        let same = |key: &TargetKey| key == target;
        self.targets.iter().position(same).unwrap_or_default()
    }

    /// The change as the core sees it.
    pub(crate) fn change(&self, change: usize, actor: &Actor) -> tidegate_core::request::Change {
        let submitted = &self.changes[change];
        let wanted = match submitted.commits.as_slice() {
            [only] => Wanted::Revision(only.revision.clone()),
            _ => Wanted::Reference("main".to_owned()),
        };
        let request = Request {
            ticket: Self::name(change).to_uppercase(),
            kind: submitted.kind,
            title: "Upgrade".to_owned(),
            requested_by: address(self.requester),
            repository: "https://git.example.com/apps/gitops.git".to_owned(),
            wanted,
            targets: self
                .keys(change)
                .map(|key| Target {
                    key: key.clone(),
                    delivery: if self.by_argo_cd {
                        Delivery::ArgoCd {
                            namespace: "argocd".to_owned(),
                        }
                    } else {
                        Delivery::BuiltIn {
                            path: "overlays/production".to_owned(),
                        }
                    },
                })
                .collect(),
            risk: Risk::Medium,
            expected_duration: minutes(submitted.expected),
            depends_on: submitted
                .depends_on
                .iter()
                .map(|other| Self::name(*other))
                .collect(),
            rolls_back: None,
        };
        let control = Control {
            cancel: actor.cancelled.then(|| "not today".to_owned()),
            restore_data: false,
            backup_requested_at: actor.backup_wanted.map(Self::at),
            hold: actor.held.then(|| "wait for the team".to_owned()),
            window: WantedWindow {
                not_before: submitted.not_before.map(Self::at),
                not_after: submitted.not_after.map(Self::at),
            },
            deleted: actor.deleted,
        };
        tidegate_core::request::Change {
            name: Self::name(change),
            uid: format!("uid-{change}"),
            submitted_at: START,
            request,
            control,
            status: actor.status.clone(),
        }
    }
}
