//! What the schema check finds: the specifications in `schema/`.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod specification;

use std::fmt::Write as _;

use specification::{Case, hold, line};
use tidegate_preflight::Manifest;
use tidegate_preflight::read::read;
use tidegate_preflight::schema::{Definitions, Release, is_built_in, judge};

/// What is found in manifests, for this release and with these definitions. Those among
/// the manifests count as well.
fn found(manifests: &str, definitions: &str, release: Release) -> String {
    let given = read("definitions.yaml", definitions.as_bytes(), true);
    let reading = read("manifests.yaml", manifests.as_bytes(), true);
    let (definitions, faults) = Definitions::read(release, &given.manifests);
    let mut text: String = faults.iter().chain(&reading.findings).map(line).collect();
    let mut unjudged = Vec::new();
    let own = Definitions::read(release, &reading.manifests).0;
    let definitions = definitions.and(own);
    for manifest in &reading.manifests {
        let judgement = judge(release, &definitions, manifest);
        text.extend(judgement.findings.iter().map(line));
        unjudged.extend(judgement.unjudged);
    }
    for why in unjudged {
        let _ = writeln!(text, "not judged: {why}");
    }
    text
}

/// A block `definition` holds the definitions of custom kinds. The word behind `yaml`
/// of the other is the release, the latest if there is none.
fn found_in(case: &Case<'_>) -> String {
    let definitions = case.block("definition").unwrap_or_default();
    let mut others = case.blocks().filter(|(words, _)| *words != "definition");
    let (words, manifests) = others.next().unwrap_or_default();
    let release = match words {
        "" => Release::LATEST,
        release => release.parse().unwrap(),
    };
    found(manifests, definitions, release)
}

#[test]
fn every_specification_holds() {
    hold("schema", 10, found_in);
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
                    assert_eq!(found(&text, "", release), "", "{}", path.display());
                }
            }
        }
    }
    assert!(looked > 3, "{looked} manifests");
}
