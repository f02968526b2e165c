//! What the diff check tells: the specifications in `diff/`.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod specification;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use specification::{Case, hold, line};
use tidegate_preflight::diff::{Answer, Inputs, Live, check};
use tidegate_preflight::read::read;
use tidegate_preflight::{CheckReport, Manifest, Verdict};

fn manifests(text: Option<&str>) -> Vec<Manifest> {
    let reading = read("manifests.yaml", text.unwrap_or_default().as_bytes(), true);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    reading.manifests
}

/// Verdict, findings and details as lines.
fn told(report: &CheckReport) -> String {
    let mut text = match &report.verdict {
        Verdict::Passed { what } => format!("passed: {what}\n"),
        Verdict::Failed { what } => format!("failed: {what}\n"),
        Verdict::NotJudged { why, .. } => format!("not judged: {why}\n"),
        Verdict::Waived { reason, .. } => format!("waived: {reason}\n"),
    };
    text.extend(report.findings.iter().map(line));
    for detail in &report.details {
        let _ = writeln!(text, "  {detail}");
    }
    text
}

/// The blocks: what would be applied, `live`, `approved`, and `answer` for what the
/// API server says to a dry run.
fn found(case: &Case<'_>) -> String {
    let wanted = manifests(case.block(""));
    let approved = case.block("approved").map(|text| manifests(Some(text)));
    let mut live = BTreeMap::new();
    for manifest in wanted.iter().chain(approved.iter().flatten()) {
        live.insert(manifest.key().unwrap(), Live::Absent);
    }
    for manifest in manifests(case.block("live")) {
        live.insert(manifest.key().unwrap(), Live::Is(manifest.value()));
    }
    let answers = manifests(case.block("answer"));
    let answers: BTreeMap<_, _> = answers
        .iter()
        .map(|one| (one.key().unwrap(), Answer::Would(one.value())))
        .collect();
    told(&check(&Inputs {
        manifests: &wanted,
        approved: approved.as_deref(),
        live: &live,
        answers: &answers,
    }))
}

#[test]
fn every_specification_holds() {
    hold("diff", 20, found);
}

/// Values of Secrets are nowhere in what is told, whatever way they came in.
#[test]
fn no_value_of_a_secret_is_told() {
    let wanted = manifests(Some(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: web, annotations: {note: hush-annotation}}\n\
         type: kubernetes.io/tls\nstringData: {password: hush-text}\ndata: {token: aHVzaC1kYXRh}\n",
    ));
    let mut live = wanted[0].value();
    // In a list the API server leaves out what an item is.
    live.as_object_mut().unwrap().remove("kind");
    live.as_object_mut().unwrap().remove("apiVersion");
    // It keeps texts as data.
    live.as_object_mut().unwrap().remove("stringData");
    live["type"] = "Opaque".into();
    live["data"] = serde_json::json!({"password": "aHVzaC1vbGQ=", "old": "aHVzaC1vdGhlcg=="});
    live["metadata"]["annotations"] = serde_json::json!({
        "kubectl.kubernetes.io/last-applied-configuration": "{\"stringData\":{\"password\":\"hush-old\"}}",
        "note": "hush-before",
    });
    let key = wanted[0].key().unwrap();
    let live = BTreeMap::from([(key.clone(), Live::Is(live))]);
    let mut would = wanted[0].value();
    would.as_object_mut().unwrap().remove("stringData");
    would["data"] = serde_json::json!({"password": "aHVzaC10ZXh0", "token": "aHVzaC1kYXRh"});
    let said = "Secret \"web\" is invalid: data[token]: Invalid value: \"aHVzaC1kYXRh\"";
    for answer in [
        None,
        Some(Answer::Would(would)),
        Some(Answer::Refused(said.to_owned())),
    ] {
        let answers: BTreeMap<_, _> = answer.into_iter().map(|one| (key.clone(), one)).collect();
        for approved in [None, Some(wanted.as_slice())] {
            let report = check(&Inputs {
                manifests: &wanted,
                approved,
                live: &live,
                answers: &answers,
            });
            let json = serde_json::to_string(&report).unwrap();
            assert!(json.contains("data.password"), "{json}");
            for hushed in ["hush", "aHVza", "Opaque", "kubernetes.io/tls"] {
                assert!(!json.contains(hushed), "{hushed}: {json}");
            }
            let plan = tidegate_preflight::diff::plan(&Inputs {
                manifests: &wanted,
                approved,
                live: &live,
                answers: &answers,
            });
            let plan = format!("{plan:?}");
            assert!(!plan.contains("hush") && !plan.contains("aHVza"), "{plan}");
        }
    }
}

/// What cannot be read is not passed over.
#[test]
fn an_object_that_could_not_be_read_is_not_judged() {
    let wanted = manifests(Some(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n---\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\n---\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: three}\n",
    ));
    let older: Value = serde_json::json!({
        "apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": {"name": "three"},
    });
    let live = BTreeMap::from([
        (
            wanted[0].key().unwrap(),
            Live::Unknown("forbidden".to_owned()),
        ),
        (wanted[2].key().unwrap(), Live::Is(older)),
    ]);
    let report = check(&Inputs {
        manifests: &wanted,
        approved: None,
        live: &live,
        answers: &BTreeMap::new(),
    });
    assert_eq!(
        told(&report),
        "not judged: what is live of ConfigMap/one is not known: forbidden; \
         what is live of Deployment/three is not known: it was read as apps/v1beta1; \
         what is live of ConfigMap/two is not known: nobody looked\n  \
         drift is not told, as no revision was approved before\n"
    );
}

/// An object that is new may be refused as well.
#[test]
fn a_new_object_that_is_refused_is_a_finding() {
    let wanted = manifests(Some(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
    ));
    let key = wanted[0].key().unwrap();
    let report = check(&Inputs {
        manifests: &wanted,
        approved: None,
        live: &BTreeMap::from([(key.clone(), Live::Absent)]),
        answers: &BTreeMap::from([(key, Answer::Refused("exceeded quota".to_owned()))]),
    });
    assert_eq!(
        told(&report),
        "failed: 1 object is new\n\
         error refused line 1 ConfigMap/web : the API server refuses it in a dry run: exceeded quota\n  \
         ConfigMap/web  is new\n  \
         drift is not told, as no revision was approved before\n"
    );
}

/// Whatever is live in the place of an object, and whatever was approved, something is
/// told and nothing breaks.
#[test]
fn anything_may_be_live() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/diff");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for block in text.split("```yaml").skip(1) {
            let (_, block) = block.split_once('\n').unwrap();
            all.extend(manifests(block.split("```").next()));
        }
    }
    assert!(all.len() > 40, "{} manifests", all.len());
    let odd = [
        "null",
        "[]",
        "{}",
        "1",
        "{\"spec\": [1, {\"a\": []}]}",
        "{\"metadata\": \"x\"}",
    ];
    let odd = odd.map(|text| serde_json::from_str::<Value>(text).unwrap());
    let values: Vec<Value> = all.iter().map(Manifest::value).chain(odd).collect();
    for manifest in &all {
        let key = manifest.key().unwrap();
        for live in &values {
            let mut live = live.clone();
            if let Some(fields) = live.as_object_mut() {
                fields.remove("apiVersion");
            }
            for approved in [None, all.first(), all.last(), Some(manifest)] {
                let report = check(&Inputs {
                    manifests: std::slice::from_ref(manifest),
                    approved: approved.map(std::slice::from_ref),
                    live: &BTreeMap::from([(key.clone(), Live::Is(live.clone()))]),
                    answers: &BTreeMap::new(),
                });
                assert!(!told(&report).is_empty());
            }
        }
    }
}

/// Two large texts and a long list of differences stay short.
#[test]
fn what_is_told_is_bounded() {
    let map = |word: &str| {
        let mut text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n".to_owned();
        for at in 0..600 {
            let _ = writeln!(text, "  key-{at}: {word}");
        }
        text.push_str("  text: |\n");
        for at in 0..9_000 {
            let _ = writeln!(text, "    {word} {at}");
        }
        text
    };
    let wanted = manifests(Some(&map("new")));
    let key = wanted[0].key().unwrap();
    let live = manifests(Some(&map("old")))[0].value();
    let report = check(&Inputs {
        manifests: &wanted,
        approved: None,
        live: &BTreeMap::from([(key, Live::Is(live))]),
        answers: &BTreeMap::new(),
    });
    assert!(
        report.details.len() <= 1_001,
        "{} lines",
        report.details.len()
    );
    assert!(report.details.iter().all(|line| line.chars().count() < 200));
}
