//! Tidegate and Argo CD on one control plane, with Applications that both know.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};
use tidegate_core::argo_cd::{Application, adoption};
use tidegate_testkit::argo_cd::{
    ArgoCd, NewApplication, Options, applications, create, is_synced_and_healthy, project,
    projects, wait_for,
};
use tidegate_testkit::control_plane::{self, AuditLevel};
use tidegate_testkit::repository::Edit;

use super::super::Measured;
use super::super::installation::{DANA, Installation};
use super::services::{Kind, deployment, files, folder};

/// The AppProject of the Applications that wait for windows.
pub(super) const WINDOWS: &str = "bench";

/// How many Applications wait for one and the same window of Tidegate.
const TOGETHER: usize = 4;

/// How much later than Argo CD's own window each further one of Tidegate opens,
/// so that few changes start at once. Argo CD's begin on whole minutes only.
pub(super) const APART: SignedDuration = SignedDuration::from_secs(5);

/// The same of those that fail, which have no windows.
pub(super) const FAILURES: &str = "bench-failures";

/// How long Argo CD may take for what it does by itself.
const PATIENCE: Duration = Duration::from_mins(6);

pub(super) struct Setup {
    // Dropped in this order.
    pub(super) argo_cd: ArgoCd,
    pub(super) installation: Installation,
    /// Applications that Tidegate syncs when a window opens, by window.
    pub(super) waiting: Vec<Vec<String>>,
    /// Applications that Argo CD syncs by itself behind the same windows.
    pub(super) automatic: Vec<String>,
    /// Applications whose changes fail, and whether their sync waits for what
    /// does not become healthy.
    pub(super) failing: Vec<(String, bool)>,
    changes: usize,
}

impl Setup {
    pub(super) async fn start(waiting: usize, automatic: usize, failing: usize) -> Measured<Self> {
        let waiting: Vec<String> = (0..waiting).map(|number| format!("s{number}")).collect();
        let waiting: Vec<Vec<String>> = waiting.chunks(TOGETHER).map(<[_]>::to_vec).collect();
        let automatic: Vec<String> = (0..automatic)
            .map(|number| format!("automatic-{number}"))
            .collect();
        let failing: Vec<(String, bool)> = (0..failing)
            .flat_map(|number| {
                [
                    (format!("running-{number}"), true),
                    (format!("ended-{number}"), false),
                ]
            })
            .collect();
        let settings = waiting.iter().flatten().chain(&automatic);
        let mut edits: Vec<Edit> = settings
            .flat_map(|name| files(name, Kind::Settings, 0))
            .collect();
        for (name, waits) in &failing {
            edits.extend(files(name, deployment(false, *waits), 0));
        }
        let groups = (0..waiting.len()).map(namespace);
        let namespaces: Vec<String> = groups
            .chain([WINDOWS, FAILURES].map(str::to_owned))
            .collect();
        let options = control_plane::Options {
            audit: AuditLevel::RequestResponse,
            ..control_plane::Options::default()
        };
        let installation = Installation::of(options, &edits, &namespaces).await?;
        anstream::eprintln!("Argo CD starts …");
        let argo_cd = ArgoCd::start(&installation.plane, Options::default()).await?;
        let mut setup = Self {
            argo_cd,
            installation,
            waiting,
            automatic,
            failing,
            changes: 0,
        };
        setup.make_applications().await?;
        setup.installation.start_controller()?;
        for group in 0..setup.waiting.len() {
            let namespace = namespace(group);
            setup.policy(&namespace, "2m", Some(&namespace)).await?;
        }
        setup.policy(FAILURES, "20s", None).await?;
        Ok(setup)
    }

    /// Argo CD brings every Application to the first commit; those that
    /// Tidegate is to sync are adopted.
    async fn make_applications(&self) -> Measured<()> {
        let admin = &self.installation.admin;
        for name in [WINDOWS, FAILURES] {
            create(&projects(admin), project(name, &json!([]))).await?;
        }
        let mut all: Vec<(&String, &str, String)> = Vec::new();
        for (group, names) in self.waiting.iter().enumerate() {
            all.extend(names.iter().map(|name| (name, WINDOWS, namespace(group))));
        }
        let automatic = self.automatic.iter();
        all.extend(automatic.map(|name| (name, WINDOWS, WINDOWS.to_owned())));
        let failing = self.failing.iter();
        all.extend(failing.map(|(name, _)| (name, FAILURES, FAILURES.to_owned())));
        for (name, project, namespace) in &all {
            let application = NewApplication {
                name,
                project,
                repository: self.installation.repository.path(),
                path: &folder(name),
                revision: "main",
                server: self.argo_cd.server(),
                namespace,
            };
            let mut object = application.object();
            object["spec"]["syncPolicy"]["retry"] = json!({"limit": 0});
            create(&applications(admin), object).await?;
        }
        anstream::eprintln!("Argo CD syncs {} Applications …", all.len());
        for (name, ..) in &all {
            let revision = &self.installation.revision;
            let done = |object: &Value| is_synced_and_healthy(object, revision);
            let what = "is synced and healthy";
            wait_for(&applications(admin), name, what, PATIENCE, done).await?;
        }
        let failures = self.failing.iter().map(|(name, _)| name);
        for name in self.waiting.iter().flatten().chain(failures) {
            self.adopt(name).await?;
        }
        Ok(())
    }

    /// What `tidegate adopt` does.
    async fn adopt(&self, name: &str) -> Measured<()> {
        let api: Api<DynamicObject> = applications(&self.installation.admin);
        let mut tries = 0;
        loop {
            let object = serde_json::to_value(api.get(name).await?)?;
            let application = Application::read(&object)?;
            // Argo CD writes its status all the while.
            let refused = match adoption::examine(&application, None) {
                Ok(revision) => {
                    let patch = adoption::adopt(&object, &application, &revision);
                    let patch = Patch::Merge(&patch);
                    match api.patch(name, &PatchParams::default(), &patch).await {
                        Ok(_) => return Ok(()),
                        Err(error) => error.to_string(),
                    }
                }
                Err(refusals) => format!("{refusals:?}"),
            };
            tries += 1;
            if tries > 100 {
                return Err(format!("{name} cannot be adopted: {refused}").into());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn policy(&self, namespace: &str, within: &str, calendar: Option<&str>) -> Measured<()> {
        let mut spec = json!({
            "governs": {"namespaces": [namespace]},
            "approvals": {"count": 2},
            "backup": {"provider": "none", "reason": "a measurement"},
            "stages": [{"name": "full", "applications": {"names": ["*"]}, "within": within}],
        });
        if let Some(calendar) = calendar {
            spec["calendar"] = json!(calendar);
        }
        self.installation
            .apply(&json!({
                "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangePolicy",
                "metadata": {"name": namespace}, "spec": spec,
            }))
            .await
    }

    /// Commits these files; changes are of this commit from now on.
    pub(super) fn commit(&mut self, message: &str, edits: &[Edit]) -> Measured<()> {
        let installation = &mut self.installation;
        installation.revision = installation.repository.commit(DANA, message, edits)?;
        Ok(())
    }

    /// Submits a change for each of these Applications and approves it. Gives
    /// the changes' names.
    pub(super) async fn changes(
        &mut self,
        names: &[String],
        namespace: &str,
    ) -> Measured<Vec<String>> {
        let first = self.changes;
        self.changes += names.len();
        for (name, number) in names.iter().zip(first..) {
            let target = json!({"name": name, "namespace": namespace, "application": name});
            self.installation.submit_to(number, &target).await?;
        }
        for number in first..self.changes {
            self.installation.approve(number).await?;
        }
        Ok((first..self.changes)
            .map(|number| format!("chg-{number}"))
            .collect())
    }

    /// Lets the calendar of each group open, the first at this instant and the
    /// others one after the other, for four hours. Gives the instants.
    pub(super) async fn calendars(&self, first: Timestamp) -> Measured<Vec<Timestamp>> {
        let local = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let mut opens = Vec::new();
        let mut at = first;
        for group in 0..self.waiting.len() {
            self.installation
                .apply(&json!({
                    "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangeCalendar",
                    "metadata": {"name": namespace(group)},
                    "spec": {"timeZone": "UTC", "windows": [{
                        "name": "window", "from": local(at),
                        "to": local(at + SignedDuration::from_hours(4)),
                    }]},
                }))
                .await?;
            opens.push(at);
            at += APART;
        }
        Ok(opens)
    }

    /// Gives Argo CD sync windows: who waits for which instant, a whole minute.
    pub(super) async fn sync_windows(&self, windows: &[(Vec<String>, Timestamp)]) -> Measured<()> {
        let windows: Vec<Value> = windows
            .iter()
            .filter(|(names, _)| !names.is_empty())
            .map(|(names, opens)| {
                json!({
                    "kind": "allow", "schedule": opens.strftime("%-M %-H %-d %-m *").to_string(),
                    "duration": "4h", "timeZone": "UTC", "applications": names,
                })
            })
            .collect();
        let patch = json!({"spec": {"syncWindows": windows}});
        projects(&self.installation.admin)
            .patch(WINDOWS, &PatchParams::default(), &Patch::Merge(&patch))
            .await?;
        Ok(())
    }
}

/// Where the Applications of a group deploy to; also its policy and its calendar.
pub(super) fn namespace(group: usize) -> String {
    format!("{WINDOWS}-{group}")
}
