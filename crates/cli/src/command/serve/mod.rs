//! `tidegate serve`: runs the controller.

pub(super) mod directories;
mod identity;
mod logging;
mod stop;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tidegate_server::{ServeError, ServeOptions};
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::session::Session;

/// Run the controller
///
/// Runs until it gets SIGTERM or SIGINT. Several may run: one leads by a Lease,
/// the others wait. With a ledger in SQLite all of them need the same file, on
/// one machine.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The name of this cluster in targets, policies and calendars
    #[arg(
        long,
        env = "TIDEGATE_CLUSTER",
        value_name = "NAME",
        default_value = "local"
    )]
    cluster: String,
    /// Where mirrors of repositories are kept, which is only a cache; the XDG
    /// data folder unless given
    #[arg(long, env = "TIDEGATE_DATA", value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The ledger's file; ledger.sqlite in the data folder unless given
    #[arg(long, env = "TIDEGATE_LEDGER", value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// The kustomize program; the one in PATH unless given
    #[arg(long, env = "TIDEGATE_KUSTOMIZE", value_name = "FILE")]
    kustomize: Option<PathBuf>,
    /// The helm program, which only charts need; the one in PATH unless given
    #[arg(long, env = "TIDEGATE_HELM", value_name = "FILE")]
    helm: Option<PathBuf>,
    /// The name of this replica, different from every other's; machine and
    /// process unless given
    #[arg(long, env = "TIDEGATE_IDENTITY", value_name = "NAME")]
    identity: Option<String>,
    /// How many changes are worked on at once
    #[arg(
        long,
        env = "TIDEGATE_CONCURRENCY",
        value_name = "COUNT",
        default_value_t = 8
    )]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// Where calendars are served over HTTP, such as 127.0.0.1:8080: /calendar.ics,
    /// /calendar.ics?calendar=NAME and /healthz, to everybody who can reach it;
    /// nowhere unless given
    #[arg(long, env = "TIDEGATE_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// How the log is written, to standard error
    #[arg(long, env = "TIDEGATE_LOG_FORMAT", value_enum, default_value = "text")]
    log_format: logging::LogFormat,
    /// What is logged, such as info or tidegate_server=debug
    #[arg(
        long,
        env = "TIDEGATE_LOG",
        value_name = "FILTER",
        default_value = "info"
    )]
    log: String,
}

/// The controller could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
#[error("the controller cannot run")]
struct ServeFailure(#[source] ServeError);

impl Explain for ServeFailure {
    fn exit(&self) -> Exit {
        Exit::CannotJudge
    }

    fn hint(&self) -> Option<String> {
        Some(match &self.0 {
            ServeError::Ledger(error) => error.hint().to_owned(),
            ServeError::Git(_) => {
                "choose a folder for --data that can be written, and see that git is in PATH"
                    .to_owned()
            }
            ServeError::Render(_) => {
                "put kustomize into PATH, or name it with --kustomize".to_owned()
            }
            ServeError::Probe(_) | ServeError::Prometheus(_) | ServeError::Feeds(_) => {
                "check the certificates of this machine".to_owned()
            }
            ServeError::Listen { .. } => {
                "choose another address for --listen, or free this one".to_owned()
            }
            ServeError::Watch(_) => {
                "tidegate crds and tidegate crds --rbac print what the cluster needs".to_owned()
            }
        })
    }
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    logging::start(options.log_format, &options.log, session.global.color)?;
    let data = match options.data {
        Some(data) => data,
        None => directories::data()?,
    };
    let ledger = options.ledger.unwrap_or_else(|| directories::ledger(&data));
    let identity = options
        .identity
        .unwrap_or_else(|| identity::replica(identity::machine, std::process::id()));
    let cluster = session.cluster().await?;
    let stop = CancellationToken::new();
    stop::on_signals(&stop)?;
    tracing::info!(
        namespace = %session.global.namespace,
        cluster = %options.cluster,
        ledger = %ledger.display(),
        %identity,
        "tidegate {} starts",
        env!("CARGO_PKG_VERSION")
    );
    let options = ServeOptions {
        namespace: session.global.namespace.clone(),
        cluster: options.cluster,
        data,
        ledger,
        kustomize: options.kustomize,
        helm: options.helm,
        identity,
        concurrency: options.concurrency,
        api_server: Some(cluster.server().to_owned()),
        listen: options.listen,
    };
    Box::pin(tidegate_server::serve(cluster.client(), options, stop))
        .await
        .map_err(ServeFailure)?;
    Ok(Exit::Yes)
}
