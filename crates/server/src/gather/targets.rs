//! How the targets of a running change do.

use jiff::Timestamp;
use serde_json::Value;
use tidegate_connect::argo_cd::ApplicationPlace;
use tidegate_connect::cluster::record::Previous;
use tidegate_connect::cluster::{Cluster, Record};
use tidegate_core::argo_cd::branch::seen::see as see_on_branch;
use tidegate_core::argo_cd::pin::Sources;
use tidegate_core::argo_cd::seen::{Seen, not_approved, see};
use tidegate_core::argo_cd::{Application, Pin};
use tidegate_core::argo_rollouts::Hold;
use tidegate_core::branch::Branch;
use tidegate_core::lifecycle::facts::Observation;
use tidegate_core::lifecycle::{Facts, Question};
use tidegate_core::request::Change;
use tidegate_core::revision::Revision;
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::rollout::share::Share;
use tidegate_core::target::TargetKey;

use crate::argo_cd::clusters::{cluster_of, told_of};
use crate::hub::Term;

/// Looks at every target that the core asks about.
pub(super) async fn observe(
    term: &Term,
    change: &Change,
    facts: &mut Facts,
    questions: &[Question],
) {
    for question in questions {
        let (target, observation) = match question {
            Question::Stage(target, stage) => {
                (target, stage_of(term, change, target, *stage).await)
            }
            Question::Previous(target) => (target, previous(term, change, target).await),
            Question::Source
            | Question::Preview
            | Question::Backup(_)
            | Question::Restorable(..)
            | Question::Restore(..)
            | Question::Data(_)
            | Question::Check(_) => continue,
        };
        let observation = match observation {
            Observation::Unknown(problem) => Observation::Unknown(told_of(term, target, problem)),
            seen => seen,
        };
        facts.observations.insert(target.clone(), observation);
    }
}

async fn stage_of(term: &Term, change: &Change, target: &TargetKey, stage: u32) -> Observation {
    match look_at_stage(term, change, target, stage).await {
        Ok(observation) => observation,
        Err(unknown) => Observation::Unknown(unknown),
    }
}

/// # Errors
///
/// Why it cannot be seen.
async fn look_at_stage(
    term: &Term,
    change: &Change,
    target: &TargetKey,
    stage: u32,
) -> Result<Observation, String> {
    let cluster = cluster_of(term, change, target).await?;
    let plan = change.status.plan.as_ref();
    let hold = plan.and_then(|plan| plan.hold(stage, target));
    let stage = plan.and_then(|plan| plan.stages.get(stage as usize));
    let is_last = stage.is_none_or(|stage| stage.share == Share::FULL);
    let record = before(term, target).await?;
    let previous = record.previous()?;
    let Some(place) = super::place(change, target) else {
        let manifests = super::manifests(term, change, target).await?;
        return Ok(cluster
            .observe_stage(target, &manifests, previous, is_last)
            .await);
    };
    let (object, application) = super::application_of(term, &place).await?;
    if is_edited(previous, &object) {
        return Ok(Observation::Differs(format!(
            "somebody edited the source of {place}"
        )));
    }
    let expected = match &record.0.branch {
        None => Expected::Pin(goal(change, previous)?),
        Some(branch) => Expected::OnBranch {
            branch,
            commit: record.0.carried.as_ref().ok_or_else(|| {
                format!("the record does not say which commit was put on {branch}")
            })?,
            earlier: previous.revision.iter().collect(),
        },
    };
    // Another pin renders to something else, whatever it is.
    if let Seen::Otherwise(differs @ Observation::Differs(_)) = expected.see(&application) {
        return Ok(differs);
    }
    let manifests = super::manifests(term, change, target).await?;
    let approved = Approved {
        manifests: &manifests,
        hold,
    };
    let seen = Delivered {
        cluster: &cluster,
        place: &place,
        application: &application,
        target,
        previous,
    };
    Ok(seen.look(&expected, Some(approved)).await)
}

async fn previous(term: &Term, change: &Change, target: &TargetKey) -> Observation {
    match look_back(term, change, target).await {
        Ok(observation) => observation,
        Err(unknown) => Observation::Unknown(unknown),
    }
}

/// # Errors
///
/// Why it cannot be seen.
async fn look_back(
    term: &Term,
    change: &Change,
    target: &TargetKey,
) -> Result<Observation, String> {
    let cluster = cluster_of(term, change, target).await?;
    let record = before(term, target).await?;
    let previous = record.previous()?;
    let Some(place) = super::place(change, target) else {
        return Ok(cluster.observe_previous(target, previous).await);
    };
    let expected = match (&record.0.branch, &previous.revision) {
        (None, _) => Expected::Pin(pointed_at(previous)?),
        (Some(branch), Some(revision)) => Expected::OnBranch {
            branch,
            commit: record
                .0
                .pin
                .as_ref()
                .and_then(Pin::commit)
                .unwrap_or(revision),
            earlier: record.0.carried.iter().chain([revision]).collect(),
        },
        (Some(_), None) => return Err("the record does not say what it pointed at".to_owned()),
    };
    let (_, application) = super::application_of(term, &place).await?;
    let seen = Delivered {
        cluster: &cluster,
        place: &place,
        application: &application,
        target,
        previous,
    };
    Ok(seen.look(&expected, None).await)
}

/// What an Application is pinned to where the change is out.
///
/// # Errors
///
/// A sentence, where nobody could say.
pub(crate) fn goal(change: &Change, previous: &Previous) -> Result<Pin, String> {
    let moves = change.moves().ok_or("its commit is not established")?;
    let before = pointed_at(previous)?;
    let goal = before.moved(moves);
    goal.ok_or_else(|| format!("it was pinned to {before}, of which the change moves nothing"))
}

/// What an Application was pinned to before the change.
fn pointed_at(previous: &Previous) -> Result<Pin, String> {
    let sources = previous.application.as_ref();
    let pin = sources.and_then(Sources::pin);
    pin.ok_or_else(|| "the record does not say what it pointed at".to_owned())
}

/// The record of a target that a change holds.
struct Held(Record);

impl Held {
    /// What ran before the change; or why nothing can be seen without that.
    fn previous(&self) -> Result<&Previous, String> {
        let previous = self.0.previous.as_ref();
        previous.ok_or_else(|| "the record of what ran before is gone".to_owned())
    }
}

async fn before(term: &Term, target: &TargetKey) -> Result<Held, String> {
    let record = term.hub.cluster.record(target).await;
    record.map(Held).map_err(|error| error.to_string())
}

/// What Argo CD is to have synced.
enum Expected<'a> {
    /// What the Application is pinned to.
    Pin(Pin),
    /// A commit that was put on its branch.
    OnBranch {
        branch: &'a Branch,
        commit: &'a Revision,
        /// Those that were there before.
        earlier: Vec<&'a Revision>,
    },
}

impl Expected<'_> {
    fn see(&self, application: &Application) -> Seen {
        match self {
            Self::Pin(pin) => see(application, pin),
            Self::OnBranch {
                branch,
                commit,
                earlier,
            } => see_on_branch(application, branch, commit, earlier),
        }
    }
}

/// Whether somebody edited what the Application makes its manifests from: Argo CD
/// delivers something else by then, whatever it is.
fn is_edited(previous: &Previous, object: &Value) -> bool {
    let before = previous.application.as_ref();
    before.is_some_and(|before| !before.differ_only_in_pin(&Sources::of(object)))
}

/// What was approved, as far as it is to be out.
#[derive(Clone, Copy)]
struct Approved<'a> {
    manifests: &'a [Value],
    /// Where its Rollouts are to stop.
    hold: Option<Hold>,
}

/// An Application as it was seen at one moment, and where to look further.
struct Delivered<'a> {
    cluster: &'a Cluster,
    place: &'a ApplicationPlace,
    application: &'a Application,
    target: &'a TargetKey,
    previous: &'a Previous,
}

impl Delivered<'_> {
    /// What Argo CD says counts first; then what runs is compared with what it
    /// should be. Without something approved that is what ran before.
    async fn look(&self, expected: &Expected<'_>, approved: Option<Approved<'_>>) -> Observation {
        let (place, application) = (self.place, self.application);
        let found = async || match approved {
            Some(Approved { manifests, hold }) => {
                self.cluster
                    .observe_delivered(self.target, manifests, self.previous, hold)
                    .await
            }
            None => {
                self.cluster
                    .observe_delivered_before(self.target, self.previous)
                    .await
            }
        };
        let stops = approved.is_some_and(|approved| approved.hold.is_some());
        match expected.see(application) {
            Seen::Otherwise(observation) => observation,
            Seen::Suspended(_) if stops => settled(place, application, approved, found).await,
            Seen::Degraded { says, since } => degraded(says, since, found().await),
            Seen::Applied(problem) | Seen::Suspended(problem) => {
                // A pod that cannot start is known long before Argo CD gives up.
                match found().await {
                    Observation::Healthy | Observation::Differs(_) | Observation::Unknown(_) => {
                        Observation::Progressing(problem)
                    }
                    other => other,
                }
            }
            Seen::Settled => settled(place, application, approved, found).await,
        }
    }
}

/// What Argo CD finds degraded, with what is found of it here.
fn degraded(says: String, since: Timestamp, found: Observation) -> Observation {
    match found {
        Observation::Progressing(why) => Observation::Degraded {
            since,
            why: format!("{says}: {why}"),
        },
        Observation::Healthy | Observation::Differs(_) | Observation::Unknown(_) => {
            Observation::Degraded { since, why: says }
        }
        other => other,
    }
}

/// Nothing but what was approved may belong to the Application.
async fn settled(
    place: &ApplicationPlace,
    application: &Application,
    approved: Option<Approved<'_>>,
    found: impl AsyncFnOnce() -> Observation,
) -> Observation {
    if let Some(Approved { manifests, .. }) = approved {
        let keys: Vec<ObjectKey> = manifests
            .iter()
            .filter_map(|manifest| ObjectKey::of(manifest).ok())
            .collect();
        let others = not_approved(application, &keys);
        if !others.is_empty() {
            return Observation::Differs(format!("{place} also owns {}", others.join(", ")));
        }
    }
    found().await
}
