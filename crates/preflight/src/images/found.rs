//! The images in manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use tidegate_core::rollout::object::ObjectKey;
use tidegate_yaml::Node;

use super::reference::{Image, Version};
use crate::diff::{Step, node_at, path};
use crate::finding::{Check, Finding, Path, Severity};
use crate::manifest::Manifest;

/// An image where it stands.
pub(super) struct Used<'a> {
    pub(super) image: Image,
    manifest: &'a Manifest,
    object: ObjectKey,
    steps: Vec<Step>,
}

/// An image that is not what it was.
pub(super) struct Changed<'a> {
    before: Vec<Image>,
    pub(super) after: &'a Used<'a>,
}

/// Those of all containers and volumes, in the order of the manifests. What is no
/// name of an image is a finding.
pub(super) fn all<'a>(manifests: &'a [Manifest], findings: &mut Vec<Finding>) -> Vec<Used<'a>> {
    let mut all = Vec::new();
    for manifest in manifests {
        let Ok(object) = manifest.key() else { continue };
        let mut places = Vec::new();
        walk(&manifest.node, &mut Vec::new(), &mut places);
        for (steps, text) in places {
            match text.parse() {
                Ok(image) => all.push(Used {
                    image,
                    manifest,
                    object: object.clone(),
                    steps,
                }),
                Err(error) => findings.push(finding(
                    manifest,
                    &object,
                    &steps,
                    "not-an-image",
                    format!("{text:?} is no name of an image: {error}"),
                    None,
                )),
            }
        }
    }
    all
}

/// Containers are found by what they are called, so that those of custom kinds are
/// found too.
fn walk(node: &Node, steps: &mut Vec<Step>, places: &mut Vec<(Vec<Step>, String)>) {
    for (name, below) in node.as_mapping().unwrap_or_default() {
        steps.push(Step::Field(name.clone()));
        let is_list = matches!(
            name.as_str(),
            "containers" | "initContainers" | "ephemeralContainers"
        );
        match below.as_sequence() {
            Some(items) => {
                for (position, item) in items.iter().enumerate() {
                    let key = item.field("name").and_then(Node::as_str);
                    steps.push(match key.filter(|_| is_list || name == "volumes") {
                        Some(key) => Step::Key(key.to_owned()),
                        None => Step::Item(position),
                    });
                    let image = if is_list {
                        item.field("image").map(|image| (vec!["image"], image))
                    } else if name == "volumes" {
                        let volume = item.field("image");
                        let image = volume.and_then(|volume| volume.field("reference"));
                        image.map(|image| (vec!["image", "reference"], image))
                    } else {
                        None
                    };
                    if let Some((fields, image)) = image
                        && let Some(text) = image.as_str()
                    {
                        let fields = fields.into_iter().map(|name| Step::Field(name.to_owned()));
                        places.push((
                            steps.iter().cloned().chain(fields).collect(),
                            text.to_owned(),
                        ));
                    }
                    walk(item, steps, places);
                    steps.pop();
                }
            }
            None => walk(below, steps, places),
        }
        steps.pop();
    }
}

/// Where an image stands that was another one, or was not there while others of its
/// object were.
pub(super) fn changes<'a>(before: Vec<Used<'_>>, after: &'a [Used<'a>]) -> Vec<Changed<'a>> {
    let mut was: BTreeMap<(ObjectKey, Vec<Step>), Image> = BTreeMap::new();
    for used in before {
        was.insert((used.object, used.steps), used.image);
    }
    let of_before: BTreeSet<Image> = was.values().cloned().collect();
    let changed = after.iter().filter_map(|used| {
        let before = match was.get(&(used.object.clone(), used.steps.clone())) {
            Some(image) if *image == used.image => return None,
            Some(image) => vec![image.clone()],
            // Elsewhere it may be there already, as where an object is named anew.
            None if of_before.contains(&used.image) => return None,
            None => of_before
                .iter()
                .filter(|image| image.name() == used.image.name())
                .cloned()
                .collect(),
        };
        Some(Changed {
            before,
            after: used,
        })
    });
    changed.collect()
}

impl Used<'_> {
    pub(super) fn finding(
        &self,
        id: &'static str,
        message: String,
        hint: Option<String>,
    ) -> Finding {
        finding(self.manifest, &self.object, &self.steps, id, message, hint)
    }

    fn path(&self) -> Path {
        path(&self.steps)
    }
}

impl Changed<'_> {
    /// What it was, as people read it. None: it is new.
    pub(super) fn before(&self) -> Option<String> {
        let names: Vec<String> = self.before.iter().map(ToString::to_string).collect();
        (!names.is_empty()).then(|| names.join(" or "))
    }

    /// Whether it was in this version.
    pub(super) fn is_from(&self, version: &Version) -> bool {
        self.before.iter().any(|image| image.is_version(version))
    }
}

impl fmt::Display for Changed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Used { object, image, .. } = self.after;
        let path = self.after.path();
        match self.before() {
            Some(before) => write!(formatter, "{object}  {path}  {before} → {image}"),
            None => write!(formatter, "{object}  {path}  {image} is new"),
        }
    }
}

fn finding(
    manifest: &Manifest,
    object: &ObjectKey,
    steps: &[Step],
    id: &'static str,
    message: String,
    hint: Option<String>,
) -> Finding {
    Finding {
        check: Check::Images,
        id,
        severity: Severity::Error,
        object: Some(object.clone()),
        path: path(steps),
        place: manifest.place(node_at(&manifest.node, steps)),
        message,
        hint,
    }
}
