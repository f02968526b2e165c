//! Do the policies allow it?
//!
//! ValidatingAdmissionPolicies are evaluated here as the API server does, with what
//! it fills in where a manifest says nothing. What cannot be evaluated, or depends on
//! what is not known, such as who makes the request, is not judged.
//!
//! They are asked about each object, and about the pods that it makes: a policy that
//! refuses those lets the object be and the rollout wait for ever.
//!
//! Policies of Kyverno are not evaluated.

mod evaluate;
mod expression;
mod filled;
mod known;
mod matching;
mod params;
mod report;
mod request;
mod selector;

use std::collections::BTreeMap;

use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;

use crate::diff::{Answer, Live};
use crate::finding::Severity;
use crate::manifest::Manifest;
use crate::quota::object::Object;
use crate::report::CheckReport;
use crate::schema::Release;
use evaluate::{Decisions, Denial, Evaluation};
use known::{GROUP, Known};
use params::Params;
use report::Outcome;
use request::Request;
use selector::Match;

/// What a cluster has.
#[derive(Debug, Clone, Copy)]
pub struct Cluster<'a> {
    /// Policies, their bindings, parameters, namespaces and definitions of custom kinds.
    pub objects: &'a [Manifest],
    /// Kinds that could not be listed.
    pub unseen: &'a [String],
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The release of Kubernetes that is to take them.
    pub release: Release,
    /// The namespace of manifests that name none.
    pub namespace: &'a str,
    /// What is to be applied.
    pub after: &'a [Manifest],
    /// Policies, and what belongs to them, that the command line names.
    pub named: &'a [Manifest],
    /// What else the repository has: policies, and what belongs to them.
    pub repository: &'a [Manifest],
    /// What the cluster has. None: none was asked.
    pub cluster: Option<Cluster<'a>>,
    /// The objects as they are, by the keys of their manifests. None: no cluster was
    /// asked, and all are taken to be new.
    pub live: Option<&'a BTreeMap<ObjectKey, Live>>,
    /// What the API server would make of them, as far as it was asked.
    pub answers: &'a BTreeMap<ObjectKey, Answer>,
}

/// Holds the manifests against the policies.
pub fn judge(input: &Input<'_>) -> CheckReport {
    let known = Known::of(input);
    let mut outcome = Outcome::default();
    outcome.take_kyverno(known.of_kyverno());
    for kind in [POLICY, BINDING] {
        if known.is_cluster_asked() && !known.is_all_seen(kind) {
            outcome.unseen.push(kind);
        }
    }
    let after = Object::all(input.after, input.namespace);
    let requests: Vec<Request<'_>> = after
        .iter()
        .flat_map(|object| {
            let itself = Request::of(object, input, &known);
            itself.into_iter().chain(Request::of_pod(object))
        })
        .collect();
    for policy in known.of_kind(GROUP, POLICY) {
        outcome.count(&policy.value);
        let name = &policy.key.name;
        let is_of = |one: &&Object<'_>| one.text("/spec/policyName") == Some(name);
        let bindings: Vec<&Object<'_>> = known.of_kind(GROUP, BINDING).filter(is_of).collect();
        if bindings.is_empty() {
            outcome.unbound.push(name.clone());
            continue;
        }
        if known.is_ambiguous(&policy.key) {
            let why = "it is in the repository in several forms".to_owned();
            outcome.unjudged(name, why);
            continue;
        }
        for request in &requests {
            let held = Held {
                policy,
                request,
                known: &known,
                release: input.release,
            };
            held.hold(&bindings, &mut outcome);
        }
    }
    outcome.report(input)
}

const POLICY: &str = "ValidatingAdmissionPolicy";
const BINDING: &str = "ValidatingAdmissionPolicyBinding";

/// A request held against a policy.
struct Held<'a> {
    policy: &'a Object<'a>,
    request: &'a Request<'a>,
    known: &'a Known<'a>,
    release: Release,
}

impl Held<'_> {
    fn hold(&self, bindings: &[&Object<'_>], outcome: &mut Outcome) {
        let name = &self.policy.key.name;
        let nothing = Value::Null;
        let constraints = self.policy.pointer("/spec/matchConstraints");
        let looks = matching::chosen(constraints.unwrap_or(&nothing), self.request, self.known);
        if looks == Match::No {
            return;
        }
        for binding in bindings {
            if self.known.is_ambiguous(&binding.key) {
                let why = format!("its binding {} is there in several forms", binding.key.name);
                outcome.unjudged(name, why);
                continue;
            }
            let resources = binding.pointer("/spec/matchResources");
            let is_bound = looks.clone().and(|| {
                resources.map_or(Match::Yes, |resources| {
                    matching::chosen(resources, self.request, self.known)
                })
            });
            match is_bound {
                Match::No => {}
                Match::Unknown(why) => outcome.unjudged(name, why),
                Match::Yes => self.evaluate(binding, outcome),
            }
        }
    }

    fn evaluate(&self, binding: &Object<'_>, outcome: &mut Outcome) {
        let name = &self.policy.key.name;
        let policy = &self.policy.value;
        let found = params::of(
            policy,
            &binding.value,
            self.request,
            self.known,
            self.release,
        );
        let all = match found {
            Params::Are(all) => all,
            Params::Unknown(why) => return outcome.unjudged(name, why),
            Params::Wrong(why) if evaluate::is_ignoring(policy) => {
                let why = format!("{name} says nothing of {}: {why}", self.request.of.key);
                return outcome.remarks.push(why);
            }
            Params::Wrong(why) => {
                let denial = Denial {
                    message: format!("failed to configure binding: {why}"),
                    expression: None,
                };
                // Whatever the binding asks for, this is refused.
                return outcome.deny(self.request, name, &denial, Severity::Error);
            }
        };
        for params in &all {
            let evaluation = Evaluation {
                policy,
                request: self.request,
                params: params.as_ref(),
                known: self.known,
            };
            let Decisions { denials, unjudged } = evaluation.decide();
            for denial in &denials {
                outcome.deny(self.request, name, denial, severity(&binding.value));
            }
            for why in unjudged {
                outcome.unjudged(name, why);
            }
        }
    }
}

/// What comes of a denial by what a binding asks for.
fn severity(binding: &Value) -> Severity {
    let actions = binding.pointer("/spec/validationActions");
    let actions = actions.and_then(Value::as_array);
    let denies = actions.is_some_and(|all| all.iter().any(|action| action == "Deny"));
    if denies {
        Severity::Error
    } else {
        Severity::Warning
    }
}
