//! What is read over HTTP without asking the API server: calendars as an
//! iCalendar feed, and whether the process is alive.
//!
//! It is read-only and has no login, like a calendar on the wall. Who may reach
//! the address is for the network to say.

mod answer;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::hub::Hub;
use crate::serve::ServeError;

/// How many connections are served at once; more wait to be accepted.
const CONNECTIONS: usize = 64;
/// How long a request may take to arrive.
const REQUEST_WITHIN: Duration = Duration::from_secs(5);
/// How long a connection may last, answer and all.
const CONNECTION_WITHIN: Duration = Duration::from_secs(30);
/// How long answers may take to be sent once the process is to stop.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// How large a request may be: its line and its headers.
const LARGEST_REQUEST: usize = 16 * 1024;

/// A listening socket that is not served yet.
pub(crate) struct Listening(TcpListener);

impl Listening {
    /// Listens.
    ///
    /// # Errors
    ///
    /// [`ServeError::Listen`], such as for an address that is in use.
    pub(crate) async fn on(address: SocketAddr) -> Result<Self, ServeError> {
        let listen = async {
            let listener = TcpListener::bind(address).await?;
            tracing::info!(address = %listener.local_addr()?, "listening");
            Ok(Self(listener))
        };
        listen
            .await
            .map_err(|source| ServeError::Listen { address, source })
    }

    /// Answers until `stop`, and then to the end of what was begun.
    pub(crate) async fn serve(self, hub: Arc<Hub>, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            let accepted = async {
                // Never closed, so there is always a place in the end.
                let place = places.clone().acquire_owned().await.ok();
                (place, self.0.accept().await)
            };
            let (place, accepted) = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accepted => accepted,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, _)) => {
                    let connection = connection(stream, hub.clone());
                    connections.spawn(async move {
                        tokio::time::timeout(CONNECTION_WITHIN, connection)
                            .await
                            .ok();
                        drop(place);
                    });
                }
                Err(error) => {
                    // Too many open files, mostly; at once would be too soon.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        drop(self.0);
        let ended = async { while connections.join_next().await.is_some() {} };
        tokio::time::timeout(STOP_WITHIN, ended).await.ok();
    }
}

async fn connection(stream: TcpStream, hub: Arc<Hub>) {
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let hub = hub.clone();
        async move { Ok::<_, Infallible>(answer::answer(&hub, request.method(), request.uri()).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_WITHIN)
        .max_buf_size(LARGEST_REQUEST)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}
