//! `tidegate doctor`, as it is run.
//!
//! Under `fixtures/doctor` each rule has a folder with mistakes and one with
//! what looks alike and is right. A remark with the id stands on each line that
//! must be found.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Where, which line, which rule.
type Found = (String, u64, String);

fn doctor(path: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .arg("doctor")
        .arg(path)
        .args(arguments)
        .env("KUBECONFIG", "/nowhere/kubeconfig")
        .env_remove("NO_COLOR")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn findings(output: &Output) -> Vec<Value> {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["findings"].as_array().unwrap().clone()
}

fn found(path: &Path, arguments: &[&str]) -> Vec<Found> {
    let output = doctor(path, &[&["-o", "json"], arguments].concat());
    let findings = findings(&output);
    let found = findings.iter().map(|finding| {
        (
            finding["file"].as_str().unwrap().to_owned(),
            finding["line"].as_u64().unwrap(),
            finding["id"].as_str().unwrap().to_owned(),
        )
    });
    found.collect()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/doctor")
}

fn recipe() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/repository")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What the remarks of the files in a folder and below it say.
fn expected(folder: &Path) -> Vec<Found> {
    let mut expected = Vec::new();
    for name in names(folder) {
        if folder.join(&name).is_dir() {
            let below = self::expected(&folder.join(&name));
            let file = |(file, line, id)| (format!("{name}/{file}"), line, id);
            expected.extend(below.into_iter().map(file));
            continue;
        }
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        for (line, number) in text.lines().zip(1..) {
            if let Some((_, id)) = line.rsplit_once("# TG") {
                expected.push((name.clone(), number, format!("TG{id}")));
            }
        }
    }
    expected
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in names(from) {
        let (source, copied) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            copy(&source, &copied);
        } else {
            fs::write(copied, fs::read(source).unwrap()).unwrap();
        }
    }
}

const MISTAKE: &[u8] = b"apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: production}
spec:
  syncWindows:
    - {kind: Deny, schedule: 0 8 * * 1-5, duration: 10h, applications: [shop]}
";

#[test]
fn the_recipe_has_each_of_its_mistakes_once() {
    let mistakes = [("TG112", 10), ("TG104", 13), ("TG105", 14), ("TG103", 23)]
        .map(|(id, line)| ("argocd/project.yaml".to_owned(), line, id.to_owned()));
    assert_eq!(found(&recipe(), &[]), mistakes);
    let output = doctor(&recipe(), &[]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn the_recipe_repaired_has_none() {
    let folder = tempfile::tempdir().unwrap();
    copy(&recipe(), folder.path());
    let project = fixtures().join("recipe-repaired-project.yaml");
    let repaired = fs::read(project).unwrap();
    fs::write(folder.path().join("argocd/project.yaml"), repaired).unwrap();
    let output = doctor(folder.path(), &["-o", "text"]);
    assert!(text(&output.stdout).starts_with("no findings in "));
    assert_eq!(output.status.code(), Some(0));
}

/// Whoever repairs the windows alone is told nothing about the rest without
/// asking.
#[test]
fn how_the_recipe_is_delivered_is_judged_where_it_is_asked_for() {
    let application = "argocd/api-gateway.yaml".to_owned();
    let mut expected = [("TG112", 10), ("TG104", 13), ("TG105", 14), ("TG103", 23)]
        .map(|(id, line)| ("argocd/project.yaml".to_owned(), line, id.to_owned()))
        .to_vec();
    let delivery = [
        // It names no project, follows `main`, and is synced by itself, so that
        // the rollback that is written down is refused.
        (application.clone(), 7, "TG120"),
        (application.clone(), 9, "TG117"),
        (application, 16, "TG116"),
        ("docs/rollback.md".to_owned(), 3, "TG115"),
    ];
    expected.extend(delivery.map(|(file, line, id)| (file, line, id.to_owned())));
    expected.sort();
    let mut found = found(&recipe(), &["--delivery"]);
    found.sort();
    assert_eq!(found, expected);
    let output = doctor(&recipe(), &["--delivery"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn every_mistake_is_found_at_its_line_and_nothing_that_looks_alike() {
    let rules: Vec<String> = names(&fixtures())
        .into_iter()
        .filter(|name| name.starts_with("TG"))
        .collect();
    assert_eq!(rules.len(), 19);
    for rule in rules {
        let is_delivery = rule.as_str() > "TG114";
        let asked: &[&str] = if is_delivery { &["--delivery"] } else { &[] };
        let mistaken = fixtures().join(&rule).join("mistaken");
        let expected = expected(&mistaken);
        assert!(expected.iter().any(|(.., id)| *id == rule), "{rule}");
        assert_eq!(found(&mistaken, asked), expected);
        if is_delivery {
            assert_eq!(found(&mistaken, &[]), [], "{rule}");
        }
        let clean = fixtures().join(&rule).join("clean");
        let clean = doctor(&clean, &[&["-o", "json"], asked].concat());
        assert_eq!(findings(&clean), [] as [Value; 0], "{rule}");
        assert_eq!(clean.status.code(), Some(0));
    }
}

#[test]
fn each_finding_says_why_and_what_to_do() {
    let output = doctor(&fixtures().join("TG101/mistaken"), &["-o", "json"]);
    let expected = json!({
        "id": "TG101",
        "severity": "error",
        "file": "project.yaml",
        "line": 6,
        "message": "the window does nothing: its kind is `Allow`, Argo CD knows only `allow` and \
                    `deny` in just these letters, and passes over others without a word",
        "fix": "write `kind: allow`",
    });
    assert_eq!(findings(&output)[0], expected);
}

#[test]
fn warnings_alone_end_well() {
    let output = doctor(&fixtures().join("TG112/mistaken"), &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).ends_with("\n2 warnings in 3 files\n"));
}

#[test]
fn a_forge_gets_sarif() {
    let folder = folder(&[("my apps/project.yaml", MISTAKE)]);
    let output = doctor(folder.path(), &["-o", "sarif"]);
    assert_eq!(output.status.code(), Some(1));
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let result = &run["results"][0];
    let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], "TG101");
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&json!("TG101"), &json!("error"))
    );
    let place = json!([{ "physicalLocation": {
        "artifactLocation": { "uri": "my%20apps/project.yaml" },
        "region": { "startLine": 6 },
    } }]);
    assert_eq!(result["locations"], place);
    let other = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["crds", "-o", "sarif"])
        .output()
        .unwrap();
    assert_eq!(other.status.code(), Some(2));
    assert_eq!(text(&other.stdout), "");
}

#[test]
fn a_path_that_cannot_be_read_is_wrong_input() {
    let folder = folder(&[
        ("broken.yaml", b"a: [\n"),
        ("notes.txt", b"just a text\n"),
        ("binary", b"\xff\xfe\x00"),
    ]);
    for name in ["nothing", "broken.yaml", "notes.txt", "binary"] {
        let output = doctor(&folder.path().join(name), &["-o", "json"]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert_eq!(text(&output.stdout), "", "{name}");
        assert!(text(&output.stderr).contains("hint: "), "{name}");
    }
}

#[test]
fn a_folder_without_yaml_is_not_passed_in_silence() {
    let folder = folder(&[("notes.txt", b"just a text\n")]);
    let output = doctor(folder.path(), &[]);
    assert_eq!(text(&output.stdout), "no findings in 0 files\n");
    let said = format!(
        "there is no YAML file under {}, so nothing was looked at\n",
        folder.path().display()
    );
    assert_eq!(text(&output.stderr), said);
}

#[test]
fn one_file_can_be_asked_about() {
    let folder = folder(&[("project.yaml", MISTAKE), ("other.yaml", MISTAKE)]);
    let found = found(&folder.path().join("project.yaml"), &[]);
    assert_eq!(found, [("project.yaml".to_owned(), 6, "TG101".to_owned())]);
}

#[test]
fn objects_in_lists_and_later_documents_are_read() {
    let list = "kind: ConfigMap\n---\n---\napiVersion: v1\nkind: List\nitems:\n\
                - apiVersion: argoproj.io/v1alpha1\n  kind: AppProject\n  spec:\n    syncWindows:\n    \
                - kind: Deny\n      schedule: 0 8 * * *\n      duration: 1h\n      applications: [a]\n";
    let folder = folder(&[("all.yml", list.as_bytes())]);
    let expected = [("all.yml".to_owned(), 11, "TG101".to_owned())];
    assert_eq!(found(folder.path(), &[]), expected);
}

#[cfg(unix)]
#[test]
fn only_what_belongs_to_the_folder_is_read() {
    let outside = folder(&[("project.yaml", MISTAKE)]);
    let folder = folder(&[
        (".git/project.yaml", MISTAKE),
        ("notes.txt", MISTAKE),
        ("a/b.yaml", b""),
    ]);
    let link = |from: &Path, name: &str| {
        std::os::unix::fs::symlink(from, folder.path().join(name)).unwrap();
    };
    link(outside.path(), "folder");
    link(&outside.path().join("project.yaml"), "file.yaml");
    link(folder.path(), "round");
    link(Path::new("/nowhere"), "broken.yaml");
    let output = doctor(folder.path(), &[]);
    assert_eq!(text(&output.stdout), "no findings in 1 file\n");
}

#[test]
fn what_was_not_looked_at_is_said() {
    let large = vec![b'#'; 5 * 1024 * 1024];
    let merged = b"x: &x {kind: Deny}\napiVersion: argoproj.io/v1alpha1\nspec:\n  <<: *x\n";
    let folder = folder(&[
        ("binary.yaml", b"\xff\xfe"),
        ("large.yaml", &large),
        ("merged.yaml", merged),
    ]);
    let expected = [("binary.yaml", 1), ("large.yaml", 1), ("merged.yaml", 4)]
        .map(|(name, line)| (name.to_owned(), line, "TG114".to_owned()));
    assert_eq!(found(folder.path(), &[]), expected);
}

#[test]
fn names_cannot_steer_a_terminal() {
    let project = text(MISTAKE).replace("Deny", "\"\\e[2JDeny\"");
    let folder = folder(&[("project.yaml", project.as_bytes())]);
    let output = doctor(folder.path(), &["--color", "never"]);
    assert!(!text(&output.stdout).contains('\u{1b}'));
    assert!(text(&output.stdout).contains("\\u{1b}[2JDeny"));
    let painted = doctor(folder.path(), &["--color", "always"]);
    assert!(!text(&painted.stdout).contains("\u{1b}[2J"));
}

/// An API server of few words: each path has one answer.
fn server(answers: &'static [(&'static str, &'static str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                request.extend(byte);
            }
            let request = String::from_utf8(request).unwrap();
            let path = request.split([' ', '?']).nth(1).unwrap_or_default();
            let answer = answers.iter().find(|(known, _)| *known == path);
            let missing = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"404 page not found","code":404}"#;
            let (status, body) =
                answer.map_or(("404 Not Found", missing), |(_, body)| ("200 OK", *body));
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{body}"
            );
        }
    });
    address
}

fn kubeconfig(server: &str) -> TempDir {
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: prod\n\
         clusters: [{{name: prod, cluster: {{server: \"{server}\"}}}}]\n\
         contexts: [{{name: prod, context: {{cluster: prod, user: me}}}}]\n\
         users: [{{name: me, user: {{}}}}]\n"
    );
    folder(&[("kubeconfig", config.as_bytes())])
}

fn named(kubeconfig: &TempDir) -> String {
    let path = kubeconfig.path().join("kubeconfig");
    format!("--kubeconfig={}", path.display())
}

const NAMESPACES: &str = r#"{"kind":"NamespaceList","apiVersion":"v1","metadata":{},"items":[
    {"metadata":{"name":"production-eu"}}]}"#;

#[test]
fn a_cluster_adds_its_projects_applications_and_namespaces() {
    let address = server(&[
        ("/api/v1/namespaces", NAMESPACES),
        (
            "/apis/argoproj.io/v1alpha1/appprojects",
            r#"{"kind":"AppProjectList","apiVersion":"argoproj.io/v1alpha1","metadata":{},"items":[
                {"apiVersion":"argoproj.io/v1alpha1","kind":"AppProject",
                 "metadata":{"name":"production","namespace":"argocd"},
                 "spec":{"syncWindows":[{"kind":"Bad"}]}},
                {"apiVersion":"argoproj.io/v1alpha1","kind":"AppProject",
                 "metadata":{"name":"live","namespace":"argocd"},
                 "spec":{"syncWindows":[
                    {"kind":"allow","schedule":"0 2 * * *","duration":"4h","applications":["till"],"syncOverrun":true},
                    {"kind":"Deny","schedule":"0 8 * * *","duration":"4h","applications":["till"]}]}}]}"#,
        ),
        (
            "/apis/argoproj.io/v1alpha1/applications",
            r#"{"kind":"ApplicationList","apiVersion":"argoproj.io/v1alpha1","metadata":{},"items":[
                {"apiVersion":"argoproj.io/v1alpha1","kind":"Application",
                 "metadata":{"name":"till","namespace":"argocd"},
                 "spec":{"project":"live","destination":{"namespace":"production"},
                         "source":{"repoURL":"https://git.example.com/till.git","path":"."}}}]}"#,
        ),
    ]);
    let kubeconfig = kubeconfig(&address);
    let found = found(&recipe(), &[&named(&kubeconfig)]);
    // The project that the repository has too is judged there, and its pattern
    // for namespaces now matches one. How the cluster's Application is delivered
    // is judged without asking: it follows the default branch.
    let expected = [
        ("argocd/project.yaml", 10, "TG112"),
        ("argocd/project.yaml", 13, "TG104"),
        ("argocd/project.yaml", 23, "TG103"),
        ("cluster/argocd/AppProject/live", 2, "TG101"),
        ("cluster/argocd/Application/till", 1, "TG117"),
    ]
    .map(|(file, line, id)| (file.to_owned(), line, id.to_owned()));
    assert_eq!(found, expected);
}

/// The Application `shop` as it is in a cluster, with these annotations, where it
/// points at this.
macro_rules! shop {
    ($annotations:literal, $revision:literal) => {
        [
            ("/api/v1/namespaces", NAMESPACES),
            (
                "/apis/argoproj.io/v1alpha1/appprojects",
                r#"{"kind":"AppProjectList","apiVersion":"argoproj.io/v1alpha1","metadata":{},"items":[]}"#,
            ),
            (
                "/apis/argoproj.io/v1alpha1/applications",
                concat!(
                    r#"{"kind":"ApplicationList","apiVersion":"argoproj.io/v1alpha1","metadata":{},"items":[
                    {"apiVersion":"argoproj.io/v1alpha1","kind":"Application",
                     "metadata":{"name":"shop","namespace":"argocd","annotations":"#,
                    $annotations,
                    r#"},"spec":{"project":"shop","destination":{"namespace":"production"},
                         "syncPolicy":{"automated":{"selfHeal":true}},
                         "source":{"repoURL":"https://git.example.com/shop.git","path":"production",
                                   "targetRevision":""#,
                    $revision,
                    r#""}}}]}"#
                ),
            ),
        ]
    };
}

/// An Application that Tidegate pins follows no branch but its own, whatever its
/// file says.
#[test]
fn what_is_adopted_is_pinned() {
    const BY_ITSELF: [(&str, &str); 3] = shop!(
        r#"{"tidegate.dev/followed":"main"}"#,
        "9f1c2e7d5b3a4c6f8e0d1a2b3c4d5e6f7a8b9c0d"
    );
    const BY_BRANCH: [(&str, &str); 3] = shop!(
        r#"{"tidegate.dev/followed":"main","tidegate.dev/branch":"env/shop"}"#,
        "env/shop"
    );
    const LED_OFF: [(&str, &str); 3] = shop!(
        r#"{"tidegate.dev/followed":"main","tidegate.dev/branch":"env/shop"}"#,
        "main"
    );
    for (answers, most) in [(&BY_ITSELF, 0), (&BY_BRANCH, 0), (&LED_OFF, 2)] {
        is_pinned(answers, most);
    }
}

/// How many mistakes are found in it as it is delivered.
fn is_pinned(answers: &'static [(&'static str, &'static str)], expected: usize) {
    let kubeconfig = kubeconfig(&server(answers));
    let mistaken = fixtures().join("TG116/mistaken");
    assert_eq!(found(&mistaken, &["--delivery"]).len(), 2);
    let cluster = named(&kubeconfig);
    for arguments in [&[cluster.as_str()][..], &[&cluster, "--delivery"]] {
        let found = found(&mistaken, arguments);
        assert_eq!(found.len(), expected, "{arguments:?} {found:?}");
    }
}

#[test]
fn a_cluster_without_argo_cd_adds_its_namespaces() {
    let address = server(&[("/api/v1/namespaces", NAMESPACES)]);
    let kubeconfig = kubeconfig(&address);
    let found = found(&recipe(), &[&named(&kubeconfig)]);
    assert!(!found.is_empty());
    assert!(!found.iter().any(|(.., id)| id == "TG105"));
}

#[test]
fn a_cluster_without_argo_cd_does_not_know_what_an_application_set_makes() {
    let set = b"apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\n";
    let project = text(MISTAKE)
        .replace("Deny", "deny")
        .replace("shop", "made-by-a-set");
    let folder = folder(&[("project.yaml", project.as_bytes()), ("set.yaml", set)]);
    let nothing: [Found; 0] = [];
    assert_eq!(found(folder.path(), &[]), nothing);
    let address = server(&[("/api/v1/namespaces", NAMESPACES)]);
    let kubeconfig = kubeconfig(&address);
    assert_eq!(found(folder.path(), &[&named(&kubeconfig)]), nothing);
}

#[test]
fn a_named_cluster_that_does_not_answer_is_not_passed_over() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let kubeconfig = kubeconfig(&address);
    for arguments in [&[named(&kubeconfig).as_str()][..], &["--context", "prod"]] {
        let output = doctor(&recipe(), arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        assert_eq!(text(&output.stdout), "");
    }
}
