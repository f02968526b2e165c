//! The CustomResourceDefinitions, with their rules.

use kube::CustomResourceExt;
use serde_json::{Value, json};

use crate::rules;
use crate::{Approval, Change, ChangeCalendar, ChangePolicy, Connection};

/// Where the schema of the only version begins.
const SCHEMA: &str = "/spec/versions/0/schema/openAPIV3Schema";

/// Every CustomResourceDefinition as it is applied to a cluster.
///
/// # Errors
///
/// A definition that does not serialize, or a place in it where a rule belongs
/// that is not there.
pub fn custom_resource_definitions() -> Result<Vec<Value>, DefinitionError> {
    let mut change = value(&Change::crd())?;
    let frozen = rules::frozen_spec(at(&mut change, "/properties/spec")?);
    let mut spec = vec![frozen];
    spec.extend(rules::change_spec());
    add(&mut change, "/properties/spec", spec)?;
    add(
        &mut change,
        "/properties/spec/properties/source",
        rules::change_source(),
    )?;
    add(
        &mut change,
        "/properties/spec/properties/targets/items",
        rules::change_target(),
    )?;
    keyed_list(
        &mut change,
        "/properties/spec/properties/targets",
        &["namespace", "name"],
    )?;

    let mut approval = value(&Approval::crd())?;
    add(&mut approval, "/properties/spec", rules::approval_spec())?;

    let mut calendar = value(&ChangeCalendar::crd())?;
    let mut window = rules::calendar_entry();
    window.extend(rules::calendar_window());
    add(
        &mut calendar,
        "/properties/spec/properties/windows/items",
        window,
    )?;
    add(
        &mut calendar,
        "/properties/spec/properties/freezes/items",
        rules::calendar_entry(),
    )?;
    keyed_list(
        &mut calendar,
        "/properties/spec/properties/windows",
        &["name"],
    )?;
    keyed_list(
        &mut calendar,
        "/properties/spec/properties/freezes",
        &["name"],
    )?;

    keyed_list(
        &mut calendar,
        "/properties/spec/properties/exceptions",
        &["name"],
    )?;
    add(&mut calendar, "/properties/spec", rules::calendar_spec())?;
    for list in ["windows", "freezes"] {
        let feed = format!("/properties/spec/properties/{list}/items/properties/ical");
        add(&mut calendar, &feed, rules::calendar_feed())?;
    }

    let mut policy = value(&ChangePolicy::crd())?;
    add(
        &mut policy,
        "/properties/spec/properties/backup",
        rules::policy_backup(),
    )?;
    let checks = "/properties/spec/properties/verification/properties/checks/items";
    add(&mut policy, checks, rules::policy_check())?;
    keyed_list(&mut policy, "/properties/spec/properties/stages", &["name"])?;

    let connection = value(&Connection::crd())?;
    let mut definitions = vec![change, approval, policy, calendar, connection];
    definitions.iter_mut().for_each(drop_unknown_formats);
    Ok(definitions)
}

/// Why a definition could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// It does not serialize.
    #[error("cannot serialize a definition")]
    Serialize(#[source] serde_json::Error),
    /// The schema has no such place.
    #[error("the schema has nothing at {0}")]
    NoPlace(String),
}

/// Leaves out formats that the API server does not know (`uint32`) or reads
/// otherwise than we write them (`duration`, which it takes for Go's).
fn drop_unknown_formats(schema: &mut Value) {
    const KNOWN: [&str; 5] = ["int32", "int64", "double", "float", "date-time"];
    match schema {
        Value::Object(fields) => {
            let unknown =
                |format: &Value| format.as_str().is_some_and(|name| !KNOWN.contains(&name));
            if fields.get("format").is_some_and(unknown) {
                fields.remove("format");
            }
            fields.values_mut().for_each(drop_unknown_formats);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_unknown_formats),
        _ => {}
    }
}

fn value(definition: &impl serde::Serialize) -> Result<Value, DefinitionError> {
    serde_json::to_value(definition).map_err(DefinitionError::Serialize)
}

fn at<'a>(definition: &'a mut Value, place: &str) -> Result<&'a mut Value, DefinitionError> {
    definition
        .pointer_mut(&format!("{SCHEMA}{place}"))
        .ok_or_else(|| DefinitionError::NoPlace(place.to_owned()))
}

fn add(definition: &mut Value, place: &str, rules: Vec<Value>) -> Result<(), DefinitionError> {
    at(definition, place)?["x-kubernetes-validations"] = Value::Array(rules);
    Ok(())
}

/// Makes the API server refuse two items with the same key.
fn keyed_list(definition: &mut Value, place: &str, keys: &[&str]) -> Result<(), DefinitionError> {
    let list = at(definition, place)?;
    list["x-kubernetes-list-type"] = json!("map");
    list["x-kubernetes-list-map-keys"] = json!(keys);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_bounded_maps_of_texts() {
        let definitions = custom_resource_definitions().unwrap();
        for list in ["windows", "freezes"] {
            for place in ["labels", "exempt/properties/labels"] {
                let place =
                    format!("{SCHEMA}/properties/spec/properties/{list}/items/properties/{place}");
                let labels = definitions[3].pointer(&place).unwrap();
                assert_eq!(labels["type"], "object", "{place}");
                assert_eq!(labels["maxProperties"], 16, "{place}");
                assert_eq!(labels["additionalProperties"]["type"], "string", "{place}");
                assert_eq!(labels["additionalProperties"]["maxLength"], 253, "{place}");
            }
        }
    }

    /// The API server refuses a rule whose cost it cannot bound.
    #[test]
    fn every_list_of_a_calendar_is_bounded() {
        fn unbounded(schema: &Value, place: &str, found: &mut Vec<String>) {
            if schema["type"] == "array" && schema.get("maxItems").is_none() {
                found.push(place.to_owned());
            }
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                unbounded(field, &format!("{place}.{name}"), found);
            }
            if let Some(items) = schema.get("items") {
                unbounded(items, &format!("{place}[]"), found);
            }
        }
        let definitions = custom_resource_definitions().unwrap();
        let spec = definitions[3].pointer(&format!("{SCHEMA}/properties/spec"));
        let mut found = Vec::new();
        unbounded(spec.unwrap(), "spec", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn every_field_of_a_change_is_frozen_but_the_four_that_may_follow() {
        let definitions = custom_resource_definitions().unwrap();
        let spec = definitions[0]
            .pointer(&format!("{SCHEMA}/properties/spec"))
            .unwrap();
        let rule = spec["x-kubernetes-validations"][0]["rule"]
            .as_str()
            .unwrap();
        for field in spec["properties"].as_object().unwrap().keys() {
            let compared = rule.contains(&format!("self.{field} == oldSelf.{field}"));
            assert_eq!(
                compared,
                !["backup", "cancel", "hold", "window"].contains(&field.as_str()),
                "{field}"
            );
        }
    }
}
