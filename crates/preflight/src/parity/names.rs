//! What objects of two environments are called alike.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::manifest::Manifest;

/// An object of one environment, named as it is in the other one.
pub(super) struct Named<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) value: Value,
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) name: String,
}

/// Takes off what tells the names of one environment from those of the other: the
/// hash that a generator of Kustomize adds, and a prefix or suffix that all have,
/// where no object is called the same without. Where a value is such a name it
/// becomes the short one too.
pub(super) fn alike<'a>(
    one: &'a [Manifest],
    other: &'a [Manifest],
) -> (Vec<Named<'a>>, Vec<Named<'a>>) {
    let (mut left, mut right) = (named(one), named(other));
    let pairs = |left: &[Named<'_>], right: &[Named<'_>], one: &Affix, other: &Affix| {
        let keys = |all: &[Named<'_>], affix: &Affix| -> BTreeSet<(String, String)> {
            let keys = all
                .iter()
                .map(|named| (named.kind.clone(), affix.off(&named.name)));
            keys.collect()
        };
        keys(left, one).intersection(&keys(right, other)).count()
    };
    let none = Affix::default();
    if pairs(&left, &right, &none, &none) == 0 {
        let mut best = (0, none.clone(), none);
        for one in affixes(&left) {
            for other in affixes(&right) {
                let count = pairs(&left, &right, &one, &other);
                if count > best.0 {
                    best = (count, one.clone(), other);
                }
            }
        }
        rename(&mut left, |named| best.1.off(&named.name));
        rename(&mut right, |named| best.2.off(&named.name));
    }
    (left, right)
}

fn named(manifests: &[Manifest]) -> Vec<Named<'_>> {
    let named = manifests.iter().filter_map(|manifest| {
        let key = manifest.key().ok()?;
        Some(Named {
            manifest,
            value: manifest.value(),
            group: key.group,
            kind: key.kind,
            name: key.name,
        })
    });
    let mut named: Vec<Named<'_>> = named.collect();
    rename(&mut named, |named| match named.kind.as_str() {
        "ConfigMap" | "Secret" => without_hash(&named.name).to_owned(),
        _ => named.name.clone(),
    });
    named
}

/// Kustomize writes ten letters and digits of which none is easily read as another
/// (`api/hasher`).
fn without_hash(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((before, hash))
            if hash.len() == 10
                && !before.is_empty()
                && hash.bytes().all(|byte| b"2456789bcdfghkmt".contains(&byte)) =>
        {
            before
        }
        _ => name,
    }
}

/// What stands before and behind the names of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Affix {
    before: String,
    behind: String,
}

impl Affix {
    fn off(&self, name: &str) -> String {
        let rest = name.strip_prefix(&self.before).unwrap_or(name);
        rest.strip_suffix(&self.behind).unwrap_or(rest).to_owned()
    }
}

/// Those to whose names Kustomize adds one.
fn prefixed<'a, 'b>(all: &'a [Named<'b>]) -> impl Iterator<Item = &'a Named<'b>> {
    let kinds = ["Namespace", "CustomResourceDefinition", "APIService"];
    all.iter()
        .filter(move |named| !kinds.contains(&named.kind.as_str()))
}

/// Whatever all names begin or end with, up to a `-`; the shortest first.
fn affixes(all: &[Named<'_>]) -> Vec<Affix> {
    let mut found = vec![Affix::default()];
    let Some(first) = prefixed(all).next().map(|named| named.name.as_str()) else {
        return found;
    };
    let places: Vec<usize> = first.match_indices('-').map(|(place, _)| place).collect();
    for place in &places {
        let before = first.get(..=*place).unwrap_or_default();
        if prefixed(all).all(|named| named.name.starts_with(before)) {
            found.push(Affix {
                before: before.to_owned(),
                behind: String::new(),
            });
        }
    }
    for place in places.iter().rev() {
        let behind = first.get(*place..).unwrap_or_default();
        if prefixed(all).all(|named| named.name.ends_with(behind)) {
            found.push(Affix {
                before: String::new(),
                behind: behind.to_owned(),
            });
        }
    }
    found
}

fn rename(all: &mut [Named<'_>], short: impl Fn(&Named<'_>) -> String) {
    let mut names = BTreeMap::new();
    for named in all.iter_mut() {
        let new = short(named);
        if new != named.name {
            names.insert(named.name.clone(), new.clone());
            named.name = new;
        }
    }
    if !names.is_empty() {
        for named in all {
            replace(&mut named.value, &names);
        }
    }
}

fn replace(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(name) = names.get(text) {
                name.clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, names)),
        Value::Object(fields) => fields.values_mut().for_each(|value| replace(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
