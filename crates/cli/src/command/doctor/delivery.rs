//! From what an Application or AppProject says to how it is delivered.

use tidegate_core::argo_cd::adoption::FOLLOWED;
use tidegate_core::argo_cd::branch::BRANCH;
use tidegate_core::branch::Branch;
use tidegate_core::doctor::{
    Automated, ClusterKind, Deliveries, Delivery, Destination, Followed, Origin, Permissions,
    Place, Retry, Text,
};
use tidegate_core::sync_window::Application;
use tidegate_yaml::{Content, Node};

use super::object::{at, has_template, is_automated, items, line, scalar, text};

/// Notes the objects of a file that deliver.
pub(super) fn take(deliveries: &mut Deliveries, object: &Node, file: &str) {
    if let Some(items) = items(object) {
        for item in items {
            take(deliveries, item, file);
        }
        return;
    }
    let version = text(object, &["apiVersion"]).unwrap_or_default();
    if !version.starts_with("argoproj.io/") || has_template(object) {
        return;
    }
    let place = Place::of_file(file);
    match text(object, &["kind"]) {
        Some("Application") => deliveries.applications.extend(application(object, place)),
        Some("AppProject") => deliveries.projects.push(permissions(object, place)),
        _ => {}
    }
}

/// Notes an Application of a cluster, unless a file has it too. There only its
/// pin counts, if it was adopted: it moves without the file.
pub(super) fn take_live_application(deliveries: &mut Deliveries, object: &Node, place: Place) {
    let Some(mut live) = application(object, place) else {
        return;
    };
    let is_adopted = at(object, &["metadata", "annotations", FOLLOWED]).is_some();
    let branch = text(object, &["metadata", "annotations", BRANCH]);
    if let Some(Ok(branch)) = branch.filter(|_| is_adopted).map(Branch::parse) {
        // Only approved changes move it.
        live.revisions
            .retain(|followed| !branch.is(&followed.revision.text));
    }
    let known = deliveries
        .applications
        .iter_mut()
        .find(|known| known.application.name == live.application.name);
    match known {
        Some(known) if is_adopted => known.revisions = live.revisions,
        Some(_) => {}
        None => deliveries.applications.push(live),
    }
}

/// Notes an AppProject of a cluster, unless a file has it too.
pub(super) fn take_live_project(deliveries: &mut Deliveries, object: &Node, place: Place) {
    let live = permissions(object, place);
    if !deliveries
        .projects
        .iter()
        .any(|known| known.name == live.name)
    {
        deliveries.projects.push(live);
    }
}

fn application(object: &Node, place: Place) -> Option<Delivery> {
    let line = line(place.source);
    let value = |path: &[&str]| text(object, path).unwrap_or_default().to_owned();
    let name = value(&["metadata", "name"]);
    let spec = object.field("spec").filter(|_| !name.is_empty())?;
    let policy = spec.field("syncPolicy");
    let automated = policy
        .and_then(|policy| policy.field("automated"))
        .filter(|automated| is_automated(automated))
        .map(|automated| Automated {
            line: line(automated),
            self_heal: is_true(automated.field("selfHeal")),
        });
    let retry = policy
        .and_then(|policy| policy.field("retry"))
        .filter(|retry| !retry.is_null())
        .map(|retry| self::retry(retry, line));
    let sources = spec.field("sources").and_then(Node::as_sequence);
    let sources: Vec<&Node> = match spec.field("sourceHydrator") {
        Some(hydrator) => hydrator.field("drySource").into_iter().collect(),
        None => match sources.filter(|sources| !sources.is_empty()) {
            Some(sources) => sources.iter().collect(),
            None => spec.field("source").into_iter().collect(),
        },
    };
    Some(Delivery {
        place,
        project: field(spec, "project", line),
        automated,
        retry,
        revisions: sources
            .into_iter()
            .map(|source| followed(source, line))
            .collect(),
        application: Application {
            name,
            destination_namespace: value(&["spec", "destination", "namespace"]),
            destination_name: value(&["spec", "destination", "name"]),
            destination_server: value(&["spec", "destination", "server"]),
        },
    })
}

fn retry(retry: &Node, line: fn(&Node) -> usize) -> Retry {
    let backoff = |name: &str| retry.field("backoff").and_then(|node| node.field(name));
    let written = |name: &str| backoff(name).filter(|node| !node.is_null()).map(scalar);
    Retry {
        line: line(retry),
        limit: retry.field("limit").and_then(integer).unwrap_or_default(),
        duration: written("duration").unwrap_or_default(),
        factor: backoff("factor").and_then(integer),
        max_duration: written("maxDuration").unwrap_or_default(),
    }
}

fn followed(source: &Node, line: fn(&Node) -> usize) -> Followed {
    let is_chart = text(source, &["chart"]).is_some_and(|chart| !chart.is_empty());
    let is_registry = text(source, &["repoURL"]).is_some_and(|url| url.starts_with("oci://"));
    Followed {
        revision: field(source, "targetRevision", line),
        origin: if is_chart || is_registry {
            Origin::Versions
        } else {
            Origin::Git
        },
    }
}

fn permissions(object: &Node, place: Place) -> Permissions {
    let line = line(place.source);
    let list = |name: &str| {
        at(object, &["spec", name])
            .and_then(Node::as_sequence)
            .unwrap_or_default()
            .iter()
    };
    let part = |item: &Node, name: &str| text(item, &[name]).unwrap_or_default().to_owned();
    Permissions {
        name: text(object, &["metadata", "name"])
            .unwrap_or_default()
            .to_owned(),
        place,
        repositories: list("sourceRepos")
            .map(|item| Text {
                text: scalar(item),
                line: line(item),
            })
            .collect(),
        destinations: list("destinations")
            .map(|item| Destination {
                line: line(item),
                server: part(item, "server"),
                name: part(item, "name"),
                namespace: part(item, "namespace"),
            })
            .collect(),
        cluster_kinds: list("clusterResourceWhitelist")
            .map(|item| ClusterKind {
                line: line(item),
                group: part(item, "group"),
                kind: part(item, "kind"),
            })
            .collect(),
    }
}

/// What is not written has the line of what lacks it.
fn field(node: &Node, name: &str, line: fn(&Node) -> usize) -> Text {
    match node.field(name) {
        Some(value) if !value.is_null() => Text {
            text: scalar(value),
            line: line(value),
        },
        _ => Text {
            text: String::new(),
            line: line(node),
        },
    }
}

fn is_true(node: Option<&Node>) -> bool {
    node.is_some_and(|node| node.content == Content::Scalar(true.into()))
}

fn integer(node: &Node) -> Option<i64> {
    match &node.content {
        Content::Scalar(value) => value.as_i64(),
        Content::Sequence(_) | Content::Mapping(_) => None,
    }
}
