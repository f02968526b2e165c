use super::*;

/// A repository of these kustomizations and other files.
fn files(texts: &[(&str, &str)]) -> Files {
    let paths = texts.iter().map(|(path, _)| (*path).to_owned());
    Files::new(paths, |path| {
        let found = texts.iter().find(|(one, _)| *one == path);
        found.map(|(_, text)| (*text).to_owned())
    })
}

fn folders(overlays: &[Overlay]) -> Vec<String> {
    let told = overlays.iter().map(|overlay| match &overlay.tool {
        Tool::Kustomize | Tool::Helm(None) => overlay.folder.clone(),
        Tool::Helm(Some(values)) => format!("{} with {values}", overlay.folder),
    });
    told.collect()
}

fn touched(files: &Files, paths: &[&str]) -> Vec<String> {
    let changed = paths.iter().map(|path| (*path).to_owned()).collect();
    folders(&files.touched(&changed))
}

fn web() -> Files {
    files(&[
        (
            "web/base/kustomization.yaml",
            "resources: [deployment.yaml]",
        ),
        ("web/base/deployment.yaml", ""),
        (
            "web/overlays/staging/kustomization.yaml",
            "resources: [../../base]\nconfigMapGenerator:\n- files: [app.conf=../../../shared/app.conf]",
        ),
        (
            "web/overlays/production/kustomization.yaml",
            "resources: [../../base/]\npatches:\n- path: ../replicas.yaml",
        ),
        ("web/overlays/replicas.yaml", ""),
        ("shared/app.conf", ""),
        ("clusters/production/quota.yaml", ""),
    ])
}

#[test]
fn a_base_is_no_overlay() {
    let overlays = folders(&web().overlays());
    assert_eq!(
        overlays,
        ["web/overlays/production", "web/overlays/staging"]
    );
}

#[test]
fn what_a_file_is_a_part_of_is_touched() {
    let both = ["web/overlays/production", "web/overlays/staging"];
    let touched = |path| touched(&web(), &[path]);
    assert_eq!(touched("web/base/deployment.yaml"), both);
    assert_eq!(touched("web/base/gone.yaml"), both);
    assert_eq!(touched("shared/app.conf"), ["web/overlays/staging"]);
    assert_eq!(
        touched("web/overlays/replicas.yaml"),
        ["web/overlays/production"]
    );
    assert_eq!(
        touched("web/overlays/staging/kustomization.yaml"),
        ["web/overlays/staging"]
    );
    assert!(touched("clusters/production/quota.yaml").is_empty());
    assert!(!web().is_part("clusters/production/quota.yaml"));
    assert!(web().is_part("shared/app.conf"));
}

#[test]
fn kustomizations_that_name_each_other_end() {
    let round = files(&[
        ("a/kustomization.yaml", "resources: [../b]"),
        ("b/kustomization.yaml", "resources: [../a]"),
        ("c/Kustomization", "resources: [../a]"),
    ]);
    assert_eq!(touched(&round, &["b/x.yaml"]), ["c"]);
}

#[test]
fn a_chart_is_rendered_once_for_each_of_its_values() {
    let chart = files(&[
        ("web/Chart.yaml", ""),
        ("web/values.yaml", ""),
        ("web/values-production.yaml", ""),
        ("web/values-staging.yaml", ""),
        ("web/charts/cache/Chart.yaml", ""),
        ("plain/Chart.yaml", ""),
    ]);
    let with = [
        "web with values-production.yaml",
        "web with values-staging.yaml",
    ];
    let mut all = vec!["plain"];
    all.extend(with);
    assert_eq!(folders(&chart.overlays()), all);
    assert_eq!(
        touched(&chart, &["web/charts/cache/templates/x.yaml"]),
        with
    );
    assert_eq!(touched(&chart, &["web/values-staging.yaml"]), [with[1]]);
}

#[test]
fn the_root_may_be_the_overlay() {
    let root = files(&[
        ("kustomization.yaml", "resources: [base, ../outside]"),
        ("base/kustomization.yaml", ""),
    ]);
    assert_eq!(touched(&root, &["base/x.yaml"]), ["."]);
    assert_eq!(touched(&root, &["docs/readme.md"]), ["."]);
}
