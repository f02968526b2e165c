//! The pods of the workloads of a namespace.

use serde_json::Value;

use super::movement::{Movement, Vector, Way, at};
use super::namespace::{Namespace, plus};
use super::object::Object;
use super::pod::Pod;
use super::quantity::Quantity;
use super::workload::{Count, Workload, differs, way};
use super::{Before, charge, claim, explain};

impl<'a> Namespace<'a> {
    /// Adds the pods of a workload, and what its controller makes besides.
    pub(crate) fn add_pods(
        &mut self,
        object: &'a Object<'a>,
        workload: &Workload<'_>,
        earlier: Option<&(&Object<'_>, Workload<'_>)>,
        more: &mut Vector,
    ) {
        let is_live = matches!(self.input.before, Before::Live { .. });
        let pod = Pod::read(workload.spec(), &self.then);
        if let Some(runtime) = &pod.unknown_runtime {
            self.unknown.push(format!(
                "nobody said what a pod of the RuntimeClass {runtime} of {} costs",
                object.key
            ));
        }
        let is_changed = earlier.is_none_or(|(_, earlier)| {
            differs(workload.template, earlier.template, is_live)
                || Pod::read(earlier.spec(), &self.then).usage() != pod.usage()
        });
        if earlier.is_some() && object.key.group == "batch" && !is_changed {
            return;
        }
        let before = earlier.map(|(object, earlier)| self.count(object, earlier, None));
        let before = before.flatten().filter(|_| object.key.group != "batch");
        let Some(count) = self.count(object, workload, before) else {
            let new_pod = self.book.of_pod(&pod);
            let earlier_pod = earlier.map(|(_, earlier)| Pod::read(earlier.spec(), &self.now));
            let old_pod = earlier_pod.map(|pod| self.book.of_pod(&pod));
            let is_more = |(row, amount): (usize, &Quantity)| {
                *amount > old_pod.as_ref().map_or(Quantity::ZERO, |old| at(old, row))
            };
            // Where each takes the place of another, only more than before counts.
            let takes_place = way(object, 1).is_some_and(|(way, _, _)| way == Way::InPlace);
            let is_charged = new_pod.iter().enumerate().any(is_more)
                || !takes_place && new_pod.iter().any(|amount| amount.is_positive());
            if is_changed && is_charged {
                self.unknown.push(format!(
                    "nobody said on how many nodes {} would run",
                    object.key
                ));
            }
            return;
        };
        let old = before.unwrap_or(0);
        let is_kept = old == 0 && object.key.group != "batch" || is_held(object, count);
        let found = if is_changed && !is_kept || object.key.group == "batch" {
            way(object, count)
        } else {
            Some((Way::Kept, String::new(), String::new()))
        };
        let Some((way, surge_text, unavailable_text)) = found else {
            self.unknown
                .push(format!("how {} is to roll out cannot be read", object.key));
            return;
        };
        if is_changed {
            plus(more, &self.book.of_object(&charge::of_revision(object)), 1);
        }
        self.add_claims(object, workload, old, count, more);
        let old_pod = earlier.map(|(_, earlier)| Pod::read(earlier.spec(), &self.now));
        self.movements.push(Movement {
            key: object.key.clone(),
            place: object.place(strategy(object)),
            way,
            old,
            new: count,
            old_pod: old_pod.map_or_else(|| self.book.nothing(), |pod| self.book.of_pod(&pod)),
            new_pod: self.book.of_pod(&pod),
            surge_text,
            unavailable_text,
            grace: grace(workload.spec()),
        });
    }

    /// The claims of a StatefulSet: one that is there is not made again.
    fn add_claims(
        &self,
        object: &Object<'_>,
        workload: &Workload<'_>,
        old: i64,
        new: i64,
        more: &mut Vector,
    ) {
        let is_live = matches!(self.input.before, Before::Live { .. });
        for template in &workload.claims {
            let name = template.pointer("/metadata/name").and_then(Value::as_str);
            let begin = format!("{}-{}-", name.unwrap_or(""), object.key.name);
            let is_there = |one: &&Object<'_>| {
                let ordinal = one.key.name.strip_prefix(&begin);
                let ordinal = ordinal.and_then(|ordinal| ordinal.parse::<i64>().ok());
                one.key.is("", "PersistentVolumeClaim")
                    && one.namespace() == self.name
                    && ordinal.is_some_and(|ordinal| (old..new).contains(&ordinal))
            };
            let there = if is_live {
                self.layers.before.iter().filter(is_there).count()
            } else {
                0
            };
            let there = i64::try_from(there).unwrap_or(i64::MAX);
            let mut count = (new - old).saturating_sub(there).max(0);
            if new < old && workload.drops_claims {
                count = new - old;
            }
            let usage = claim::usage(template, &self.then);
            plus(more, &self.book.of_object(&usage), count);
        }
    }

    /// How many pods a workload has. None: nobody said how many nodes there are.
    pub(crate) fn count(
        &self,
        object: &Object<'_>,
        workload: &Workload<'_>,
        before: Option<i64>,
    ) -> Option<i64> {
        match workload.count {
            Count::Given(count) => Some(count),
            Count::Nodes => self.input.nodes.map(i64::from),
            Count::Open => {
                let least = || explain::autoscaler(self, &object.key).map(|scaler| scaler.least);
                Some(before.or_else(least).unwrap_or(1))
            }
        }
    }
}

/// Whether old pods stay until somebody takes them away.
fn is_held(object: &Object<'_>, count: i64) -> bool {
    let partition = object.pointer("/spec/updateStrategy/rollingUpdate/partition");
    let partition = partition.and_then(Value::as_i64);
    let is_apart =
        object.key.is("apps", "StatefulSet") && partition.is_some_and(|from| from >= count);
    if is_apart {
        return true;
    }
    object.pointer("/spec/paused") == Some(&Value::Bool(true))
        || object.text("/spec/updateStrategy/type") == Some("OnDelete")
        || matches!(
            object.key.kind.as_str(),
            "Pod" | "ReplicaSet" | "ReplicationController"
        )
}

/// Where a rollout is said to go how.
fn strategy(object: &Object<'_>) -> &'static [&'static str] {
    match object.key.kind.as_str() {
        "Deployment" | "Rollout" => &["spec", "strategy", "rollingUpdate"],
        _ => &["spec", "updateStrategy", "rollingUpdate"],
    }
}

/// How long a pod may take to end, in seconds.
fn grace(spec: &Value) -> i64 {
    let grace = spec.get("terminationGracePeriodSeconds");
    grace.and_then(Value::as_i64).unwrap_or(30)
}
