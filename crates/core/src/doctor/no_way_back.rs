//! TG116: automated sync of what moves, which leaves no way back but Git.

use super::delivery::Delivery;
use super::{Finding, Rule, moving_revision};

pub(super) fn look(delivery: &Delivery) -> Option<Finding> {
    let automated = delivery.automated?;
    let moving = delivery
        .revisions
        .iter()
        .find_map(moving_revision::moving)?;
    Some(delivery.place.finding(
        Rule::NoWayBack,
        automated.line,
        format!(
            "there is no way back for `{}` but a revert in Git",
            delivery.name()
        ),
        format!(
            "Argo CD refuses a rollback while automated sync is on; switched off, nothing corrects \
             drift, and switched on again it follows {}",
            moving.what
        ),
        "pin `targetRevision`, so that to go back is to move the pin, or see to it that a revert \
         can be merged at any hour",
    ))
}
