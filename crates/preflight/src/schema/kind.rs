//! Of which kind a manifest is, and whether a release has that.

use tidegate_core::rollout::object::ObjectKey;
use tidegate_yaml::Node;

use super::builtin::{self, Catalogue, Kind};
use super::release::Release;
use super::removed;
use super::suggest::nearest;
use super::walk::Walk;
use crate::manifest::Step;

/// What a manifest says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim<'a> {
    pub(super) group: &'a str,
    pub(super) version: &'a str,
    pub(super) kind: &'a str,
}

/// Reads what a manifest says it is; notes what it does not say.
pub(super) fn claim<'a>(walk: &mut Walk<'a>) -> Option<Claim<'a>> {
    let root = walk.root();
    if root.as_mapping().is_none() {
        walk.error("not-an-object", root, "it is no Kubernetes object");
        return None;
    }
    let mut field = |name: &'static str| {
        let value = root.field(name);
        let text = value.and_then(Node::as_str).filter(|text| !text.is_empty());
        if text.is_none() {
            let near = value.unwrap_or(root);
            walk.within(Step::Field(name), |walk| {
                walk.error("missing-field", near, format!("an object must have {name}"));
            });
        }
        text
    };
    let (api_version, kind) = (field("apiVersion"), field("kind"));
    let (api_version, kind) = (api_version?, kind?);
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    Some(Claim {
        group,
        version,
        kind,
    })
}

impl Claim<'_> {
    /// Whether the API server itself has the group. A group of somebody else has a
    /// dot, as a CustomResourceDefinition must (and one that ends in `.k8s.io`
    /// proves nothing: `snapshot.storage.k8s.io` is a custom one).
    pub(super) fn is_built_in(self) -> bool {
        let key = ObjectKey {
            group: self.group.to_owned(),
            version: self.version.to_owned(),
            kind: self.kind.to_owned(),
            namespace: None,
            name: String::new(),
        };
        !self.group.contains('.') || key.is_built_in()
    }

    fn api_version(self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// The definition of one of Kubernetes' own kinds; notes why there is none.
pub(super) fn definition(walk: &mut Walk<'_>, claim: Claim<'_>, release: Release) -> Option<usize> {
    let catalogue = Catalogue::of(release);
    let found = catalogue.kind(claim.group, claim.version, claim.kind);
    if found.is_some() {
        warn(walk, claim, release);
    } else {
        refuse(walk, claim, release);
    }
    found
}

fn warn(walk: &mut Walk<'_>, claim: Claim<'_>, release: Release) {
    let root = walk.root();
    let near = root.field("apiVersion").unwrap_or(root);
    let Claim {
        group,
        version,
        kind,
    } = claim;
    if let Some(instead) = removed::deprecated(release, group, version, kind) {
        let message = format!("{kind} of {} is deprecated", claim.api_version());
        walk.warning("deprecated-version", near, message, instead.to_owned());
    } else if removed::is_off_by_default(version) {
        let message = format!(
            "{} is off unless the cluster turns it on",
            claim.api_version()
        );
        let hint = stable(claim, release).map(|version| format!("write apiVersion: {version}"));
        walk.warning("off-by-default", near, message, hint);
    }
}

/// The version without alpha and beta that has the kind as well.
fn stable(claim: Claim<'_>, release: Release) -> Option<String> {
    served(release)
        .find(|kind| {
            kind.group == claim.group
                && kind.name == claim.kind
                && !removed::is_off_by_default(kind.version)
        })
        .map(api_version)
}

fn served(release: Release) -> impl Iterator<Item = &'static Kind<'static>> {
    builtin::kinds()
        .iter()
        .filter(move |kind| kind.is_in(release))
}

fn api_version(kind: &Kind<'_>) -> String {
    Claim {
        group: kind.group,
        version: kind.version,
        kind: kind.name,
    }
    .api_version()
}

fn refuse(walk: &mut Walk<'_>, claim: Claim<'_>, release: Release) {
    let root = walk.root();
    let near = root.field("apiVersion").unwrap_or(root);
    let Claim {
        group,
        version,
        kind,
    } = claim;
    let written = claim.api_version();
    if let Some(removed) = removed::find(group, version, kind) {
        let message = format!(
            "{kind} of {written} is not served since Kubernetes {}",
            removed.since
        );
        let hint = if removed.instead.starts_with("apiVersion") {
            format!("write {}", removed.instead)
        } else {
            format!("use {}", removed.instead)
        };
        walk.error_with_hint("removed-version", near, message, hint);
        return;
    }
    let of_others: Vec<Release> = Release::all()
        .filter(|other| Catalogue::of(*other).kind(group, version, kind).is_some())
        .collect();
    if let (Some(first), Some(last)) = (of_others.first(), of_others.last()) {
        let (id, message) = if *first > release {
            let message =
                format!("{kind} of {written} comes with Kubernetes {first}, and this is {release}");
            ("unknown-kind", message)
        } else {
            let message = format!(
                "{kind} of {written} is not served after Kubernetes {last}, and this is {release}"
            );
            ("removed-version", message)
        };
        let hint = stable(claim, release).map(|version| format!("write apiVersion: {version}"));
        walk.error_with_hint(id, near, message, hint);
        return;
    }
    let message = format!("Kubernetes {release} has no {kind} in {written}");
    walk.error_with_hint("unknown-kind", near, message, meant(claim, release));
}

/// The same kind elsewhere, or the nearest there.
fn meant(claim: Claim<'_>, release: Release) -> Option<String> {
    let mut elsewhere: Vec<String> = served(release)
        .filter(|kind| kind.name == claim.kind)
        .map(api_version)
        .collect();
    elsewhere.sort_by_key(|version| removed::is_off_by_default(version));
    if let Some(version) = elsewhere.first() {
        return Some(format!("write apiVersion: {version}"));
    }
    nearest(claim.kind, served(release).map(|kind| kind.name))
        .map(|kind| format!("did you mean {kind}?"))
}
