//! Doing one effect, with an entry in the ledger before and after.

mod application;
mod backup;
mod branch;
mod data;
mod revert;

use jiff::Timestamp;
use serde_json::{Value, json};
use tidegate_connect::cluster::claim::Concluded;
use tidegate_connect::cluster::job::JobRequest;
use tidegate_connect::cluster::record::{Holder, Previous};
use tidegate_connect::cluster::{Cluster, ClusterError, Record};
use tidegate_connect::git::GitError;
use tidegate_core::branch::Branch;
use tidegate_core::lifecycle::Effect;
use tidegate_core::policy::Check;
use tidegate_core::request::Change;
use tidegate_core::rollout::share::Share;
use tidegate_core::rollout::stage::Staging;
use tidegate_core::target::TargetKey;
use tidegate_ledger::{AppendError, Begun, ChangeRef};

use self::application::Held;
use crate::argo_cd::clusters::cluster_of;
use crate::gather::{manifests, place};
use crate::hub::Term;
use crate::record;
use crate::sentence::sentence;

/// Why an effect is not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PerformError {
    /// The ledger cannot take the entry, so nothing was done, or nothing more.
    #[error("the ledger cannot be written")]
    Ledger(#[source] AppendError),
    /// It did not work now, and is tried again.
    #[error("{0}")]
    Passing(String),
    /// It was refused, which is the effect's outcome.
    #[error("{0}")]
    Refused(String),
}

impl From<GitError> for PerformError {
    fn from(error: GitError) -> Self {
        if error.is_passing() {
            Self::Passing(sentence(&error))
        } else {
            Self::Refused(sentence(&error))
        }
    }
}

impl From<ClusterError> for PerformError {
    fn from(error: ClusterError) -> Self {
        if error.is_passing() {
            Self::Passing(error.to_string())
        } else {
            Self::Refused(error.to_string())
        }
    }
}

/// Does the effect. An effect that has ended already is not done again.
///
/// # Errors
///
/// Only what is tried again: a refusal is written down as the outcome.
pub(crate) async fn perform(
    term: &Term,
    change: &Change,
    effect: &Effect,
) -> Result<(), PerformError> {
    record::catch_up(term, change)
        .await
        .map_err(PerformError::Ledger)?;
    let ledger = &term.hub.ledger;
    let who = ChangeRef {
        name: change.name.clone(),
        uid: change.uid.clone(),
    };
    let key = effect.key(change.status.attempts);
    let begun = ledger
        .begin(Timestamp::now(), &who, &key, &told(change, effect))
        .await
        .map_err(PerformError::Ledger)?;
    if begun == Begun::Already {
        tracing::info!(change = %change.name, %effect, "doing again what was begun before");
    }
    let outcome = match act(term, change, effect).await {
        Ok(detail) => json!({ "done": detail }),
        Err(PerformError::Refused(why)) => json!({ "failed": why }),
        Err(error) => return Err(error),
    };
    ledger
        .end(Timestamp::now(), &who, &key, &outcome)
        .await
        .map_err(PerformError::Ledger)?;
    Ok(())
}

/// What the ledger says is about to be done, and on whose word.
fn told(change: &Change, effect: &Effect) -> Value {
    let status = &change.status;
    let counted: Vec<&str> = status
        .approvals
        .iter()
        .filter(|approval| approval.counts)
        .map(|approval| approval.approver.as_str())
        .collect();
    let undoes = change.request.rolls_back.as_ref();
    json!({
        "effect": effect,
        "ticket": change.request.ticket,
        "undoes": undoes.map(|earlier| &earlier.change),
        "revision": status.revision,
        "digest": status.digest,
        "renderedBy": status.rendered_by,
        "policy": status.policy,
        "approvals": counted,
        "backup": status.backup,
        "requestedBy": change.request.requested_by,
    })
}

async fn act(term: &Term, change: &Change, effect: &Effect) -> Result<Value, PerformError> {
    let cluster = &term.hub.cluster;
    let holder = Holder {
        change: change.name.clone(),
        uid: change.uid.clone(),
    };
    Ok(match effect {
        Effect::Claim { target } => {
            let approved = wanted(term, change, target).await?;
            let pinned = application::pinned(term, change, target).await?;
            let there = there(term, change, target).await?;
            there
                .claim(target, &holder, &approved, pinned.as_ref(), |other| {
                    is_open(term, other)
                })
                .await?
        }
        Effect::BackUp { cluster, .. } => backup::back_up(term, change, cluster).await?,
        Effect::Stop { .. }
        | Effect::RemoveClaims { .. }
        | Effect::Restore { .. }
        | Effect::Start { .. }
        | Effect::DiscardVolumes { .. } => data::bring_back(term, change, &holder, effect).await?,
        Effect::Apply { target, stage } if place(change, target).is_some() => {
            apply_by_argo_cd(term, change, &holder, effect, (target, *stage)).await?
        }
        Effect::PromoteBack { target } => {
            let previous = held(term, &holder, target).await?;
            let there = there(term, change, target).await?;
            there.promote_back(target, &previous).await?
        }
        Effect::RollBack { target } if place(change, target).is_some() => {
            let (previous, branch) = held_on(term, &holder, target).await?;
            let held = Held {
                target,
                holder: &holder,
                previous: &previous,
                branch: branch.as_ref(),
            };
            application::restore(term, change, effect, &held).await?
        }
        Effect::Apply { target, stage } => {
            let approved = wanted(term, change, target).await?;
            let previous = held(term, &holder, target).await?;
            let staging = staging(change, *stage)?;
            cluster
                .apply_stage(target, &approved, &previous, &staging)
                .await?
        }
        Effect::Prune { target } => {
            let approved = wanted(term, change, target).await?;
            let previous = held(term, &holder, target).await?;
            let allow = change
                .status
                .plan
                .as_ref()
                .map(|plan| plan.prune)
                .unwrap_or_default();
            cluster.prune(target, &approved, &previous, allow).await?
        }
        Effect::RollBack { target } => {
            let previous = held(term, &holder, target).await?;
            cluster.roll_back(target, &previous).await?
        }
        Effect::Revert => revert::revert(term, change).await?,
        Effect::RunJob { check } => run_job(term, change, *check).await?,
        Effect::Conclude {
            target,
            deployed: false,
        } => {
            let told = cluster.release(target, &holder, None).await?;
            term.argo_cd.let_go.notify_one();
            told
        }
        Effect::Conclude {
            target,
            deployed: true,
        } => conclude(term, change, &holder, target).await?,
    })
}

/// Records what runs in a target from now on, and gives it free.
async fn conclude(
    term: &Term,
    change: &Change,
    holder: &Holder,
    target: &TargetKey,
) -> Result<Value, PerformError> {
    let approved = wanted(term, change, target).await?;
    let status = &change.status;
    let digest = status
        .targets
        .iter()
        .find(|digest| digest.target == *target);
    let (Some(revision), Some(moved), Some(digest)) = (&status.revision, change.moves(), digest)
    else {
        return Err(PerformError::Refused(
            "the status lost its commit".to_owned(),
        ));
    };
    let deployed = Some(Concluded {
        revision,
        digest: digest.digest,
        objects: approved.as_slice(),
        moved,
    });
    let cluster = &term.hub.cluster;
    let told = cluster.release(target, holder, deployed).await?;
    term.argo_cd.let_go.notify_one();
    Ok(told)
}

/// Moves the pin in the first stage that writes to an Application, and lets its
/// Rollouts go on in a later one.
async fn apply_by_argo_cd(
    term: &Term,
    change: &Change,
    holder: &Holder,
    effect: &Effect,
    (target, stage): (&TargetKey, u32),
) -> Result<Value, PerformError> {
    let (previous, branch) = held_on(term, holder, target).await?;
    let Some(pause) = shares_before(change, stage, target) else {
        let held = Held {
            target,
            holder,
            previous: &previous,
            branch: branch.as_ref(),
        };
        return application::pin(term, change, effect, &held).await;
    };
    let approved = wanted(term, change, target).await?;
    let there = there(term, change, target).await?;
    Ok(there.promote(target, &approved, &previous, pause).await?)
}

/// The cluster of a target, which may be away for a moment.
async fn there(term: &Term, change: &Change, target: &TargetKey) -> Result<Cluster, PerformError> {
    cluster_of(term, change, target)
        .await
        .map_err(PerformError::Passing)
}

/// The pause at which the Rollouts of an Application stopped in the stage before.
/// None: this is the first stage that writes to it.
fn shares_before(change: &Change, stage: u32, target: &TargetKey) -> Option<usize> {
    let plan = change.status.plan.as_ref()?;
    plan.shares_before(stage, target).checked_sub(1)
}

/// The approved manifests. That they cannot be had now may pass: the Git server
/// may be away, or the tool may be another one.
async fn wanted(
    term: &Term,
    change: &Change,
    target: &TargetKey,
) -> Result<std::sync::Arc<Vec<Value>>, PerformError> {
    manifests(term, change, target)
        .await
        .map_err(PerformError::Passing)
}

/// What to go back to, of a target that this change still holds.
async fn held(term: &Term, holder: &Holder, target: &TargetKey) -> Result<Previous, PerformError> {
    let (previous, _) = held_on(term, holder, target).await?;
    Ok(previous)
}

/// The same, with the branch that its pin is on.
async fn held_on(
    term: &Term,
    holder: &Holder,
    target: &TargetKey,
) -> Result<(Previous, Option<Branch>), PerformError> {
    let Record {
        holder: found,
        previous,
        branch,
        ..
    } = term.hub.cluster.record(target).await?;
    match (found, previous) {
        (Some(found), Some(previous)) if found.uid == holder.uid => Ok((previous, branch)),
        (Some(found), _) if found.uid != holder.uid => Err(PerformError::Refused(format!(
            "{target} is held by {}",
            found.change
        ))),
        _ => Err(PerformError::Refused(format!(
            "the record of what ran in {target} before is gone"
        ))),
    }
}

fn staging(change: &Change, stage: u32) -> Result<Staging, PerformError> {
    let plan = change.status.plan.as_ref();
    let stages = plan.map_or(&[][..], |plan| plan.stages.as_slice());
    let Some(wanted) = stages.get(stage as usize) else {
        return Err(PerformError::Refused(format!(
            "the plan has no stage {stage}"
        )));
    };
    let longest = wanted
        .within
        .as_secs()
        .saturating_add(wanted.soak.as_secs());
    Ok(Staging {
        share: wanted.share,
        is_last: wanted.share == Share::FULL,
        longest_seconds: u64::try_from(longest).unwrap_or(0),
    })
}

/// The Job's name: one for every check of every attempt, and never that of
/// another change, which may have had the same name. It can name its pods too:
/// at most 63 characters and no dot (Kubernetes, "Jobs").
pub(crate) fn job_name(change: &Change, check: u32) -> String {
    let name: String = change.name.chars().take(30).collect();
    let name = name.replace('.', "-");
    let uid: String = change.uid.chars().take(8).collect();
    let attempt = change.status.attempts;
    format!("tidegate-{name}-{uid}-{attempt}-{check}")
}

async fn run_job(term: &Term, change: &Change, position: u32) -> Result<Value, PerformError> {
    let plan = change.status.plan.as_ref();
    let verification = plan.map(|plan| &plan.verification);
    let asked = verification.and_then(|asked| Some((asked, asked.checks.get(position as usize)?)));
    let (Some((verification, Check::Job { image, command })), Some(target)) =
        (asked, change.request.targets.first())
    else {
        return Err(PerformError::Refused(format!(
            "check {position} of the plan is not a Job"
        )));
    };
    let name = job_name(change, position);
    let job = JobRequest {
        namespace: &target.key.namespace,
        name: &name,
        change: &change.name,
        image,
        command,
        within: verification.within,
    };
    let there = there(term, change, &target.key).await?;
    Ok(there.run_job(&job).await?)
}

/// Whether a holder is a change that exists and has not ended.
fn is_open(term: &Term, holder: &Holder) -> bool {
    term.stores
        .changes
        .find(|change| change.metadata.uid.as_deref() == Some(&holder.uid))
        .is_some_and(|change| {
            change
                .status
                .as_ref()
                .is_none_or(|status| !status.status.phase.is_final())
        })
}
