//! The scripts that forges run, as they are written in `integrations/` and
//! `templates/`. What would talk to the forge writes down what it was asked instead.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use tidegate_testkit::repository::{Edit, GitRepository};

use crate::repository::{commit, demo, kustomize};

const BASE: &str = "services/api-gateway/base/deployment.yaml";

/// A machine that runs scripts.
struct Runner {
    folder: TempDir,
    repository: GitRepository,
    base: String,
}

impl Runner {
    /// With a change checked out that upgrades an image, and announces it so.
    fn with(message: &str) -> Self {
        let mut repository = demo();
        let base = repository.head().unwrap();
        commit(
            &mut repository,
            message,
            &[Edit::replace(BASE, "v2.4.3", "v2.5.0")],
        );
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("bin");
        fs::create_dir(&programs).unwrap();
        for name in ["gh", "curl"] {
            let script = format!(
                "#!/bin/sh\necho \"$*\" >>{}\n",
                folder.path().join("asked").display()
            );
            let file = programs.join(name);
            fs::write(&file, script).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let link =
            |to: &Path, name: &str| std::os::unix::fs::symlink(to, programs.join(name)).unwrap();
        link(Path::new(env!("CARGO_BIN_EXE_tidegate")), "tidegate");
        link(&kustomize(), "kustomize");
        Self {
            folder,
            repository,
            base,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a script as the forges do, in the work tree. How it ended, and what it
    /// printed.
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let path = std::env::var("PATH").unwrap();
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.repository.path())
            .env("PATH", format!("{}:{path}", self.file("bin").display()))
            .env("RUNNER_TEMP", self.folder.path())
            .env("GITHUB_STEP_SUMMARY", self.file("summary.md"))
            .env("GITHUB_REPOSITORY", "shop/gitops")
            .env("GITHUB_API_URL", "https://git.example.com/api/v1")
            .env("COMMIT", "c0ffee")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(printed).unwrap())
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.file("asked")).unwrap_or_default()
    }
}

fn written(path: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    serde_saphyr::from_multiple(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The scripts of steps, one after the other.
fn scripts(steps: &Value) -> Vec<String> {
    let steps = steps.as_array().unwrap().iter();
    steps
        .filter_map(|step| Some(step["run"].as_str()?.to_owned()))
        .collect()
}

const ARGUMENTS: &str = "--checks\nschema,parity,images,refs\n";
const GOOD: &str = "CHG-1234\n\nChange: api-gateway from v2.4.3 to v2.5.0";
const WRONG: &str = "CHG-1234\n\nChange: api-gateway from v2.4.3 to v2.6.0";

#[test]
fn the_action_of_github_judges_and_publishes_digests() {
    let action = &written("integrations/github/action.yml")[0];
    let [judge, publish] = scripts(&action["runs"]["steps"]).try_into().unwrap();
    let runner = Runner::with(GOOD);
    let variables = [("BASE", runner.base.as_str()), ("ARGUMENTS", ARGUMENTS)];
    assert_eq!(runner.run(&judge, &variables), (Some(0), String::new()));
    let summary = fs::read_to_string(runner.file("summary.md")).unwrap();
    assert!(summary.contains("## Pre-flight"), "{summary}");

    assert_eq!(runner.run(&publish, &[]), (Some(0), String::new()));
    let asked = runner.asked();
    let overlay = "services/api-gateway/overlays/production";
    assert!(
        asked.contains(&format!("context=tidegate/digest/{overlay}")),
        "{asked}"
    );
    assert!(
        asked.starts_with("api repos/shop/gitops/statuses/c0ffee"),
        "{asked}"
    );
    assert_eq!(asked.lines().count(), 2, "{asked}");
}

#[test]
fn the_action_of_github_fails_beside_the_line_and_publishes_all_the_same() {
    let action = &written("integrations/github/action.yml")[0];
    let [judge, publish] = scripts(&action["runs"]["steps"]).try_into().unwrap();
    let runner = Runner::with(WRONG);
    let variables = [("BASE", runner.base.as_str()), ("ARGUMENTS", ARGUMENTS)];
    let (code, printed) = runner.run(&judge, &variables);
    let place = format!("file={BASE},line=18");
    assert!(printed.contains(&place), "no {place} in {printed}");
    assert_eq!(code, Some(1), "{printed}");
    assert_eq!(runner.run(&publish, &[]), (Some(0), String::new()));
    assert_eq!(runner.asked().lines().count(), 2, "{}", runner.asked());
    // Without a base everything is judged.
    let (code, _) = runner.run(&judge, &[("BASE", ""), ("ARGUMENTS", "--checks\nschema\n")]);
    assert_eq!(code, Some(0));
}

#[test]
fn the_workflow_of_gitea_judges_and_publishes_digests() {
    let workflow = &written("integrations/gitea/preflight.yml")[0];
    let [judge, publish] = scripts(&workflow["jobs"]["preflight"]["steps"])
        .try_into()
        .unwrap();
    let runner = Runner::with(GOOD);
    let (code, printed) = runner.run(&judge, &[("BASE", &runner.base)]);
    // It asks no cluster, and nobody has waived that.
    assert!(
        printed.contains("::error title=diff not judged::no cluster was asked"),
        "{printed}"
    );
    assert_eq!(code, Some(3), "{printed}");
    assert_eq!(
        runner.run(&publish, &[("TOKEN", "t")]),
        (Some(0), String::new())
    );
    let asked = runner.asked();
    assert!(
        asked.contains("https://git.example.com/api/v1/repos/shop/gitops/statuses/c0ffee"),
        "{asked}"
    );
    assert_eq!(asked.lines().count(), 2, "{asked}");
}

#[test]
fn the_component_of_gitlab_judges_and_publishes_digests() {
    let component = written("templates/preflight.yml");
    let job = &component[1]["tidegate-preflight"];
    let line = |of: &str| -> String {
        let lines = job[of].as_array().unwrap().iter();
        let lines: Vec<&str> = lines.map(|line| line.as_str().unwrap()).collect();
        lines
            .join("\n")
            .replace("$[[ inputs.arguments ]]", "--checks schema,images")
    };
    let runner = Runner::with(WRONG);
    let (code, printed) = runner.run(
        &line("script"),
        &[("CI_MERGE_REQUEST_DIFF_BASE_SHA", &runner.base)],
    );
    assert!(
        printed.contains("v2.6.0 is announced, and v2.5.0 is written"),
        "{printed}"
    );
    assert_eq!(code, Some(1), "{printed}");
    let junit = fs::read_to_string(runner.repository.path().join("preflight.xml")).unwrap();
    assert!(junit.contains("<testsuite"), "{junit}");
    let variables = [
        ("TIDEGATE_STATUS_TOKEN", "t"),
        ("CI_API_V4_URL", "https://git.example.com/api/v4"),
        ("CI_PROJECT_ID", "7"),
        ("CI_COMMIT_SHA", "c0ffee"),
    ];
    assert_eq!(
        runner.run(&line("after_script"), &variables),
        (Some(0), String::new())
    );
    let asked = runner.asked();
    assert!(
        asked.contains("https://git.example.com/api/v4/projects/7/statuses/c0ffee"),
        "{asked}"
    );
    assert_eq!(asked.lines().count(), 2, "{asked}");
}
