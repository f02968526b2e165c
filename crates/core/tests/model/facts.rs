//! What the core is told of a state: what is cheap, and what it asked for.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Timestamp;
use tidegate_core::approval::Approval;
use tidegate_core::approval::counts::Head;
use tidegate_core::argo_cd::Application;
use tidegate_core::backup::ClaimKey;
use tidegate_core::backup::data::{ClaimSeen, DataSeen, DataWork, Kept, KeptVolume};
use tidegate_core::lifecycle::facts::{
    ApplicationFact, BackupFact, CheckResult, Identity, Observation, OtherChange, Preview,
    Rendered, RestoreFact, Source, Ticket,
};
use tidegate_core::lifecycle::{EffectState, Facts, Phase, Question, Status, questions};
use tidegate_core::policy::Check;
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;

use super::setting::{Setting, address};
use super::state::{Actor, Claim, Health, Probe, Runs, State};

/// A change, and what is so for it at this minute. With `stale` the other
/// changes are seen as they were submitted.
pub(super) fn gather(
    setting: &Setting,
    state: &State,
    change: usize,
    status: &Status,
    minute: u32,
    stale: bool,
) -> (Change, Facts) {
    let actor = &state.actors[change];
    let mut seen = setting.change(change, actor);
    seen.status = status.clone();
    let mut facts = cheap(setting, state, change, stale);
    let now = Setting::at(minute);
    for question in questions(&seen, &facts, now) {
        match question {
            Question::Source if !state.reachable => {
                facts.source = Some(Err("git.example.com does not answer".to_owned()));
            }
            Question::Source => {
                let (source, rendered) = source(setting, actor, change);
                facts.source = Some(Ok(source));
                facts.rendered = Some(Ok(rendered));
            }
            Question::Preview if !state.reachable => {}
            Question::Preview => {
                let drift = || "Deployment/api-gateway: spec.replicas".to_owned();
                facts.preview = Some(Preview {
                    at: now,
                    digest: source(setting, actor, change).1.digest,
                    refused: Vec::new(),
                    drifted: state.drifted.then(drift).into_iter().collect(),
                });
            }
            Question::Backup(cluster) => {
                let number = status.backups.first().map(|backup| backup.number);
                let made = actor.backup.filter(|(made, _)| Some(*made) == number);
                let fact = backup(setting, made.map(|(_, probe)| probe), now);
                facts.backups.insert(cluster, fact);
            }
            Question::Restorable(cluster, _) => {
                let fact = backup(setting, actor.backup.map(|(_, probe)| probe), now);
                facts.restorable.insert(cluster, fact);
            }
            Question::Restore(cluster, _) => {
                facts.restores.insert(cluster, restored(actor));
            }
            Question::Data(target) => {
                let seen = data(setting, actor, status, &target);
                facts.data.insert(target, seen);
            }
            Question::Stage(target, stage) => {
                let place = setting.position(&target);
                let runs = state.places[place].runs;
                let approved = runs.digest == status.digest && runs.stage == stage;
                let seen = observed(state, place, approved);
                facts.observations.insert(target, seen);
            }
            Question::Previous(target) => {
                let place = setting.position(&target);
                let runs = state.places[place].runs;
                let previous = actor.previous.get(&place) == Some(&runs);
                let seen = observed(state, place, previous);
                facts.observations.insert(target, seen);
            }
            Question::Check(position) => {
                let check = setting
                    .policy
                    .plan
                    .verification
                    .checks
                    .get(position as usize);
                let probe = match check {
                    Some(Check::Job { .. }) => actor.job.unwrap_or(Probe::Pending),
                    _ => actor.probe,
                };
                facts.checks.insert(position, answered(probe));
            }
        }
    }
    (seen, facts)
}

fn cheap(setting: &Setting, state: &State, change: usize, stale: bool) -> Facts {
    let actor = &state.actors[change];
    let identity = if state.guarded {
        let since = state.guarded_since.filter(|_| setting.shell.dates_policies);
        Identity::Proven {
            since: since.map_or(Setting::BEFORE, Setting::at),
        }
    } else {
        Identity::Unproven {
            missing: vec!["ValidatingAdmissionPolicy tidegate-approval".to_owned()],
            restore: String::new(),
        }
    };
    let commits = &setting.changes[change].commits;
    let approval = |(position, given): (usize, &super::state::Given)| {
        let voice = &setting.voices[given.voice];
        let commit = &commits[given.commit];
        Approval {
            name: format!("approval-{position}"),
            approver: voice.name.clone(),
            groups: voice.groups.clone(),
            revision: commit.revision.clone(),
            digest: commit.digest,
            decision: given.decision,
            at: Setting::at(given.at),
            comment: String::new(),
        }
    };
    let other = |(position, other): (usize, &Rc<Actor>)| OtherChange {
        name: Setting::name(position),
        ticket: Setting::name(position).to_uppercase(),
        phase: if stale {
            Phase::Draft
        } else {
            other.status.phase
        },
        policy: other.status.policy.clone(),
        targets: setting.keys(position).cloned().collect(),
    };
    Facts {
        ticket: Ticket::Open,
        policies: setting.policies(state.policy_ready),
        calendars: setting.calendars(),
        identity,
        source: None,
        rendered: None,
        preview: None,
        exception_approvals: Vec::new(),
        labels: BTreeMap::new(),
        applications: applications(setting, change),
        approvals: actor.given.iter().enumerate().map(approval).collect(),
        others: state
            .actors
            .iter()
            .enumerate()
            .filter(|(position, _)| *position != change)
            .map(other)
            .collect(),
        effects: effects(setting, actor),
        told: BTreeMap::new(),
        ran_before: BTreeMap::new(),
        trouble: actor
            .trouble
            .then(|| "the API server does not answer".to_owned()),
        backups: BTreeMap::new(),
        restorable: BTreeMap::new(),
        restores: BTreeMap::new(),
        data: BTreeMap::new(),
        observations: BTreeMap::new(),
        checks: BTreeMap::new(),
    }
}

fn effects(setting: &Setting, actor: &Actor) -> BTreeMap<String, EffectState> {
    let unended = if setting.shell.does_again {
        EffectState::Begun
    } else {
        EffectState::Done
    };
    let state = |(key, entry): (&String, &super::state::Entry)| {
        let outcome = entry.outcome.clone().unwrap_or(unended.clone());
        (key.clone(), outcome)
    };
    actor.ledger.iter().map(state).collect()
}

fn source(setting: &Setting, actor: &Actor, change: usize) -> (Source, Rendered) {
    let commits = &setting.changes[change].commits;
    let seen = if setting.shell.looks_up_again {
        actor.source
    } else {
        0
    };
    let commit = &commits[seen];
    let authors: Vec<String> = commit
        .authors
        .iter()
        .map(|person| address(*person))
        .collect();
    let source = Source {
        revision: commit.revision.clone(),
        head: Head {
            parents: commit.parents.clone(),
            subject: "Upgrade".to_owned(),
            author: authors.first().cloned().unwrap_or_default(),
        },
        authors,
    };
    let rendered = Rendered {
        revision: commit.revision.clone(),
        digest: commit.digest,
        targets: setting
            .keys(change)
            .map(|key| (key.clone(), commit.digest))
            .collect(),
        tool: "kustomize 5.8.1".to_owned(),
        unstageable: Vec::new(),
        workloads: BTreeMap::new(),
    };
    (source, rendered)
}

/// Every Application is adopted, and nothing else is at work on it.
fn applications(
    setting: &Setting,
    change: usize,
) -> BTreeMap<TargetKey, Result<ApplicationFact, String>> {
    if !setting.by_argo_cd {
        return BTreeMap::new();
    }
    let adopted = Application::read(&serde_json::json!({
        "metadata": {"annotations": {"tidegate.dev/followed": "main"}},
        "spec": {"source": {"path": "web", "targetRevision": "0".repeat(40)}},
    }))
    .unwrap_or_default();
    let fact = ApplicationFact::new(adopted, &[]);
    setting
        .keys(change)
        .map(|key| (key.clone(), Ok(fact.clone())))
        .collect()
}

fn observed(state: &State, place: usize, expected: bool) -> Observation {
    let health = state.places[place].health;
    match health {
        Health::Unseen => Observation::Unknown("the API server does not answer".to_owned()),
        _ if !expected => Observation::Differs("another image runs".to_owned()),
        Health::Healthy => Observation::Healthy,
        Health::Progressing => Observation::Progressing("1 of 2 pods is ready".to_owned()),
        Health::Failed => Observation::Failed("a pod crashes".to_owned()),
        Health::Differs => Observation::Differs("replicas are 3, not 2".to_owned()),
    }
}

fn backup(setting: &Setting, made: Option<Probe>, now: Timestamp) -> BackupFact {
    let usable = BackupFact::Usable {
        completed_at: now,
        expires_at: None,
        volumes: 1,
        warnings: 0,
    };
    match made {
        _ if !setting.shell.looks_at_backups => usable,
        Some(Probe::Passed) => usable,
        Some(Probe::Pending) => BackupFact::Progressing("InProgress".to_owned()),
        Some(Probe::Failed) | None => BackupFact::Unusable("it was deleted".to_owned()),
    }
}

fn restored(actor: &Actor) -> RestoreFact {
    match actor.restore {
        Some((_, Probe::Passed)) => RestoreFact::Completed { warnings: 0 },
        Some((_, Probe::Pending)) => RestoreFact::Progressing("InProgress".to_owned()),
        Some((_, Probe::Failed)) => RestoreFact::Broken("it failed".to_owned()),
        None => RestoreFact::Broken("it was deleted".to_owned()),
    }
}

/// One claim that one Deployment uses.
fn data(
    setting: &Setting,
    actor: &Actor,
    status: &Status,
    target: &TargetKey,
) -> Result<DataSeen, String> {
    let place = setting.position(target);
    let found = actor.data.get(&place).ok_or("nothing was stopped")?;
    let state = status.data.as_ref().ok_or("nothing is brought back")?;
    let key = ClaimKey {
        namespace: target.namespace.clone(),
        name: "data".to_owned(),
    };
    let restore = (found.claim == Claim::Back)
        .then(|| state.restores.last().map(|restore| restore.name.clone()))
        .flatten();
    let claim = ClaimSeen {
        key: key.clone(),
        is_going: false,
        restore,
        is_ready: true,
        phase: "Bound".to_owned(),
    };
    let volume = KeptVolume {
        name: "pvc-1".to_owned(),
        reclaimed: "Delete".to_owned(),
    };
    let runs = found.runs && setting.shell.waits_for_pods;
    Ok(DataSeen {
        work: Some(DataWork {
            round: state.round,
            stopped: Vec::new(),
            claims: vec![Kept {
                claim: key,
                volume: Some(volume),
            }],
        }),
        started: Vec::new(),
        users: runs
            .then(|| "pod web-1 still uses claim production/data".to_owned())
            .into_iter()
            .collect(),
        claims: (found.claim != Claim::Gone)
            .then_some(claim)
            .into_iter()
            .collect(),
        velero: "velero".to_owned(),
    })
}

fn answered(probe: Probe) -> CheckResult {
    match probe {
        Probe::Pending => CheckResult::Pending("no answer yet".to_owned()),
        Probe::Passed => CheckResult::Passed,
        Probe::Failed => CheckResult::Failed("it answered 500".to_owned()),
    }
}

/// Whether a target runs what this change brings, whole: as its last stage is.
pub(super) fn runs_whole(setting: &Setting, actor: &Actor, place: usize, runs: Runs) -> bool {
    let last = actor
        .status
        .plan
        .as_ref()
        .and_then(|plan| plan.latest_stage(u32::MAX, &setting.targets[place]));
    runs.digest == actor.status.digest && Some(runs.stage) == last
}
