//! What happens, in lines that people read.

use tidegate_core::approval::Decision;

use super::action::Action;
use super::setting::Setting;
use super::shell::Outcome;
use super::state::{Hand, Health, State};

/// One line: when, what, and what came of it.
pub(super) fn told(
    setting: &Setting,
    before: &State,
    action: Action,
    after: Option<&State>,
) -> String {
    let time = format!("{:02}:{:02}", before.now / 60, before.now % 60);
    let what = what(setting, before, action);
    let came = match (action, after) {
        (_, None) => " ← breaks it".to_owned(),
        (
            Action::Look(change) | Action::LookStale(change) | Action::LookAndCrash(change),
            Some(after),
        ) => answered(before, after, change),
        (Action::Perform(change, _), Some(after)) => done(before, after, change),
        _ => String::new(),
    };
    format!("{time}  {what}{came}")
}

fn what(setting: &Setting, before: &State, action: Action) -> String {
    let target = |place: usize| &setting.targets[place];
    match action {
        Action::Look(change) => format!("{} is looked at", Setting::name(change)),
        Action::Store(change) => format!("the status of {} is stored", Setting::name(change)),
        Action::Begin(change) => {
            let effect = match &before.actors[change].hand {
                Hand::Due(effect) => effect.to_string(),
                _ => "nothing".to_owned(),
            };
            format!(
                "{}: the ledger has that it begins to {effect}",
                Setting::name(change)
            )
        }
        Action::Perform(change, outcome) => {
            let effect = match &before.actors[change].hand {
                Hand::Begun(effect) => effect.to_string(),
                _ => "nothing".to_owned(),
            };
            let how = match outcome {
                Outcome::Done => "",
                Outcome::Refused => ", which is refused",
                Outcome::Trouble => ", which does not work just now",
            };
            format!("{}: {effect}{how}", Setting::name(change))
        }
        Action::End(change) => format!("{}: the ledger has how it ended", Setting::name(change)),
        Action::Crash(change) => {
            format!(
                "the shell dies while it works for {}",
                Setting::name(change)
            )
        }
        Action::LookStale(change) => {
            let name = Setting::name(change);
            format!("{name} is looked at, as if nothing else had started")
        }
        Action::LookAndCrash(change) => {
            let name = Setting::name(change);
            format!("{name} is looked at, its status is stored and the shell dies")
        }
        Action::PerformAndCrash(change) => {
            let effect = match &before.actors[change].hand {
                Hand::Begun(effect) => effect.to_string(),
                _ => "nothing".to_owned(),
            };
            format!("{}: {effect}, and the shell dies", Setting::name(change))
        }
        Action::Advance(minutes) => format!("{minutes} minutes pass"),
        Action::Sign {
            change,
            voice,
            word,
        } => {
            let verb = match word {
                Decision::Approved => "approves",
                Decision::Rejected => "rejects",
                Decision::Reviewed => "reviews",
            };
            let digest = before.actors[change].status.digest;
            let digest = digest.map_or_else(String::new, |digest| digest.short());
            let name = &setting.voices[voice].name;
            format!("{name} {verb} {digest} of {}", Setting::name(change))
        }
        Action::Cancel(change) => format!("{} is cancelled", Setting::name(change)),
        Action::Delete(change) => format!("{} is deleted", Setting::name(change)),
        Action::Hold(change, true) => format!("{} is held", Setting::name(change)),
        Action::Hold(change, false) => format!("{} is released", Setting::name(change)),
        Action::Move(change) => format!("the source of {} moves", Setting::name(change)),
        Action::WantBackup(change) => format!("a backup of {} is asked for", Setting::name(change)),
        Action::Policy(true) => "the policy is ready again".to_owned(),
        Action::Policy(false) => "the policy stops being ready".to_owned(),
        Action::Guard(true) => "the admission policies are back".to_owned(),
        Action::Guard(false) => "the admission policies are removed".to_owned(),
        Action::Drift(true) => "what runs drifts".to_owned(),
        Action::Drift(false) => "what runs is as deployed again".to_owned(),
        Action::Source(true) => "the source can be reached again".to_owned(),
        Action::Source(false) => "the source cannot be reached".to_owned(),
        Action::Become(place, health) => {
            let health = match health {
                Health::Healthy => "becomes healthy",
                Health::Progressing => "is not healthy any more",
                Health::Failed => "fails",
                Health::Differs => "differs from what was applied",
                Health::Unseen => "cannot be seen",
            };
            format!("{} {health}", target(place))
        }
        Action::Backup { change, usable } => backup(change, usable),
        Action::PodsEnd(change, place) => pods_end(change, target(place)),
        Action::Restore { change, good } => restored(change, good),
        Action::Answer {
            change,
            job,
            passed,
        } => {
            let what = if job { "Job" } else { "probe" };
            ends(&format!("the {what}"), change, passed)
        }
    }
}

fn ends(what: &str, change: usize, passed: bool) -> String {
    let how = if passed { "passes" } else { "fails" };
    format!("{what} of {} {how}", Setting::name(change))
}

fn pods_end(change: usize, target: impl std::fmt::Display) -> String {
    format!("the pods of {} in {target} end", Setting::name(change))
}

fn restored(change: usize, good: bool) -> String {
    let how = if good { "is complete" } else { "fails" };
    format!("the restore of {} {how}", Setting::name(change))
}

fn backup(change: usize, usable: bool) -> String {
    let how = if usable { "is complete" } else { "is lost" };
    format!("the backup of {} {how}", Setting::name(change))
}

fn answered(before: &State, after: &State, change: usize) -> String {
    let actor = &after.actors[change];
    let (status, effect) = match &actor.hand {
        Hand::Decided(decided) => (&decided.status, decided.effect.as_ref()),
        Hand::Due(effect) | Hand::Begun(effect) => (&actor.status, Some(effect)),
        _ => (&actor.status, None),
    };
    let was = before.actors[change].status.phase;
    let phase = if was == status.phase {
        format!(": {was}")
    } else {
        format!(": {was} → {} ({})", status.phase, status.reason)
    };
    let next = match (effect, status.waiting_on.first()) {
        (Some(effect), _) => format!(", will {effect}"),
        (None, Some(waiting)) => format!(", {}", waiting.message),
        (None, None) => String::new(),
    };
    format!("{phase}{next}")
}

fn done(before: &State, after: &State, change: usize) -> String {
    let actor = &after.actors[change];
    let Hand::Begun(effect) = &before.actors[change].hand else {
        return String::new();
    };
    let entry = actor.ledger.get(&effect.key(actor.status.attempts));
    let outcome = match &actor.hand {
        Hand::Ended(_, outcome) => Some(outcome),
        _ => entry.and_then(|entry| entry.outcome.as_ref()),
    };
    match outcome {
        Some(outcome) => format!(" → {outcome:?}"),
        None if actor.trouble => String::new(),
        None => " → not done: asked again, the answer is another".to_owned(),
    }
}
