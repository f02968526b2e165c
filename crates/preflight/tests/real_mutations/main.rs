//! Manifests with one thing changed, and what the real API server says of them in a
//! strict dry run: nearly all that it refuses is found wrong, and nothing that it
//! takes.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]
#![allow(
    unreachable_pub,
    reason = "the modules of a test target have no other users"
)]

mod known;
mod mutate;
mod server;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use futures::StreamExt as _;
use mutate::{Case, cases};
use serde_json::Value;
use server::Server;
use tidegate_preflight::finding::Severity;
use tidegate_preflight::read::read;
use tidegate_preflight::schema::{Definitions, Release, judge};

/// One of each kind, with most of what people write.
const SEEDS: &str = include_str!("seeds.yaml");
/// The definitions of custom kinds.
const DEFINITIONS: &str = include_str!("definitions.yaml");
/// Of a hundred that the API server refuses, so many are found wrong.
const AT_LEAST: usize = 95;
/// Requests at once.
const CONCURRENT: usize = 24;

/// What came of a case.
struct Outcome {
    case: Case,
    /// What the API server says against it.
    refused: Option<String>,
    /// What is found wrong with it.
    errors: Vec<String>,
    /// The same of the oldest release, of what the API server takes, as far as it has
    /// what is named.
    errors_before: Vec<String>,
    /// It cannot be judged.
    is_unjudged: bool,
}

/// The errors in a manifest, `id path: message`, and whether all of it can be judged.
fn errors(release: Release, manifest: &Value) -> (Vec<String>, bool) {
    static READ: LazyLock<Vec<(Release, Definitions)>> = LazyLock::new(|| {
        let given = read("definitions.yaml", DEFINITIONS.as_bytes(), true).manifests;
        let read = |release| (release, Definitions::read(release, &given).0);
        Release::all().map(read).collect()
    });
    let mut of_releases = READ.iter();
    let (_, definitions) = of_releases.find(|(of, _)| *of == release).unwrap();
    let reading = read("manifest.yaml", manifest.to_string().as_bytes(), true);
    let mut findings = reading.findings;
    let mut is_judged = true;
    for manifest in &reading.manifests {
        let judgement = judge(release, definitions, manifest);
        findings.extend(judgement.findings);
        is_judged &= judgement.unjudged.is_empty();
    }
    let errors = findings
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| format!("{} {}: {}", finding.id, finding.path, finding.message));
    (errors.collect(), is_judged)
}

async fn ask(server: Arc<Server>, case: Case) -> Outcome {
    let refused = server.refuses(&case.manifest).await;
    let errors_before = match &refused {
        None => errors(Release::FIRST, &case.manifest).0,
        Some(_) => Vec::new(),
    };
    let (errors, is_judged) = errors(Release::LATEST, &case.manifest);
    Outcome {
        is_unjudged: errors.is_empty() && !is_judged,
        errors,
        errors_before: errors_before
            .into_iter()
            .filter(|error| !error.starts_with("unknown-"))
            .collect(),
        refused,
        case,
    }
}

/// What came of all cases.
#[derive(Default)]
struct Score {
    cases: usize,
    refused: usize,
    found: usize,
    unjudged: usize,
    /// Seeds that the API server refuses.
    unusable: Vec<String>,
    /// Found wrong, and taken by the API server.
    wrong: Vec<String>,
    /// Not found, and not listed with the reason; by class.
    misses: BTreeMap<&'static str, Vec<String>>,
}

impl Score {
    fn add(&mut self, outcome: Outcome) {
        let Case { class, of, .. } = outcome.case;
        self.cases += 1;
        self.unjudged += usize::from(outcome.is_unjudged);
        let Some(why) = outcome.refused else {
            if known::TAKEN_IN_A_DRY_RUN.contains(&of.as_str()) {
                return;
            }
            let errors = outcome.errors.iter().chain(&outcome.errors_before);
            self.wrong
                .extend(errors.map(|error| format!("{class} {of}: {error}")));
            return;
        };
        self.refused += 1;
        if class == "as-it-is" {
            self.unusable.push(format!("{of}: {why}"));
        }
        if !outcome.errors.is_empty() {
            self.found += 1;
        } else if !outcome.is_unjudged && known::reason(&of).is_none() {
            let why = why.lines().next().unwrap_or_default();
            let misses = self.misses.entry(class).or_default();
            misses.push(format!("{of}: {why}"));
        }
    }
}

fn documents(text: &str) -> Vec<Value> {
    let documents = tidegate_yaml::documents(text).unwrap().into_iter();
    documents.map(tidegate_yaml::Node::into_json).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_server_refuses_is_found_and_nothing_that_it_takes() {
    let seeds = documents(SEEDS);
    let server = Arc::new(Server::start(&documents(DEFINITIONS), &seeds).await);
    let outcomes: Vec<Outcome> = futures::stream::iter(seeds.iter().flat_map(cases))
        .map(|case| tokio::spawn(ask(Arc::clone(&server), case)))
        .buffered(CONCURRENT)
        .map(Result::unwrap)
        .collect()
        .await;
    Arc::into_inner(server).unwrap().stop().await;

    let mut score = Score::default();
    for outcome in outcomes {
        score.add(outcome);
    }
    println!(
        "{} cases: the API server refuses {}, of which {} are found wrong; {} are not judged",
        score.cases, score.refused, score.found, score.unjudged
    );
    assert!(score.cases > 3000, "{} cases", score.cases);
    let unusable = score.unusable.join("\n");
    assert!(unusable.is_empty(), "no seeds:\n{unusable}");
    let mut misses = String::new();
    for (class, of_class) in &score.misses {
        let _ = writeln!(misses, "{class}\n  {}", of_class.join("\n  "));
    }
    let wrong = score.wrong.join("\n");
    assert!(
        wrong.is_empty() && misses.is_empty(),
        "found wrong, and taken by the API server:\n{wrong}\nnot found, and not listed with the \
         reason:\n{misses}"
    );
    assert!(
        score.found * 100 >= score.refused * AT_LEAST,
        "{} of {} are found",
        score.found,
        score.refused
    );
}
