//! The real Prometheus, as a plain process that asks one program of a test for its metrics.

use std::{env, fs, io, net::SocketAddr, path::PathBuf, process::ExitStatus, time::Duration};

use tempfile::TempDir;
use thiserror::Error;
use tokio::task::spawn_blocking;

use crate::{
    component::{Cache, ComponentError, PROMETHEUS},
    process::{Launch, LoopbackPort, Process, Unready},
};

/// How long it may take until it listens. It takes a second; a busy machine is given more.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running Prometheus with an empty history. Dropping it stops it, and removes what it has stored.
#[derive(Debug)]
pub struct Prometheus {
    // Dropped in this order: the program before what it writes to and listens on.
    process: Process,
    port: LoopbackPort,
    _directory: TempDir,
}

impl Prometheus {
    /// Starts it, so that it asks `exporter` for `/metrics` every second, as job `tests`. Listening when this returns; the
    /// first metrics are there a second or two later. Installs Debian's package where Prometheus is missing.
    pub async fn start(exporter: SocketAddr) -> Result<Self, PrometheusError> {
        let mut prometheus = spawn_blocking(move || Self::launch(exporter))
            .await
            .map_err(PrometheusError::RuntimeEnded)??;
        let port = prometheus.port.number();
        match prometheus.process.until_listens(port, PATIENCE).await {
            Ok(()) => Ok(prometheus),
            Err(Unready::Ended(ended)) => Err(PrometheusError::Ended {
                status: ended.status,
                log: ended.log,
            }),
            Err(Unready::Late(waited)) => Err(PrometheusError::NotReady { waited }),
        }
    }

    /// Where it is asked.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number())
    }

    fn launch(exporter: SocketAddr) -> Result<Self, PrometheusError> {
        let executable = PROMETHEUS
            .find_or_install()
            .map_err(PrometheusError::Program)?;
        let port = Cache::of_user()
            .and_then(|cache| cache.subfolder("ports"))
            .map_err(PrometheusError::Program)?;
        let port = LoopbackPort::reserve(&port).ok_or(PrometheusError::NoPort)?;
        let directory = tempfile::Builder::new()
            .prefix("tidegate-prometheus-")
            .tempdir()
            .map_err(|source| PrometheusError::File {
                path: env::temp_dir(),
                source,
            })?;
        let path = directory.path().join("prometheus.yml");
        let configuration = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: tests\n  static_configs: [{{targets: ['{exporter}']}}]\n"
        );
        fs::write(&path, configuration).map_err(|source| PrometheusError::File {
            path: path.clone(),
            source,
        })?;
        let flag = |name: &str, value: &std::path::Path| {
            let mut flag = std::ffi::OsString::from(name);
            flag.push(value);
            flag
        };
        let process = Process::start(Launch {
            executable: &executable,
            arguments: vec![
                flag("--config.file=", &path),
                flag("--storage.tsdb.path=", &directory.path().join("data")),
                format!("--web.listen-address=127.0.0.1:{}", port.number()).into(),
            ],
            environment: Vec::new(),
            home: directory.path(),
            log: directory.path().join("prometheus.log"),
        })
        .map_err(PrometheusError::Spawn)?;
        Ok(Self {
            process,
            port,
            _directory: directory,
        })
    }
}

/// Why Prometheus is not there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PrometheusError {
    /// The program is neither on this machine nor could it be got.
    #[error("the program of Prometheus is not there")]
    Program(#[source] ComponentError),
    /// A file cannot be written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// No port of the loopback interface is free.
    #[error("no free port on the loopback interface")]
    NoPort,
    /// It cannot be started.
    #[error("cannot start prometheus")]
    Spawn(#[source] io::Error),
    /// It ended although it should run.
    #[error("prometheus ended ({status}); the end of its log:\n{log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// It runs but does not listen.
    #[error("waited {} s for prometheus to listen", waited.as_secs())]
    NotReady {
        /// For how long.
        waited: Duration,
    },
    /// The Tokio runtime ended while something was under way.
    #[error("the runtime ended")]
    RuntimeEnded(#[source] tokio::task::JoinError),
}
