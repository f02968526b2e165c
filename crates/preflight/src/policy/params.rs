//! The parameters that a binding gives its policy
//! (`CollectParams` of `apiserver/pkg/admission/plugin/policy/generic`).

use serde_json::Value;

use super::known::Known;
use super::request::Request;
use super::selector::{Match, chooses, label};
use crate::schema::{Release, kinds};

/// What a policy is evaluated with.
#[derive(Debug, PartialEq)]
pub(super) enum Params {
    /// Once for each of these; without any where it takes none.
    Are(Vec<Option<Value>>),
    /// It would refuse everything, in these words.
    Wrong(String),
    /// They are not known, and why.
    Unknown(String),
}

/// The parameters for a request.
pub(super) fn of(
    policy: &Value,
    binding: &Value,
    request: &Request<'_>,
    known: &Known<'_>,
    release: Release,
) -> Params {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
    let kind = policy
        .pointer("/spec/paramKind")
        .filter(|one| !one.is_null());
    let reference = binding
        .pointer("/spec/paramRef")
        .filter(|one| !one.is_null());
    let (Some(kind), Some(reference)) = (kind, reference) else {
        return Params::Are(vec![None]);
    };
    let (api_version, kind) = (text(kind.get("apiVersion")), text(kind.get("kind")));
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let Some(is_namespaced) = is_namespaced(group, &kind, known, release) else {
        return Params::Unknown(format!("there is no definition of its parameters, {kind}"));
    };
    let named = text(reference.get("namespace"));
    let namespace = match (is_namespaced, named.is_empty()) {
        (false, true) => None,
        (false, false) => {
            let message =
                "paramRef.namespace must not be provided for a cluster-scoped `paramKind`";
            return Params::Wrong(message.to_owned());
        }
        (true, false) => Some(named.as_str()),
        (true, true) if request.namespace.is_empty() => {
            let message = "cannot use namespaced paramRef in policy binding that matches \
                           cluster-scoped resources";
            return Params::Wrong(message.to_owned());
        }
        (true, true) => Some(request.namespace.as_str()),
    };
    let name = text(reference.get("name"));
    let is_meant = |object: &Value, own: &str| {
        if name.is_empty() {
            let selector = reference.get("selector");
            chooses(selector, |name| Some(label(object, name)), String::new) == Match::Yes
        } else {
            own == name
        }
    };
    let there = known.of_kind(group, &kind).filter(|one| {
        one.key.namespace.as_deref() == namespace || (!is_namespaced && namespace.is_none())
    });
    let mut found = Vec::new();
    for one in there.filter(|one| is_meant(&one.value, &one.key.name)) {
        if known.is_ambiguous(&one.key) {
            return Params::Unknown(format!("{} is there in several forms", one.key));
        }
        found.push(Some(one.value.clone()));
    }
    // Only ConfigMaps of the namespaces that the change goes to are listed.
    let is_all_seen = known.is_all_seen("ConfigMap")
        && group.is_empty()
        && kind == "ConfigMap"
        && named.is_empty();
    if found.is_empty() && !is_all_seen {
        let which = if name.is_empty() {
            "that it chooses"
        } else {
            &name
        };
        return Params::Unknown(format!("its parameters, {kind} {which}, are not here"));
    }
    let action = text(reference.get("parameterNotFoundAction"));
    if found.is_empty() && action == "Deny" {
        let message = "no params found for policy binding with `Deny` parameterNotFoundAction";
        return Params::Wrong(message.to_owned());
    }
    Params::Are(found)
}

fn is_namespaced(group: &str, kind: &str, known: &Known<'_>, release: Release) -> Option<bool> {
    let mut all = kinds().iter();
    let own = all.find(|one| one.group == group && one.name == kind && one.is_in(release));
    own.map(|one| one.is_namespaced).or_else(|| {
        let definition = known.definition(group, kind)?;
        let scope = definition.pointer("/spec/scope").and_then(Value::as_str);
        Some(scope != Some("Cluster"))
    })
}
