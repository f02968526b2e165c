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
use std::sync::Arc;

use futures::StreamExt as _;
use mutate::{Case, cases};
use serde_json::Value;
use server::Server;
use tidegate_preflight::finding::Severity;
use tidegate_preflight::read::read;
use tidegate_preflight::schema::{Definitions, Release, judge};

/// One of each kind, with most of what people write.
const SEEDS: &str = include_str!("seeds.yaml");
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
    /// The same of the releases before, of what the API server takes, as far as they
    /// have what it names.
    errors_before: Vec<String>,
}

/// The errors in a manifest, `id path: message`.
fn errors(release: Release, manifest: &Value) -> Vec<String> {
    let reading = read("manifest.yaml", manifest.to_string().as_bytes(), true);
    let judged = reading
        .manifests
        .iter()
        .flat_map(|manifest| judge(release, &Definitions::default(), manifest).findings);
    let errors = reading
        .findings
        .into_iter()
        .chain(judged)
        .filter(|finding| finding.severity == Severity::Error);
    errors
        .map(|finding| format!("{} {}: {}", finding.id, finding.path, finding.message))
        .collect()
}

async fn ask(server: Arc<Server>, case: Case) -> Outcome {
    let refused = server.refuses(&case.manifest).await;
    let before = Release::all().filter(|release| *release != Release::LATEST);
    let errors_before = if refused.is_none() {
        before
            .flat_map(|release| errors(release, &case.manifest))
            .filter(|error| !error.starts_with("unknown-"))
            .collect()
    } else {
        Vec::new()
    };
    Outcome {
        errors: errors(Release::LATEST, &case.manifest),
        errors_before,
        refused,
        case,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_server_refuses_is_found_and_nothing_that_it_takes() {
    let documents = tidegate_yaml::documents(SEEDS).unwrap();
    let seeds: Vec<Value> = documents
        .into_iter()
        .map(tidegate_yaml::Node::into_json)
        .collect();
    assert!(seeds.len() > 20, "{} kinds", seeds.len());
    let server = Arc::new(Server::start(&seeds).await);
    let outcomes: Vec<Outcome> = futures::stream::iter(seeds.iter().flat_map(cases))
        .map(|case| tokio::spawn(ask(Arc::clone(&server), case)))
        .buffered(CONCURRENT)
        .map(Result::unwrap)
        .collect()
        .await;
    Arc::into_inner(server).unwrap().stop().await;
    assert!(outcomes.len() > 3000, "{} cases", outcomes.len());

    let mut misses = BTreeMap::<&str, Vec<String>>::new();
    let (mut wrong, mut unusable) = (Vec::new(), Vec::new());
    let (mut refused, mut found) = (0, 0);
    for outcome in &outcomes {
        let Case { class, of, .. } = &outcome.case;
        match &outcome.refused {
            Some(why) => {
                if *class == "as-it-is" {
                    unusable.push(format!("{of}: {why}"));
                }
                refused += 1;
                if !outcome.errors.is_empty() {
                    found += 1;
                } else if known::reason(of).is_none() {
                    let miss = format!("{of}: {}", why.lines().next().unwrap_or_default());
                    misses.entry(class).or_default().push(miss);
                }
            }
            None => {
                let errors = outcome.errors.iter().chain(&outcome.errors_before);
                wrong.extend(errors.map(|error| format!("{class} {of}: {error}")));
            }
        }
    }
    assert!(unusable.is_empty(), "no seeds:\n{}", unusable.join("\n"));
    let mut told = String::new();
    for (class, misses) in &misses {
        let _ = writeln!(told, "{class}\n  {}", misses.join("\n  "));
    }
    println!(
        "{} cases: the API server refuses {refused}, of which {found} are found wrong, and takes {}",
        outcomes.len(),
        outcomes.len() - refused
    );
    let wrong = wrong.join("\n");
    assert!(
        wrong.is_empty() && misses.is_empty(),
        "found wrong, and taken by the API server:\n{wrong}\nnot found, and not listed with the \
         reason:\n{told}"
    );
    assert!(
        found * 100 >= refused * AT_LEAST,
        "{found} of {refused} are found"
    );
}
