//! What there is and what will be, with what is around them.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_core::rollout::object::ObjectKey;

use super::limit::Limit;
use super::object::Object;
use super::{Before, Input};

/// All that is given, read once.
#[derive(Debug)]
pub(crate) struct Layers<'a> {
    pub(crate) after: Vec<Object<'a>>,
    pub(crate) before: Vec<Object<'a>>,
    /// Where each is among those.
    earlier: BTreeMap<ObjectKey, usize>,
    cluster: Vec<Object<'a>>,
    repository: Vec<Object<'a>>,
    removed: BTreeSet<ObjectKey>,
}

impl<'a> Layers<'a> {
    pub(crate) fn of(input: &Input<'a>) -> Self {
        let read = |manifests| Object::all(manifests, input.namespace);
        let after = read(input.after);
        let mut before = Vec::new();
        let mut removed = BTreeSet::new();
        match input.before {
            Before::Unknown => {}
            Before::Revision(manifests) => {
                before = read(manifests);
                let stays: BTreeSet<&ObjectKey> = after.iter().map(|one| &one.key).collect();
                let all = before.iter().map(|one| &one.key);
                removed.extend(all.filter(|key| !stays.contains(key)).cloned());
            }
            Before::Live {
                objects,
                removed: keys,
            } => {
                before = read(objects);
                removed.extend(keys.iter().cloned());
            }
        }
        let earlier = before.iter().enumerate();
        let earlier = earlier.map(|(position, one)| (one.key.clone(), position));
        Self {
            earlier: earlier.collect(),
            before,
            cluster: read(input.cluster.unwrap_or_default()),
            repository: read(input.repository),
            after,
            removed,
        }
    }

    /// What was there of it.
    pub(crate) fn earlier(&self, key: &ObjectKey) -> Option<&Object<'a>> {
        let position = self.earlier.get(key)?;
        self.before.get(*position)
    }

    /// What goes.
    pub(crate) fn removed(&self, namespace: &str) -> impl Iterator<Item = &Object<'a>> {
        let is_removed = move |one: &&Object<'a>| {
            one.namespace() == namespace && self.removed.contains(&one.key)
        };
        self.before.iter().filter(is_removed)
    }

    /// Everything that is known of a namespace and of the whole cluster, each object
    /// as it is now.
    pub(crate) fn now(&self, namespace: &str) -> Vec<&Object<'a>> {
        let mut all = BTreeMap::new();
        for layer in [&self.before, &self.cluster, &self.repository] {
            for one in layer.iter().filter(|one| matters(one, namespace)) {
                all.entry(&one.key).or_insert(one);
            }
        }
        all.into_values().collect()
    }

    /// The same, each object as it will be.
    pub(crate) fn then(&self, namespace: &str) -> Vec<&Object<'a>> {
        let stays = self.now(namespace).into_iter();
        let stays = stays.filter(|one| !self.removed.contains(&one.key));
        let mut all: BTreeMap<_, _> = stays.map(|one| (&one.key, one)).collect();
        let after = self.after.iter().filter(|one| matters(one, namespace));
        all.extend(after.map(|one| (&one.key, one)));
        all.into_values().collect()
    }

    /// The quotas of a namespace, as they will be: with what the cluster counts, and
    /// where a person wrote them.
    pub(crate) fn limits(&self, namespace: &str) -> Vec<Limit> {
        let is_quota =
            |one: &&Object<'a>| one.key.is("", "ResourceQuota") && one.namespace() == namespace;
        let read = |object: &Object<'a>| {
            let mut limit = Limit::read(object);
            for other in [&self.cluster, &self.before, &self.repository] {
                if let Some(other) = other.iter().find(|one| one.key == object.key) {
                    limit.complete(&Limit::read(other));
                }
            }
            limit
        };
        let all = self.then(namespace);
        all.iter()
            .copied()
            .filter(|one| is_quota(one))
            .map(read)
            .collect()
    }
}

fn matters(object: &Object<'_>, namespace: &str) -> bool {
    let own = object.key.namespace.as_deref();
    own.is_none_or(|own| own == namespace)
}
