//! Which requests a policy or a binding looks at
//! (`apiserver/pkg/admission/plugin/policy/matching`).

use serde_json::Value;

use super::known::Known;
use super::request::{Operation, Request};
use super::selector::{Match, chooses, label};

/// Whether these constraints choose a request.
pub(super) fn chosen(constraints: &Value, request: &Request<'_>, known: &Known<'_>) -> Match {
    let is_of_cluster = request.namespace.is_empty();
    let is_namespace = request.key.is("", "Namespace");
    let by_namespace = || {
        if is_of_cluster {
            return Match::Yes;
        }
        chooses(
            constraints.get("namespaceSelector"),
            |name| {
                if is_namespace {
                    Some(label(&request.object, name))
                } else {
                    known.namespace_label(&request.namespace, name)
                }
            },
            || {
                format!(
                    "the labels of the namespace {} are not known",
                    request.namespace
                )
            },
        )
    };
    let by_object = || {
        // Either is enough.
        let of = |object: &Value| {
            let selector = constraints.get("objectSelector");
            chooses(selector, |name| Some(label(object, name)), not_understood)
        };
        let new = of(&request.object);
        match (&new, &request.old) {
            (Match::No, Some(old)) => of(old),
            _ => new,
        }
    };
    let not_excluded = || match rules(
        constraints.get("excludeResourceRules"),
        constraints,
        request,
    ) {
        None | Some(Match::No) => Match::Yes,
        Some(Match::Yes) => Match::No,
        Some(unknown) => unknown,
    };
    let included =
        || rules(constraints.get("resourceRules"), constraints, request).unwrap_or(Match::Yes);
    included()
        .and(not_excluded)
        .and(by_object)
        .and(by_namespace)
}

fn not_understood() -> String {
    "its selector cannot be understood".to_owned()
}

/// Whether one of the rules fits. None: there are none.
fn rules(rules: Option<&Value>, constraints: &Value, request: &Request<'_>) -> Option<Match> {
    let rules = rules
        .and_then(Value::as_array)
        .filter(|all| !all.is_empty())?;
    let is_exact = constraints.get("matchPolicy").and_then(Value::as_str) == Some("Exact");
    let mut result = Match::No;
    for rule in rules {
        match fits(rule, request, is_exact) {
            Match::Yes => return Some(Match::Yes),
            Match::No => {}
            unknown @ Match::Unknown(_) => result = unknown,
        }
    }
    Some(result)
}

fn texts<'a>(rule: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    let all = rule.get(name).and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_str)
}

fn has(rule: &Value, name: &str, wanted: &str) -> bool {
    texts(rule, name).any(|text| text == "*" || text == wanted)
}

fn fits(rule: &Value, request: &Request<'_>, is_exact: bool) -> Match {
    let key = &request.key;
    let is_in_scope = match rule.get("scope").and_then(Value::as_str) {
        None | Some("*") => true,
        Some("Namespaced") => !request.namespace.is_empty() && !key.is("", "Namespace"),
        Some("Cluster") => request.namespace.is_empty() || key.is("", "Namespace"),
        Some(_) => false,
    };
    let mut names = texts(rule, "resourceNames").peekable();
    let is_named = names.peek().is_none() || names.any(|name| name == key.name);
    if !is_in_scope || !is_named || !has(rule, "apiGroups", &key.group) {
        return Match::No;
    }
    resource(rule, request)
        .and(|| version(rule, request, is_exact))
        .and(|| operation(rule, request))
}

fn resource(rule: &Value, request: &Request<'_>) -> Match {
    let whole = |text: &str| match text.split_once('/') {
        None => text == "*" || text == request.resource,
        Some((name, sub)) => sub == "*" && (name == "*" || name == request.resource),
    };
    let is_named = texts(rule, "resources").any(whole);
    if !is_named && request.is_guessed && texts(rule, "apiGroups").any(|group| group != "*") {
        let kind = &request.key.kind;
        return Match::Unknown(format!("there is no definition of {kind}"));
    }
    Match::of(is_named)
}

fn version(rule: &Value, request: &Request<'_>, is_exact: bool) -> Match {
    let key = &request.key;
    if has(rule, "apiVersions", &key.version) {
        return Match::Yes;
    }
    let is_other = |version: &&String| has(rule, "apiVersions", version);
    match request.others.iter().find(is_other) {
        Some(version) if !is_exact => Match::Unknown(format!(
            "it sees {} in version {version}, and it is written in {}",
            key.kind, key.version
        )),
        _ => Match::No,
    }
}

fn operation(rule: &Value, request: &Request<'_>) -> Match {
    let does = |word: &str| has(rule, "operations", word);
    match request.operation {
        Operation::Create => Match::of(does("CREATE")),
        Operation::Update => Match::of(does("UPDATE")),
        Operation::Unknown if does("CREATE") => Match::Yes,
        Operation::Unknown if does("UPDATE") => {
            Match::Unknown("it is for updates, and what is there is not known".to_owned())
        }
        Operation::Unread if does("CREATE") || does("UPDATE") => Match::Unknown(format!(
            "the cluster does not let you read {}",
            request.of.key
        )),
        Operation::Unknown | Operation::Unread => Match::No,
    }
}
