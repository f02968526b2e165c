//! What Tidegate remembers of a change, as it stands in the object's status.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::owed::Owed;
use super::phase::Phase;
use super::rollback_point::RollbackPoint;
use super::wait::TROUBLE;
use crate::approval::Decision;
use crate::approval::counts::Rendering;
use crate::digest::Digest;
use crate::policy::Plan;
use crate::revision::Revision;
use crate::target::TargetKey;

/// What Tidegate remembers of a change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// Where the change is in its life.
    pub phase: Phase,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase_since: Option<Timestamp>,
    /// How it came there, in one sentence.
    pub reason: String,
    /// How many times the phase has changed.
    pub transitions: u32,
    /// The policy that governs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The commit that would run, or the SHA-256 of a chart's archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// The manifests that would run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The tool that rendered them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rendered_by: Option<String>,
    /// What it rendered to before, the latest last and no more than eight.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renderings: Vec<Rendering>,
    /// Each target's own digest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetDigest>,
    /// The manifests that the API server took in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Digest>,
    /// The API server proved who submitted it: Tidegate has seen the policies that
    /// do so as they were before it was written. Once true it stays so.
    #[serde(skip_serializing_if = "is_false")]
    pub requester_proven: bool,
    /// How many people agreed. None: nobody was asked yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
    /// Every approval, and whether it counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<CountedApproval>,
    /// The calendar's exceptions for this change, and whether they count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<ExceptionState>,
    /// What protects the data, in words: the backups, or why none is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    /// The backups that were asked for, one for each cluster: the latest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backups: Vec<BackupState>,
    /// How many backups it has asked for.
    #[serde(skip_serializing_if = "is_zero")]
    pub backups_asked: u32,
    /// The latest request of a person for a backup that was taken up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_requested_at: Option<Timestamp>,
    /// When it could start by the calendar, whatever else it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlook: Option<String>,
    /// How it goes out. Copied from the policy when it starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Where it is on its way out or back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// The bringing back of data from a backup. None: there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<DataState>,
    /// What ran in each target when the change took it. Empty: it never took them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rollback_points: Vec<RollbackPoint>,
    /// What became of taking it out of Git after it went back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverted: Option<String>,
    /// What an emergency that started still owes, or has settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owed: Option<Owed>,
    /// How many times it has started.
    pub attempts: u32,
    /// What it waits for. Empty: it is moving, or has ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting_on: Vec<Waiting>,
    /// When something is due to happen, if nobody does anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_transition_at: Option<Timestamp>,
}

/// A target's digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetDigest {
    /// Which target.
    #[serde(flatten)]
    pub target: TargetKey,
    /// Over its rendered objects.
    pub digest: Digest,
}

/// A backup that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BackupState {
    /// The cluster that it is in.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// Its number in the change's life, from 1.
    pub number: u32,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// A person asked for it, in place of its time.
    #[serde(default, skip_serializing_if = "is_false")]
    pub requested: bool,
    /// When it was complete. None: it is not known to be usable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// When it is deleted. None: nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The volumes in it.
    #[serde(default)]
    pub volumes: u32,
    /// Warnings that Velero counted.
    #[serde(default)]
    pub warnings: u32,
    /// Why nothing starts on it, in a sentence, where it was made at a person's
    /// request. The change goes on without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}

/// The bringing back of data from a backup.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DataState {
    /// Which time it is in the change's life, from 1.
    pub round: u32,
    /// Since when.
    pub since: Timestamp,
    /// When the data was back and everything started again. None: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Why it was given up before anything was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<String>,
    /// What was stopped once more that somebody had started, the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_again: Option<StoppedAgain>,
    /// The claims whose data it is.
    #[serde(default)]
    pub claims: u32,
    /// The restores that were asked for, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restores: Vec<RestoreState>,
    /// How it stands, in words.
    pub told: String,
    /// What a person would type to go on by hand, as long as it is not over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<String>,
}

/// Something was stopped once more.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StoppedAgain {
    /// Where.
    pub target: TargetKey,
    /// How many times that happened by then, in all targets.
    pub times: u32,
    /// When.
    pub at: Timestamp,
}

/// A restore that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RestoreState {
    /// The cluster that it is in.
    pub cluster: String,
    /// The backup that it restores.
    pub backup: String,
    /// Its name.
    pub name: String,
    /// Its number in the change's life, from 1.
    pub number: u32,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// How many people agreed to a change, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Agreement {
    /// People whose approval counts.
    pub have: u32,
    /// People whose approval the policy asks for.
    pub need: u32,
}

/// An approval, and whether it counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CountedApproval {
    /// Who signed.
    pub approver: String,
    /// What they said.
    pub decision: Decision,
    /// When.
    pub at: Timestamp,
    /// Whether it counts.
    pub counts: bool,
    /// Why not, or for which groups.
    pub note: String,
}

/// An exception from a freeze, and whether it counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExceptionState {
    /// Its name in the calendar.
    pub name: String,
    /// Whether it counts.
    pub counts: bool,
    /// What it passes until when, or why it does not count.
    pub note: String,
    /// Its time is over, so that no approval helps it any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub over: bool,
}

/// Something a change waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waiting {
    /// A stable word for programs: `ApprovalsMissing`.
    pub reason: String,
    /// A few words for the board: `1 of 2 approvals`.
    pub summary: String,
    /// A sentence for people.
    pub message: String,
}

impl Waiting {
    /// Whether an effect did not work just now and is tried again.
    pub fn is_trouble(&self) -> bool {
        self.reason == TROUBLE
    }
}

/// Where a change is on its way out or back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// When it took its first target.
    pub started_at: Timestamp,
    /// When its window closes. None: no window binds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Timestamp>,
    /// Something may have been written to a target.
    pub touched: bool,
    /// The stage that is out or going out, by its position in the plan.
    pub stage: u32,
    /// Since when.
    pub stage_since: Timestamp,
    /// Since when every target is healthy at this stage, moments in which one
    /// could not be seen included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy_since: Option<Timestamp>,
    /// When the last stage was healthy, from which on verification counts its
    /// time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifying_since: Option<Timestamp>,
    /// The checks, in the plan's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckState>,
    /// The sync windows that Tidegate published to the AppProjects of its
    /// Applications are lifted, since its calendar lets it through where they
    /// would not. They are put back when it ends.
    #[serde(default, skip_serializing_if = "is_false")]
    pub lifts_windows: bool,
    /// Other sync windows let manual syncs through meanwhile, since its policy
    /// allows that. They are put back when it ends.
    #[serde(default, skip_serializing_if = "is_false")]
    pub lifts_foreign_windows: bool,
    /// The way back, once it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retreat: Option<Retreat>,
}

/// How one verification check stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CheckState {
    /// Its name.
    pub name: String,
    /// It has passed.
    pub passed: bool,
    /// What it said last.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Since when a value that has to stay within its limits is within them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_since: Option<Timestamp>,
}

/// A change that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Retreat {
    /// Why.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// Where the change ends once it is back.
    pub into: Destination,
}

/// Where a change that goes back ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Destination {
    /// It had not touched anything, and waits for its time again.
    Scheduled,
    /// It failed.
    RolledBack,
    /// It was called off.
    Cancelled,
    /// The way back failed as well.
    Failed,
}

impl Status {
    /// What the revision is, in a word. The digest of an archive stands beside the tool
    /// that rendered it, and a commit never does.
    pub fn revision_is(&self) -> &'static str {
        let is_archive = self.revision.as_ref().is_some_and(|revision| {
            let archive = format!("sha256:{revision}");
            let rendered_by = self.rendered_by.as_deref();
            rendered_by.is_some_and(|tool| tool.contains(&archive))
        });
        if is_archive { "archive" } else { "commit" }
    }
}
