//! What an undoing does, step by step, with what a person would type for each.

use std::collections::BTreeSet;

use kube::ResourceExt;
use serde_json::json;
use tidegate_api::Change;
use tidegate_api::change::{BackupOf, Cancel, Target};
use tidegate_core::lifecycle::{Phase, RollbackPoint, Status};

use super::commands;
use super::draft::{Brings, source_of};
use super::undoing::{Undoing, is_of};
use crate::view::head::status;
use crate::view::rollback::{Plan, Step};

fn step(what: impl Into<String>, commands: impl IntoIterator<Item = String>) -> Step {
    Step {
        what: what.into(),
        commands: commands.into_iter().collect(),
    }
}

/// Where Velero is in a cluster.
pub(super) type VeleroOf<'a> = &'a dyn Fn(&str) -> String;

/// The plan of an undoing. `others` are the changes that there are.
pub(super) fn plan(
    change: &Change,
    undoing: &Undoing,
    others: &[Change],
    velero: VeleroOf<'_>,
) -> Plan {
    match undoing {
        Undoing::CallOff { reason, data } => call_off(change, reason, data, velero),
        Undoing::Submit(undoing) => submit(change, undoing, others, velero),
    }
}

/// What calls a change off, as fields of its spec.
pub(super) fn cancel(reason: &str, data: &[BackupOf]) -> serde_json::Value {
    let cancel = Cancel {
        reason: reason.to_owned(),
        restore_data: !data.is_empty(),
    };
    json!({ "cancel": cancel })
}

fn call_off(change: &Change, reason: &str, data: &[BackupOf], velero: VeleroOf<'_>) -> Plan {
    let name = change.name_any();
    let namespace = change.namespace().unwrap_or_default();
    let patch = commands::patch_change(&namespace, &name, &cancel(reason, data));
    let mut steps = vec![step(format!("call {name} off: {reason}"), [patch])];
    let points = status(change).map_or(&[][..], |status| &status.rollback_points);
    let back: Vec<(&Target, Option<&RollbackPoint>)> = change
        .spec
        .targets
        .iter()
        .map(|target| (target, points.iter().find(|point| is_of(point, target))))
        .collect();
    let deliver = back.iter().map(|(target, point)| {
        let source = point.and_then(|point| source_of(change, &point.pin()?));
        let what = match &source {
            Some(source) => format!("{} goes back to {}", target.name, Brings(source)),
            None => format!("{} goes back to what ran there", target.name),
        };
        step(
            what,
            source
                .iter()
                .flat_map(|source| commands::deliver(target, source)),
        )
    });
    let deliver = deliver.collect();
    let points: Vec<&RollbackPoint> = points.iter().collect();
    let targets: Vec<&Target> = change.spec.targets.iter().collect();
    steps.extend(with_data(&targets, &points, data, deliver, velero));
    let what = "the targets are given free once they are healthy";
    steps.push(step(what, [format!("tidegate change watch {name}")]));
    Plan {
        summary: format!("{name} is running, so it is called off and what is half out goes back"),
        undoes: name,
        steps,
        notes: notes_of(data),
        submits: None,
    }
}

fn submit(change: &Change, undoing: &Change, others: &[Change], velero: VeleroOf<'_>) -> Plan {
    let (name, new) = (change.name_any(), undoing.name_any());
    let namespace = undoing.namespace().unwrap_or_default();
    let spec = &undoing.spec;
    let brings = Brings(&spec.source);
    let names: Vec<&str> = spec
        .targets
        .iter()
        .map(|target| target.name.as_str())
        .collect();
    let mut steps = vec![step(
        format!(
            "submit {new}, which brings {brings} to {}",
            names.join(", ")
        ),
        [format!("kubectl -n {namespace} create -f {new}.yaml")],
    )];
    let status = status(change);
    let policy = status.and_then(|status| status.policy.as_deref());
    let asks = policy.map_or_else(String::new, |policy| format!(" as policy {policy} asks"));
    steps.push(step(
        format!("people approve it{asks}, and it waits for its time as every change"),
        [format!("tidegate approve {new}")],
    ));
    let plan = status.and_then(|status| status.plan.as_ref());
    if plan.is_some_and(|plan| plan.backup.is_some()) {
        let what = "what is there then is backed up first";
        steps.push(step(what, [format!("tidegate backup {new}")]));
    }
    let deliver = |target: &Target| {
        let what = format!("{} goes back to {brings}", target.name);
        step(what, commands::deliver(target, &spec.source))
    };
    let points: Vec<&RollbackPoint> = status
        .map_or(&[][..], |status| &status.rollback_points)
        .iter()
        .filter(|point| spec.targets.iter().any(|target| is_of(point, target)))
        .collect();
    let data = spec
        .rolls_back
        .as_ref()
        .map_or(&[][..], |undoes| &undoes.data);
    let targets: Vec<&Target> = spec.targets.iter().collect();
    let deliver = spec.targets.iter().map(deliver).collect();
    steps.extend(with_data(&targets, &points, data, deliver, velero));
    steps.push(step(
        format!("{new} is verified, and ends with a record of its own"),
        [format!("tidegate change watch {new}")],
    ));
    let mut notes = notes_of(data);
    notes.extend(
        status.and_then(|status| went_since(change, status, spec.targets.as_slice(), others)),
    );
    let by_argo_cd = spec
        .targets
        .iter()
        .any(|target| target.application.is_some());
    if let Some(revision) = spec.source.revision.as_ref().filter(|_| by_argo_cd) {
        notes.push(on_branches(revision));
    }
    Plan {
        summary: format!("{name} has ended, so {new} undoes it: {}", spec.title),
        undoes: name,
        steps,
        notes,
        submits: Some(Box::new(undoing.clone())),
    }
}

/// The steps that deliver, and after them those that bring back the data: nothing may
/// write to a volume meanwhile.
fn with_data(
    targets: &[&Target],
    points: &[&RollbackPoint],
    data: &[BackupOf],
    deliver: Vec<Step>,
    velero: VeleroOf<'_>,
) -> Vec<Step> {
    let mut steps = deliver;
    if data.is_empty() {
        return steps;
    }
    let targets = targets.iter();
    let applications: Vec<&String> = targets
        .clone()
        .filter_map(|target| target.application.as_ref())
        .collect();
    let namespaces: BTreeSet<String> = targets.map(|target| target.namespace.clone()).collect();
    let each = |command: fn(&str) -> String| namespaces.iter().map(move |one| command(one));
    if !applications.is_empty() {
        let pause = applications.iter().map(|one| commands::pause(one));
        steps.push(step("Argo CD leaves the Applications alone", pause));
    }
    let keep = namespaces.iter().flat_map(|one| commands::keep(one));
    let what = "the volumes are kept, whatever becomes of their claims";
    steps.push(step(what, keep));
    let stop = namespaces.iter().flat_map(|one| commands::stop(one));
    steps.push(step("what uses the volumes is scaled to zero", stop));
    steps.push(step("its pods are gone", each(commands::stopped)));
    let what = "the claims make room: a restore leaves those that exist as they are";
    steps.push(step(what, each(commands::remove_claim)));
    for from in data {
        let there = points
            .iter()
            .filter(|point| point.target.cluster == from.cluster);
        let there = there.map(|point| point.target.namespace.clone()).collect();
        let (cluster, backup) = (&from.cluster, &from.backup);
        let velero = velero(cluster);
        steps.push(step(
            format!("the data of backup {backup} comes back in {cluster}"),
            [commands::restore(&velero, backup, &there)],
        ));
    }
    steps.push(step("every claim has its volume", each(commands::bound)));
    steps.push(step("what was stopped runs again", each(commands::start)));
    if !applications.is_empty() {
        let resume = applications.iter().map(|one| commands::resume(one));
        steps.push(step("Argo CD goes on", resume));
    }
    steps
}

fn notes_of(data: &[BackupOf]) -> Vec<String> {
    if data.is_empty() {
        return Vec::new();
    }
    vec!["all data written since the backup is discarded".to_owned()]
}

/// What went to the same targets later is undone with it.
fn went_since(
    change: &Change,
    ended: &Status,
    targets: &[Target],
    others: &[Change],
) -> Option<String> {
    let shares = |other: &&Change| {
        let mut theirs = other.spec.targets.iter();
        theirs.any(|their| {
            let mut ours = targets.iter();
            ours.any(|our| our.name == their.name && our.namespace == their.namespace)
        })
    };
    let is_later = |other: &&Change| {
        let status = status(other);
        status.is_some_and(|status| {
            status.phase == Phase::Succeeded && status.phase_since > ended.phase_since
        })
    };
    let others = others
        .iter()
        .filter(|other| other.name_any() != change.name_any());
    let later: Vec<String> = others
        .filter(shares)
        .filter(is_later)
        .map(ResourceExt::name_any)
        .collect();
    (!later.is_empty()).then(|| {
        format!(
            "what went to the same targets since is undone with it: {}",
            later.join(", ")
        )
    })
}

fn on_branches(revision: &str) -> String {
    format!(
        "an Application on a branch of its own gets a commit there in place of a pin: git read-tree -u --reset {revision}, git commit, git push"
    )
}
