//! Which overlays and charts a repository has, and what each is made of.
//!
//! A kustomization reads what it names. Any text in it may be a name (of a base, a
//! patch, a generator's file), so that all are taken for one: an overlay is rather
//! judged once too often than not at all.

mod path;

use std::collections::{BTreeMap, BTreeSet};

use tidegate_yaml::{self as yaml, Content, Node};

/// The names kustomize looks for in a folder.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// What makes a folder a chart of Helm.
const CHART: &str = "Chart.yaml";

/// What is rendered as one: a kustomization that no other is made of, or a chart with
/// one of its files of values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Overlay {
    /// Its folder, from the root of the repository; `.` for the root itself.
    pub folder: String,
    /// What renders it.
    pub tool: Tool,
}

impl Overlay {
    /// As people call it: its folder, and its file of values if it has one.
    pub fn name(&self) -> String {
        match &self.tool {
            Tool::Helm(Some(values)) => format!("{} ({values})", self.folder),
            Tool::Helm(None) | Tool::Kustomize => self.folder.clone(),
        }
    }
}

/// What renders an overlay.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// kustomize.
    Kustomize,
    /// Helm, with this file of the chart on top of its values.
    Helm(Option<String>),
}

/// The files of a repository, as far as they matter here.
#[derive(Debug, Default)]
pub struct Files {
    all: BTreeSet<String>,
    /// What the kustomization of each folder names, as paths from the root.
    kustomizations: BTreeMap<String, BTreeSet<String>>,
    charts: BTreeSet<String>,
}

impl Files {
    /// Looks at the paths of a repository, with `/` between folders; `text` reads a
    /// file. A kustomization that cannot be read names nothing, and says so when it
    /// is rendered.
    pub fn new(
        paths: impl IntoIterator<Item = String>,
        text: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let mut files = Self::default();
        for path in paths {
            let (folder, name) = path::split(&path);
            if KUSTOMIZATIONS.contains(&name) {
                let text = text(&path).unwrap_or_default();
                let (documents, _) = yaml::documents_before_error(&text);
                let names = files.kustomizations.entry(folder.to_owned()).or_default();
                for document in &documents {
                    add_names(document, folder, names);
                }
            } else if name == CHART {
                files.charts.insert(folder.to_owned());
            }
            files.all.insert(path);
        }
        files
    }

    /// Every overlay and chart: neither the kustomizations that others are made of,
    /// nor charts within charts.
    pub fn overlays(&self) -> Vec<Overlay> {
        let named: BTreeSet<&String> = self.kustomizations.values().flatten().collect();
        let kustomizations = self
            .kustomizations
            .keys()
            .filter(|folder| !named.contains(folder))
            .map(|folder| Overlay {
                folder: folder.clone(),
                tool: Tool::Kustomize,
            });
        let is_own = |folder: &&String| {
            let mut others = self.charts.iter();
            !others.any(|other| other != *folder && path::is_below(folder, other))
        };
        let charts = self.charts.iter().filter(is_own);
        let mut overlays: Vec<Overlay> = kustomizations
            .chain(charts.flat_map(|folder| self.of_chart(folder)))
            .collect();
        overlays.sort();
        overlays
    }

    /// What is rendered in this very folder, also where others are made of it.
    pub fn at(&self, folder: &str) -> Vec<Overlay> {
        let kustomization = self.kustomizations.get_key_value(folder);
        let mut found: Vec<Overlay> = kustomization
            .map(|(folder, _)| Overlay {
                folder: folder.clone(),
                tool: Tool::Kustomize,
            })
            .into_iter()
            .collect();
        if let Some(folder) = self.charts.get(folder) {
            found.extend(self.of_chart(folder));
        }
        found
    }

    /// Those that one of these files is a part of, also one that is there no more.
    pub fn touched(&self, changed: &BTreeSet<String>) -> Vec<Overlay> {
        let mut overlays = self.overlays();
        overlays.retain(|overlay| changed.iter().any(|path| self.is_made_of(overlay, path)));
        overlays
    }

    /// Whether an overlay is made of this file, among others.
    pub fn is_made_of(&self, overlay: &Overlay, path: &str) -> bool {
        match &overlay.tool {
            Tool::Kustomize => {
                let mut seen = BTreeSet::new();
                self.reads(&overlay.folder, path, &mut seen)
            }
            Tool::Helm(values) => {
                let other_values = is_values(path::split(path).1)
                    && path::split(path).0 == overlay.folder
                    && values.as_deref() != Some(path::split(path).1);
                path::is_below(path, &overlay.folder) && !other_values
            }
        }
    }

    /// The files that are there and that an overlay is made of.
    pub fn made_of<'a>(&'a self, overlay: &'a Overlay) -> impl Iterator<Item = &'a str> {
        let paths = self.all.iter().map(String::as_str);
        paths.filter(|path| self.is_made_of(overlay, path))
    }

    /// The path of every file.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str)
    }

    /// Whether it is a file of a chart, and so maybe a template.
    pub fn is_of_chart(&self, path: &str) -> bool {
        self.charts.iter().any(|chart| path::is_below(path, chart))
    }

    /// Whether any overlay is made of this file.
    pub fn is_part(&self, path: &str) -> bool {
        self.is_of_chart(path)
            || self.kustomizations.keys().any(|folder| {
                let mut seen = BTreeSet::new();
                self.reads(folder, path, &mut seen)
            })
    }

    fn reads(&self, folder: &str, path: &str, seen: &mut BTreeSet<String>) -> bool {
        if !seen.insert(folder.to_owned()) {
            return false;
        }
        if self.nearest(path) == Some(folder) {
            return true;
        }
        let Some(names) = self.kustomizations.get(folder) else {
            return false;
        };
        names
            .iter()
            .any(|name| name == path || self.reads(name, path, seen))
    }

    /// The innermost folder with a kustomization above a file.
    fn nearest(&self, path: &str) -> Option<&str> {
        let mut folder = path::split(path).0;
        loop {
            if let Some((found, _)) = self.kustomizations.get_key_value(folder) {
                return Some(found);
            }
            if folder == path::ROOT {
                return None;
            }
            folder = path::split(folder).0;
        }
    }

    fn of_chart<'a>(&'a self, folder: &'a str) -> Vec<Overlay> {
        let overlay = |values| Overlay {
            folder: folder.to_owned(),
            tool: Tool::Helm(values),
        };
        let values = self.all.iter().filter_map(|path| {
            let (of, name) = path::split(path);
            (of == folder && is_values(name)).then(|| name.to_owned())
        });
        let mut overlays: Vec<Overlay> = values.map(|name| overlay(Some(name))).collect();
        if overlays.is_empty() {
            overlays.push(overlay(None));
        }
        overlays
    }
}

/// `values-production.yaml` or `values.production.yaml`, beside the `values.yaml` that
/// a chart always has.
fn is_values(name: &str) -> bool {
    let stem = name
        .strip_suffix(".yaml")
        .or_else(|| name.strip_suffix(".yml"));
    let rest = stem.and_then(|stem| stem.strip_prefix("values"));
    rest.is_some_and(|rest| rest.len() > 1 && rest.starts_with(['-', '.', '_']))
}

/// Every text of a kustomization that may be a path, seen from its folder. A
/// generator's file may have a key before it: `config.json=files/config.json`.
fn add_names(node: &Node, folder: &str, names: &mut BTreeSet<String>) {
    match &node.content {
        Content::Scalar(_) => {
            let text = node.as_str().unwrap_or_default();
            let behind = text.split_once('=').map(|(_, behind)| behind);
            let named = [Some(text), behind].into_iter().flatten();
            names.extend(named.filter_map(|name| path::join(folder, name)));
        }
        Content::Sequence(items) => items.iter().for_each(|item| add_names(item, folder, names)),
        Content::Mapping(fields) => {
            for (_, value) in fields {
                add_names(value, folder, names);
            }
        }
    }
}

#[cfg(test)]
mod tests;
