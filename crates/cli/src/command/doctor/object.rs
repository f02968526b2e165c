//! From what a document says to what is looked at.

use serde_json::Value;
use tidegate_core::doctor::{Inventory, KnownApplication, Place, Project, Source, Text, Window};
use tidegate_core::sync_window::Application;
use tidegate_yaml::{Content, Node};

/// Notes what a document of a file holds, if it is an object that matters.
pub(super) fn take(inventory: &mut Inventory, document: &Node, file: &str) {
    if let Some(items) = items(document) {
        for item in items {
            take(inventory, item, file);
        }
        return;
    }
    let kind = text(document, &["kind"]).unwrap_or_default();
    let version = text(document, &["apiVersion"]).unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    match (group, kind) {
        ("argoproj.io", "AppProject") if !has_template(document) => {
            inventory
                .projects
                .extend(project(document, Place::of_file(file)));
        }
        ("argoproj.io", "Application") => application(inventory, document),
        ("argoproj.io", "ApplicationSet") => application_set(inventory, document),
        ("", "Namespace") if version == "v1" => {
            namespace(inventory, text(document, &["metadata", "name"]));
        }
        ("kustomize.config.k8s.io", _) | ("", "Kustomization") => {
            namespace(inventory, text(document, &["namespace"]));
        }
        ("", "") if is_kustomization(file) => {
            namespace(inventory, text(document, &["namespace"]));
        }
        _ => {}
    }
}

/// Notes an Application.
pub(super) fn application(inventory: &mut Inventory, object: &Node) {
    let value = |path: &[&str]| text(object, path).unwrap_or_default().to_owned();
    let name = value(&["metadata", "name"]);
    let destination = value(&["spec", "destination", "namespace"]);
    namespace(inventory, Some(&destination));
    if name.contains("{{") {
        inventory.more_applications = true;
        return;
    }
    if name.is_empty() {
        return;
    }
    inventory.applications.push(KnownApplication {
        project: value(&["spec", "project"]),
        automated: at(object, &["spec", "syncPolicy", "automated"]).is_some_and(is_automated),
        application: Application {
            name,
            destination_namespace: destination,
            destination_name: value(&["spec", "destination", "name"]),
            destination_server: value(&["spec", "destination", "server"]),
        },
    });
}

/// Whether `spec.syncPolicy.automated` says so.
pub(super) fn is_automated(automated: &Node) -> bool {
    let enabled = automated.field("enabled");
    !automated.is_null()
        && enabled.is_none_or(|enabled| enabled.content != Content::Scalar(false.into()))
}

/// Notes a namespace, unless its name is still to be filled in.
pub(super) fn namespace(inventory: &mut Inventory, name: Option<&str>) {
    match name {
        Some(name) if name.contains("{{") => inventory.more_namespaces = true,
        Some(name) if !name.is_empty() => {
            inventory.namespaces.insert(name.to_owned());
        }
        _ => {}
    }
}

/// It makes Applications whose names are not written anywhere.
fn application_set(inventory: &mut Inventory, object: &Node) {
    inventory.more_applications = true;
    let destination = ["spec", "template", "spec", "destination", "namespace"];
    namespace(inventory, text(object, &destination));
}

/// An AppProject, if it has sync windows. The windows of a cluster's object are
/// counted, since it has no lines.
pub(super) fn project(object: &Node, place: Place) -> Option<Project> {
    let windows = at(object, &["spec", "syncWindows"])?.as_sequence()?;
    let windows: Vec<Window> = windows
        .iter()
        .enumerate()
        .filter(|(_, item)| item.as_mapping().is_some())
        .map(|(position, item)| match place.source {
            Source::File => window(item, &|node| node.line),
            Source::Cluster | Source::Object => window(item, &|_| position + 1),
        })
        .collect();
    (!windows.is_empty()).then(|| Project {
        name: text(object, &["metadata", "name"])
            .unwrap_or_default()
            .to_owned(),
        place,
        windows,
    })
}

fn window(node: &Node, line: &dyn Fn(&Node) -> usize) -> Window {
    let one = |name: &str| match node.field(name) {
        Some(value) if !value.is_null() => Text {
            text: scalar(value),
            line: line(value),
        },
        _ => Text {
            text: String::new(),
            line: line(node),
        },
    };
    let list = |name: &str| {
        let items = node.field(name).and_then(Node::as_sequence);
        let item = |item: &Node| Text {
            text: scalar(item),
            line: line(item),
        };
        items.unwrap_or_default().iter().map(item).collect()
    };
    let flag = |name: &str| {
        node.field(name)
            .is_some_and(|value| value.content == Content::Scalar(true.into()))
    };
    Window {
        line: line(node),
        kind: one("kind"),
        schedule: one("schedule"),
        duration: one("duration"),
        time_zone: one("timeZone"),
        applications: list("applications"),
        namespaces: list("namespaces"),
        clusters: list("clusters"),
        manual_sync: flag("manualSync"),
        and_operator: flag("andOperator"),
        sync_overrun: flag("syncOverrun"),
    }
}

/// The objects of a list of objects.
pub(super) fn items(document: &Node) -> Option<&[Node]> {
    let kind = text(document, &["kind"])?;
    let is_list = kind.ends_with("List") && text(document, &["apiVersion"]).is_some();
    document
        .field("items")
        .filter(|_| is_list)
        .and_then(Node::as_sequence)
}

pub(super) fn at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, name| node.field(name))
}

pub(super) fn text<'a>(node: &'a Node, path: &[&str]) -> Option<&'a str> {
    at(node, path)?.as_str()
}

/// As it was written, also where it should have been a text.
pub(super) fn scalar(node: &Node) -> String {
    match &node.content {
        Content::Scalar(Value::String(text)) => text.clone(),
        Content::Scalar(value) => value.to_string(),
        Content::Sequence(_) | Content::Mapping(_) => String::new(),
    }
}

pub(super) fn has_template(node: &Node) -> bool {
    match &node.content {
        Content::Scalar(Value::String(text)) => text.contains("{{"),
        Content::Scalar(_) => false,
        Content::Sequence(items) => items.iter().any(has_template),
        Content::Mapping(fields) => fields
            .iter()
            .any(|(key, value)| key.contains("{{") || has_template(value)),
    }
}

fn is_kustomization(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    name == "kustomization.yaml" || name == "kustomization.yml"
}

/// Where a person edits it; an object of the API server has no lines.
pub(super) fn line(source: Source) -> fn(&Node) -> usize {
    match source {
        Source::File => |node| node.line,
        Source::Cluster | Source::Object => |_| 1,
    }
}

/// An object of the API server, which has no lines.
pub(super) fn node(value: Value) -> Node {
    let content = match value {
        Value::Array(items) => Content::Sequence(items.into_iter().map(node).collect()),
        Value::Object(fields) => {
            let field = |(key, value)| (key, node(value));
            Content::Mapping(fields.into_iter().map(field).collect())
        }
        scalar => Content::Scalar(scalar),
    };
    Node {
        line: 1,
        column: 1,
        key: None,
        content,
    }
}
