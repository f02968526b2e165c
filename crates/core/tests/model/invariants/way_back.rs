//! The way back is open, in time and whole (invariants 3, 4 and 6).

use tidegate_core::digest::Digest;
use tidegate_core::lifecycle::facts::{Identity, Observation};
use tidegate_core::lifecycle::status::Destination;
use tidegate_core::lifecycle::{Effect, EffectState, Facts, Phase, Step, step};
use tidegate_core::policy::OnWindowClose;
use tidegate_core::request::WantedWindow;

use super::Answer;
use crate::model::facts::runs_whole;
use crate::model::oracle::Breach;
use crate::model::setting::{Setting, minutes};
use crate::model::state::{Claim, Health};

/// On the way back no gate is asked: with all of them shut the answer is the
/// same.
pub(super) fn returns_whatever_is_shut(answer: &Answer<'_>) -> Result<(), Breach> {
    let Answer {
        minute,
        seen,
        facts,
        decided,
        ..
    } = *answer;
    if seen.status.phase != Phase::RollingBack {
        return Ok(());
    }
    let shut = Facts {
        policies: std::sync::Arc::default(),
        calendars: std::sync::Arc::default(),
        identity: Identity::default(),
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
    let answer = step(&held, &shut, Setting::at(minute));
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

/// No phase that holds targets lasts beyond its deadline.
pub(super) fn keeps_deadlines(answer: &Answer<'_>) -> Result<(), Breach> {
    let Answer {
        setting,
        state,
        change,
        facts,
        decided,
        ..
    } = *answer;
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
    let now = Setting::at(state.now);
    let concludes = matches!(decided.effect, Some(Effect::Conclude { .. }));
    let late = match status.phase {
        Phase::BackingUp => {
            let backup = plan.backup.as_ref().map(|rules| rules.deadline);
            now >= run.started_at + minutes(10) + backup.unwrap_or_default()
        }
        Phase::RollingOut => {
            let shut = run.closes_at.is_some_and(|close| now >= close);
            let closed = plan.on_window_close == OnWindowClose::Rollback && shut;
            let overdue = match plan.stages.get(run.stage as usize) {
                Some(stage) => {
                    let looks = &mut facts.observations.values();
                    let unseen = looks.any(|look| matches!(look, Observation::Unknown(_)));
                    let deadline = run.stage_since + stage.within;
                    let late = now >= deadline + stage.soak;
                    run.healthy_since.is_none() && now >= deadline || unseen && late
                }
                None => now >= run.stage_since + plan.verification.within,
            };
            closed || overdue
        }
        Phase::Verifying => !concludes && now >= run.stage_since + plan.verification.within,
        Phase::RollingBack => {
            let retreat = run.retreat.as_ref().map_or(now, |retreat| retreat.since);
            // The targets are free by then.
            let reverts = decided.effect == Some(Effect::Revert);
            // Bringing data back has its own time from its beginning, which comes late
            // where the shell was down.
            let data = decided.status.data.as_ref();
            let data = data.zip(plan.backup.as_ref());
            let data = data.map(|(data, rules)| {
                let within = plan.rollback_within + rules.restore_within + minutes(10);
                data.since + within
            });
            let mut late = retreat + plan.rollback_within;
            late = late.max(data.unwrap_or(late));
            late += if reverts { minutes(2) } else { minutes(0) };
            run.touched && !concludes && now >= late
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
pub(super) fn ends_well(answer: &Answer<'_>) -> Result<(), Breach> {
    let Answer {
        setting,
        state,
        change,
        decided,
        ..
    } = *answer;
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
            let was = actor.previous.get(&place) == Some(&seen.runs);
            !actor.wrote.contains_key(&place) || was && seen.health == Health::Healthy
        });
        let whole = places().all(|(place, seen)| runs_whole(setting, actor, place, seen.runs));
        if *deployed && !whole {
            return Err(Breach::new(2, format!("{name} ends without running whole")));
        }
        if !*deployed && !lost && !back {
            let what = format!("{name} gives up before what ran before runs again");
            return Err(Breach::new(3, what));
        }
    }
    if let Some(Effect::RollBack { target }) = &decided.effect {
        let began = |key: &String| key.contains("/apply/") && key.ends_with(&target.to_string());
        if !actor.ledger.keys().any(began) {
            let what = format!("{name} brings back {target}, to which it never wrote");
            return Err(Breach::new(3, what));
        }
    }
    let written = |digest: &Digest| Some(*digest) == decided.status.digest;
    if decided.status.phase.is_running() && !actor.wrote.values().all(written) {
        let what = format!("the status of {name} forgets what it wrote");
        return Err(Breach::new(2, what));
    }
    if concluding && decided.status.phase == Phase::RollingBack && decided.effect.is_none() {
        let what = format!("{name} waits for what it has given free");
        return Err(Breach::new(3, what));
    }
    for transition in &decided.transitions {
        let gone = actor.data.values().any(|data| data.claim == Claim::Gone);
        let told = decided.status.data.as_ref();
        let told = told.is_some_and(|data| !data.by_hand.is_empty());
        if transition.to.is_final() && gone && !(transition.to == Phase::Failed && told) {
            let what = format!(
                "{name} ends {} with a claim gone and nobody told what to do",
                transition.to
            );
            return Err(Breach::new(9, what));
        }
        let untouched = matches!(
            transition.to,
            Phase::Scheduled | Phase::Expired | Phase::Rejected
        );
        if untouched && !actor.wrote.is_empty() && transition.from.is_running() {
            let what = format!("{name} is {} after it wrote to a target", transition.to);
            return Err(Breach::new(3, what));
        }
        let began = actor.ledger.keys().any(|key| key.contains("/apply/"));
        let touched = began && run.is_some_and(|run| run.touched);
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
