//! TG115: a rollback that is written down and refused.

use super::delivery::{Automated, Deliveries, Delivery};
use super::{Finding, Place, Rule, WrittenRollback};

pub(super) fn look(deliveries: &Deliveries) -> impl Iterator<Item = Finding> + '_ {
    let written = deliveries.rollbacks.iter();
    written.filter_map(|written| {
        let (application, automated) = refusing(deliveries, written)?;
        Some(finding(written, application, automated))
    })
}

/// The Application whose automated sync is in the way: the one that is named,
/// or the first where the name is to be filled in.
fn refusing<'a>(
    deliveries: &'a Deliveries,
    written: &WrittenRollback,
) -> Option<(&'a Delivery, Automated)> {
    deliveries
        .applications
        .iter()
        .filter(|delivery| written.application.is_empty() || delivery.name() == written.application)
        .find_map(|delivery| Some((delivery, delivery.automated?)))
}

fn finding(written: &WrittenRollback, delivery: &Delivery, automated: Automated) -> Finding {
    let name = delivery.name();
    let which = if written.application.is_empty() {
        format!("Applications such as `{name}`")
    } else {
        format!("`{name}`")
    };
    Place::of_file(&written.file).finding(
        Rule::WrittenRollback,
        written.line,
        format!("`argocd app rollback` is refused for {which}"),
        format!(
            "its automated sync is on ({}), and Argo CD then refuses every rollback, so this step \
             fails when it is needed",
            delivery.place.told(automated.line)
        ),
        "write down how the commit is reverted in Git, or pin `targetRevision` to a commit and \
         move it back",
    )
}
