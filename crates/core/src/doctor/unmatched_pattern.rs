//! TG105: a pattern for names that nobody has.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::times::{Span, Times};
use super::{Finding, Inventory, Project, Rule, Text, Window, pattern, subjects};
use crate::sync_window::Glob;

/// How many names are told.
const TOLD: usize = 5;

/// One finding for each pattern of a project, however often it is written.
pub(super) fn look(project: &Project, inventory: &Inventory, now: Timestamp) -> Vec<Finding> {
    let applications: BTreeSet<String> = subjects::known(inventory, project)
        .map(|known| known.application.name.clone())
        .collect();
    let applications = Kind {
        word: "Application",
        article: "an",
        known: &applications,
        more: inventory.more_applications,
        has_reserves: true,
    };
    let namespaces = Kind {
        word: "namespace",
        article: "a",
        known: &inventory.namespaces,
        more: inventory.more_namespaces,
        has_reserves: false,
    };
    let mut findings = found(project, &applications, now, |window| &window.applications);
    findings.extend(found(project, &namespaces, now, |window| {
        &window.namespaces
    }));
    findings
}

/// What a list of patterns is about.
struct Kind<'a> {
    word: &'static str,
    article: &'static str,
    known: &'a BTreeSet<String>,
    /// There are names that are not known.
    more: bool,
    /// A window without an end may be kept for names that are still to come.
    has_reserves: bool,
}

fn found(
    project: &Project,
    kind: &Kind<'_>,
    now: Timestamp,
    list: impl Fn(&Window) -> &Vec<Text>,
) -> Vec<Finding> {
    let mut unmatched: Vec<(&Text, Vec<usize>)> = Vec::new();
    for window in &project.windows {
        let texts = list(window);
        for text in texts {
            if !kind.is_mistaken(text, texts, kind.has_reserves && is_reserve(window, now)) {
                continue;
            }
            match unmatched
                .iter_mut()
                .find(|(first, _)| first.text == text.text)
            {
                Some((_, others)) => others.push(text.line),
                None => unmatched.push((text, Vec::new())),
            }
        }
    }
    let tell = |(text, others): (&Text, Vec<usize>)| kind.finding(project, text, &others);
    unmatched.into_iter().map(tell).collect()
}

/// An allow window without an end is kept for what is still to come, such as
/// the Application of a security patch.
fn is_reserve(window: &Window, now: Timestamp) -> bool {
    let span = Span::year_from(now);
    let times = Times::of_window(window, span);
    window.is_allow()
        && times.is_some_and(|times| {
            let [only] = times.allowed.as_slice() else {
                return false;
            };
            only.from == span.from && only.until == span.until
        })
}

impl Kind<'_> {
    fn is_mistaken(&self, text: &Text, list: &[Text], reserve: bool) -> bool {
        let pattern = text.text.as_str();
        if Glob::parse(pattern).is_err() {
            // That is a finding of its own.
            return false;
        }
        if self.known.is_empty()
            || self
                .known
                .iter()
                .any(|name| pattern::matches(pattern, name))
        {
            return false;
        }
        if pattern.starts_with('!') {
            return true;
        }
        let near: Vec<&String> = self.near(pattern).collect();
        if near.is_empty() {
            let may_come = self.more || (reserve && pattern::is_wild(pattern));
            return !may_come;
        }
        // Beside `production`, `production-*` is for what is still to come.
        let matched = |name: &String| list.iter().any(|text| pattern::matches(&text.text, name));
        !near.into_iter().all(matched)
    }

    fn near(&self, pattern: &str) -> impl Iterator<Item = &String> {
        self.known
            .iter()
            .filter(move |name| pattern::nearly_matches(pattern, name))
    }

    fn finding(&self, project: &Project, text: &Text, others: &[usize]) -> Finding {
        let (word, written) = (self.word, text.text.as_str());
        let (why, fix) = if written.starts_with('!') {
            (
                "Argo CD knows no negation, so the `!` would have to be in the name".to_owned(),
                format!("list every {word} that the window is for"),
            )
        } else if let Some(name) = self.near(written).next() {
            let why = if pattern::is_wild(written) {
                "all that stands beside `*` must be in the name"
            } else {
                "letters match in their own case only"
            };
            (
                format!("there is `{name}`, and {why}"),
                format!("write `{name}`, or list it too"),
            )
        } else {
            let names: Vec<String> = self
                .known
                .iter()
                .take(TOLD)
                .map(|name| format!("`{name}`"))
                .collect();
            let more = if self.known.len() > TOLD {
                " and others"
            } else {
                ""
            };
            (
                format!("the only names are {}{more}", names.join(", ")),
                format!(
                    "write the name of {} {word} that exists, or remove the pattern",
                    self.article
                ),
            )
        };
        project.place.finding(
            Rule::UnmatchedPattern,
            text.line,
            format!("the pattern `{written}` matches no {word}"),
            format!("{why}{}", project.also(others)),
            fix,
        )
    }
}
