//! TG119: automated sync that leaves drift as it is.

use super::delivery::Delivery;
use super::{Finding, Rule};

pub(super) fn look(delivery: &Delivery) -> Option<Finding> {
    let automated = delivery.automated?;
    if automated.self_heal {
        return None;
    }
    Some(delivery.place.finding(
        Rule::NoSelfHeal,
        automated.line,
        format!(
            "what somebody changes in the objects of `{}` by hand stays",
            delivery.name()
        ),
        "without `selfHeal` automated sync acts on new commits only, so what runs is not what was \
         approved, and nobody is told",
        "set `selfHeal: true`, or let the cluster refuse writes that no change covers",
    ))
}
