//! What everything in a namespace is charged, held against its quotas.

use serde_json::Value;

use super::amounts::Amounts;
use super::limit::Limit;
use super::movement::Vector;
use super::object::Object;
use super::pod::Pod;
use super::quantity::Quantity;
use super::surroundings::Surroundings;
use super::workload::Workload;
use super::{claim, count, service};

/// The quotas of a namespace, each resource of each a row.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) limits: Vec<Limit>,
    /// Which quota, and which of its resources.
    pub(crate) rows: Vec<(usize, String)>,
}

impl Book {
    pub(crate) fn of(limits: Vec<Limit>) -> Self {
        let of = |(position, limit): (usize, &Limit)| {
            let names = limit
                .hard
                .iter()
                .map(move |(name, _)| (position, name.to_owned()));
            names.collect::<Vec<_>>()
        };
        Self {
            rows: limits.iter().enumerate().flat_map(of).collect(),
            limits,
        }
    }

    pub(crate) fn limit(&self, row: usize) -> Option<(&Limit, &str)> {
        let (position, resource) = self.rows.get(row)?;
        Some((self.limits.get(*position)?, resource))
    }

    /// The most of each row.
    pub(crate) fn hard(&self) -> Vector {
        self.vector(|limit| limit.hard.clone())
    }

    /// Nothing in each row.
    pub(crate) fn nothing(&self) -> Vector {
        vec![Quantity::ZERO; self.rows.len()]
    }

    /// What a pod is charged in each row.
    pub(crate) fn of_pod(&self, pod: &Pod) -> Vector {
        self.vector(|limit| limit.of_pod(pod))
    }

    /// What anything else is charged in each row.
    pub(crate) fn of_object(&self, usage: &Amounts) -> Vector {
        self.vector(|limit| limit.of_object(usage))
    }

    fn vector(&self, amounts: impl Fn(&Limit) -> Amounts) -> Vector {
        let of: Vec<Amounts> = self.limits.iter().map(amounts).collect();
        let amount = |(position, resource): &(usize, String)| {
            of.get(*position)
                .map_or(Quantity::ZERO, |all| all.of(resource))
        };
        self.rows.iter().map(amount).collect()
    }
}

/// What an object itself is charged, without the pods that it makes.
pub(crate) fn of_object(object: &Object<'_>, around: &Surroundings<'_>) -> Amounts {
    match (object.key.group.as_str(), object.key.kind.as_str()) {
        // Charged as a pod, wherever it comes from.
        ("", "Pod") => Amounts::default(),
        ("", "PersistentVolumeClaim") => claim::usage(&object.value, around),
        ("", "Service") => service::usage(&object.value),
        _ => count::usage(&object.key),
    }
}

/// What a workload's controller keeps beside its pods at each new template.
pub(crate) fn of_revision(object: &Object<'_>) -> Amounts {
    let name = match (object.key.group.as_str(), object.key.kind.as_str()) {
        ("apps", "Deployment") | ("argoproj.io", "Rollout") => "count/replicasets.apps",
        ("apps", "StatefulSet" | "DaemonSet") => "count/controllerrevisions.apps",
        _ => return Amounts::default(),
    };
    let kept = object
        .pointer("/spec/revisionHistoryLimit")
        .and_then(Value::as_i64);
    let is_first_or_kept = kept != Some(0);
    let mut usage = Amounts::default();
    if is_first_or_kept {
        usage.set(name, Quantity::ONE);
    }
    usage
}

/// The claims that a StatefulSet makes for its pods from one number to another.
pub(crate) fn of_claims(workload: &Workload<'_>, count: i64, around: &Surroundings<'_>) -> Amounts {
    let mut usage = Amounts::default();
    for claim in &workload.claims {
        for (name, amount) in claim::usage(claim, around).iter() {
            usage.add(name, amount.times(count));
        }
    }
    usage
}

/// What all of it is charged by now, as far as it is known how many pods there are.
pub(crate) fn counted(
    book: &Book,
    objects: &[&Object<'_>],
    around: &Surroundings<'_>,
    pods: impl Fn(&Object<'_>, &Workload<'_>) -> Option<i64>,
    is_live: bool,
) -> Vec<Option<Quantity>> {
    let mut sum = vec![Some(Quantity::ZERO); book.rows.len()];
    let mut add = |vector: &Vector, times: Option<i64>| {
        for (sum, amount) in sum.iter_mut().zip(vector) {
            if !amount.is_zero() {
                *sum = sum.and_then(|sum| Some(sum.plus(amount.times(times?))));
            }
        }
    };
    for object in objects {
        add(&book.of_object(&of_object(object, around)), Some(1));
        let Some(workload) = Workload::read(object) else {
            continue;
        };
        let count = match object.key.group.as_str() {
            // They are done, or will be.
            "batch" => Some(0),
            _ => pods(object, &workload),
        };
        let pod = Pod::read(workload.spec(), around);
        add(&book.of_pod(&pod), count);
        if !is_live {
            add(&book.of_object(&of_revision(object)), Some(1));
            let claims = of_claims(&workload, count.unwrap_or(0), around);
            add(&book.of_object(&claims), Some(1));
        }
    }
    sum
}
