//! What one pod is charged.
//!
//! After `pkg/quota/v1/evaluator/core/pods.go` of Kubernetes and
//! `k8s.io/component-helpers/resource`.

use serde_json::Value;

use super::amounts::Amounts;
use super::claim;
use super::container::{Container, Needs, containers, together};
use super::quantity::Quantity;
use super::surroundings::Surroundings;

/// A pod as the API server would keep it, as far as quotas look at it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pod {
    pub(crate) containers: Vec<Container>,
    /// What is said of the pod as a whole, where the release takes that.
    pub(crate) whole: Option<Needs>,
    overhead: Amounts,
    pub(crate) has_deadline: bool,
    pub(crate) priority_class: String,
    pub(crate) reaches_other_namespaces: bool,
    /// What its own volumes are charged as claims.
    pub(crate) claims: Amounts,
    /// Its class of runtime, if nobody said what that costs.
    pub(crate) unknown_runtime: Option<String>,
}

/// From this release on a pod has resources of its own.
const WHOLE_PODS_SINCE: u32 = 34;

impl Pod {
    /// Reads the `spec` of a pod, with what is filled in where it will run.
    pub(crate) fn read(spec: &Value, around: &Surroundings<'_>) -> Self {
        let mut containers = containers(spec);
        let whole = (around.release.minor() >= WHOLE_PODS_SINCE)
            .then(|| spec.get("resources"))
            .flatten()
            .map(|resources| whole(&Needs::read(Some(resources)), &containers))
            .filter(|whole| !whole.requests.is_empty() || !whole.limits.is_empty());
        for range in around.limit_ranges() {
            range.fill_in(&mut containers);
        }
        let text = |name| spec.get(name).and_then(Value::as_str).unwrap_or("");
        let runtime = text("runtimeClassName");
        let declared = Amounts::read(spec.get("overhead"));
        let known = around.overhead(runtime);
        let unknown_runtime = (!runtime.is_empty() && known.is_none() && declared.is_empty())
            .then(|| runtime.to_owned());
        let priority_class = match text("priorityClassName") {
            "" => around.default_priority_class().unwrap_or_default(),
            named => named.to_owned(),
        };
        let deadline = spec.get("activeDeadlineSeconds").and_then(Value::as_i64);
        Self {
            whole,
            overhead: if declared.is_empty() {
                known.unwrap_or_default()
            } else {
                declared
            },
            has_deadline: deadline.is_some_and(|seconds| seconds >= 0),
            priority_class,
            reaches_other_namespaces: reaches_other_namespaces(spec),
            claims: own_claims(spec, around),
            containers,
            unknown_runtime,
        }
    }

    /// What its containers, or it as a whole, need.
    pub(crate) fn needs(&self) -> Needs {
        let mut needs = Needs {
            requests: together(&self.containers, |needs| &needs.requests),
            limits: together(&self.containers, |needs| &needs.limits),
        };
        if let Some(whole) = &self.whole {
            for (name, amount) in whole.requests.iter() {
                needs.requests.set(name, amount);
            }
            for (name, amount) in whole.limits.iter() {
                needs.limits.set(name, amount);
            }
        }
        needs
    }

    /// What quotas count of it.
    pub(crate) fn usage(&self) -> Amounts {
        let Needs {
            mut requests,
            mut limits,
        } = self.needs();
        requests.add_all(&self.overhead);
        for (name, amount) in self.overhead.iter() {
            if !limits.of(name).is_zero() {
                limits.add(name, amount);
            }
        }
        let mut usage = charged(&requests, &limits);
        usage.set("pods", Quantity::ONE);
        usage.set("count/pods", Quantity::ONE);
        usage
    }

    /// Whether nobody holds it to anything (Kubernetes, "Quality of Service").
    pub(crate) fn is_best_effort(&self) -> bool {
        let says_something = |needs: &Needs| {
            let lists = [&needs.requests, &needs.limits];
            let mut all = lists.iter().flat_map(|list| list.iter());
            all.any(|(name, amount)| matches!(name, "cpu" | "memory") && !amount.is_zero())
        };
        match &self.whole {
            Some(whole) => !says_something(whole),
            None => !self.containers.iter().any(|one| says_something(&one.needs)),
        }
    }
}

/// Requests and limits by the names that quotas have for them.
pub(crate) fn charged(requests: &Amounts, limits: &Amounts) -> Amounts {
    let mut usage = Amounts::default();
    for (name, amount) in requests.iter() {
        if matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-")
        {
            usage.set(name, amount);
            usage.set(format!("requests.{name}"), amount);
        } else if is_extended(name) {
            usage.set(format!("requests.{name}"), amount);
        }
    }
    for (name, amount) in limits.iter() {
        if matches!(name, "cpu" | "memory" | "ephemeral-storage") {
            usage.set(format!("limits.{name}"), amount);
        }
    }
    usage
}

fn is_extended(name: &str) -> bool {
    let is_device_class = name.starts_with("deviceclass.resource.kubernetes.io/");
    let is_native = !name.contains('/') || name.contains("kubernetes.io/");
    is_device_class || (!is_native && !name.starts_with("requests."))
}

fn is_of_whole_pods(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with("hugepages-")
}

/// What is said of a pod as a whole, with what the API server fills in before any
/// LimitRange does: requests from the containers, or else from the limits.
fn whole(declared: &Needs, containers: &[Container]) -> Needs {
    let supported = |amounts: &Amounts| -> Amounts {
        let named = amounts.iter().filter(|(name, _)| is_of_whole_pods(name));
        named
            .map(|(name, amount)| (name.to_owned(), amount))
            .collect()
    };
    let mut whole = Needs {
        requests: supported(&declared.requests),
        limits: supported(&declared.limits),
    };
    if whole.requests.is_empty() && whole.limits.is_empty() {
        return whole;
    }
    for (name, amount) in together(containers, |needs| &needs.limits).iter() {
        if name.starts_with("hugepages-") && whole.requests.get(name).is_none() {
            whole.limits.set_if_missing(name, amount);
        }
    }
    if whole.limits.is_empty() {
        return whole;
    }
    for (name, amount) in together(containers, |needs| &needs.requests).iter() {
        if matches!(name, "cpu" | "memory") {
            whole.requests.set_if_missing(name, amount);
        }
    }
    for (name, amount) in whole.limits.iter() {
        whole.requests.set_if_missing(name, amount);
    }
    whole
}

/// The claims that come and go with the pod.
fn own_claims(spec: &Value, around: &Surroundings<'_>) -> Amounts {
    let mut claims = Amounts::default();
    let volumes = spec.get("volumes").and_then(Value::as_array);
    for volume in volumes.into_iter().flatten() {
        if let Some(template) = volume.pointer("/ephemeral/volumeClaimTemplate") {
            claims.add_all(&claim::usage(template, around));
        }
    }
    claims
}

fn reaches_other_namespaces(spec: &Value) -> bool {
    let names_others = |term: &Value| {
        let namespaces = term.get("namespaces").and_then(Value::as_array);
        namespaces.is_some_and(|list| !list.is_empty())
            || term
                .get("namespaceSelector")
                .is_some_and(|one| !one.is_null())
    };
    ["podAffinity", "podAntiAffinity"].iter().any(|kind| {
        let of = |name: &str| {
            let list = spec.pointer(&format!("/affinity/{kind}/{name}"));
            list.and_then(Value::as_array).into_iter().flatten()
        };
        of("requiredDuringSchedulingIgnoredDuringExecution").any(names_others)
            || of("preferredDuringSchedulingIgnoredDuringExecution")
                .filter_map(|weighted| weighted.get("podAffinityTerm"))
                .any(names_others)
    })
}
