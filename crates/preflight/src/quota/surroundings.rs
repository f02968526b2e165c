//! What a cluster fills in where something runs.

use serde_json::Value;

use super::amounts::Amounts;
use super::limit_range::LimitRange;
use super::object::Object;
use crate::schema::Release;

/// What is around the objects of one namespace.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings<'a> {
    pub(crate) release: Release,
    limit_ranges: Vec<LimitRange>,
    /// StorageClasses, RuntimeClasses and PriorityClasses.
    classes: Vec<&'a Object<'a>>,
}

const DEFAULT_CLASSES: [&str; 2] = [
    "/metadata/annotations/storageclass.kubernetes.io~1is-default-class",
    "/metadata/annotations/storageclass.beta.kubernetes.io~1is-default-class",
];

impl<'a> Surroundings<'a> {
    /// Of these objects, each there once, those that matter in a namespace.
    pub(crate) fn of(namespace: &str, objects: &[&'a Object<'a>], release: Release) -> Self {
        let mut limit_ranges: Vec<LimitRange> = objects
            .iter()
            .filter(|one| one.key.is("", "LimitRange") && one.namespace() == namespace)
            .map(|one| LimitRange::read(one))
            .collect();
        limit_ranges.sort_by(|one, other| one.name.cmp(&other.name));
        let is_class = |one: &&&Object<'_>| one.key.kind.ends_with("Class");
        Self {
            release,
            limit_ranges,
            classes: objects.iter().filter(is_class).copied().collect(),
        }
    }

    pub(crate) fn limit_ranges(&self) -> &[LimitRange] {
        &self.limit_ranges
    }

    /// The class of claims that name none, if it is known.
    pub(crate) fn default_storage_class(&self) -> Option<String> {
        let is_default = |one: &&Object<'_>| {
            DEFAULT_CLASSES
                .iter()
                .any(|pointer| one.text(pointer) == Some("true"))
        };
        let class = self.classes("StorageClass").find(is_default);
        class.map(|class| class.key.name.clone())
    }

    /// The priority of pods that name none, if it is known.
    pub(crate) fn default_priority_class(&self) -> Option<String> {
        let is_default = |one: &&Object<'_>| {
            one.pointer("/globalDefault").and_then(Value::as_bool) == Some(true)
        };
        let class = self.classes("PriorityClass").find(is_default);
        class.map(|class| class.key.name.clone())
    }

    /// What pods of a class of runtimes cost beyond their containers.
    pub(crate) fn overhead(&self, runtime: &str) -> Option<Amounts> {
        let class = self
            .classes("RuntimeClass")
            .find(|one| one.key.name == runtime)?;
        Some(Amounts::read(class.pointer("/overhead/podFixed")))
    }

    fn classes<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Object<'a>> {
        let all = self.classes.iter().copied();
        all.filter(move |one| one.key.kind == kind)
    }
}
