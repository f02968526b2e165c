//! The Markdown files beside this one are the specification of each check, and its
//! test: manifests in a fenced block, and beneath it what is found in them, one
//! finding a line. `UPDATE=1` writes down what is found now.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

use std::fmt::Write as _;
use std::path::Path;

use tidegate_preflight::finding::Severity;
use tidegate_preflight::read::read;
use tidegate_preflight::schema::{Release, is_built_in, judge};
use tidegate_preflight::{Finding, Manifest};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema");

/// What is found in the manifests of a block, for this release.
fn found(manifests: &str, release: Release) -> String {
    let mut text = String::new();
    let mut tell = |finding: &Finding| {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let object = finding.object.as_ref();
        let object = object.map_or_else(
            || "-".to_owned(),
            |key| format!("{}/{}", key.kind, key.name),
        );
        let line = finding.place.as_ref().map_or(0, |place| place.line);
        let _ = write!(
            text,
            "{severity} {} line {line} {object} {}: {}",
            finding.id, finding.path, finding.message
        );
        if let Some(hint) = &finding.hint {
            let _ = write!(text, " ({hint})");
        }
        text.push('\n');
    };
    let reading = read("manifests.yaml", manifests.as_bytes(), true);
    reading.findings.iter().for_each(&mut tell);
    let mut unjudged = Vec::new();
    for manifest in &reading.manifests {
        let judgement = judge(release, manifest);
        judgement.findings.iter().for_each(&mut tell);
        unjudged.extend(judgement.unjudged);
    }
    for kind in unjudged {
        let _ = writeln!(text, "not judged: {kind}");
    }
    text
}

/// The file with what is found now beneath every block of manifests.
fn told_anew(text: &str) -> String {
    let mut told = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("```yaml") {
        let (info, after) = after.split_once('\n').unwrap();
        let (manifests, after) = after.split_once("\n```\n").unwrap();
        let (_, after) = after.split_once("```findings\n").unwrap();
        let (_, after) = after.split_once("```\n").unwrap();
        let release: Release = match info.trim() {
            "" => Release::LATEST,
            release => release.parse().unwrap(),
        };
        let findings = found(manifests, release);
        let _ = write!(
            told,
            "{before}```yaml{info}\n{manifests}\n```\n\n```findings\n{findings}```\n"
        );
        rest = after;
    }
    told + rest
}

#[test]
fn every_specification_holds() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut blocks = 0;
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        blocks += text.matches("```yaml").count();
        let told = told_anew(&text);
        if update {
            std::fs::write(&path, told).unwrap();
            continue;
        }
        let name = path.file_name().map(Path::new).unwrap().display();
        for (number, (is, should)) in told.lines().zip(text.lines()).enumerate() {
            assert_eq!(is, should, "{name}:{}", number + 1);
        }
        assert_eq!(told.lines().count(), text.lines().count(), "{name}");
    }
    assert!(blocks > 10, "{blocks} blocks of manifests were found");
}

/// What runs in the demo is taken by every release.
#[test]
fn manifests_that_are_right_have_no_findings() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/repository");
    let mut looked = 0;
    let mut folders = vec![std::path::PathBuf::from(root)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let is_manifest = path.extension().is_some_and(|end| end == "yaml")
                && path
                    .file_name()
                    .is_some_and(|name| name != "kustomization.yaml");
            if !is_manifest {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let manifests: Vec<Manifest> = read("file", text.as_bytes(), true).manifests;
            // Patches of overlays are no whole manifests, and kinds of others have no schema here.
            let is_whole = |manifest: &Manifest| {
                is_built_in(manifest) && manifest.node.field("spec").is_some()
            };
            looked += manifests.iter().filter(|one| is_whole(one)).count();
            if manifests.iter().all(is_whole) {
                for release in Release::all() {
                    assert_eq!(found(&text, release), "", "{}", path.display());
                }
            }
        }
    }
    assert!(looked > 3, "{looked} manifests");
}
