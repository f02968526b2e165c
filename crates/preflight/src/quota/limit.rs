//! ResourceQuotas: what a namespace may have.

use std::collections::BTreeSet;

use serde_json::Value;

use super::amounts::Amounts;
use super::object::Object;
use super::pod::Pod;
use crate::finding::Place;

/// One ResourceQuota.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Limit {
    pub(crate) name: String,
    /// The most of each.
    pub(crate) hard: Amounts,
    /// What is used of each, as far as the cluster has counted it.
    pub(crate) used: Amounts,
    scopes: Vec<Scope>,
    /// Where a person wrote each.
    places: Vec<(String, Place)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Scope {
    name: String,
    operator: String,
    values: Vec<String>,
}

/// Cores and memory: whoever is held to them has to say how much they need.
const MUST_BE_SAID: [&str; 6] = [
    "cpu",
    "memory",
    "requests.cpu",
    "requests.memory",
    "limits.cpu",
    "limits.memory",
];

impl Limit {
    /// Reads one.
    pub(crate) fn read(object: &Object<'_>) -> Self {
        let hard = Amounts::read(object.pointer("/spec/hard"));
        let used = Amounts::read(object.pointer("/status/used"));
        let plain = object.pointer("/spec/scopes").and_then(Value::as_array);
        let plain = plain.into_iter().flatten().filter_map(Value::as_str);
        let selected = object.pointer("/spec/scopeSelector/matchExpressions");
        let selected = selected.and_then(Value::as_array).into_iter().flatten();
        let scopes = plain
            .map(|name| Scope {
                name: name.to_owned(),
                operator: "Exists".to_owned(),
                values: Vec::new(),
            })
            .chain(selected.map(Scope::read))
            .collect();
        let place = |name: &str| Some((name.to_owned(), object.place(&["spec", "hard", name])?));
        Self {
            name: object.key.name.clone(),
            places: hard.iter().filter_map(|(name, _)| place(name)).collect(),
            used,
            hard,
            scopes,
        }
    }

    /// Takes over what the same one says elsewhere: what is used, and where it was
    /// written.
    pub(crate) fn complete(&mut self, other: &Self) {
        for (name, amount) in other.used.iter() {
            self.used.set_if_missing(name, amount);
        }
        if self.places.is_empty() {
            self.places.clone_from(&other.places);
        }
    }

    /// Where a person wrote how much of this there may be.
    pub(crate) fn place(&self, resource: &str) -> Option<&Place> {
        let mut places = self.places.iter();
        places
            .find(|(name, _)| name == resource)
            .map(|(_, place)| place)
    }

    /// Whether it is about claims of some attributes, which are not told apart here.
    pub(crate) fn is_of_attributes(&self) -> bool {
        self.scopes
            .iter()
            .any(|scope| scope.name == "VolumeAttributesClass")
    }

    /// What counts here of what a pod is charged, and of what its claims are.
    pub(crate) fn of_pod(&self, pod: &Pod) -> Amounts {
        let mut counted = Amounts::default();
        if self.scopes.iter().all(|scope| scope.has(pod)) {
            counted.add_all(&self.masked(&pod.usage()));
        }
        counted.add_all(&self.of_object(&pod.claims));
        counted
    }

    /// What counts here of what anything else is charged: scopes are of pods.
    pub(crate) fn of_object(&self, usage: &Amounts) -> Amounts {
        if self.scopes.is_empty() {
            self.masked(usage)
        } else {
            Amounts::default()
        }
    }

    /// The resources of which a pod has to say how much it needs, with the
    /// containers that do not.
    pub(crate) fn unsaid(&self, pod: &Pod) -> Vec<(String, BTreeSet<String>)> {
        if pod.whole.is_some() || !self.scopes.iter().all(|scope| scope.has(pod)) {
            return Vec::new();
        }
        let required = MUST_BE_SAID
            .iter()
            .filter(|name| self.hard.get(name).is_some());
        let silent = required.map(|name| {
            let (is_limit, resource) = match name.split_once('.') {
                Some((part, resource)) => (part == "limits", resource),
                None => (false, *name),
            };
            let is_silent = |needs: &super::container::Needs| {
                let list = if is_limit {
                    &needs.limits
                } else {
                    &needs.requests
                };
                list.get(resource).is_none()
            };
            let containers = pod.containers.iter().filter(|one| is_silent(&one.needs));
            let names = containers.map(|one| one.name.clone());
            ((*name).to_owned(), names.collect::<BTreeSet<_>>())
        });
        silent
            .filter(|(_, containers)| !containers.is_empty())
            .collect()
    }

    fn masked(&self, usage: &Amounts) -> Amounts {
        let counts = usage
            .iter()
            .filter(|(name, _)| self.hard.get(name).is_some());
        counts
            .map(|(name, amount)| (name.to_owned(), amount))
            .collect()
    }
}

impl Scope {
    fn read(value: &Value) -> Self {
        let text = |name| value.get(name).and_then(Value::as_str).unwrap_or("");
        let values = value.get("values").and_then(Value::as_array);
        let values = values.into_iter().flatten().filter_map(Value::as_str);
        Self {
            name: text("scopeName").to_owned(),
            operator: text("operator").to_owned(),
            values: values.map(ToOwned::to_owned).collect(),
        }
    }

    fn has(&self, pod: &Pod) -> bool {
        match self.name.as_str() {
            "Terminating" => pod.has_deadline,
            "NotTerminating" => !pod.has_deadline,
            "BestEffort" => pod.is_best_effort(),
            "NotBestEffort" => !pod.is_best_effort(),
            "CrossNamespacePodAffinity" => pod.reaches_other_namespaces,
            "PriorityClass" => {
                let class = &pod.priority_class;
                match self.operator.as_str() {
                    "Exists" => !class.is_empty(),
                    "DoesNotExist" => class.is_empty(),
                    "In" => self.values.contains(class),
                    "NotIn" => !self.values.contains(class),
                    _ => false,
                }
            }
            _ => false,
        }
    }
}
