//! What must be true before a change may run, and how it runs.

mod backup;
mod emergency;
pub mod measure;
mod revert;
mod staging;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::approval::People;
use crate::calendar::{Effect, Otherwise, Selector, Subject};
use crate::change::ChangeType;
use crate::rollout::prune::PruneAllowance;
use crate::rollout::share::Share;
use crate::target::TargetKey;

pub use backup::{Backup, BackupRules, RestoreData, restore_within};
pub use emergency::EmergencyRules;
pub use measure::Threshold;
pub use revert::Revert;
pub use staging::ApplicationSelector;

/// A policy that is complete and understood to the last field.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The calendar whose windows and freezes bind its changes. None: any time.
    pub calendar: Option<String>,
    /// What is decided for a target that the calendar has no window for.
    pub without_window: Otherwise,
    /// Who must agree.
    pub approvals: ApprovalRules,
    /// What protects the data.
    pub backup: Backup,
    /// How the change goes out and is judged.
    pub plan: Plan,
    /// What an emergency may skip, and what it owes. None: there are none under
    /// this policy.
    pub emergency: Option<EmergencyRules>,
    /// How many of its changes may run at once. None: as many as there are.
    pub max_running: Option<u32>,
}

/// Who must agree to a change.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalRules {
    /// How many different people.
    pub count: u32,
    /// How many of them from each of these groups.
    pub groups: Vec<GroupRule>,
    /// Only members of one of these groups count. Empty: anybody.
    pub only: Vec<String>,
    /// How long an approval counts. None: until it is voided.
    pub valid_for: Option<SignedDuration>,
    /// Which names belong to one person.
    pub people: People,
}

/// A group that must take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRule {
    /// The group's name as the cluster's authenticator gives it.
    pub name: String,
    /// How many of its members.
    pub count: u32,
}

/// How a change goes out and is judged. Copied into the change's status when it
/// starts, so that a policy edited meanwhile cannot strand it half out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// In order; never empty; the last one is always the whole.
    pub stages: Vec<Stage>,
    /// What happens to a running change when its window closes.
    pub on_window_close: OnWindowClose,
    /// What holds where sync windows of Argo CD that Tidegate did not publish are
    /// in the way of a rollback or an emergency.
    #[serde(default)]
    pub foreign_windows: ForeignWindows,
    /// Kinds that may go out whole although they run pods.
    pub whole_kinds: Vec<String>,
    /// What may be deleted that the new revision no longer has.
    pub prune: PruneAllowance,
    /// How backups are made. None: they are waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupRules>,
    /// How long the way back may take before a person is called.
    pub rollback_within: SignedDuration,
    /// What is done about the branch that a change came from after it went back.
    #[serde(default, skip_serializing_if = "Revert::is_none")]
    pub revert: Revert,
    /// How success is established.
    pub verification: Verification,
}

/// One step of a rollout.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// Its name: `canary`.
    pub name: String,
    /// How much of each workload runs the new revision. All where Applications
    /// are chosen.
    pub share: Share,
    /// The Applications of Argo CD that go out in it. None: it is about what
    /// Tidegate delivers itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applications: Option<ApplicationSelector>,
    /// What goes out in it, settled when the change starts. None: all targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<TargetKey>>,
    /// How long it must stay healthy.
    pub soak: SignedDuration,
    /// How long it may take to become healthy, the soak not included.
    pub within: SignedDuration,
}

/// What happens to a running change when its window closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OnWindowClose {
    /// It goes on to its end.
    Finish,
    /// It goes back.
    Rollback,
}

/// What holds where sync windows that Tidegate did not publish are in the way of
/// a rollback or an emergency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ForeignWindows {
    /// They are left as they are, and a person is told how to get past them.
    #[default]
    Respect,
    /// They let manual syncs through until the change has ended.
    Lift,
}

/// How success is established after the last stage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verification {
    /// Counted from the moment the last stage was healthy and had soaked.
    /// Deleting what is no longer wanted takes part of it.
    pub within: SignedDuration,
    /// All must pass.
    pub checks: Vec<Check>,
}

/// One check of the deployed change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Check {
    /// Every object stays healthy for this long.
    Workloads {
        /// Without interruption.
        #[serde(rename = "healthyFor")]
        healthy_for: SignedDuration,
    },
    /// A request is answered with this status.
    Http {
        /// Where to ask.
        url: String,
        /// The status that means healthy.
        status: u16,
    },
    /// What a query of Prometheus gives is within its limits.
    Prometheus {
        /// The Connection that says where Prometheus is. None: the only one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connection: Option<String>,
        /// The query, in PromQL.
        query: String,
        /// Every value must be smaller.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        below: Option<Threshold>,
        /// Every value must be larger.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        above: Option<Threshold>,
        /// For so long, whenever it is asked. None: once is enough.
        #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
        holds_for: Option<SignedDuration>,
    },
    /// A Kubernetes Job completes.
    Job {
        /// Its container image.
        image: String,
        /// The command in the container.
        command: Vec<String>,
    },
}

impl Check {
    /// A short name for people: `http https://…`, `workloads`, `job IMAGE`.
    pub fn label(&self) -> String {
        match self {
            Self::Workloads { .. } => "workloads".to_owned(),
            Self::Http { url, .. } => format!("http {url}"),
            Self::Prometheus { query, .. } => format!("prometheus {query}"),
            Self::Job { image, .. } => format!("job {image}"),
        }
    }
}

/// A policy as it stands in the cluster, ready or not.
#[derive(Debug, Clone)]
pub struct PolicyFact {
    /// The object's name.
    pub name: String,
    /// Which targets it governs. `Err`: its selector is broken, so it might
    /// govern any.
    pub governs: Result<Selector, String>,
    /// The rules, or every reason why they cannot be used.
    pub rules: Result<Policy, Vec<String>>,
}

/// The rules of the policy with this name, if it is there and can be used.
pub fn rules_of<'a>(policies: &'a [PolicyFact], name: Option<&str>) -> Option<&'a Policy> {
    let mut policies = policies.iter();
    let fact = policies.find(|fact| Some(fact.name.as_str()) == name)?;
    fact.rules.as_ref().ok()
}

/// The type of change plays no part in which policy governs it.
fn selects(selector: &Selector, target: &TargetKey) -> bool {
    let subject = Subject {
        cluster: &target.cluster,
        namespace: &target.namespace,
        name: Some(&target.name),
        labels: None,
        kind: ChangeType::Normal,
    };
    selector.selects(&subject, Effect::Allow)
}

/// Which policy governs a change.
#[derive(Debug, Clone)]
pub enum Governance<'a> {
    /// One policy governs all targets.
    One(&'a PolicyFact),
    /// No policy governs this target: it is not Tidegate's.
    None(TargetKey),
    /// Several policies claim this target.
    Several(TargetKey, Vec<String>),
    /// The change's targets are governed by different policies.
    Split(Vec<String>),
}

/// Finds the policy of these targets. A broken selector counts as governing, so
/// that a mistake shuts the gate instead of opening it.
pub fn govern<'a>(
    targets: impl Iterator<Item = &'a TargetKey>,
    policies: &'a [PolicyFact],
) -> Option<Governance<'a>> {
    let mut found: Option<&PolicyFact> = None;
    for target in targets {
        let claims: Vec<&PolicyFact> = policies
            .iter()
            .filter(|policy| policy.governs.as_ref().map_or(true, |s| selects(s, target)))
            .collect();
        match claims.as_slice() {
            [] => return Some(Governance::None(target.clone())),
            [one] => match found {
                Some(other) if other.name != one.name => {
                    return Some(Governance::Split(vec![
                        other.name.clone(),
                        one.name.clone(),
                    ]));
                }
                _ => found = Some(one),
            },
            several => {
                let names = several.iter().map(|policy| policy.name.clone()).collect();
                return Some(Governance::Several(target.clone(), names));
            }
        }
    }
    found.map(Governance::One)
}
