//! A real Kubernetes control plane on free loopback ports: etcd, kube-apiserver, kube-controller-manager,
//! kube-scheduler, and kwok with fake nodes, as plain processes of this machine.
//!
//! Several may run at once. Everything is in one temporary folder and gone with the value; the programs do not outlive
//! this process, however it ends (see [`ControlPlane`]). What the fake nodes do with pods: [`crate::kwok_stage`].

mod arguments;
mod audit;
mod credentials;
mod error;
mod layout;
mod node;
mod options;
mod ready;
mod user;

pub use self::{
    error::ControlPlaneError,
    options::{AuditLevel, Options},
    user::User,
};

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use tokio::task::spawn_blocking;

use self::{
    credentials::Identity,
    layout::{Layout, write},
};
use crate::{
    component::{Cache, Program, Programs},
    kwok_stage,
    process::{Launch, LoopbackPort, Process, Processes, listens},
};

/// A running control plane.
///
/// Dropping it stops every program: each is asked to end (SIGTERM), killed if it has not after three seconds, and waited
/// for. That blocks the thread for about a fifth of a second; [`ControlPlane::stop`] does the same without blocking.
/// On Linux with util-linux the programs have process groups of their own, so Ctrl-C reaches only the caller, and the
/// kernel kills them when the caller dies without dropping this.
#[derive(Debug)]
pub struct ControlPlane {
    // Fields are dropped in this order: the programs before the folder that they write to and the ports they listen on.
    processes: Processes<Program>,
    layout: Layout,
    ports: Ports,
    programs: Programs,
    options: Options,
}

/// The ports that are ours until the programs have gone.
#[derive(Debug)]
struct Ports {
    etcd_clients: LoopbackPort,
    etcd_peers: LoopbackPort,
    api_server: LoopbackPort,
}

impl ControlPlane {
    /// Starts a control plane and waits until the API server is ready, the fake nodes take pods, and the namespace
    /// `default` has its service account (as far as the options ask for them). Takes a few seconds once the programs
    /// are built; builds those that are missing, which takes minutes.
    pub async fn start(options: Options) -> Result<Self, ControlPlaneError> {
        let (programs, layout, ports) = {
            let options = options.clone();
            spawn_blocking(move || prepare(&options))
                .await
                .map_err(ControlPlaneError::RuntimeEnded)??
        };
        let mut plane = Self {
            processes: Processes::none(),
            layout,
            ports,
            programs,
            options,
        };
        let etcd = arguments::etcd(
            &plane.layout,
            plane.ports.etcd_clients.number(),
            plane.ports.etcd_peers.number(),
        );
        plane.run(Program::Etcd, etcd)?;
        plane.start_api_server().await?;
        plane.start_nodes_and_controllers().await?;
        Ok(plane)
    }

    /// Stops every program, in the reverse order of their start, and removes the folder.
    pub async fn stop(self) {
        // Fails only if the runtime is ending, which drops the control plane as well.
        let _ = spawn_blocking(move || drop(self)).await;
    }

    /// Stops the API server alone and returns when it is gone; the other programs wait for it to come back. Does nothing
    /// if it is stopped already.
    pub async fn stop_api_server(&mut self) -> Result<(), ControlPlaneError> {
        let Some(process) = self.processes.remove(Program::KubeApiserver) else {
            return Ok(());
        };
        spawn_blocking(move || drop(process))
            .await
            .map_err(ControlPlaneError::RuntimeEnded)
    }

    /// Starts the API server on its port, with the same data and certificate, and waits until it is ready. Does nothing
    /// if it runs.
    pub async fn start_api_server(&mut self) -> Result<(), ControlPlaneError> {
        if self.processes.contains(Program::KubeApiserver) {
            return Ok(());
        }
        let port = self.ports.api_server.number();
        let arguments = arguments::api_server(
            &self.layout,
            &self.options,
            port,
            self.ports.etcd_clients.number(),
        );
        self.run(Program::KubeApiserver, arguments)?;
        // It writes its certificate before it listens, and a client needs the certificate.
        ready::wait(&mut self.processes, "the API server to listen", || {
            listens(port)
        })
        .await?;
        let admin = self.client(User::Admin).await?;
        ready::wait(&mut self.processes, "the API server to be ready", || {
            ready::api_server(&admin)
        })
        .await
    }

    /// Stops the API server and starts it again.
    pub async fn restart_api_server(&mut self) -> Result<(), ControlPlaneError> {
        self.stop_api_server().await?;
        self.start_api_server().await
    }

    /// A kubeconfig with which `user` talks to the API server; its only context is `tidegate`. The file goes with the
    /// control plane.
    pub fn kubeconfig(&self, user: User) -> PathBuf {
        Identity::User(user).kubeconfig(&self.layout.kubeconfigs())
    }

    /// A client that talks as `user`, never through a proxy. To be called within a Tokio runtime.
    pub async fn client(&self, user: User) -> Result<Client, ControlPlaneError> {
        let unreadable = |error| ControlPlaneError::Kubeconfig(Box::new(error));
        let kubeconfig = Kubeconfig::read_from(self.kubeconfig(user)).map_err(unreadable)?;
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .map_err(unreadable)?;
        config.proxy_url = None;
        Client::try_from(config).map_err(|source| ControlPlaneError::Request {
            what: "make a client",
            source: Box::new(source),
        })
    }

    /// `kubectl` as `user`, without arguments; its cache goes with the control plane.
    pub fn kubectl(&self, user: User) -> Command {
        let mut command = Command::new(self.programs.path(Program::Kubectl));
        command
            .env("KUBECONFIG", self.kubeconfig(user))
            .env("KUBECACHEDIR", self.layout.kubectl_cache());
        command
    }

    /// The audit log: one JSON object a line (Kubernetes, `audit.k8s.io/v1` `Event`), written before a request is
    /// answered in full. Reads by the components, by Argo CD, by Velero and by [`User::Admin`], health checks, leases and
    /// Events are not in it.
    pub fn audit_log(&self) -> PathBuf {
        self.layout.audit_log()
    }

    /// The address of the API server, such as `https://127.0.0.1:20443`.
    pub fn server(&self) -> String {
        server(&self.ports)
    }

    /// Where the programs are.
    pub const fn programs(&self) -> &Programs {
        &self.programs
    }

    /// The folder with all files of this control plane: logs in `logs`, kubeconfigs in `kubeconfigs`.
    pub fn directory(&self) -> &Path {
        self.layout.root()
    }

    /// The process ids of the programs that run.
    pub fn process_ids(&self) -> impl Iterator<Item = (Program, u32)> {
        self.processes.ids()
    }

    async fn start_nodes_and_controllers(&mut self) -> Result<(), ControlPlaneError> {
        if self.options.controller_manager {
            let arguments = arguments::controller_manager(&self.layout);
            self.run(Program::KubeControllerManager, arguments)?;
        }
        if self.options.scheduler {
            self.run(Program::KubeScheduler, arguments::scheduler(&self.layout))?;
        }
        let admin = self.client(User::Admin).await?;
        let nodes = self.options.nodes;
        if self.options.kwok {
            self.run(Program::Kwok, arguments::kwok(&self.layout))?;
            node::create(&admin, nodes)
                .await
                .map_err(|source| ControlPlaneError::Request {
                    what: "add the fake nodes",
                    source: Box::new(source),
                })?;
        }
        if self.options.controller_manager {
            ready::wait(&mut self.processes, "the default service account", || {
                ready::service_account(&admin)
            })
            .await?;
        }
        if self.options.kwok && self.options.controller_manager {
            ready::wait(&mut self.processes, "the fake nodes to be ready", || {
                node::are_ready(&admin, nodes)
            })
            .await?;
        }
        Ok(())
    }

    fn run(
        &mut self,
        program: Program,
        arguments: Vec<std::ffi::OsString>,
    ) -> Result<(), ControlPlaneError> {
        let process = Process::start(Launch {
            executable: self.programs.path(program),
            arguments,
            environment: Vec::new(),
            home: self.layout.root(),
            log: self.layout.log(program),
        })
        .map_err(|source| ControlPlaneError::Spawn { program, source })?;
        self.processes.add(program, process);
        Ok(())
    }
}

/// Everything that is done before the first program runs.
fn prepare(options: &Options) -> Result<(Programs, Layout, Ports), ControlPlaneError> {
    let programs = Programs::of_control_plane().map_err(ControlPlaneError::Programs)?;
    let layout = Layout::create()?;
    let ports = reserve_ports(options)?;
    credentials::write_tokens(
        &layout.tokens(),
        &layout.kubeconfigs(),
        &server(&ports),
        &layout.certificate(),
    )?;
    credentials::write_service_account_keys(
        &layout.service_account_private_key(),
        &layout.service_account_public_key(),
    )?;
    let policy = audit::policy(options.audit);
    write(&layout.audit_policy(), &format!("{policy:#}\n"))?;
    if options.kwok {
        let stages = kwok_stage::configuration(programs.path(Program::Kustomize))
            .map_err(ControlPlaneError::Stages)?;
        write(&layout.kwok_configuration(), &stages)?;
    }
    Ok((programs, layout, ports))
}

fn reserve_ports(options: &Options) -> Result<Ports, ControlPlaneError> {
    let reservations = Cache::of_user()
        .and_then(|cache| cache.subfolder("ports"))
        .map_err(ControlPlaneError::Programs)?;
    let free = || LoopbackPort::reserve(&reservations).ok_or(ControlPlaneError::NoPort);
    Ok(Ports {
        api_server: match options.port {
            None => free()?,
            Some(number) => LoopbackPort::reserve_number(&reservations, number)
                .ok_or(ControlPlaneError::NoPort)?,
        },
        etcd_clients: free()?,
        etcd_peers: free()?,
    })
}

fn server(ports: &Ports) -> String {
    format!("https://127.0.0.1:{}", ports.api_server.number())
}
