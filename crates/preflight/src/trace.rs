//! Where a person wrote what is found in a rendered manifest.
//!
//! kustomize does not say what it took from where. So the object is looked for in the
//! files that the overlay is made of, by kind and name, and the field in it, by the
//! names of list items: first in the overlay's own files, then in those of its bases.

use tidegate_core::rollout::object::ObjectKey;
use tidegate_yaml::Node;

use crate::finding::{Finding, Place};
use crate::manifest::Manifest;

/// What tells the items of a list apart (the merge keys of Kubernetes' API), the usual
/// ones first.
const NAMES: [&str; 7] = [
    "name",
    "containerPort",
    "port",
    "mountPath",
    "key",
    "ip",
    "topologyKey",
];

/// A step of a path, as it is written in a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Item(usize),
    /// `[api-gateway]`: the item of this name.
    Named(String),
}

/// Gives each finding without a place the one where it was written, as far as that can
/// be told.
pub fn trace(findings: &mut [Finding], rendered: &[Manifest], sources: &[Manifest]) {
    for finding in findings {
        if finding.place.is_some() {
            continue;
        }
        let Some(key) = &finding.object else { continue };
        let is_it = |manifest: &&Manifest| manifest.key().is_ok_and(|one| one == *key);
        let node = rendered.iter().find(is_it).map(|manifest| &manifest.node);
        finding.place = place(key, node, &steps(finding.path.as_str()), sources);
    }
}

/// The first source with the whole path, or else the one with most of it.
fn place(
    key: &ObjectKey,
    rendered: Option<&Node>,
    steps: &[Step],
    sources: &[Manifest],
) -> Option<Place> {
    let mut best: Option<(usize, Place)> = None;
    for source in sources.iter().filter(|source| stands_for(source, key)) {
        let (depth, node) = deepest(&source.node, rendered, steps);
        let is_better = best.as_ref().is_none_or(|(most, _)| depth > *most);
        if is_better && let Some(place) = source.place(node) {
            best = Some((depth, place));
        }
    }
    best.map(|(_, place)| place)
}

/// Whether it is what was rendered: kustomize may have put something before and behind
/// its name, and changed its namespace.
fn stands_for(source: &Manifest, key: &ObjectKey) -> bool {
    source.key().is_ok_and(|own| {
        own.kind == key.kind && own.group == key.group && key.name.contains(&own.name)
    })
}

/// How far the path leads here, and to what.
fn deepest<'a>(source: &'a Node, rendered: Option<&Node>, steps: &[Step]) -> (usize, &'a Node) {
    let mut here = source;
    let mut there = rendered;
    for (depth, step) in steps.iter().enumerate() {
        let next = match step {
            Step::Field(name) => here.field(name),
            Step::Named(name) => named(here, name),
            Step::Item(position) => {
                let item = there
                    .and_then(Node::as_sequence)
                    .and_then(|items| items.get(*position));
                item.map_or_else(
                    || here.as_sequence()?.get(*position),
                    |item| same_item(here, item),
                )
            }
        };
        there = there.and_then(|node| match step {
            Step::Field(name) => node.field(name),
            Step::Item(position) => node.as_sequence()?.get(*position),
            Step::Named(name) => named(node, name),
        });
        let Some(next) = next else {
            return (depth, here);
        };
        here = next;
    }
    (steps.len(), here)
}

/// The item of a list that is called so.
fn named<'a>(list: &'a Node, name: &str) -> Option<&'a Node> {
    let is_it = |item: &&Node| {
        NAMES.iter().any(|key| {
            item.field(key)
                .is_some_and(|value| text(value).as_deref() == Some(name))
        })
    };
    list.as_sequence()?.iter().find(is_it)
}

/// The item of a list that has the same name, or is the same where it has none.
fn same_item<'a>(list: &'a Node, item: &Node) -> Option<&'a Node> {
    let name = NAMES.iter().find_map(|key| Some((key, item.field(key)?)));
    let is_it = |one: &&Node| match name {
        Some((key, value)) => one.field(key).is_some_and(|own| same(own, value)),
        None => same(one, item),
    };
    list.as_sequence()?.iter().find(is_it)
}

fn same(one: &Node, other: &Node) -> bool {
    one.clone().into_json() == other.clone().into_json()
}

fn text(node: &Node) -> Option<String> {
    match node.clone().into_json() {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Reads a path as findings have it: `spec.ports[0].port`, `metadata.labels["a.b"]`.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(quoted) = rest.strip_prefix('[') {
            let mut texts = serde_json::Deserializer::from_str(quoted).into_iter::<String>();
            if let Some(Ok(name)) = texts.next() {
                rest = quoted.get(texts.byte_offset()..).unwrap_or_default();
                rest = rest.strip_prefix(']').unwrap_or(rest);
                steps.push(Step::Field(name));
                continue;
            }
            let (inside, after) = quoted.split_once(']').unwrap_or((quoted, ""));
            steps.push(
                inside
                    .parse()
                    .map_or_else(|_| Step::Named(inside.to_owned()), Step::Item),
            );
            rest = after;
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if !name.is_empty() {
            steps.push(Step::Field(name.to_owned()));
        }
        rest = after;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read;
    use crate::schema::{Definitions, Release, judge};

    const BASE: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: web:1
          imagePullPolice: Always
";
    const PATCH: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: sidecar
          image: sidecar:1
          portz: []
";
    const RENDERED: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: staging-web, namespace: staging}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: sidecar, image: 'sidecar:1', portz: []}
        - {name: web, image: 'web:1', imagePullPolice: Always}
";

    #[test]
    fn what_is_wrong_is_shown_where_it_was_written() {
        let rendered = read("overlay", RENDERED.as_bytes(), false).manifests;
        let mut sources = read("overlay/patch.yaml", PATCH.as_bytes(), true).manifests;
        sources.extend(read("base/web.yaml", BASE.as_bytes(), true).manifests);
        let mut findings = judge(Release::LATEST, &Definitions::default(), &rendered[0]).findings;
        assert!(findings.iter().all(|finding| finding.place.is_none()));
        trace(&mut findings, &rendered, &sources);
        let told: Vec<String> = findings
            .iter()
            .map(|finding| {
                let place = finding.place.as_ref().unwrap();
                format!(
                    "{} {}:{}:{}",
                    finding.path, place.file, place.line, place.column
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "spec.template.spec.containers[0].portz overlay/patch.yaml:10:11",
                "spec.template.spec.containers[1].imagePullPolice base/web.yaml:10:11",
            ]
        );
    }

    #[test]
    fn paths_are_read_as_they_are_written() {
        let field = |name: &str| Step::Field(name.to_owned());
        assert_eq!(
            steps("spec.ports[2].x[api-gateway][\"a.b/c\"].d"),
            [
                field("spec"),
                field("ports"),
                Step::Item(2),
                field("x"),
                Step::Named("api-gateway".to_owned()),
                field("a.b/c"),
                field("d"),
            ]
        );
        assert!(steps("").is_empty());
    }
}
