use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use kube::Api;
use serde_json::Value;
use tidegate_api::Change;
use tidegate_core::lifecycle::Status;
use tidegate_testkit::control_plane::User;
use tokio::time::sleep;

use super::{
    DemoError,
    cluster::Cluster,
    command::{self, Ran},
    narrator::Narrator,
    play::Play,
    pods::PodWatch,
    probe_server::ProbeServer,
    repository::Repository,
    services::{Images, Service},
};

/// How long anything may take that is set up: a lent cluster may have images to pull.
const PATIENCE: Duration = Duration::from_mins(5);
/// How often to look.
const LOOK: Duration = Duration::from_millis(150);

/// Where the acts play: the cluster with Tidegate in it, the repository, and what the people can do with both.
pub(super) struct Stage {
    pub(super) narrator: Narrator,
    pub(super) cluster: Cluster,
    pub(super) repository: Repository,
    pub(super) probe: Option<ProbeServer>,
    /// What was applied to the cluster so far, in order.
    pub(super) applied: Vec<Vec<u8>>,
}

impl Stage {
    /// A cluster without Tidegate, and the repository.
    pub(super) fn new(narrator: Narrator, cluster: Cluster, play: Play) -> Result<Self, DemoError> {
        let (images, production) = (cluster.images(), &cluster.names().production);
        let repository = Repository::with_what_runs(images, production, play.keeper())?;
        Ok(Self {
            narrator,
            cluster,
            repository,
            probe: None,
            applied: Vec::new(),
        })
    }

    /// Runs `tidegate` as one of the people, as they type it, and shows what they get.
    pub(super) async fn tidegate(
        &self,
        person: User,
        arguments: &[&str],
    ) -> Result<Ran, DemoError> {
        let mut command = self.cluster.tidegate(person);
        command.args(arguments);
        self.narrator
            .command(first_name(person), &command::line(&command));
        if Narrator::wants_colour() {
            command.args(["--color", "always"]);
        }
        command::show(&self.narrator, command).await
    }

    /// The same with `kubectl`.
    pub(super) async fn kubectl(&self, person: User, arguments: &[&str]) -> Result<Ran, DemoError> {
        let mut command = self.cluster.kubectl(person);
        command.args(arguments);
        self.narrator
            .command(first_name(person), &command::line(&command));
        command::show(&self.narrator, command).await
    }

    /// The board, as Dana sees it.
    pub(super) async fn board(&self) -> Result<(), DemoError> {
        let namespace = self.cluster.names().changes.clone();
        let get = ["get", "changes", "-n", &namespace];
        self.kubectl(User::Dana, &get)
            .await?
            .succeeded("kubectl get changes")
    }

    /// What `tidegate why` answers to a program.
    pub(super) async fn why(&self, change: &str) -> Result<Value, DemoError> {
        let mut command = self.cluster.tidegate(User::Dana);
        command.args(["why", change, "--output", "json"]);
        command::json(command).await
    }

    /// The ledger's file.
    pub(super) fn ledger(&self) -> PathBuf {
        self.cluster.folder().join("ledger.sqlite")
    }

    /// What `tidegate record` answers to a program.
    pub(super) async fn record(&self, change: &str) -> Result<Value, DemoError> {
        let mut command = self.cluster.tidegate(User::Audrey);
        command
            .args(["record", change, "--output", "json", "--ledger"])
            .arg(self.ledger());
        command::json(command).await
    }

    /// Writes a file into the folder in which the commands run.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), DemoError> {
        let path = self.cluster.folder().join(name);
        std::fs::write(&path, text).map_err(|source| DemoError::Write { path, source })
    }

    /// The change as it is in the cluster.
    pub(super) async fn change(&self, name: &str) -> Result<Change, DemoError> {
        let changes: Api<Change> =
            Api::namespaced(self.cluster.admin(), &self.cluster.names().changes);
        changes
            .get(name)
            .await
            .map_err(DemoError::request(format!("read {name}")))
    }

    /// What Tidegate says of the change.
    pub(super) async fn status(&self, name: &str) -> Result<Status, DemoError> {
        let status = self.change(name).await?.status;
        Ok(status.unwrap_or_default().status)
    }

    /// Waits until a change's status is so; an error if it is not in time.
    pub(super) async fn until(
        &self,
        name: &str,
        what: &str,
        limit: Duration,
        so: impl Fn(&Status) -> bool,
    ) -> Result<Status, DemoError> {
        let begun = Instant::now();
        loop {
            let status = self.status(name).await?;
            if so(&status) {
                return Ok(status);
            }
            let waited = begun.elapsed();
            if waited > limit {
                return Err(DemoError::Late {
                    what: format!("{name} {what}"),
                    waited,
                    instead: standing(&status),
                });
            }
            sleep(LOOK).await;
        }
    }

    /// Counts the pods of a service from here on.
    pub(super) async fn watch_pods(&self, service: Service, old_version: &str) -> PodWatch {
        let image = self.images().of(service, old_version);
        let namespace = &self.cluster.names().production;
        PodWatch::start(self.cluster.admin(), namespace, service, image).await
    }

    /// A service keeps data in a volume, and Velero backs it up.
    pub(super) const fn keeps_data(&self) -> bool {
        self.cluster.storage().is_some()
    }

    pub(super) const fn images(&self) -> Images {
        self.cluster.images()
    }
}

/// Waits until it is so; an error, with what there is instead, if it is not in time.
pub(super) async fn eventually(
    what: &str,
    mut so: impl AsyncFnMut() -> Result<(), String>,
) -> Result<(), DemoError> {
    let begun = Instant::now();
    while let Err(instead) = so().await {
        let waited = begun.elapsed();
        if waited > PATIENCE {
            return Err(DemoError::Late {
                what: what.to_owned(),
                waited,
                instead,
            });
        }
        sleep(LOOK).await;
    }
    Ok(())
}

/// Where a change stands, in one sentence.
pub(super) fn standing(status: &Status) -> String {
    let waits: Vec<&str> = status
        .waiting_on
        .iter()
        .map(|waiting| waiting.message.as_str())
        .collect();
    let because = if waits.is_empty() {
        status.reason.clone()
    } else {
        waits.join("; ")
    };
    format!("it is {}: {because}", status.phase)
}

/// What the people call each other.
pub(super) fn first_name(person: User) -> &'static str {
    person.name().split('@').next().unwrap_or_default()
}
