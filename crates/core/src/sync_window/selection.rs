//! Which windows concern an application.

use super::glob::{Glob, GlobError, Simple};
use super::window::{Application, SyncWindow};

/// The selectors of a window.
#[derive(Debug, Clone)]
pub(super) struct Selector {
    applications: Patterns,
    clusters: Patterns,
    namespaces: Patterns,
    /// All lists that are given must match, not one of them.
    all: bool,
}

/// A pattern that cannot be tried, by its list and its place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unusable {
    pub(super) pattern: String,
    pub(super) error: GlobError,
}

impl Selector {
    pub(super) fn load(window: &SyncWindow) -> Self {
        Self {
            applications: Patterns::load(&window.applications),
            clusters: Patterns::load(&window.clusters),
            namespaces: Patterns::load(&window.namespaces),
            all: window.and_operator,
        }
    }

    /// Whether the window concerns the application. Lists are looked at in
    /// Argo CD's order and no further than needed, which matters where one
    /// cannot be tried. Without any list the window concerns nothing.
    pub(super) fn selects(&self, application: &Application) -> Result<bool, Unusable> {
        let mut matched = false;
        for (patterns, names) in [
            (&self.applications, [Some(application.name.as_str()), None]),
            (
                &self.clusters,
                [
                    given(&application.destination_name),
                    given(&application.destination_server),
                ],
            ),
            (
                &self.namespaces,
                [Some(application.destination_namespace.as_str()), None],
            ),
        ] {
            if patterns.0.is_empty() {
                continue;
            }
            matched = patterns.match_one(names)?;
            if matched != self.all {
                return Ok(matched);
            }
        }
        Ok(matched)
    }
}

fn given(name: &str) -> Option<&str> {
    (!name.is_empty()).then_some(name)
}

/// A list of patterns. Broken ones match nothing, and stay only so that a list
/// of them is not taken for none.
#[derive(Debug, Clone)]
struct Patterns(Vec<Pattern>);

#[derive(Debug, Clone)]
enum Pattern {
    Simple(Simple),
    /// With its text, which is told where a name cannot be tried.
    Usable(Box<(String, Glob)>),
    Ignored,
    Unusable(Unusable),
}

impl Pattern {
    fn load(text: &str) -> Self {
        if let Some(simple) = Simple::read(text) {
            return Self::Simple(simple);
        }
        match Glob::parse(text) {
            Ok(glob) => Self::Usable(Box::new((text.to_owned(), glob))),
            Err(error) if error.is_ignored() => Self::Ignored,
            Err(error) => Self::Unusable(Unusable {
                pattern: text.to_owned(),
                error,
            }),
        }
    }
}

impl Patterns {
    fn load(texts: &[String]) -> Self {
        Self(texts.iter().map(|text| Pattern::load(text)).collect())
    }

    fn match_one(&self, names: [Option<&str>; 2]) -> Result<bool, Unusable> {
        for pattern in &self.0 {
            // Argo CD tries a cluster's address even if its name matches.
            let mut matched = false;
            for name in names.into_iter().flatten() {
                matched |= match pattern {
                    Pattern::Simple(simple) => simple.matches(name),
                    Pattern::Usable(usable) => {
                        let (text, glob) = &**usable;
                        glob.matches(name).map_err(|error| Unusable {
                            pattern: text.clone(),
                            error,
                        })?
                    }
                    Pattern::Ignored => false,
                    Pattern::Unusable(unusable) => return Err(unusable.clone()),
                };
            }
            if matched {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
