//! Disruption budgets.

use tidegate_yaml::Node;

use super::{Check, has};
use crate::schema::walk::Walk;

pub(super) const CHECKS: &[(&str, Check)] = &[("policy.v1.PodDisruptionBudgetSpec", one_bound)];

fn one_bound<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    if has(spec, "minAvailable") && has(spec, "maxUnavailable") {
        let message = "of minAvailable and maxUnavailable only one can be";
        walk.error("too-many", spec, message);
    }
}
