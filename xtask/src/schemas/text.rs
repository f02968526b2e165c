//! The schemas of several releases as lines.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    SchemasError,
    document::{Document, Kind, definition_name},
    module::Module,
};

/// Definitions that are read in a way of their own: the published schema says less
/// than the API machinery's `UnmarshalJSON` of the type.
const SPECIAL: [(&str, &str); 10] = [
    ("io.k8s.apimachinery.pkg.api.resource.Quantity", "q"),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.Time", "t"),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "m"),
    ("io.k8s.apimachinery.pkg.util.intstr.IntOrString", "o"),
    ("io.k8s.apimachinery.pkg.runtime.RawExtension", "a"),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", "a"),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
        "a",
    ),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray",
        "@io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
    ),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool",
        "p@io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
    ),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray",
        "a",
    ),
];

/// A set of releases, a bit for each.
type Releases = u32;

/// What several releases say.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    releases: Vec<String>,
    kinds: BTreeMap<Kind, Releases>,
    /// By name and by what it says.
    definitions: BTreeMap<(String, String), Releases>,
}

impl Schemas {
    /// A further release. Answers with its bit.
    pub(super) fn begin(&mut self, module: &Module) -> Releases {
        self.releases
            .push(format!("R {} {}\n", module.release, module.version));
        1 << (self.releases.len() - 1)
    }

    /// What a document of the release says.
    pub(super) fn take(
        &mut self,
        release: Releases,
        document: &Document,
    ) -> Result<(), SchemasError> {
        let schemas = &document.components.schemas;
        let mut wanted: Vec<String> = Vec::new();
        for kind in document.kinds() {
            wanted.push(kind.definition.clone());
            *self.kinds.entry(kind).or_default() |= release;
        }
        let mut seen: BTreeSet<String> = wanted.iter().cloned().collect();
        while let Some(name) = wanted.pop() {
            let unknown = |what: String| SchemasError::Unknown {
                name: name.clone(),
                what,
            };
            let schema = schemas.get(&name).and_then(Value::as_object);
            let schema = schema.ok_or_else(|| unknown("it is not there".to_owned()))?;
            let mut names = Vec::new();
            let lines = definition(schema, &mut names).map_err(unknown)?;
            *self.definitions.entry((name, lines)).or_default() |= release;
            for name in names {
                if seen.insert(name.clone()) {
                    wanted.push(name);
                }
            }
        }
        Ok(())
    }

    /// All of it.
    pub(super) fn text(&self) -> String {
        let mut text = self.releases.concat();
        for (kind, releases) in &self.kinds {
            let group = if kind.group.is_empty() {
                "-"
            } else {
                &kind.group
            };
            let scope = if kind.is_namespaced { 'N' } else { 'C' };
            let line = [
                "K",
                &format!("{releases:x}"),
                group,
                &kind.version,
                &kind.name,
                &scope.to_string(),
                &kind.definition,
            ];
            text.push_str(&line.join(" "));
            text.push('\n');
        }
        for ((name, lines), releases) in &self.definitions {
            text.push_str(&["D ", &format!("{releases:x}"), " ", name, "\n", lines].concat());
        }
        text
    }
}

/// A line for each field. What it refers to is added to `names`.
fn definition(schema: &Map<String, Value>, names: &mut Vec<String>) -> Result<String, String> {
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err(format!("{schema:?}"));
    }
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let no_fields = Map::new();
    let fields = schema.get("properties").and_then(Value::as_object);
    // Whatever order the reader of JSON keeps.
    let fields: BTreeMap<&String, &Value> = fields.unwrap_or(&no_fields).iter().collect();
    let mut lines = String::new();
    for (name, field) in fields {
        let mark = if required.contains(&name.as_str()) {
            "*"
        } else {
            ""
        };
        let line = [mark, name, " ", &type_of(field, names)?, "\n"];
        lines.push_str(&line.concat());
    }
    Ok(lines)
}

fn type_of(schema: &Value, names: &mut Vec<String>) -> Result<String, String> {
    let unknown = || Err(schema.to_string());
    let reference = schema
        .get("$ref")
        .or_else(|| schema.pointer("/allOf/0/$ref"));
    if let Some(reference) = reference.and_then(Value::as_str) {
        let Some(name) = definition_name(reference) else {
            return unknown();
        };
        let special = SPECIAL.iter().find(|(special, _)| *special == name);
        let code = special.map_or_else(|| format!("@{name}"), |(_, code)| (*code).to_owned());
        if let Some((_, name)) = code.split_once('@') {
            names.push(name.to_owned());
        }
        return Ok(code);
    }
    let text = |name: &str| schema.get(name).and_then(Value::as_str);
    let code = match (text("type"), text("format")) {
        (Some("string"), None) => "s".to_owned(),
        (Some("string"), Some("byte")) => "y".to_owned(),
        (Some("integer"), Some("int32")) => "i".to_owned(),
        (Some("integer"), Some("int64") | None) => "l".to_owned(),
        (Some("number"), _) => "f".to_owned(),
        (Some("boolean"), None) => "b".to_owned(),
        (Some("array"), None) => {
            let items = type_of(schema.get("items").unwrap_or(&Value::Null), names)?;
            format!("[{}{items}", list_keys(schema))
        }
        (Some("object"), None) => match schema.get("additionalProperties") {
            Some(values) => format!("{{{}", type_of(values, names)?),
            None => "a".to_owned(),
        },
        _ => return unknown(),
    };
    Ok(code)
}

/// `k:name,protocol;`, or `=` for a set.
fn list_keys(schema: &Value) -> String {
    match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("set") => "=".to_owned(),
        Some("map") => {
            let keys = schema.get("x-kubernetes-list-map-keys");
            let keys = keys.and_then(Value::as_array).into_iter().flatten();
            let keys: Vec<&str> = keys.filter_map(Value::as_str).collect();
            format!("k:{};", keys.join(","))
        }
        _ => String::new(),
    }
}
