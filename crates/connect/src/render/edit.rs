//! What Argo CD changes in a kustomization before it builds it: the parameters
//! of an Application's source (`ApplicationSourceKustomize` in
//! `pkg/apis/application/v1alpha1/types.go`, applied in
//! `util/kustomize/kustomize.go` by `kustomize edit`).

use serde_json::{Map, Value};

/// One call of `kustomize edit`, as its arguments.
pub(super) type Edit = Vec<String>;

/// The calls that bring the parameters into a kustomization, in Argo CD's order.
///
/// # Errors
///
/// A parameter that Tidegate does not know how to apply: nobody could say what
/// would be deployed.
pub(super) fn edits(parameters: &Value) -> Result<Vec<Edit>, String> {
    let Some(fields) = parameters.as_object() else {
        return Err("the parameters of kustomize are not an object".to_owned());
    };
    if let Some(unknown) = fields.keys().find(|name| !is_known(name)) {
        return Err(format!(
            "the parameter {unknown} of kustomize cannot be applied yet; write it into the kustomization"
        ));
    }
    let mut edits = Vec::new();
    for (field, subject) in [("namePrefix", "nameprefix"), ("nameSuffix", "namesuffix")] {
        if let Some(text) = text(fields, field) {
            edits.push(words(&["set", subject, "--", text]));
        }
    }
    let images = texts(fields, "images");
    if !images.is_empty() {
        let mut edit = words(&["set", "image"]);
        edit.extend(images.into_iter().map(ToOwned::to_owned));
        edits.push(edit);
    }
    let replicas = replicas(fields)?;
    if !replicas.is_empty() {
        let mut edit = words(&["set", "replicas"]);
        edit.extend(replicas);
        edits.push(edit);
    }
    edits.extend(pairs(fields, "commonLabels", "label", "forceCommonLabels"));
    edits.extend(pairs(
        fields,
        "commonAnnotations",
        "annotation",
        "forceCommonAnnotations",
    ));
    if let Some(namespace) = text(fields, "namespace") {
        edits.push(words(&["set", "namespace", "--", namespace]));
    }
    Ok(edits)
}

fn is_known(name: &str) -> bool {
    matches!(
        name,
        "namePrefix"
            | "nameSuffix"
            | "images"
            | "replicas"
            | "commonLabels"
            | "forceCommonLabels"
            | "labelWithoutSelector"
            | "labelIncludeTemplates"
            | "commonAnnotations"
            | "forceCommonAnnotations"
            | "namespace"
    )
}

fn words(words: &[&str]) -> Edit {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn text<'a>(fields: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    let text = fields.get(field).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
}

fn texts<'a>(fields: &'a Map<String, Value>, field: &str) -> Vec<&'a str> {
    let list = fields.get(field).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn is_set(fields: &Map<String, Value>, field: &str) -> bool {
    fields.get(field).and_then(Value::as_bool) == Some(true)
}

fn replicas(fields: &Map<String, Value>) -> Result<Vec<String>, String> {
    let list = fields.get("replicas").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|entry| {
            let name = entry.get("name").and_then(Value::as_str);
            let count = match entry.get("count") {
                Some(Value::Number(count)) => Some(count.to_string()),
                Some(Value::String(count)) => Some(count.clone()),
                _ => None,
            };
            match (name, count) {
                (Some(name), Some(count)) => Ok(format!("{name}={count}")),
                _ => Err("an entry of the parameter replicas has no name or no count".to_owned()),
            }
        })
        .collect()
}

fn pairs(fields: &Map<String, Value>, field: &str, subject: &str, force: &str) -> Option<Edit> {
    let pairs = fields.get(field).and_then(Value::as_object)?;
    if pairs.is_empty() {
        return None;
    }
    let mut edit = words(&["add", subject]);
    if is_set(fields, force) {
        edit.push("--force".to_owned());
    }
    if subject == "label" {
        for (parameter, flag) in [
            ("labelWithoutSelector", "--without-selector"),
            ("labelIncludeTemplates", "--include-templates"),
        ] {
            if is_set(fields, parameter) {
                edit.push(flag.to_owned());
            }
        }
    }
    edit.extend(
        pairs
            .iter()
            .map(|(key, value)| format!("{key}:{}", value.as_str().unwrap_or_default())),
    );
    Some(edit)
}
