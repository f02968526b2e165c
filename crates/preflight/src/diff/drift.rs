//! What is live and not as the last approved revision says.

use serde_json::Value;

use super::compare::{Difference, compare};
use super::merge::merge;
use super::plan::hide;
use super::steps::{Step, value_at};
use super::{Live, state};
use crate::manifest::Manifest;

/// Where a live object is not what was approved, before as approved and after as it
/// is. Empty: it is gone. None: it is as approved, or that is not known.
///
/// Fields that the approved manifest does not name are mostly defaults. Told of them
/// is what no default makes: items of lists with keys such as containers and
/// variables, entries of `data`, and labels and annotations of a template.
pub(super) fn found(approved: &Manifest, live: &Live) -> Option<Vec<Difference>> {
    let live = match live {
        Live::Is(live) => live,
        Live::Absent => return Some(Vec::new()),
        Live::Unknown(_) => return None,
    };
    let version = live.get("apiVersion").and_then(Value::as_str);
    if version != approved.node.field("apiVersion")?.as_str() {
        return None;
    }
    let (wanted, is) = (state::of(&approved.value()), state::of(live));
    let mut found = compare(&merge(&wanted, None, &is), &is);
    let more = compare(&wanted, &is);
    found.extend(more.into_iter().filter(|one| is_added(one, &wanted)));
    found.sort_by(|one, other| one.steps.cmp(&other.steps));
    found.dedup_by(|one, other| one.steps == other.steps);
    hide(&approved.key().ok()?, &mut found);
    (!found.is_empty()).then_some(found)
}

/// What somebody added to what was approved.
fn is_added(difference: &Difference, wanted: &Value) -> bool {
    if difference.before.is_some() {
        return false;
    }
    match difference.steps.as_slice() {
        [Step::Field(data), Step::Field(_)] => data == "data" || data == "binaryData",
        [
            ..,
            Step::Field(template),
            Step::Field(metadata),
            Step::Field(map),
            Step::Field(name),
        ] => {
            template == "template"
                && metadata == "metadata"
                && (map == "labels" || map == "annotations")
                && !is_of_a_job(name)
        }
        [.., Step::Key(_)] => {
            let list = difference.steps.split_last().map(|(_, above)| above);
            list.and_then(|above| value_at(wanted, above)).is_some()
        }
        // A whole list that the approved manifest has not.
        [above @ .., Step::Field(list)] => {
            matches!(
                list.as_str(),
                "env" | "initContainers" | "volumes" | "volumeMounts" | "envFrom"
            ) && value_at(wanted, above).is_some()
        }
        _ => false,
    }
}

/// Labels that the API server gives to the pods of one Job.
fn is_of_a_job(label: &str) -> bool {
    matches!(
        label,
        "controller-uid"
            | "job-name"
            | "batch.kubernetes.io/controller-uid"
            | "batch.kubernetes.io/job-name"
    )
}
