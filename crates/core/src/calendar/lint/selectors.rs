//! What selectors have in common.

use std::collections::BTreeMap;

use crate::calendar::{Glob, Selector};

/// Whether every target that `inner` selects is surely selected by `outer`.
pub(super) fn covers(outer: &Selector, inner: &Selector) -> bool {
    let lists = |outer: &[Glob], inner: &[Glob]| {
        let covered = |glob: &Glob| outer.iter().any(|other| other.covers(glob));
        outer.is_empty() || (!inner.is_empty() && inner.iter().all(covered))
    };
    let labels = |outer: &BTreeMap<String, Glob>, inner: &BTreeMap<String, Glob>| {
        outer.iter().all(|(key, glob)| {
            let inner = inner.get(key);
            inner.is_some_and(|inner| glob.covers(inner))
        })
    };
    lists(&outer.clusters, &inner.clusters)
        && lists(&outer.namespaces, &inner.namespaces)
        && lists(&outer.applications, &inner.applications)
        && labels(&outer.labels, &inner.labels)
}

/// Whether there surely are targets that both select.
pub(super) fn meet(one: &Selector, other: &Selector) -> bool {
    let lists = |one: &[Glob], other: &[Glob]| {
        let meets = |glob: &Glob| other.iter().any(|other| other.meets(glob));
        one.is_empty() || other.is_empty() || one.iter().any(meets)
    };
    let labels = |one: &BTreeMap<String, Glob>, other: &BTreeMap<String, Glob>| {
        one.iter()
            .all(|(key, glob)| other.get(key).is_none_or(|other| other.meets(glob)))
    };
    lists(&one.clusters, &other.clusters)
        && lists(&one.namespaces, &other.namespaces)
        && lists(&one.applications, &other.applications)
        && labels(&one.labels, &other.labels)
}
