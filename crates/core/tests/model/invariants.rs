//! What must hold of every answer of the core.

use tidegate_core::lifecycle::facts::{Facts, Identity};
use tidegate_core::lifecycle::status::Destination;
use tidegate_core::lifecycle::{
    Effect, EffectState, Phase, Question, Step, WaitReason, questions, step,
};
use tidegate_core::policy::OnWindowClose;
use tidegate_core::request::{Change, WantedWindow};

use super::facts::{gather, runs_whole};
use super::oracle::Breach;
use super::setting::Setting;
use super::state::{Health, State};

/// More starts than a history here gives cause for.
const MOST_STARTS: u32 = 6;

/// Checks an answer against the question it answers.
pub(super) fn hold(
    setting: &Setting,
    state: &State,
    change: usize,
    seen: &Change,
    facts: &Facts,
    decided: &Step,
) -> Result<(), Breach> {
    repeats(setting, state, seen, facts, decided)?;
    if decided.status.attempts > MOST_STARTS {
        return Err(Breach::new(3, "it starts again and again"));
    }
    explains(setting, state, change, seen, facts, decided)?;
    wakes(setting, state, change, seen, facts, decided)?;
    returns_whatever_is_shut(setting, state, seen, facts, decided)?;
    keeps_deadlines(setting, state, change, decided)?;
    ends_well(setting, state, change, decided)
}

/// The same question has the same answer, and asking again changes nothing.
fn repeats(
    setting: &Setting,
    state: &State,
    seen: &Change,
    facts: &Facts,
    decided: &Step,
) -> Result<(), Breach> {
    let now = setting.at(state.now);
    if step(seen, facts, now) != *decided {
        return Err(Breach::new(0, "the same question has two answers"));
    }
    let mut later = seen.clone();
    later.status = decided.status.clone();
    let again = step(&later, facts, now);
    let same = again.transitions.is_empty()
        && again.effect == decided.effect
        && again.status == decided.status
        && again.waiting_on == decided.waiting_on;
    if same {
        return Ok(());
    }
    let what = format!(
        "asked again without news it moves on: {:?} {:?} instead of {:?} {:?}",
        again.status.phase, again.effect, decided.status.phase, decided.effect
    );
    Err(Breach::new(0, what))
}

/// A change that does not go on says why, in sentences, and can be woken.
fn explains(
    setting: &Setting,
    state: &State,
    change: usize,
    seen: &Change,
    facts: &Facts,
    decided: &Step,
) -> Result<(), Breach> {
    let broken = |what: String| Err(Breach::new(7, what));
    let phase = decided.status.phase;
    if phase.is_final() || decided.effect.is_some() {
        let quiet = decided.waiting_on.is_empty()
            && (!phase.is_final() || decided.effect.is_none() && decided.wake_at.is_none());
        return if quiet {
            Ok(())
        } else {
            broken(format!("it is {phase} and still waits"))
        };
    }
    if decided.waiting_on.is_empty() {
        return broken(format!("it is {phase} and does not say what it waits for"));
    }
    let mut later = seen.clone();
    later.status = decided.status.clone();
    let asked = questions(&later, facts, setting.at(state.now));
    for reason in &decided.waiting_on {
        let sentence = reason.to_string();
        let read = sentence.len() > 8 && sentence.trim() == sentence && !sentence.ends_with('.');
        if !read || reason.summary().is_empty() {
            return broken(format!("this is no sentence: {sentence:?}"));
        }
        let comes = match reason {
            WaitReason::TicketTaken { .. }
            | WaitReason::Ungoverned { .. }
            | WaitReason::GovernedTwice { .. }
            | WaitReason::PolicySplit { .. }
            | WaitReason::PolicyNotReady { .. }
            | WaitReason::IdentityUnproven { .. }
            | WaitReason::Approvals { .. }
            | WaitReason::Held { .. }
            | WaitReason::CalendarMissing { .. }
            | WaitReason::DependsOn { .. }
            | WaitReason::TargetBusy { .. }
            | WaitReason::LimitReached { .. }
            | WaitReason::Calendar { next: None, .. }
            | WaitReason::Trouble { .. } => true,
            WaitReason::Source { problem: None } | WaitReason::Manifests { problem: None } => {
                asked.contains(&Question::Source)
            }
            WaitReason::Preview => asked.contains(&Question::Preview),
            WaitReason::Source { problem: Some(_) }
            | WaitReason::Manifests { problem: Some(_) }
            | WaitReason::NotBefore { .. }
            | WaitReason::Calendar { next: Some(_), .. }
            | WaitReason::Refused { .. }
            | WaitReason::Drifted { .. }
            | WaitReason::Health { .. }
            | WaitReason::Soak { .. }
            | WaitReason::Check { .. } => decided.wake_at.is_some(),
        };
        if !comes {
            let name = Setting::name(change);
            return broken(format!("nothing wakes {name}, which says: {sentence}"));
        }
    }
    Ok(())
}

/// Time alone changes nothing before the moment at which it asks to be woken.
/// What it only now asks for the shell finds out at once.
fn wakes(
    setting: &Setting,
    state: &State,
    change: usize,
    seen: &Change,
    facts: &Facts,
    decided: &Step,
) -> Result<(), Breach> {
    let (now, next) = (setting.at(state.now), state.now + setting.tick);
    let asleep = decided.wake_at.is_none_or(|wake| wake > setting.at(next));
    if decided.effect.is_some() || !asleep {
        return Ok(());
    }
    let asked = questions(seen, facts, now);
    let mut stored = seen.clone();
    stored.status = decided.status.clone();
    let more = questions(&stored, facts, now);
    if more.iter().any(|question| !asked.contains(question)) {
        return Ok(());
    }
    let (seen, facts) = gather(setting, state, change, &decided.status, next, false);
    let later = step(&seen, &facts, setting.at(next));
    match (later.transitions.first(), &later.effect) {
        (None, None) => Ok(()),
        (Some(transition), _) => Err(Breach::new(
            7,
            format!(
                "it would become {} {} minutes later and nothing wakes it",
                transition.to, setting.tick
            ),
        )),
        (None, Some(effect)) => Err(Breach::new(
            7,
            format!(
                "it would {effect} {} minutes later and nothing wakes it",
                setting.tick
            ),
        )),
    }
}

/// On the way back no gate is asked: with all of them shut the answer is the
/// same.
fn returns_whatever_is_shut(
    setting: &Setting,
    state: &State,
    seen: &Change,
    facts: &Facts,
    decided: &Step,
) -> Result<(), Breach> {
    if seen.status.phase != Phase::RollingBack {
        return Ok(());
    }
    let shut = Facts {
        policies: std::sync::Arc::default(),
        calendars: std::sync::Arc::default(),
        identity: Identity::Unproven(vec!["everything".to_owned()]),
        source: None,
        rendered: None,
        preview: None,
        approvals: Vec::new(),
        ..facts.clone()
    };
    let mut held = seen.clone();
    held.control.hold = Some("stop".to_owned());
    held.control.window = WantedWindow {
        not_before: Some(jiff::Timestamp::MAX),
        not_after: Some(jiff::Timestamp::MIN),
    };
    let answer = step(&held, &shut, setting.at(state.now));
    let left = |step: &Step| step.transitions.first().map(|transition| transition.to);
    let same = match left(decided) {
        Some(to) => left(&answer) == Some(to),
        None => answer.effect == decided.effect && left(&answer).is_none(),
    };
    if same {
        Ok(())
    } else {
        let what = format!("shut gates hold up its way back: {:?}", answer.waiting_on);
        Err(Breach::new(4, what))
    }
}

/// No phase that writes lasts beyond its deadline.
fn keeps_deadlines(
    setting: &Setting,
    state: &State,
    change: usize,
    decided: &Step,
) -> Result<(), Breach> {
    let status = &decided.status;
    let expired = setting.changes[change]
        .not_after
        .is_some_and(|end| state.now >= end);
    if expired && !status.phase.is_running() && !status.phase.is_final() {
        let what = format!(
            "it is still {} after the time it was wanted for",
            status.phase
        );
        return Err(Breach::new(7, what));
    }
    let (Some(run), Some(plan)) = (&status.run, &status.plan) else {
        return Ok(());
    };
    let now = setting.at(state.now);
    let concludes = matches!(decided.effect, Some(Effect::Conclude { .. }));
    let late = match status.phase {
        Phase::RollingOut => {
            let shut = run.closes_at.is_some_and(|close| now >= close);
            let closed = plan.on_window_close == OnWindowClose::Rollback && shut;
            let overdue = match plan.stages.get(run.stage as usize) {
                Some(stage) => run.healthy_since.is_none() && now >= run.stage_since + stage.within,
                None => now >= run.stage_since + plan.verification.within,
            };
            closed || overdue
        }
        Phase::Verifying => {
            let since = run.verifying_since.unwrap_or(now);
            !concludes && now >= since + plan.verification.within
        }
        Phase::RollingBack => {
            let since = run.retreat.as_ref().map_or(now, |retreat| retreat.since);
            run.touched && !concludes && now >= since + plan.rollback_within
        }
        _ => false,
    };
    if late {
        let what = format!("it is still {} after its deadline", status.phase);
        return Err(Breach::new(3, what));
    }
    Ok(())
}

/// What a change leaves behind is whole: the new revision, or the previous one
/// and healthy, or it says that a person is needed.
fn ends_well(
    setting: &Setting,
    state: &State,
    change: usize,
    decided: &Step,
) -> Result<(), Breach> {
    let actor = &state.actors[change];
    let name = Setting::name(change);
    let run = decided.status.run.as_ref();
    let places = || {
        let targets = setting.changes[change].targets.iter();
        targets.map(|target| (*target, &state.places[*target]))
    };
    let concluding = actor.ledger.keys().any(|key| key.contains("/conclude/"));
    if let (Some(Effect::Conclude { deployed, .. }), false) = (&decided.effect, concluding) {
        let into = run
            .and_then(|run| run.retreat.as_ref())
            .map(|retreat| retreat.into);
        let lost = into == Some(Destination::Failed);
        let back = places().all(|(place, seen)| {
            let was = actor.previous.get(&place);
            was.is_none() || was == Some(&seen.runs) && seen.health == Health::Healthy
        });
        let whole = places().all(|(_, seen)| runs_whole(actor, seen.runs));
        if *deployed && !whole {
            return Err(Breach::new(2, format!("{name} ends without running whole")));
        }
        if !*deployed && !lost && !actor.wrote.is_empty() && !back {
            let what = format!("{name} gives up before what ran before runs again");
            return Err(Breach::new(3, what));
        }
    }
    if concluding && decided.status.phase == Phase::RollingBack && decided.effect.is_none() {
        let what = format!("{name} waits for what it has given free");
        return Err(Breach::new(3, what));
    }
    for transition in &decided.transitions {
        let untouched = matches!(
            transition.to,
            Phase::Scheduled | Phase::Expired | Phase::Rejected
        );
        if untouched && !actor.wrote.is_empty() && transition.from.is_running() {
            let what = format!("{name} is {} after it wrote to a target", transition.to);
            return Err(Breach::new(3, what));
        }
        let touched = run.is_some_and(|run| run.touched);
        if transition.to == Phase::RolledBack && !touched {
            let what = format!("{name} is called rolled back, and nothing was out");
            return Err(Breach::new(7, what));
        }
        let free = places().all(|(_, seen)| seen.holder != Some(change));
        let refused = actor.ledger.iter().any(|(key, entry)| {
            key.contains("/conclude/") && matches!(entry.outcome, Some(EffectState::Failed(_)))
        });
        let may_keep = transition.to == Phase::Failed && refused;
        if transition.to.is_final() && !free && !may_keep {
            let what = format!("{name} ends {} and keeps a target", transition.to);
            return Err(Breach::new(6, what));
        }
    }
    let numbers = decided
        .transitions
        .iter()
        .map(|transition| transition.number);
    if numbers.ne(actor.status.transitions + 1..=decided.status.transitions) {
        return Err(Breach::new(
            0,
            "its changes of phase are not numbered in order",
        ));
    }
    Ok(())
}
