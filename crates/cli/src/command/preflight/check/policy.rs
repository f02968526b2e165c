//! The policies of the cluster.

use tidegate_preflight::{Check, CheckReport};

/// Nobody can say yet.
pub(super) fn check() -> CheckReport {
    CheckReport::not_judged(
        Check::Policy,
        "policies are not evaluated yet",
        "run kyverno apply beside it; --waive policy=REASON does without",
    )
}
