//! Kubernetes' own kinds.

mod line;
mod required;

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::OnceLock;

pub(crate) use line::Kind;
use line::Line;

use super::native::{self, Check, Rule};
use super::release::Release;

/// Made by `cargo xtask schemas`.
const PACKED: &[u8] = include_bytes!("../../../schemas/kubernetes.zlib");
/// More than the text has, so that a broken file ends.
const LARGEST: u64 = 16 * 1024 * 1024;

/// What a release of Kubernetes takes.
#[derive(Debug)]
pub(crate) struct Catalogue {
    definitions: Vec<Definition>,
    kinds: HashMap<(&'static str, &'static str, &'static str), usize>,
}

/// An object with certain fields.
#[derive(Debug)]
pub(crate) struct Definition {
    /// `core.v1.Container`
    pub(crate) name: &'static str,
    /// By name.
    fields: Vec<Field>,
    /// What is asked of the whole of it besides.
    pub(crate) checks: Vec<Check>,
}

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) is_required: bool,
    /// An empty list or map is as good as none.
    pub(crate) needs_item: bool,
    pub(crate) is: Type,
    /// What is asked of its value besides; of a list's items and a map's values.
    pub(crate) rule: Option<Rule>,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Type {
    Text,
    Int32,
    Int64,
    Number,
    Boolean,
    Bytes,
    Time,
    Quantity,
    IntOrText,
    Anything,
    /// As a definition says.
    Object(usize),
    /// That, or a boolean.
    ObjectOrBoolean(usize),
    List(Box<List>),
    Map(Box<Self>),
}

/// A list.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) items: Type,
    /// The fields by which items are told apart; none: they are not.
    pub(crate) keys: Vec<&'static str>,
}

impl Definition {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        let found = self.fields.binary_search_by(|field| field.name.cmp(name));
        found.ok().and_then(|position| self.fields.get(position))
    }

    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// As people know it: `Container`.
    pub(crate) fn title(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }
}

impl Catalogue {
    /// What a release takes. The first call unpacks it.
    pub(crate) fn of(release: Release) -> &'static Self {
        static ALL: [OnceLock<Catalogue>; 5] = [const { OnceLock::new() }; 5];
        let position = usize::try_from(release.position()).unwrap_or_default();
        let [first, ..] = &ALL;
        ALL.get(position)
            .unwrap_or(first)
            .get_or_init(|| Self::load(1 << release.position()))
    }

    /// What an object of this kind has to be.
    pub(crate) fn kind(&self, group: &str, version: &str, kind: &str) -> Option<usize> {
        self.kinds.get(&(group, version, kind)).copied()
    }

    pub(crate) fn definition(&self, position: usize) -> Option<&Definition> {
        self.definitions.get(position)
    }

    fn load(release: u32) -> Self {
        let lines: Vec<Line<'static>> = text().lines().filter_map(line::read).collect();
        let mut positions = HashMap::new();
        for line in &lines {
            if let Line::Definition { releases, name } = line
                && releases & release != 0
            {
                positions.insert(*name, positions.len());
            }
        }
        let rules = native::rules();
        let mut catalogue = Self {
            definitions: Vec::with_capacity(positions.len()),
            kinds: HashMap::new(),
        };
        let mut is_wanted = false;
        for line in lines {
            match line {
                Line::Release => {}
                Line::Kind(kind) => {
                    let position = positions.get(kind.definition);
                    if let Some(position) = position.filter(|_| kind.releases & release != 0) {
                        let name = (kind.group, kind.version, kind.name);
                        catalogue.kinds.insert(name, *position);
                    }
                }
                Line::Definition { releases, name } => {
                    is_wanted = releases & release != 0;
                    if is_wanted {
                        let name = short(name);
                        catalogue.definitions.push(Definition {
                            name,
                            fields: Vec::new(),
                            checks: native::checks(name),
                        });
                    }
                }
                Line::Field(field) => {
                    let definition = catalogue.definitions.last_mut();
                    if let Some(definition) = definition.filter(|_| is_wanted) {
                        definition.take(&field, &positions, &rules);
                    }
                }
            }
        }
        for definition in &mut catalogue.definitions {
            definition.fields.sort_by_key(|field| field.name);
        }
        catalogue
    }
}

impl Definition {
    fn take(
        &mut self,
        field: &line::Field<'static>,
        positions: &HashMap<&str, usize>,
        rules: &native::Rules,
    ) {
        let is_required = required::is_required(self.name, field.name, field.is_required);
        self.fields.push(Field {
            name: field.name,
            is_required,
            needs_item: required::needs_item(self.name, field.name),
            is: type_of(field.code, positions),
            rule: rules.get(&(self.name, field.name)).copied(),
        });
    }
}

/// What is not known counts as anything: nothing is refused for what we cannot read.
fn type_of(code: &'static str, positions: &HashMap<&str, usize>) -> Type {
    let definition = |name: &str| positions.get(name).copied();
    match code.split_at_checked(1) {
        Some(("s", _)) => Type::Text,
        Some(("i", _)) => Type::Int32,
        Some(("l", _)) => Type::Int64,
        Some(("f", _)) => Type::Number,
        Some(("b", _)) => Type::Boolean,
        Some(("y", _)) => Type::Bytes,
        Some(("t" | "m", _)) => Type::Time,
        Some(("q", _)) => Type::Quantity,
        Some(("o", _)) => Type::IntOrText,
        Some(("@", name)) => definition(name).map_or(Type::Anything, Type::Object),
        Some(("p", rest)) => {
            let position = definition(rest.trim_start_matches('@'));
            position.map_or(Type::Anything, Type::ObjectOrBoolean)
        }
        Some(("[", rest)) => {
            let (keys, items) = match rest.strip_prefix("k:") {
                Some(rest) => rest.split_once(';').unwrap_or(("", rest)),
                None => ("", rest.strip_prefix('=').unwrap_or(rest)),
            };
            Type::List(Box::new(List {
                items: type_of(items, positions),
                keys: keys.split(',').filter(|key| !key.is_empty()).collect(),
            }))
        }
        Some(("{", values)) => Type::Map(Box::new(type_of(values, positions))),
        _ => Type::Anything,
    }
}

/// `io.k8s.api.core.v1.Container` is `core.v1.Container`.
fn short(name: &'static str) -> &'static str {
    [
        "io.k8s.apimachinery.pkg.apis.",
        "io.k8s.apiextensions-apiserver.pkg.apis.",
        "io.k8s.kube-aggregator.pkg.apis.",
        "io.k8s.api.",
    ]
    .into_iter()
    .find_map(|prefix| name.strip_prefix(prefix))
    .unwrap_or(name)
}

/// The kinds of all releases.
pub(crate) fn kinds() -> &'static [Kind<'static>] {
    static KINDS: OnceLock<Vec<Kind<'static>>> = OnceLock::new();
    KINDS.get_or_init(|| {
        let lines = text().lines().filter_map(line::read);
        let kinds = lines.filter_map(|line| match line {
            Line::Kind(kind) => Some(kind),
            _ => None,
        });
        kinds.collect()
    })
}

impl Kind<'_> {
    /// Whether a release has it.
    pub(crate) const fn is_in(&self, release: Release) -> bool {
        self.releases & (1 << release.position()) != 0
    }
}

/// A test holds that it can be unpacked.
fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut text = String::new();
        let read = flate2::read::ZlibDecoder::new(PACKED)
            .take(LARGEST)
            .read_to_string(&mut text);
        read.map(|_| text).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_has_the_kinds_that_everybody_uses() {
        for release in Release::all() {
            let catalogue = Catalogue::of(release);
            for (group, version, kind, field) in [
                ("", "v1", "Pod", "spec"),
                ("", "v1", "ConfigMap", "binaryData"),
                ("apps", "v1", "Deployment", "spec"),
                ("batch", "v1", "CronJob", "spec"),
                ("networking.k8s.io", "v1", "Ingress", "spec"),
                ("rbac.authorization.k8s.io", "v1", "ClusterRole", "rules"),
                (
                    "apiextensions.k8s.io",
                    "v1",
                    "CustomResourceDefinition",
                    "spec",
                ),
            ] {
                let position = catalogue.kind(group, version, kind);
                let definition = position.and_then(|position| catalogue.definition(position));
                let field = definition.and_then(|definition| definition.field(field));
                assert!(field.is_some(), "{release} {group}/{version} {kind}");
            }
            assert_eq!(catalogue.kind("extensions", "v1beta1", "Ingress"), None);
        }
    }

    #[test]
    fn every_line_is_read() {
        assert_eq!(text().lines().find(|text| line::read(text).is_none()), None);
        assert!(kinds().len() > 60);
    }

    #[test]
    fn every_rule_and_check_is_of_something_that_is_there() {
        let mut rules = native::rules();
        let mut checked = native::checked();
        for release in Release::all() {
            for definition in &Catalogue::of(release).definitions {
                checked.retain(|name| *name != definition.name);
                rules.retain(|(name, field), _| {
                    *name != definition.name || definition.field(field).is_none()
                });
            }
        }
        assert_eq!(rules, native::Rules::new());
        assert_eq!(checked, Vec::<&str>::new());
    }
}
