//! What would become of each object.

use std::collections::BTreeMap;

use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;

use super::compare::{Difference, compare};
use super::merge::merge;
use super::{Answer, Inputs, Live, drift, immutable, state};
use crate::finding::{Check, Finding, Path, Severity};
use crate::manifest::Manifest;

/// What would become of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// It would be made.
    New,
    /// It would be deleted: the last approved revision has it, and this one has not.
    Goes,
    /// It would change in these fields. Values of a Secret are null.
    Changes(Vec<Difference>),
    /// It would stay as it is.
    Stays,
}

/// An object and what would become of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectPlan {
    /// Which.
    pub object: ObjectKey,
    /// What would become of it.
    pub fate: Fate,
    /// It was computed, as the API server gave no answer.
    pub is_computed: bool,
}

/// What would become of all objects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Those of the manifests in their order, and then those that would go.
    pub objects: Vec<ObjectPlan>,
    /// Objects of the last approved revision that are not as it says any more, with
    /// the fields; without fields where the object is gone. Values of a Secret are
    /// null.
    pub drift: Vec<(ObjectKey, Vec<Difference>)>,
    /// What the API server would refuse.
    pub findings: Vec<Finding>,
    /// Objects of which it is not known what is live, and why.
    pub unknown: Vec<(ObjectKey, String)>,
}

/// Compares what is live with what would be.
pub fn plan(inputs: &Inputs<'_>) -> Plan {
    let mut plan = Plan::default();
    let approved = keyed(inputs.approved.unwrap_or_default());
    let wanted = keyed(inputs.manifests);
    for manifest in inputs.manifests {
        // The schema check tells what is no object.
        let Ok(key) = manifest.key() else { continue };
        match inputs.live.get(&key) {
            Some(Live::Is(live)) => {
                let before = approved.get(&key).copied();
                plan.exists(inputs, manifest, key, before, live);
            }
            Some(Live::Absent) => {
                if let Some(Answer::Refused(words)) = inputs.answers.get(&key) {
                    plan.findings.push(refused(manifest, &key, words));
                }
                plan.push(key, Fate::New, false);
            }
            Some(Live::Unknown(why)) => plan.unknown.push((key, why.clone())),
            None => plan.unknown.push((key, "nobody looked".to_owned())),
        }
    }
    for (key, manifest) in &approved {
        let live = inputs.live.get(key);
        if !wanted.contains_key(key) {
            match live {
                Some(Live::Is(_)) => plan.push(key.clone(), Fate::Goes, false),
                Some(Live::Absent) => {}
                Some(Live::Unknown(why)) => plan.unknown.push((key.clone(), why.clone())),
                None => plan.unknown.push((key.clone(), "nobody looked".to_owned())),
            }
        }
        if let Some(drifted) = live.and_then(|live| drift::found(manifest, live)) {
            plan.drift.push((key.clone(), drifted));
        }
    }
    plan
}

impl Plan {
    fn push(&mut self, object: ObjectKey, fate: Fate, is_computed: bool) {
        self.objects.push(ObjectPlan {
            object,
            fate,
            is_computed,
        });
    }

    fn exists(
        &mut self,
        inputs: &Inputs<'_>,
        manifest: &Manifest,
        key: ObjectKey,
        approved: Option<&Manifest>,
        live: &Value,
    ) {
        let version = live.get("apiVersion").and_then(Value::as_str);
        if version.is_some_and(|version| version != key.api_version()) {
            let version = version.unwrap_or_default();
            self.unknown
                .push((key, format!("it was read as {version}")));
            return;
        }
        let before = state::of(live);
        let answer = inputs.answers.get(&key);
        let (after, is_computed) = match answer {
            Some(Answer::Would(would)) => (state::of(would), false),
            Some(Answer::Refused(_)) | None => {
                let wanted = manifest.value();
                let approved = approved.map(|approved| state::of(&approved.value()));
                (merge(&state::of(&wanted), approved.as_ref(), &before), true)
            }
        };
        let mut differences = compare(&before, &after);
        if is_computed {
            let mut found = immutable::found(manifest, &key, live, &after, &differences);
            if let Some(Answer::Refused(words)) = answer
                && found.is_empty()
            {
                found.push(refused(manifest, &key, words));
            }
            self.findings.append(&mut found);
        }
        hide(&key, &mut differences);
        let fate = if differences.is_empty() {
            Fate::Stays
        } else {
            Fate::Changes(differences)
        };
        self.push(key, fate, is_computed);
    }
}

/// Takes the values of a Secret out. The key is that of the manifest, as an item of a
/// list does not say what it is.
pub(super) fn hide(key: &ObjectKey, differences: &mut [Difference]) {
    if key.is("", "Secret") {
        for difference in differences {
            difference.before = difference.before.take().map(|_| Value::Null);
            difference.after = difference.after.take().map(|_| Value::Null);
        }
    }
}

/// What the API server says may quote a value, so of a Secret nothing is told.
fn refused(manifest: &Manifest, key: &ObjectKey, words: &str) -> Finding {
    Finding {
        check: Check::Diff,
        id: "refused",
        severity: Severity::Error,
        object: Some(key.clone()),
        path: Path::root(),
        place: manifest.place(&manifest.node),
        message: if key.is("", "Secret") {
            "the API server refuses it in a dry run".to_owned()
        } else {
            format!("the API server refuses it in a dry run: {words}")
        },
        hint: None,
    }
}

fn keyed(manifests: &[Manifest]) -> BTreeMap<ObjectKey, &Manifest> {
    let keyed = manifests
        .iter()
        .filter_map(|one| Some((one.key().ok()?, one)));
    keyed.collect()
}
