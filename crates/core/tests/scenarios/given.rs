//! CHG-1234 as every example begins: Dana asks for it, Marc wrote it, Lea and
//! Ana of the SREs have approved it, and its window opens at 02:00.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tidegate_core::approval::counts::Head;
use tidegate_core::approval::{Approval, Decision, People};
use tidegate_core::calendar::{Calendar, Effect as Entry, EntrySpec, Glob, Selector};
use tidegate_core::change::{ChangeType, Risk};
use tidegate_core::digest::Digest;
use tidegate_core::lifecycle::facts::{
    EffectState, Identity, Observation, Preview, Rendered, Source,
};
use tidegate_core::lifecycle::{Effect, Facts, Phase, Status, Step, step};
use tidegate_core::policy::{
    ApprovalRules, Backup, Check, ForeignWindows, GroupRule, OnWindowClose, Plan, Policy,
    PolicyFact, Revert, Stage, Verification,
};
use tidegate_core::request::{Change, Control, Request, Wanted};
use tidegate_core::revision::Revision;
use tidegate_core::rollout::prune::PruneAllowance;
use tidegate_core::rollout::share::Share;
use tidegate_core::target::{Delivery, Target, TargetKey};

/// A change, what is so, and when.
pub(crate) struct Given {
    pub(crate) change: Change,
    pub(crate) facts: Facts,
    pub(crate) policy: Policy,
    pub(crate) now: Timestamp,
}

pub(crate) fn at(text: &str) -> Timestamp {
    format!("2026-11-26T{text}:00Z").parse().unwrap()
}

pub(crate) fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// The commit whose SHA begins with these digits.
pub(crate) fn revision(digits: &str) -> Revision {
    Revision::parse(&format!("{digits:0<40}")).unwrap()
}

/// The digest that begins with these digits.
pub(crate) fn digest(digits: &str) -> Digest {
    format!("{digits:0<64}").parse().unwrap()
}

pub(crate) fn target(name: &str) -> TargetKey {
    TargetKey {
        cluster: "prod".to_owned(),
        namespace: "production".to_owned(),
        name: name.to_owned(),
    }
}

pub(crate) fn api_gateway() -> TargetKey {
    target("api-gateway")
}

/// The policies that prove who is who stand since this moment.
pub(crate) fn proven_since(moment: &str) -> Identity {
    Identity::Proven {
        since: moment.parse().unwrap(),
    }
}

/// What is missing of them, and how an administrator puts it right.
pub(crate) fn unproven(missing: &str) -> Identity {
    Identity::Unproven {
        missing: vec![missing.to_owned()],
        restore: "tidegate crds | kubectl apply -f -".to_owned(),
    }
}

/// An approval of what the examples begin with, made at midnight.
pub(crate) fn approval(approver: &str, groups: &[&str]) -> Approval {
    Approval {
        name: format!("chg-1234-{approver}"),
        approver: approver.to_owned(),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        revision: revision("9f1c2d3"),
        digest: digest("3f9c1a"),
        decision: Decision::Approved,
        at: at("00:00"),
        comment: String::new(),
    }
}

/// A policy that governs namespaces by this pattern.
pub(crate) fn governs(name: &str, namespaces: &str, policy: &Policy) -> PolicyFact {
    PolicyFact {
        name: name.to_owned(),
        governs: Ok(Selector {
            namespaces: vec![Glob::parse(namespaces).unwrap()],
            ..Selector::default()
        }),
        rules: Ok(policy.clone()),
    }
}

pub(crate) fn calendar(entries: &[EntrySpec]) -> Arc<BTreeMap<String, Calendar>> {
    let calendar = Calendar::parse("production", entries);
    Arc::new(BTreeMap::from([("production".to_owned(), calendar)]))
}

fn window() -> EntrySpec {
    EntrySpec {
        schedule: Some("0 2 * * 2,4".to_owned()),
        duration: Some("4h".to_owned()),
        ..EntrySpec::new("tue-thu-night", Entry::Allow, "UTC")
    }
}

fn stage(name: &str, percent: u8, soak: i64, within: i64) -> Stage {
    Stage {
        name: name.to_owned(),
        share: Share::new(percent).unwrap(),
        applications: None,
        targets: None,
        soak: minutes(soak),
        within: minutes(within),
    }
}

fn policy() -> Policy {
    Policy {
        calendar: Some("production".to_owned()),
        without_window: tidegate_core::calendar::Otherwise::Shut,
        approvals: ApprovalRules {
            count: 2,
            groups: vec![GroupRule {
                name: "sre-team".to_owned(),
                count: 1,
            }],
            only: Vec::new(),
            valid_for: None,
            people: People::default(),
        },
        backup: Backup::Waived {
            reason: "the service keeps no data".to_owned(),
        },
        plan: Plan {
            stages: vec![stage("canary", 10, 10, 5), stage("full", 100, 0, 10)],
            on_window_close: OnWindowClose::Finish,
            foreign_windows: ForeignWindows::Respect,
            whole_kinds: Vec::new(),
            prune: PruneAllowance::default(),
            backup: None,
            rollback_within: minutes(10),
            revert: Revert::None,
            verification: Verification {
                within: minutes(30),
                checks: vec![Check::Http {
                    url: "https://gateway.example.com/healthz".to_owned(),
                    status: 200,
                }],
            },
        },
        emergency: None,
        max_running: None,
    }
}

fn request() -> Request {
    Request {
        ticket: "CHG-1234".to_owned(),
        kind: ChangeType::Normal,
        title: "Upgrade api-gateway to v2.5.0".to_owned(),
        requested_by: "dana@example.com".to_owned(),
        repository: "https://git.example.com/apps/gitops.git".to_owned(),
        wanted: Wanted::Revision(revision("9f1c2d3")),
        targets: vec![Target {
            key: api_gateway(),
            delivery: Delivery::BuiltIn {
                path: "services/api-gateway/overlays/production".to_owned(),
            },
        }],
        risk: Risk::Medium,
        expected_duration: minutes(40),
        depends_on: Vec::new(),
        rolls_back: None,
    }
}

impl Given {
    pub(crate) fn new() -> Self {
        let policy = policy();
        let mut given = Self {
            change: Change {
                name: "chg-1234".to_owned(),
                uid: "1".to_owned(),
                submitted_at: at("00:00"),
                request: request(),
                control: Control::default(),
                status: Status::default(),
            },
            facts: Facts {
                calendars: calendar(&[window()]),
                identity: proven_since("2026-11-25T12:00:00Z"),
                approvals: vec![
                    approval("lea@example.com", &[]),
                    approval("ana@example.com", &["sre-team"]),
                ],
                ..Facts::default()
            },
            policy,
            now: at("00:30"),
        };
        given.governed();
        given.renders("9f1c2d3", "3f9c1a");
        given
    }

    /// Puts the policy in force, as it is now.
    pub(crate) fn governed(&mut self) {
        let fact = governs("production", "production*", &self.policy);
        self.facts.policies = Arc::new([fact]);
    }

    /// The source is at this commit, which renders to these manifests, and the
    /// API server would take them.
    pub(crate) fn renders(&mut self, commit: &str, manifests: &str) {
        let digest = digest(manifests);
        let keys = self.change.request.targets.iter();
        self.facts.rendered = Some(Ok(Rendered {
            revision: revision(commit),
            digest,
            targets: keys.map(|target| (target.key.clone(), digest)).collect(),
            tool: "kustomize 5.8.1".to_owned(),
            unstageable: Vec::new(),
            workloads: BTreeMap::new(),
        }));
        self.facts.source = Some(Ok(Source {
            revision: revision(commit),
            head: Head {
                parents: vec![revision("71d0be")],
                subject: "Use v2.5.0".to_owned(),
                author: "marc@example.com".to_owned(),
            },
            authors: vec!["marc@example.com".to_owned()],
        }));
        self.previewed();
    }

    /// The dry run is made again.
    pub(crate) fn previewed(&mut self) {
        let rendered = self.facts.rendered.as_ref().unwrap();
        self.facts.preview = Some(Preview {
            at: self.now,
            digest: rendered.as_ref().unwrap().digest,
            refused: Vec::new(),
            drifted: Vec::new(),
        });
    }

    /// Another target of the change.
    pub(crate) fn also(&mut self, key: TargetKey) {
        self.change.request.targets.push(Target {
            key,
            delivery: Delivery::BuiltIn {
                path: "services/other/overlays/production".to_owned(),
            },
        });
    }

    /// It is this late now.
    pub(crate) fn time(&mut self, text: &str) -> &mut Self {
        self.now = at(text);
        self
    }

    /// The next step, whose status is stored.
    pub(crate) fn goes(&mut self) -> Step {
        let step = step(&self.change, &self.facts, self.now);
        self.change.status = step.status.clone();
        step
    }

    /// What it says it waits for.
    pub(crate) fn says(&mut self) -> Vec<String> {
        self.goes()
            .waiting_on
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    pub(crate) fn phase(&self) -> Phase {
        self.change.status.phase
    }

    pub(crate) fn reason(&self) -> &str {
        &self.change.status.reason
    }

    /// The ledger's word on an effect of the present attempt.
    pub(crate) fn ended(&mut self, effect: &Effect, how: EffectState) {
        let key = effect.key(self.change.status.attempts);
        self.facts.effects.insert(key, how);
    }

    pub(crate) fn done(&mut self, effect: &Effect) {
        self.ended(effect, EffectState::Done);
    }

    pub(crate) fn observed(&mut self, observation: &Observation) {
        for target in &self.change.request.targets {
            let key = target.key.clone();
            self.facts.observations.insert(key, observation.clone());
        }
    }

    /// It has taken its target at 02:00.
    pub(crate) fn started() -> Self {
        let mut given = Self::new();
        given.time("02:00").previewed();
        assert_eq!(given.goes().effect, Some(claim()));
        given.done(&claim());
        given
    }

    /// Its canary is applied at 02:00 and not healthy yet.
    pub(crate) fn rolling_out() -> Self {
        let mut given = Self::started();
        assert_eq!(given.goes().effect, Some(apply(0)));
        given.done(&apply(0));
        given.observed(&Observation::Progressing(
            "0 of 1 pods are ready".to_owned(),
        ));
        given.goes();
        given
    }

    /// All of it is out at 02:10.
    pub(crate) fn verifying() -> Self {
        let mut given = Self::rolling_out();
        given.observed(&Observation::Healthy);
        given.goes();
        assert_eq!(given.time("02:10").goes().effect, Some(apply(1)));
        given.done(&apply(1));
        assert_eq!(given.goes().effect, Some(prune()));
        given.done(&prune());
        given.goes();
        assert_eq!(given.phase(), Phase::Verifying);
        given
    }
}

pub(crate) fn claim() -> Effect {
    Effect::Claim {
        target: api_gateway(),
    }
}

pub(crate) fn apply(stage: u32) -> Effect {
    Effect::Apply {
        target: api_gateway(),
        stage,
    }
}

pub(crate) fn prune() -> Effect {
    Effect::Prune {
        target: api_gateway(),
    }
}

pub(crate) fn roll_back() -> Effect {
    Effect::RollBack {
        target: api_gateway(),
    }
}

pub(crate) fn conclude(deployed: bool) -> Effect {
    Effect::Conclude {
        target: api_gateway(),
        deployed,
    }
}
