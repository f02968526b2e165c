use std::path::{Path, PathBuf};

use kube::{Client, config::Kubeconfig};
use tidegate_testkit::{
    argo_cd::{self, ArgoCd},
    control_plane::{ControlPlane, Options, User},
    csi::Storage,
    velero::{self, Velero},
};
use tokio::process::Command;

use super::{DemoError, borrowed, command, kubeconfigs, programs::Programs, services::Images};

/// What the story's namespaces are called.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// Where changes are, and Tidegate itself.
    pub(super) changes: String,
    /// Where the services run.
    pub(super) production: String,
}

/// Where the story plays: a control plane of its own, or a cluster that somebody lends.
pub(super) struct Cluster {
    // Dropped first: these ask for the API server as long as they run.
    argo_cd: Option<ArgoCd>,
    velero: Option<Velero>,
    storage: Option<Storage>,
    own: Option<ControlPlane>,
    names: Names,
    programs: Programs,
    folder: PathBuf,
    admin: Client,
}

impl Cluster {
    /// Starts a control plane; `folder` is for files that go with it.
    pub(super) async fn own(programs: Programs, folder: &Path) -> Result<Self, DemoError> {
        let plane = ControlPlane::start(Options::default()).await?;
        let admin = plane.client(User::Admin).await?;
        Ok(Self {
            argo_cd: None,
            velero: None,
            storage: None,
            own: Some(plane),
            names: Names {
                changes: "tidegate".to_owned(),
                production: "production".to_owned(),
            },
            programs,
            folder: folder.to_owned(),
            admin,
        })
    }

    /// Uses the cluster of a context of the user's kubeconfig. Nothing is written to it yet.
    pub(super) async fn lent(
        context: &str,
        programs: Programs,
        folder: &Path,
    ) -> Result<Self, DemoError> {
        let admin = borrowed::kubeconfigs(context, folder).await?;
        Ok(Self {
            argo_cd: None,
            velero: None,
            storage: None,
            own: None,
            names: Names {
                changes: "tidegate-demo-changes".to_owned(),
                production: "tidegate-demo-production".to_owned(),
            },
            programs,
            folder: folder.to_owned(),
            admin,
        })
    }

    /// Starts Argo CD beside a control plane of our own, which is the cluster `production` to it.
    pub(super) async fn start_argo_cd(&mut self) -> Result<(), DemoError> {
        let plane = self.own.as_ref().ok_or(DemoError::NeedsOwnControlPlane)?;
        self.argo_cd = Some(ArgoCd::start(plane, argo_cd::Options::default()).await?);
        Ok(())
    }

    /// The folder with the logs of Argo CD, where it runs.
    pub(super) fn argo_cd_logs(&self) -> Option<PathBuf> {
        let argo_cd = self.argo_cd.as_ref()?;
        Some(argo_cd.directory().join("logs"))
    }

    /// Gives a control plane of our own volumes that hold data.
    pub(super) async fn start_storage(&mut self) -> Result<(), DemoError> {
        let plane = self.own.as_ref().ok_or(DemoError::NeedsOwnControlPlane)?;
        self.storage = Some(Storage::start(plane).await?);
        Ok(())
    }

    /// Starts Velero and its object store beside a control plane of our own.
    pub(super) async fn start_velero(&mut self) -> Result<(), DemoError> {
        let plane = self.own.as_ref().ok_or(DemoError::NeedsOwnControlPlane)?;
        self.velero = Some(Velero::start(plane, velero::Options::default()).await?);
        Ok(())
    }

    /// The volumes, where there are any: then a service keeps data in one of them, and Velero backs it up.
    pub(super) const fn storage(&self) -> Option<&Storage> {
        self.storage.as_ref()
    }

    /// The log of Velero, where it runs.
    pub(super) fn velero_log(&self) -> Option<PathBuf> {
        Some(self.velero.as_ref()?.log())
    }

    /// A control plane of our own: nothing runs inside its pods, kwok plays them.
    pub(super) const fn is_own(&self) -> bool {
        self.own.is_some()
    }

    pub(super) const fn images(&self) -> Images {
        if self.is_own() {
            Images::Played
        } else {
            Images::Pulled
        }
    }

    pub(super) const fn names(&self) -> &Names {
        &self.names
    }

    pub(super) const fn programs(&self) -> &Programs {
        &self.programs
    }

    /// A client that may do everything, with which the demo looks for itself.
    pub(super) fn admin(&self) -> Client {
        self.admin.clone()
    }

    /// The folder for files of this run.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A kubeconfig with which one of the people talks to the API server.
    pub(super) fn kubeconfig(&self, person: User) -> PathBuf {
        match &self.own {
            Some(plane) => plane.kubeconfig(person),
            None => borrowed::kubeconfig(&self.folder, person),
        }
    }

    /// Writes a kubeconfig for whoever `token` is for.
    pub(super) fn kubeconfig_with_token(&self, token: &str) -> Result<PathBuf, DemoError> {
        let administrator =
            Kubeconfig::read_from(self.kubeconfig(User::Admin)).map_err(|source| {
                DemoError::Kubeconfig {
                    context: "of the administrator".to_owned(),
                    source: Box::new(source),
                }
            })?;
        let kubeconfig = kubeconfigs::with_token(&administrator, token);
        kubeconfigs::write(&self.folder, "controller", &kubeconfig)
    }

    /// `kubectl` as one of the people, without arguments.
    pub(super) fn kubectl(&self, person: User) -> Command {
        let mut command = self.command(&self.programs.kubectl);
        command
            .env("KUBECONFIG", self.kubeconfig(person))
            .env("KUBECACHEDIR", self.folder.join("kubectl-cache"));
        command
    }

    /// `tidegate` as one of the people, without arguments.
    pub(super) fn tidegate(&self, person: User) -> Command {
        let mut command = self.command(&self.programs.tidegate);
        command.env("KUBECONFIG", self.kubeconfig(person));
        command
    }

    /// A program in the folder of this run. With a control plane of our own nothing of the person's environment that
    /// could change the story reaches it; a lent cluster may need it, for credentials or a proxy.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if self.is_own() {
            command.env_clear();
            let kept = ["PATH", "HOME", "TZ", "TERM", "LANG", "LC_ALL", "NO_COLOR"];
            command.envs(
                kept.iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            );
        }
        command
            .env("TIDEGATE_NAMESPACE", &self.names.changes)
            // What a program that was killed leaves behind goes with the folder.
            .env("TMPDIR", &self.folder)
            .current_dir(&self.folder);
        command
    }

    /// Applies objects as the administrator, as `kubectl apply --server-side` does. Gives how many there were.
    pub(super) async fn apply(&self, manifests: &[u8]) -> Result<usize, DemoError> {
        let mut kubectl = self.kubectl(User::Admin);
        kubectl.args([
            "apply",
            "--server-side",
            "--force-conflicts",
            "--filename",
            "-",
        ]);
        let told = command::quietly(kubectl, manifests).await?;
        Ok(String::from_utf8_lossy(&told).lines().count())
    }

    /// Stops what runs beside a control plane of our own, and then that.
    pub(super) async fn stop(self) {
        if let Some(argo_cd) = self.argo_cd {
            argo_cd.stop().await;
        }
        if let Some(velero) = self.velero {
            velero.stop().await;
        }
        if let Some(storage) = self.storage {
            storage.stop().await;
        }
        if let Some(plane) = self.own {
            plane.stop().await;
        }
    }
}
