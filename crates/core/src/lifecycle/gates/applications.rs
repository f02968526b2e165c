//! Argo CD can take an operation on every Application of the change.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::argo_cd::obstacle::{Obstacle, obstacle as obstacle_of};
use crate::lifecycle::context::{Context, after};
use crate::lifecycle::wait::WaitReason;
use crate::target::TargetKey;

/// When to look again for what no watch may tell.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// The labels of the Applications, by which stages choose them.
pub(in crate::lifecycle) fn labels(
    context: &Context<'_>,
) -> BTreeMap<TargetKey, BTreeMap<String, String>> {
    let facts = context.facts.applications.iter();
    facts
        .filter_map(|(target, fact)| {
            let fact = fact.as_ref().ok()?;
            Some((target.clone(), fact.application.metadata.labels.clone()))
        })
        .collect()
}

/// Why nothing can be started on this target now. Nothing where Tidegate
/// delivers itself.
pub(in crate::lifecycle) fn obstacle(
    context: &mut Context<'_>,
    target: &TargetKey,
) -> Option<WaitReason> {
    let wanted = context
        .request
        .targets
        .iter()
        .find(|wanted| wanted.key == *target)?;
    if !wanted.is_application() {
        return None;
    }
    let name = &target.name;
    let unready = |problem: &str| WaitReason::ApplicationUnready {
        application: name.clone(),
        problem: problem.to_owned(),
    };
    let facts = context.facts;
    let fact = match facts.applications.get(target) {
        None => return Some(unready("has not been looked at yet")),
        Some(Err(problem)) => {
            let again = after(context.now, LOOK_AGAIN_AFTER);
            context.wake(again);
            return Some(unready(problem));
        }
        Some(Ok(fact)) => fact,
    };
    let found = obstacle_of(&fact.application, &fact.windows, context.name, context.now)?;
    Some(match found {
        Obstacle::Deleting => unready("is being deleted"),
        Obstacle::NotAdopted => unready(&format!(
            "was not given to Tidegate; somebody who may write it runs `tidegate adopt {name}`"
        )),
        Obstacle::NotPinned { at } => unready(&format!(
            "points at {at:?} and not at a commit, though it was adopted; `tidegate release {name}` and `tidegate adopt {name}` put it right"
        )),
        Obstacle::Operation { by, message } => WaitReason::ApplicationBusy {
            application: name.clone(),
            by,
            message,
        },
        Obstacle::Windows { reason, opens_at } => {
            if let Some(at) = opens_at {
                context.due(at);
            }
            WaitReason::ApplicationWindow {
                application: name.clone(),
                shut: reason,
                next: opens_at.map(|at| context.moment(at)),
            }
        }
    })
}
