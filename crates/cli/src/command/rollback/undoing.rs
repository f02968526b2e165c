//! What it takes to undo a change: decided from its object alone.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kube::ResourceExt;
use tidegate_api::Change;
use tidegate_api::change::{BackupOf, RollsBack, Source, Target};
use tidegate_core::calendar::render::moment;
use tidegate_core::lifecycle::status::BackupState;
use tidegate_core::lifecycle::{Phase, RollbackPoint, Status};
use tidegate_core::policy::RestoreData;
use tidegate_core::revision::Revision;

use super::draft;
use super::refused::Refused;
use crate::view::head::status;

/// What a person wants undone.
#[derive(Debug, Clone, Default)]
pub(super) struct Wish {
    /// The data is to come back as well.
    pub(super) data: bool,
    /// Only these targets. Empty: all.
    pub(super) targets: Vec<String>,
    /// Why, in their words.
    pub(super) reason: Option<String>,
    /// As an emergency.
    pub(super) emergency: bool,
}

/// What undoes a change.
#[derive(Debug)]
pub(super) enum Undoing {
    /// It runs: it is called off, and what is half out goes back.
    CallOff {
        /// Why.
        reason: String,
        /// Its data is brought back as well.
        data: Vec<BackupOf>,
    },
    /// It has ended: a change of its own brings back what ran before. It has the
    /// name that follows from its ticket, and nobody requests it yet.
    Submit(Box<Change>),
}

/// Decides what undoes a change.
///
/// # Errors
///
/// Why nothing does.
pub(super) fn undoing(
    change: &Change,
    wish: &Wish,
    base: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Undoing, Refused> {
    let name = change.name_any();
    let Some(status) = status(change) else {
        return Err(Refused::NotStarted {
            name,
            phase: Phase::Draft,
        });
    };
    match status.phase {
        phase @ (Phase::Draft | Phase::Assessing | Phase::Approving | Phase::Scheduled) => {
            Err(Refused::NotStarted { name, phase })
        }
        Phase::BackingUp | Phase::RollingOut | Phase::Verifying => {
            call_off(change, status, wish, now, zone)
        }
        Phase::RollingBack => Err(Refused::GoesBack(name)),
        phase @ (Phase::Rejected | Phase::Expired) => Err(Refused::Untouched { name, phase }),
        Phase::Succeeded | Phase::RolledBack | Phase::Failed | Phase::Cancelled => {
            submit(change, status, wish, base, now, zone)
        }
    }
}

fn call_off(
    change: &Change,
    status: &Status,
    wish: &Wish,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Undoing, Refused> {
    let name = change.name_any();
    if change.spec.cancel.is_some() {
        return Err(Refused::GoesBack(name));
    }
    if !wish.targets.is_empty() {
        return Err(Refused::OnlyWhole(name));
    }
    let data = if wish.data {
        let backups = status.backups.iter();
        let clusters = backups.map(|backup| backup.cluster.clone()).collect();
        data(&name, status, &clusters, now, zone)?
    } else {
        Vec::new()
    };
    let default = if wish.data {
        "undone with tidegate rollback --to backup"
    } else {
        "undone with tidegate rollback"
    };
    let reason = wish.reason.as_deref().unwrap_or(default);
    let reason = draft::reason(reason);
    Ok(Undoing::CallOff { reason, data })
}

fn submit(
    change: &Change,
    status: &Status,
    wish: &Wish,
    base: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Undoing, Refused> {
    let name = change.name_any();
    let phase = status.phase;
    if !status.run.as_ref().is_some_and(|run| run.touched) && phase != Phase::Succeeded {
        return Err(Refused::Untouched { name, phase });
    }
    let is_back = matches!(phase, Phase::RolledBack | Phase::Cancelled);
    if is_back && !wish.data {
        let has_data = status.backups.iter().any(is_usable);
        return Err(Refused::IsBack {
            name,
            phase,
            has_data,
        });
    }
    let places = chosen(change, status, &wish.targets)?;
    let points: Vec<&RollbackPoint> = places.iter().map(|(_, point)| *point).collect();
    let source = source(change, &points)?;
    let brought = status.revision.as_ref().map(Revision::as_str);
    let is_same = source == change.spec.source
        || (source.revision.is_some() && source.revision.as_deref() == brought);
    if is_same && !wish.data {
        return Err(Refused::BroughtTheSame { name });
    }
    let data = if wish.data {
        data(&name, status, &clusters(&points), now, zone)?
    } else {
        Vec::new()
    };
    let rolls_back = Some(RollsBack {
        change: name.clone(),
        data,
    });
    let targets = places.into_iter().map(|(target, _)| target.clone());
    let mut undoing = Change::new(
        base,
        draft::spec(change, status, wish, source, targets.collect(), rolls_back),
    );
    undoing
        .metadata
        .namespace
        .clone_from(&change.metadata.namespace);
    Ok(Undoing::Submit(Box::new(undoing)))
}

/// The targets to undo, each with what it ran before.
fn chosen<'a>(
    change: &'a Change,
    status: &'a Status,
    wanted: &[String],
) -> Result<Vec<(&'a Target, &'a RollbackPoint)>, Refused> {
    let targets = &change.spec.targets;
    let is_unknown = |name: &&String| targets.iter().all(|target| target.name != **name);
    if let Some(target) = wanted.iter().find(is_unknown) {
        return Err(Refused::NoTarget {
            name: change.name_any(),
            target: target.clone(),
            targets: targets.iter().map(|target| target.name.clone()).collect(),
        });
    }
    let is_wanted = |target: &&Target| wanted.is_empty() || wanted.contains(&target.name);
    let with_point = |target: &'a Target| {
        let mut points = status.rollback_points.iter();
        let point = points.find(|point| is_of(point, target));
        point.map(|point| (target, point))
    };
    let places: Option<Vec<_>> = targets.iter().filter(is_wanted).map(with_point).collect();
    places.ok_or_else(|| Refused::NothingKept {
        name: change.name_any(),
    })
}

/// Whether this is what the target ran. A target need not name its cluster.
pub(super) fn is_of(point: &RollbackPoint, target: &Target) -> bool {
    let cluster = target.cluster.as_ref();
    point.target.name == target.name
        && point.target.namespace == target.namespace
        && cluster.is_none_or(|cluster| *cluster == point.target.cluster)
}

/// The one source that brings all of them back.
fn source(change: &Change, points: &[&RollbackPoint]) -> Result<Source, Refused> {
    let name = change.name_any();
    let mut sources: Vec<Source> = Vec::new();
    for point in points {
        let source = point.pin().and_then(|pin| draft::source_of(change, &pin));
        let source = source.ok_or_else(|| Refused::NobodyKnows {
            name: name.clone(),
            target: point.target.name.clone(),
            ticket: change.spec.ticket.clone(),
        })?;
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    if sources.len() > 1 {
        return Err(Refused::Differ {
            name,
            points: points.iter().map(|point| (*point).clone()).collect(),
        });
    }
    sources.pop().ok_or(Refused::NothingKept { name })
}

fn clusters(points: &[&RollbackPoint]) -> BTreeSet<String> {
    let clusters = points.iter().map(|point| point.target.cluster.clone());
    clusters.collect()
}

/// The backups whose data comes back, one in each cluster.
fn data(
    name: &str,
    status: &Status,
    clusters: &BTreeSet<String>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Vec<BackupOf>, Refused> {
    consents(name, status)?;
    let backup_of = |cluster: &String| {
        let mut backups = status.backups.iter();
        let backup = backups.find(|backup| backup.cluster == *cluster && is_usable(backup));
        let backup = backup.ok_or_else(|| no_backup(name, status))?;
        if let Some(at) = backup.expires_at.filter(|at| *at <= now) {
            return Err(Refused::Expired {
                backup: backup.name.clone(),
                cluster: cluster.clone(),
                at: moment(at, zone),
            });
        }
        Ok(BackupOf {
            cluster: cluster.clone(),
            backup: backup.name.clone(),
        })
    };
    clusters.iter().map(backup_of).collect()
}

/// Whether the plan that the change went by lets its data be brought back. What its
/// policy says about that belongs here; without a backup there is nothing to ask.
fn consents(name: &str, status: &Status) -> Result<(), Refused> {
    if status.backups.is_empty() {
        return Err(no_backup(name, status));
    }
    let rules = status.plan.as_ref().and_then(|plan| plan.backup.as_ref());
    match rules.map(|rules| rules.restore_data) {
        Some(RestoreData::Never) => Err(Refused::Never {
            name: name.to_owned(),
            policy: status.policy.clone().unwrap_or_default(),
        }),
        _ => Ok(()),
    }
}

fn no_backup(name: &str, status: &Status) -> Refused {
    Refused::NoBackup {
        name: name.to_owned(),
        told: status.backup.clone(),
    }
}

fn is_usable(backup: &BackupState) -> bool {
    backup.completed_at.is_some() && backup.unusable.is_none()
}
