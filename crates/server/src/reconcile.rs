//! One change, brought as far as it can go now.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kube::ResourceExt as _;
use kube::runtime::controller::Action;
use tidegate_api::Change as Object;
use tidegate_api::convert::{self, FieldError};
use tidegate_core::lifecycle::facts::Observation;
use tidegate_core::lifecycle::owed::{Notice, Owed};
use tidegate_core::lifecycle::{
    Effect, Facts, Phase, Status, Step, Transition, questions, step, zone,
};
use tidegate_core::policy::rules_of;
use tidegate_core::request::Change;

use crate::gather::{self, Freshness};
use crate::hub::Term;
use crate::sentence::sentence;
use crate::{finalizer, perform, publish, record};

/// More steps than a change takes without waiting for something.
const STEPS: usize = 100;

/// When what became of a change that has ended is told to the ledger again.
const RECORD_AGAIN: Duration = Duration::from_secs(15);

/// Why a reconciliation ended early. The controller tries again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReconcileError {
    /// The API server did not answer, or somebody else wrote first.
    #[error("cannot read or write the change")]
    Api(#[source] kube::Error),
}

impl ReconcileError {
    /// Somebody else wrote first: nothing is wrong.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Api(kube::Error::Api(status)) if status.code == 409)
    }
}

/// Brings a change as far as it can go now, one effect at a time.
pub(crate) async fn reconcile(
    object: Arc<Object>,
    term: Arc<Term>,
) -> Result<Action, ReconcileError> {
    // The watch may be behind what was written a moment ago.
    let read = term
        .hub
        .changes()
        .get_opt(&object.name_any())
        .await
        .map_err(ReconcileError::Api)?;
    let Some(mut object) = read else {
        return Ok(Action::await_change());
    };
    for _ in 0..STEPS {
        match Box::pin(turn(&term, object))
            .await
            .map_err(ReconcileError::Api)?
        {
            Turn::Again(next) => object = *next,
            Turn::Rest(action) => return Ok(action),
        }
    }
    Ok(Action::requeue(Duration::from_secs(1)))
}

/// What comes after one turn.
enum Turn {
    /// Another turn, with the object as it is now.
    Again(Box<Object>),
    /// Nothing to do for now.
    Rest(Action),
}

async fn turn(term: &Term, object: Object) -> Result<Turn, kube::Error> {
    let change = match convert::change::change(&object, &term.hub.options.cluster) {
        Ok(change) => change,
        Err(problem) => return unreadable(term, object, &problem).await,
    };
    if let Some(held) = finalizer::hold(term, &object, &change).await? {
        return Ok(Turn::Again(Box::new(held)));
    }
    if change.status.phase.is_final() {
        remember_end(term, &change).await;
        return after_the_end(term, object, &change).await;
    }
    let now = Timestamp::now();
    let known = gather::cheap(term, &change, Freshness::Watched).await?;
    let asked = questions(&change, &known, now);
    let mut facts = gather::answer(term, &change, known, &asked, now).await;
    let mut decided = step(&change, &facts, now);
    let alone = if is_limited(&facts, &decided) {
        let alone = term.starting.lock().await;
        // Another may have taken the last place meanwhile.
        facts.others = gather::others(term, &change);
        decided = step(&change, &facts, now);
        Some(alone)
    } else {
        None
    };
    let next = settle(term, &object, &change, &facts, &decided).await?;
    drop(alone);
    let Some(effect) = decided.effect else {
        let moved = convert::change::change(&next, &term.hub.options.cluster);
        let more = moved.is_ok_and(|moved| {
            questions(&moved, &facts, now)
                .iter()
                .any(|question| !asked.contains(question))
        });
        if more && facts.trouble.is_none() || decided.status.phase.is_final() {
            return Ok(Turn::Again(Box::new(next)));
        }
        let wake_at = [decided.wake_at, look_again_at(term, &change, &facts, now)];
        let wake_at = wake_at.into_iter().flatten().min();
        return Ok(Turn::Rest(rest(term, &change, wake_at, now)));
    };
    Box::pin(act(term, next, effect)).await
}

/// An emergency is asked for what it owes until it is there. A change vanishes
/// only when all that became of it is in the ledger.
async fn after_the_end(term: &Term, object: Object, change: &Change) -> Result<Turn, kube::Error> {
    let owes = change
        .status
        .owed
        .as_ref()
        .is_some_and(|owed| !owed.is_settled());
    if !owes {
        if record::is_behind(term, change) {
            return Ok(Turn::Rest(Action::requeue(RECORD_AGAIN)));
        }
        return Ok(Turn::Rest(finalizer::release(term, &object).await?));
    }
    let now = Timestamp::now();
    let facts = gather::cheap(term, change, Freshness::Watched).await?;
    let decided = step(change, &facts, now);
    let next = settle(term, &object, change, &facts, &decided).await?;
    if record::is_behind(term, change) {
        return Ok(Turn::Rest(Action::requeue(RECORD_AGAIN)));
    }
    finalizer::release(term, &next).await?;
    Ok(Turn::Rest(rest(term, change, decided.wake_at, now)))
}

/// Whether the change starts under a policy that lets only so many run.
fn is_limited(facts: &Facts, decided: &Step) -> bool {
    let starts = decided
        .transitions
        .iter()
        .any(|transition| transition.to == Phase::BackingUp);
    let policy = rules_of(&facts.policies, decided.status.policy.as_deref());
    starts && policy.is_some_and(|policy| policy.max_running.is_some())
}

/// Does the effect, after a look at the API server itself where it writes to a
/// target. If that look changes the answer, the new answer counts.
async fn act(term: &Term, object: Object, effect: Effect) -> Result<Turn, kube::Error> {
    let mut object = object;
    if effect.writes_to_target() {
        let Some(fresh) = term.hub.changes().get_opt(&object.name_any()).await? else {
            return Ok(Turn::Rest(Action::await_change()));
        };
        let Ok(change) = convert::change::change(&fresh, &term.hub.options.cluster) else {
            return Ok(Turn::Again(Box::new(fresh)));
        };
        let now = Timestamp::now();
        let known = gather::cheap(term, &change, Freshness::Live).await?;
        let asked = questions(&change, &known, now);
        let facts = gather::answer(term, &change, known, &asked, now).await;
        let again = step(&change, &facts, now);
        let same = again.effect.as_ref() == Some(&effect);
        object = settle(term, &fresh, &change, &facts, &again).await?;
        if !same {
            return Ok(Turn::Again(Box::new(object)));
        }
    }
    let Ok(change) = convert::change::change(&object, &term.hub.options.cluster) else {
        return Ok(Turn::Again(Box::new(object)));
    };
    match perform::perform(term, &change, &effect).await {
        Ok(()) => {
            term.hub.clear_trouble(&change.uid);
            Ok(Turn::Again(Box::new(object)))
        }
        Err(error) => {
            tracing::warn!(change = %change.name, %effect, %error, "an effect is tried again");
            let problem = format!("could not {effect}: {}", sentence(&error));
            if term.hub.note_trouble(&change.uid, problem.clone()) {
                publish::trouble(&term.hub, &object, &problem);
            }
            show_trouble(term, &object, &change).await?;
            Ok(Turn::Rest(rest(term, &change, None, Timestamp::now())))
        }
    }
}

/// Puts what went wrong into the status, without doing anything.
async fn show_trouble(term: &Term, object: &Object, change: &Change) -> Result<(), kube::Error> {
    let now = Timestamp::now();
    let known = gather::cheap(term, change, Freshness::Watched).await?;
    let asked = questions(change, &known, now);
    let facts = gather::answer(term, change, known, &asked, now).await;
    let told = step(change, &facts, now);
    if told.transitions.is_empty() {
        settle(term, object, change, &facts, &told).await?;
    }
    Ok(())
}

/// Publishes a step: the status first, then the ledger, Events and watches that
/// follow from it.
async fn settle(
    term: &Term,
    object: &Object,
    change: &Change,
    facts: &Facts,
    decided: &Step,
) -> Result<Object, kube::Error> {
    let zone = zone(change, facts);
    let next = publish::status(&term.hub, object, decided, &zone).await?;
    record::phases(term, change, &decided.status, &decided.transitions).await;
    let notices = news(&change.status, &decided.status);
    record::notices(term, change, &decided.status, &notices).await;
    publish::notices(&term.hub, &next, &notices);
    term.wrote(&change.name, &change.uid, &decided.status);
    publish::events(&term.hub, &next, &decided.transitions);
    term.targets.follow(change, decided.status.phase);
    let ends = |transition: &Transition| {
        transition.to.is_final() || transition.from.is_running() && !transition.to.is_running()
    };
    if decided.transitions.iter().any(ends) {
        term.nudge_waiting(change);
    }
    for transition in &decided.transitions {
        tracing::info!(change = %change.name, from = %transition.from, to = %transition.to, why = %transition.why, "phase");
    }
    Ok(next)
}

/// What an emergency settled or missed since.
fn news(before: &Status, after: &Status) -> Vec<Notice> {
    let notices = |status: &Status| status.owed.as_ref().map_or_else(Vec::new, Owed::notices);
    let old = notices(before);
    notices(after)
        .into_iter()
        .filter(|notice| !old.contains(notice))
        .collect()
}

/// The last change of phase is written again where a crash came between the
/// status and the ledger.
async fn remember_end(term: &Term, change: &Change) {
    term.hub.caches.forget(&change.uid);
    term.hub.clear_trouble(&change.uid);
    term.hub.patience.forget(&change.uid);
    if record::is_behind(term, change) {
        // It is among what is left.
        return record::again(term, change).await;
    }
    let status = &change.status;
    let end = Transition {
        number: status.transitions,
        from: status.phase,
        to: status.phase,
        why: status.reason.clone(),
    };
    record::phases(term, change, status, &[end]).await;
    let notices = news(&Status::default(), status);
    record::notices(term, change, status, &notices).await;
}

/// When to look again for what could not be found out and sends no news.
fn look_again_at(term: &Term, change: &Change, facts: &Facts, now: Timestamp) -> Option<Timestamp> {
    let unseen = |observation: &Observation| matches!(observation, Observation::Unknown(_));
    let in_vain = facts.trouble.is_some()
        || matches!(facts.source, Some(Err(_)))
        || matches!(facts.rendered, Some(Err(_)))
        || facts.observations.values().any(unseen);
    let patience = &term.hub.patience;
    if in_vain {
        Some(patience.look_again_at(&change.uid, now))
    } else {
        patience.forget(&change.uid);
        None
    }
}

/// Waits for news or for the time the core named; after trouble a little longer
/// each time, up to 15 seconds.
fn rest(term: &Term, change: &Change, wake_at: Option<Timestamp>, now: Timestamp) -> Action {
    let until = wake_at.map(|at| {
        let left = at.duration_since(now);
        Duration::try_from(left).unwrap_or(Duration::ZERO)
    });
    let trouble = term.hub.trouble(&change.uid).map(|trouble| {
        Duration::from_millis(500)
            .saturating_mul(1 << trouble.tries.min(5))
            .min(Duration::from_secs(15))
    });
    match until.into_iter().chain(trouble).min() {
        Some(wait) => Action::requeue(wait),
        None => Action::await_change(),
    }
}

/// A spec that does not read is told in the status; nothing else is done.
async fn unreadable(
    term: &Term,
    object: Object,
    problem: &FieldError,
) -> Result<Turn, kube::Error> {
    let before = object.status.clone().unwrap_or_default().status;
    let why = format!("it cannot be read: {problem}; cancel it and submit another");
    if before.phase.is_final() {
        return Ok(Turn::Rest(finalizer::release(term, &object).await?));
    }
    let mut status = before.clone();
    status.phase = Phase::Rejected;
    status.phase_since = Some(Timestamp::now());
    status.reason.clone_from(&why);
    status.transitions += 1;
    status.waiting_on = Vec::new();
    status.next_transition_at = None;
    let transition = Transition {
        number: status.transitions,
        from: before.phase,
        to: Phase::Rejected,
        why,
    };
    let decided = Step {
        status,
        transitions: vec![transition],
        waiting_on: Vec::new(),
        effect: None,
        wake_at: None,
    };
    let next = publish::status(&term.hub, &object, &decided, &TimeZone::UTC).await?;
    publish::events(&term.hub, &next, &decided.transitions);
    Ok(Turn::Again(Box::new(next)))
}
