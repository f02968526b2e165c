use tempfile::TempDir;

use super::*;

/// A repository as a directory, from paths and contents.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    root
}

/// Checks `overlay/kustomization.yaml` with this content, beside some files.
fn checked(kustomization: &str) -> Result<(), String> {
    let root = tree(&[
        ("overlay/kustomization.yaml", kustomization),
        ("overlay/patch.yaml", "{}"),
        ("overlay/dir/kustomization.yaml", "resources: []"),
        ("base/kustomization.yaml", "resources: [deployment.yaml]"),
        ("base/deployment.yaml", ""),
    ]);
    check(root.path(), "overlay").map_err(|refusal| refusal.to_string())
}

#[test]
fn local_files_and_directories_pass() {
    for kustomization in [
        "resources: [../base, patch.yaml, dir]",
        "bases: [../base]",
        "components: [dir]",
        "patches: [{path: patch.yaml, target: {kind: Deployment}}, {patch: 'x'}]",
        "patchesStrategicMerge: [patch.yaml, '{kind: Deployment, x: \"https://example.com\"}']",
        "patchesJson6902: [{path: patch.yaml}]",
        "replacements: [{path: patch.yaml}, {source: {kind: Pod}, targets: []}]",
        "configMapGenerator: [{name: a, files: [patch.yaml, key=patch.yaml], envs: [patch.yaml], literals: ['u=https://example.com']}]",
        "secretGenerator: [{name: a, env: patch.yaml}]",
        "crds: [patch.yaml]\nconfigurations: [patch.yaml]\nopenapi: {path: patch.yaml}",
        "images: [{name: a, newName: registry.example.com//b}]\nnamespace: x\nresources:",
        "transformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  path: patch.yaml",
    ] {
        assert_eq!(checked(kustomization), Ok(()), "{kustomization}");
    }
}

#[test]
fn everything_remote_is_refused_with_its_line() {
    for entry in [
        "https://example.com/x.yaml",
        "HTTPS://example.com/x.yaml",
        "http:x",
        "git@example.com:team/base",
        "me@example.com/team/base",
        "ssh://example.com/team/base",
        "file:///srv/base",
        "git::https://example.com/x",
        "github.com/team/base?ref=main",
        "GitHub.com/team/base",
        "example.com/team//base",
        "example.com:team/base",
        "base?ref=main",
        " https://example.com/x.yaml",
    ] {
        assert_eq!(
            checked(&format!("namespace: x\nresources:\n- \"{entry}\"\n")),
            Err(format!(
                "overlay/kustomization.yaml:3: resources: \"{entry}\" is remote: copy it into the repository"
            ))
        );
    }
}

#[test]
fn every_field_that_names_files_is_looked_at() {
    let url = "https://example.com/x";
    for kustomization in [
        format!("bases: ['{url}']"),
        format!("components: ['{url}']"),
        format!("crds: ['{url}']"),
        format!("configurations: ['{url}']"),
        format!("openapi: {{path: '{url}'}}"),
        format!("patches: [{{path: '{url}'}}]"),
        format!("patches: [{{Path: '{url}'}}]"),
        format!("patchesStrategicMerge: ['{url}']"),
        format!("patchesStrategicMerge: ['{url}: y']"),
        format!("patchesJson6902: [{{path: '{url}'}}]"),
        format!("replacements: [{{path: '{url}'}}]"),
        format!("configMapGenerator: [{{files: ['{url}']}}]"),
        format!("configMapGenerator: [{{files: ['key={url}']}}]"),
        format!("configMapGenerator: [{{\"FILE\u{17f}\": ['{url}']}}]"),
        format!("secretGenerator: [{{envs: ['{url}']}}]"),
        format!("secretGenerator: [{{env: '{url}'}}]"),
        format!("generators: ['{url}']"),
        format!("transformers: ['{url}']"),
        format!("validators: ['{url}']"),
        format!("Resources: ['{url}']"),
        format!(
            "transformers: ['{{apiVersion: builtin, kind: PatchTransformer, path: \"{url}\"}}']"
        ),
        format!(
            "transformers: ['{{apiVersion: builtin, kind: PatchStrategicMergeTransformer, paths: [\"{url}\"]}}']"
        ),
        format!(
            "transformers: ['{{apiVersion: builtin, kind: ReplacementTransformer, replacements: [{{path: \"{url}\"}}]}}']"
        ),
        format!(
            "generators: ['{{apiVersion: builtin, kind: ConfigMapGenerator, files: [\"{url}\"]}}']"
        ),
    ] {
        let message = checked(&kustomization).unwrap_err();
        assert!(message.contains("is remote"), "{kustomization}: {message}");
    }
}

#[test]
fn credentials_in_an_address_are_not_repeated() {
    let message = checked("resources: ['https://me:hunter2@example.com/x']").unwrap_err();
    assert!(
        message.contains("\"https://example.com/x\" is remote"),
        "{message}"
    );
}

#[test]
fn charts_and_programs_are_refused() {
    let file = "overlay/kustomization.yaml:1";
    for (kustomization, message) in [
        (
            "helmCharts: [{name: x}]",
            format!("{file}: helmCharts is not supported: render the chart into the repository"),
        ),
        (
            "helmGlobals: {}",
            format!("{file}: helmGlobals is not supported: render the chart into the repository"),
        ),
        (
            "generators: ['{apiVersion: builtin, kind: HelmChartInflationGenerator, name: x}']",
            format!(
                "{file}: HelmChartInflationGenerator is not supported: render the chart into the repository"
            ),
        ),
        (
            "generators: ['{apiVersion: example.com/v1, kind: Magic, metadata: {name: x}}']",
            format!("{file}: generators: the plugin Magic is not one of kustomize's own"),
        ),
        (
            "transformers: ['{apiVersion: builtin, kind: PrefixTransformer, metadata: {annotations: {config.kubernetes.io/function: \"exec: {path: x}\"}}}']",
            format!(
                "{file}: transformers: the plugin PrefixTransformer is not one of kustomize's own"
            ),
        ),
        (
            "transformers: [dir]",
            format!("{file}: transformers: \"dir\" is not a file"),
        ),
        (
            "somethingNew: [x]",
            format!("{file}: the field \"somethingNew\" is not known"),
        ),
    ] {
        assert_eq!(checked(kustomization), Err(message));
    }
}

#[test]
fn entries_must_exist_within_the_repository() {
    let file = "overlay/kustomization.yaml:1";
    for (kustomization, message) in [
        (
            "resources: [nothing.yaml]",
            "resources: \"nothing.yaml\" does not exist",
        ),
        (
            "resources: [../../..]",
            "resources: \"../../..\" leads out of the repository",
        ),
        (
            "resources: [/etc/passwd]",
            "resources: \"/etc/passwd\" leads out of the repository",
        ),
        ("patches: [{path: dir}]", "path: \"dir\" is not a file"),
        (
            "components: [patch.yaml]",
            "components: \"patch.yaml\" is not a directory",
        ),
        ("resources: x", "resources is not a list"),
        ("resources: [1]", "resources is not a text"),
    ] {
        assert_eq!(checked(kustomization), Err(format!("{file}: {message}")));
    }
}

#[test]
fn what_an_overlay_leads_to_is_checked_too() {
    let root = tree(&[
        ("overlay/kustomization.yaml", "resources: [../a]"),
        (
            "a/kustomization.yml",
            "components: [../b]\nresources: [../overlay]",
        ),
        ("b/Kustomization", "resources:\n- https://example.com/x"),
    ]);
    let message = check(root.path(), "overlay").unwrap_err().to_string();
    assert!(
        message.starts_with("b/Kustomization:2: resources:"),
        "{message}"
    );
}

#[test]
fn a_directory_has_exactly_one_kustomization() {
    let root = tree(&[
        ("none/x.yaml", ""),
        ("two/kustomization.yaml", ""),
        ("two/Kustomization", ""),
        ("leads/kustomization.yaml", "resources: [../none]"),
    ]);
    for (overlay, message) in [
        ("none", "none has no kustomization file"),
        (
            "leads",
            "none has no kustomization file (leads/kustomization.yaml:1 names it)",
        ),
        ("two", "two has several kustomization files: keep one"),
    ] {
        assert_eq!(
            check(root.path(), overlay).unwrap_err().to_string(),
            message
        );
    }
}

#[test]
fn an_overlay_is_a_directory_of_the_repository() {
    let root = tree(&[("overlay/kustomization.yaml", "namespace: x"), ("file", "")]);
    std::os::unix::fs::symlink("/", root.path().join("link")).unwrap();
    for overlay in [
        "",
        "-x",
        "/etc",
        "../x",
        "overlay/../overlay",
        "nothing",
        "file",
        "link",
        "https://x",
    ] {
        assert!(
            matches!(check(root.path(), overlay), Err(Refusal::Overlay { .. })),
            "{overlay}"
        );
    }
    assert!(check(root.path(), "./overlay/").is_ok());
}

#[test]
fn files_that_are_not_kustomizations_say_so() {
    for (kustomization, message) in [
        (
            "[a]",
            "overlay/kustomization.yaml:1: kustomization is not a mapping",
        ),
        (
            "namespace: x\n---\nnamespace: y\n",
            "overlay/kustomization.yaml:1: kustomization is not one document",
        ),
        (
            "",
            "overlay/kustomization.yaml:1: kustomization is not one document",
        ),
        ("a: [", "overlay/kustomization.yaml is not valid YAML"),
    ] {
        assert_eq!(checked(kustomization), Err(message.to_owned()));
    }
}
