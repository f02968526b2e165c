//! Tidegate on the real control plane, installed and used as the README says:
//! everything goes through the program, as the people that it is for.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test target uses a part of it, and says what failed by failing"
)]

use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tidegate_testkit::component::Program;
use tidegate_testkit::control_plane::{ControlPlane, Options, User};
use tidegate_testkit::repository::{Author, Edit, GitRepository};

/// Nothing in the world may take longer; it only bounds a test that hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// The five seconds that an admission policy may take to bite, after which
/// signatures count, and one since times are cut to whole seconds; the
/// installation itself takes the rest.
const UNTIL_SIGNATURES_COUNT: Duration = Duration::from_secs(9);

const DANA: Author<'static> = Author {
    name: "Dana",
    email: "dana@example.com",
};
pub const LEA: Author<'static> = Author {
    name: "Lea",
    email: "lea@example.com",
};
const BOT: Author<'static> = Author {
    name: "gitops",
    email: "gitops@example.com",
};

/// A control plane on which no pod runs: enough for changes that bring none.
pub struct Cluster {
    pub plane: ControlPlane,
    folder: TempDir,
    repository: GitRepository,
    controller: Option<Controller>,
}

/// How a command ended, and what it wrote.
pub struct Ran {
    pub code: Option<i32>,
    /// Its result.
    pub result: String,
    /// What it said besides.
    pub remarks: String,
}

impl Ran {
    fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code(),
            result: text(&output.stdout),
            remarks: text(&output.stderr),
        }
    }

    /// The whole screen, for a person to judge.
    pub fn screen(&self) -> String {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        format!("{}{}(ends with {code})\n", self.remarks, self.result)
    }
}

impl Cluster {
    /// An empty one.
    pub async fn start() -> Self {
        let options = Options {
            scheduler: false,
            kwok: false,
            ..Options::default()
        };
        Self {
            plane: ControlPlane::start(options).await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
            repository: GitRepository::empty().unwrap(),
            controller: None,
        }
    }

    /// One with Tidegate on it, a repository with a ConfigMap, and everybody in
    /// their part.
    pub async fn with_tidegate() -> Self {
        let mut cluster = Self::start().await;
        let version = [kustomization(), settings("1")];
        cluster
            .repository
            .commit(BOT, "Version 1", &version)
            .unwrap();
        // First what proves who signs, which counts only after a few seconds.
        let installed = Instant::now();
        for arguments in [&["crds"][..], &["crds", "--rbac"]] {
            let printed = cluster.tidegate(User::Admin, arguments);
            assert_eq!(printed.code, Some(0), "{}", printed.screen());
            cluster.kubectl_apply(&printed.result);
        }
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "production"}});
        cluster.apply(&namespace);
        cluster.everybody_has_their_part();
        cluster.start_controller();
        let counts = UNTIL_SIGNATURES_COUNT.saturating_sub(installed.elapsed());
        tokio::time::sleep(counts).await;
        cluster
    }

    fn everybody_has_their_part(&self) {
        let binding = |name: &str, role: &str, subjects: &[Value]| {
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": {"name": name, "namespace": "tidegate"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": subjects,
            })
        };
        let group = |name: &str| json!({"kind": "Group", "name": name, "apiGroup": "rbac.authorization.k8s.io"});
        let account =
            [json!({"kind": "ServiceAccount", "name": "tidegate", "namespace": "tidegate"})];
        let mut delivery = binding("tidegate", "edit", &account);
        delivery["metadata"]["namespace"] = json!("production");
        let approvers = ["app-team", "sre-team", "sre-lead", "change-managers"].map(group);
        for binding in [
            delivery,
            binding(
                "requesters",
                "tidegate-requester",
                &["developers", "sre-team"].map(group),
            ),
            binding("approvers", "tidegate-approver", &approvers),
            binding("emergencies", "tidegate-emergency", &[group("sre-team")]),
            binding("auditors", "tidegate-viewer", &[group("auditors")]),
        ] {
            self.apply(&binding);
        }
    }

    /// Policies and calendars are in no namespace, and nor is this binding. It is
    /// in force when this returns.
    pub fn everybody_sees_policies_and_calendars(&self) {
        let everybody = json!({
            "kind": "Group", "name": "system:authenticated", "apiGroup": "rbac.authorization.k8s.io",
        });
        self.apply(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": "viewers"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "tidegate-viewer"},
            "subjects": [everybody],
        }));
        self.until_may(User::Audrey, &["get", "changecalendars.tidegate.dev"]);
    }

    /// Waits until a permission is in force, which takes it a moment.
    pub fn until_may(&self, user: User, what: &[&str]) {
        let start = Instant::now();
        loop {
            let mut kubectl = self.plane.kubectl(user);
            kubectl
                .args(["auth", "can-i", "--all-namespaces"])
                .args(what);
            if kubectl.output().unwrap().status.success() {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{user:?} never may {what:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Starts the controller; it stops with this value.
    pub fn start_controller(&mut self) {
        let log = self.folder.path().join("controller.log");
        let mut serve = self.command(User::Tidegate);
        serve
            .args(["serve", "--data"])
            .arg(self.folder.path().join("data"))
            .arg("--kustomize")
            .arg(self.plane.programs().path(Program::Kustomize))
            .stderr(std::fs::File::create(log).unwrap());
        self.controller = Some(Controller(serve.spawn().unwrap()));
    }

    /// `tidegate` as one of the people, without arguments.
    fn command(&self, user: User) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
        command
            .env("KUBECONFIG", self.plane.kubeconfig(user))
            .env("TZ", "Europe/Zurich")
            .env_remove("TIDEGATE_NAMESPACE")
            .stdin(Stdio::null())
            .current_dir(self.folder.path());
        command
    }

    /// What `tidegate` answers one of the people.
    pub fn tidegate(&self, user: User, arguments: &[&str]) -> Ran {
        Ran::new(&self.command(user).args(arguments).output().unwrap())
    }

    /// Asks until the result says so.
    pub fn until(&self, user: User, arguments: &[&str], says: &str) -> Ran {
        let start = Instant::now();
        loop {
            let ran = self.tidegate(user, arguments);
            if ran.result.contains(says) {
                return ran;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{arguments:?} never says {says:?}: {}\n{}",
                ran.screen(),
                std::fs::read_to_string(self.folder.path().join("controller.log")).unwrap(),
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Applies an object as the administrator.
    pub fn apply(&self, object: &Value) {
        self.kubectl_apply(&object.to_string());
    }

    /// Applies objects as the administrator, as the README says. A kind that was
    /// defined just now takes a moment to be known.
    pub fn kubectl_apply(&self, manifests: &str) {
        let start = Instant::now();
        loop {
            let mut kubectl = self.plane.kubectl(User::Admin);
            kubectl
                .args(["apply", "--server-side", "--force-conflicts", "-f", "-"])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            let mut child = kubectl.spawn().unwrap();
            let mut input = child.stdin.take().unwrap();
            input.write_all(manifests.as_bytes()).unwrap();
            drop(input);
            let output = child.wait_with_output().unwrap();
            if output.status.success() {
                return;
            }
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(start.elapsed() < PATIENCE, "{said}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// A commit by Dana that changes the settings. Gives its full id.
    pub fn commit(&mut self, version: &str) -> String {
        self.commit_by(DANA, version)
    }

    /// The same by somebody else.
    pub fn commit_by(&mut self, author: Author<'_>, version: &str) -> String {
        let message = format!("Version {version}");
        let edits = [settings(version)];
        self.repository.commit(author, &message, &edits).unwrap()
    }

    /// Submits a change of the settings, with more arguments of `change new`.
    pub fn submit(&self, user: User, ticket: &str, revision: &str, more: &[&str]) -> Ran {
        let repository = self.repository.path().to_str().unwrap();
        let arguments = [
            &[
                "change",
                "new",
                "--ticket",
                ticket,
                "--title",
                "Replace the leaked token",
                "--repository",
                repository,
                "--revision",
                revision,
                "--target",
                "settings=overlay@production",
                "--risk",
                "Medium",
                "--rollback",
                "Previous revision",
                "--expected-duration",
                "1s",
                "--submit",
            ],
            more,
        ]
        .concat();
        self.tidegate(user, &arguments)
    }

    /// The version of the settings that is in the cluster.
    pub fn version(&self) -> String {
        let mut kubectl = self.plane.kubectl(User::Admin);
        kubectl.args(["-n", "production", "get", "configmap", "settings"]);
        let output = kubectl.args(["-o", "jsonpath={.data.version}"]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    }

    /// What the controller's own record has of a change.
    pub fn record(&self, change: &str) -> Value {
        let ledger = self.folder.path().join("data/ledger.sqlite");
        let ledger = ledger.to_str().unwrap();
        let record = ["record", change, "--ledger", ledger, "-o", "json"];
        let ran = self.tidegate(User::Admin, &record);
        assert_eq!(ran.code, Some(0), "{}", ran.screen());
        serde_json::from_str(&ran.result).unwrap()
    }

    /// Stops the controller, if it runs.
    pub fn stop_controller(&mut self) {
        self.controller = None;
    }

    /// Stops everything.
    pub async fn finish(self) {
        drop(self.controller);
        self.plane.stop().await;
    }
}

/// The controller's process, which ends with this value.
struct Controller(Child);

impl Drop for Controller {
    fn drop(&mut self) {
        // One that has ended already needs nothing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn settings(version: &str) -> Edit {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "settings"}, "data": {"version": version},
    });
    Edit::write("overlay/settings.yaml", format!("{object:#}\n"))
}

fn kustomization() -> Edit {
    let object = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
        "resources": ["settings.yaml"],
    });
    Edit::write("overlay/kustomization.yaml", format!("{object:#}\n"))
}
