//! How targets do together.

use jiff::SignedDuration;

use super::context::{Context, after};
use super::facts::Observation;
use crate::target::TargetKey;

/// How several targets do together.
pub(super) enum Health {
    /// Every one is healthy, and is what was approved.
    Good,
    /// Some are seen not to be healthy yet.
    NotYet(Vec<String>),
    /// Some cannot be seen just now; those that can be are healthy.
    Unseen(Vec<String>),
    /// At least one never will be healthy.
    Broken(String),
}

/// How long Argo CD must find a target degraded until that counts. Coming from a
/// degraded revision it writes it once more, and an autoscaler is degraded until
/// there are figures of its new pods.
const DEGRADED_FOR: SignedDuration = SignedDuration::from_mins(1);

pub(super) fn health<'t>(
    context: &mut Context<'_>,
    targets: impl Iterator<Item = &'t TargetKey>,
) -> Health {
    let mut problems = Vec::new();
    let mut wakes = Vec::new();
    let mut only_unseen = true;
    for target in targets {
        let said = |text: &str| said_of(context, target, text);
        match context.facts.observations.get(target) {
            Some(Observation::Healthy) => {}
            Some(Observation::Failed(why)) => return Health::Broken(said(why)),
            Some(Observation::Degraded { since, why }) => {
                let lasts = after(*since, DEGRADED_FOR);
                if context.now >= lasts {
                    let seconds = DEGRADED_FOR.as_secs();
                    return Health::Broken(said(&format!("{why} (for {seconds} seconds)")));
                }
                only_unseen = false;
                problems.push(said(why));
                wakes.push(lasts);
            }
            Some(Observation::Differs(what)) => {
                return Health::Broken(said(&format!(
                    "what runs is not what was approved: {what}"
                )));
            }
            Some(Observation::Progressing(what) | Observation::Halted(what)) => {
                only_unseen = false;
                problems.push(said(what));
            }
            Some(Observation::Unknown(why)) => {
                problems.push(said(&format!("cannot be seen: {why}")));
            }
            None => problems.push(said("has not been looked at yet")),
        }
    }
    for at in wakes {
        context.wake(at);
    }
    if problems.is_empty() {
        Health::Good
    } else if only_unseen {
        Health::Unseen(problems)
    } else {
        Health::NotYet(problems)
    }
}

/// Names the target only where there are several.
fn said_of(context: &Context<'_>, target: &TargetKey, text: &str) -> String {
    if context.request.targets.len() == 1 {
        text.to_owned()
    } else {
        format!("{}: {text}", target.name)
    }
}
