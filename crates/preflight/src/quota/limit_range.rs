//! LimitRanges: what they fill in, and what they refuse.
//!
//! After `plugin/pkg/admission/limitranger` of Kubernetes.

use serde_json::Value;

use super::amounts::Amounts;
use super::container::{Container, Needs};
use super::object::Object;
use super::pod::Pod;
use super::quantity::Quantity;

/// One LimitRange.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LimitRange {
    pub(crate) name: String,
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Item {
    of: String,
    min: Amounts,
    max: Amounts,
    limits: Amounts,
    requests: Amounts,
    ratio: Amounts,
}

impl LimitRange {
    /// Reads one, with the defaults that the API server gives its items.
    pub(crate) fn read(object: &Object<'_>) -> Self {
        let items = object.pointer("/spec/limits").and_then(Value::as_array);
        let item = |value: &Value| {
            let part = |name| Amounts::read(value.get(name));
            let of = value.get("type").and_then(Value::as_str).unwrap_or("");
            let mut item = Item {
                of: of.to_owned(),
                min: part("min"),
                max: part("max"),
                limits: part("default"),
                requests: part("defaultRequest"),
                ratio: part("maxLimitRequestRatio"),
            };
            if of == "Container" {
                for (name, amount) in item.max.iter() {
                    item.limits.set_if_missing(name, amount);
                }
                for (name, amount) in item.limits.iter() {
                    item.requests.set_if_missing(name, amount);
                }
                for (name, amount) in item.min.iter() {
                    item.requests.set_if_missing(name, amount);
                }
            }
            item
        };
        Self {
            name: object.key.name.clone(),
            items: items.into_iter().flatten().map(item).collect(),
        }
    }

    /// Fills in what containers leave open.
    pub(crate) fn fill_in(&self, containers: &mut [Container]) {
        // A later item of the same LimitRange wins over an earlier one.
        let mut defaults = Needs::default();
        for item in self.of("Container") {
            for (name, amount) in item.requests.iter() {
                defaults.requests.set(name, amount);
            }
            for (name, amount) in item.limits.iter() {
                defaults.limits.set(name, amount);
            }
        }
        for container in containers {
            for (name, amount) in defaults.limits.iter() {
                container.needs.limits.set_if_missing(name, amount);
            }
            for (name, amount) in defaults.requests.iter() {
                container.needs.requests.set_if_missing(name, amount);
            }
        }
    }

    /// Why it would refuse a pod, in a sentence each.
    pub(crate) fn refuses_pod(&self, pod: &Pod) -> Vec<String> {
        let mut why = Vec::new();
        for item in self.of("Container") {
            for container in &pod.containers {
                let of = format!("container {:?}", container.name);
                item.refuses(&of, &container.needs, &mut why);
            }
        }
        for item in self.of("Pod") {
            item.refuses("pod", &pod.needs(), &mut why);
        }
        why
    }

    /// Why it would refuse a claim, in a sentence each.
    pub(crate) fn refuses_claim(&self, claim: &Value) -> Vec<String> {
        let requests = Amounts::read(claim.pointer("/spec/resources/requests"));
        let mut why = Vec::new();
        for item in self.of("PersistentVolumeClaim") {
            for (name, least) in item.min.iter() {
                why.extend(below("claim", name, least, requests.get(name), "request"));
            }
            for (name, most) in item.max.iter() {
                why.extend(above("claim", name, most, requests.get(name), "request"));
            }
        }
        why
    }

    fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Item> {
        self.items.iter().filter(move |item| item.of == kind)
    }
}

impl Item {
    fn refuses(&self, of: &str, needs: &Needs, why: &mut Vec<String>) {
        for (name, least) in self.min.iter() {
            let request = needs.requests.get(name);
            let below_request = below(of, name, least, request, "request");
            let limit = needs.limits.get(name);
            let below_limit = || limit.and_then(|own| below(of, name, least, Some(own), "limit"));
            why.extend(below_request.or_else(below_limit));
        }
        for (name, most) in self.max.iter() {
            let above_limit = above(of, name, most, needs.limits.get(name), "limit");
            let request = needs.requests.get(name);
            let above_request =
                || request.and_then(|own| above(of, name, most, Some(own), "request"));
            why.extend(above_limit.or_else(above_request));
        }
        for (name, ratio) in self.ratio.iter() {
            let request = needs.requests.of(name);
            let limit = needs.limits.of(name);
            if request.is_zero() || limit.is_zero() {
                let message = format!(
                    "the {of} has to set request and limit of {name}, which may differ by a factor of {ratio}"
                );
                why.push(message);
            } else if limit.exceeds_product(request, ratio) {
                let (limit, request) = (limit.told(name), request.told(name));
                why.push(format!(
                    "the {of} has {limit} as limit of {name}, more than {ratio} times its request of {request}"
                ));
            }
        }
    }
}

fn below(
    of: &str,
    name: &str,
    least: Quantity,
    own: Option<Quantity>,
    part: &str,
) -> Option<String> {
    let told = least.told(name);
    match own {
        None => Some(format!(
            "the {of} sets no {part} of {name}, of which {told} is the least"
        )),
        Some(own) if own < least => Some(format!(
            "the {of} has {} as {part} of {name}, less than the least of {told}",
            own.told(name)
        )),
        Some(_) => None,
    }
}

fn above(
    of: &str,
    name: &str,
    most: Quantity,
    own: Option<Quantity>,
    part: &str,
) -> Option<String> {
    let told = most.told(name);
    match own {
        None => Some(format!(
            "the {of} sets no {part} of {name}, of which {told} is the most"
        )),
        Some(own) if own > most => Some(format!(
            "the {of} has {} as {part} of {name}, more than the most of {told}",
            own.told(name)
        )),
        Some(_) => None,
    }
}
