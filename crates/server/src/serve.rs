//! Start, lead, stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use tidegate_connect::feed::FetchFailure;
use tidegate_connect::git::GitError;
use tidegate_connect::probe::ProbeFailure;
use tidegate_connect::prometheus::PrometheusError;
use tidegate_connect::render::RenderError;
use tidegate_ledger::OpenError;
use tokio_util::sync::CancellationToken;

use crate::controller;
use crate::hub::Hub;
use crate::leader::Leadership;
use crate::listen::Listening;
use crate::sentence::sentence;

/// How the controller is run.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where Changes are, and where Tidegate keeps its own records.
    pub namespace: String,
    /// The name of this cluster in targets and policies.
    pub cluster: String,
    /// Where mirrors of repositories are kept. Only a cache.
    pub data: PathBuf,
    /// The ledger's file.
    pub ledger: PathBuf,
    /// The kustomize program. Found in `PATH` unless given.
    pub kustomize: Option<PathBuf>,
    /// The helm program, which only charts need. Found in `PATH` unless given.
    pub helm: Option<PathBuf>,
    /// This replica's name, different from every other's.
    pub identity: String,
    /// How many changes are worked on at once.
    pub concurrency: u16,
    /// The API server's address, by which Argo CD may name this cluster.
    pub api_server: Option<String>,
    /// Where calendars are served over HTTP. Nowhere unless given.
    pub listen: Option<SocketAddr>,
}

/// Why the controller could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The ledger does not open.
    #[error("cannot open the ledger")]
    Ledger(#[source] OpenError),
    /// The Git mirrors cannot be kept.
    #[error("cannot keep mirrors of repositories")]
    Git(#[source] GitError),
    /// Overlays cannot be rendered.
    #[error("cannot render overlays")]
    Render(#[source] RenderError),
    /// Feeds cannot be fetched.
    #[error("cannot fetch feeds")]
    Feeds(#[source] FetchFailure),
    /// Nothing can be served over HTTP.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Prometheus cannot be asked.
    #[error("cannot ask Prometheus")]
    Prometheus(#[source] PrometheusError),
    /// Probes cannot be made.
    #[error("cannot make HTTP probes")]
    Probe(#[source] ProbeFailure),
    /// The API server has no Tidegate objects, or does not let us see them.
    #[error("cannot watch Tidegate's objects")]
    Watch(#[source] kube::Error),
}

/// Runs until `stop` is cancelled. Of several replicas only the one that holds
/// the Lease works; the others wait to take over.
///
/// # Errors
///
/// What keeps it from starting. Later faults are waited out and told where
/// people look.
pub async fn serve(
    client: Client,
    options: ServeOptions,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let hub = Arc::new(Hub::open(client.clone(), options.clone()).await?);
    // Whatever ends this ends what it serves.
    let served = CancellationToken::new();
    let _guard = served.clone().drop_guard();
    let serving = match options.listen {
        None => None,
        Some(address) => {
            let listening = Listening::on(address).await?;
            Some(tokio::spawn(listening.serve(hub.clone(), served.clone())))
        }
    };
    let leadership = Leadership::new(client, &options.namespace, &options.identity);
    while !stop.is_cancelled() {
        let Some(term) = leadership.clone().acquire(stop.clone()).await else {
            break;
        };
        tracing::info!(identity = %options.identity, "leading");
        let worked = Box::pin(controller::run(hub.clone(), stop.clone(), term.lost())).await;
        hub.show_calendars(None);
        term.end().await;
        match worked {
            Err(ServeError::Watch(error)) if !is_answer(&error) => {
                tracing::warn!(
                    error = sentence(&error),
                    "the API server is away; trying again"
                );
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(Duration::from_secs(2)) => {}
                }
            }
            worked => worked?,
        }
    }
    served.cancel();
    if let Some(serving) = serving {
        serving.await.ok();
    }
    hub.ledger.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// The API server said no, which waiting does not change: the definitions are
/// missing, or we may not read them.
fn is_answer(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if matches!(status.code, 403 | 404))
}
