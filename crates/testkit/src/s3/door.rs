//! What stands between an object store and its clients: it passes every request on, or does not.

use std::{
    error::Error,
    io,
    net::{Ipv4Addr, SocketAddr},
};

use http::{Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{Either, Full};
use hyper::{
    body::{Bytes, Incoming},
    client, server,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

use super::{Behaviour, ObjectStoreError};
use crate::process::LoopbackPort;

/// An open door; closed on drop.
#[derive(Debug)]
pub(super) struct Door {
    port: LoopbackPort,
    behaviour: watch::Sender<Behaviour>,
    task: JoinHandle<()>,
}

impl Door {
    /// Listens on `port` and passes on to the loopback port `server`.
    pub(super) async fn open(port: LoopbackPort, server: u16) -> Result<Self, ObjectStoreError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.number()))
            .await
            .map_err(ObjectStoreError::Listen)?;
        let (behaviour, watched) = watch::channel(Behaviour::Serves);
        Ok(Self {
            port,
            behaviour,
            task: tokio::spawn(serve(listener, server, watched)),
        })
    }

    pub(super) const fn port(&self) -> u16 {
        self.port.number()
    }

    pub(super) fn behave(&self, behaviour: Behaviour) {
        self.behaviour.send_replace(behaviour);
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is passed on, or said instead.
type Body = Either<Incoming, Full<Bytes>>;

/// Why a request has no answer; its connection is closed then.
type Unanswered = Box<dyn Error + Send + Sync>;

/// Ends, and every connection with it, only when it is aborted.
async fn serve(listener: TcpListener, server: u16, behaviour: watch::Receiver<Behaviour>) {
    let mut connections = JoinSet::new();
    loop {
        // A connection that cannot be taken is its client's to try again.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(connection(stream, server, behaviour.clone()));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, server: u16, behaviour: watch::Receiver<Behaviour>) {
    let mut watched = behaviour.clone();
    let refused = async move {
        // Fails when the door is closed, which closes its connections too.
        let _ = watched
            .wait_for(|now| *now == Behaviour::Refuses)
            .await
            .is_ok();
    };
    let service = service_fn(move |request| {
        let now = *behaviour.borrow();
        answer(request, server, now)
    });
    let served =
        server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        biased;
        () = refused => {}
        // Says how the client left, which is the client's affair.
        _ = served => {}
    }
}

async fn answer(
    request: Request<Incoming>,
    server: u16,
    behaviour: Behaviour,
) -> Result<Response<Body>, Unanswered> {
    match behaviour {
        Behaviour::Refuses => Err("refused".into()),
        Behaviour::Fails => refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        // The code is that of MinIO ("XMinioStorageFull"); S3 itself is never full.
        Behaviour::Full if writes(request.method()) => {
            refusal(StatusCode::INSUFFICIENT_STORAGE, "XMinioStorageFull")
        }
        Behaviour::Late(by) => {
            sleep(by).await;
            pass_on(request, server).await
        }
        Behaviour::Serves | Behaviour::Full => pass_on(request, server).await,
    }
}

/// To delete is not to write: a full store takes it.
fn writes(method: &Method) -> bool {
    *method == Method::PUT || *method == Method::POST
}

/// Sends the request as it is: its signature covers the address that the client knows.
async fn pass_on(request: Request<Incoming>, server: u16) -> Result<Response<Body>, Unanswered> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server));
    let stream: io::Result<_> = TcpStream::connect(address).await;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream?)).await?;
    // Ends when the answer has been read, or nobody wants it any more.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?.map(Either::Left))
}

/// An error as S3 words it (Amazon S3 API Reference, "Error responses").
fn refusal(status: StatusCode, code: &str) -> Result<Response<Body>, Unanswered> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>as the test wants it</Message></Error>"
    );
    Ok(Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/xml")
        .body(Either::Right(Full::from(text)))?)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use reqwest::Client;

    use super::*;

    /// A door before a server that answers every request with its body.
    async fn door() -> (Door, String) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let echo = service_fn(async |request: Request<Incoming>| {
                Ok::<_, Unanswered>(Response::new(request.into_body()))
            });
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(
                    server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), echo),
                );
            }
        });
        let reservations = tempfile::tempdir().unwrap();
        let port = LoopbackPort::reserve(reservations.path()).unwrap();
        let door = Door::open(port, server).await.unwrap();
        let url = format!("http://127.0.0.1:{}/bucket/object", door.port());
        (door, url)
    }

    #[tokio::test]
    async fn a_full_store_takes_nothing_and_lets_others_read() {
        let (door, url) = door().await;
        let client = Client::new();
        let put = async || client.put(&url).body("data").send().await.unwrap();
        assert_eq!(put().await.text().await.unwrap(), "data");
        door.behave(Behaviour::Full);
        assert_eq!(put().await.status(), 507);
        assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
        door.behave(Behaviour::Fails);
        assert_eq!(client.get(&url).send().await.unwrap().status(), 500);
        door.behave(Behaviour::Serves);
        assert_eq!(put().await.text().await.unwrap(), "data");
    }

    #[tokio::test]
    async fn who_is_refused_gets_no_answer_even_in_the_middle_of_a_request() {
        let (door, url) = door().await;
        let by = Duration::from_mins(1);
        door.behave(Behaviour::Late(by));
        let begun = Instant::now();
        let waiting = tokio::spawn(reqwest::get(url.clone()));
        // Its turn to connect, and to be kept waiting.
        sleep(Duration::from_millis(100)).await;
        door.behave(Behaviour::Refuses);
        assert!(waiting.await.unwrap().is_err());
        assert!(reqwest::get(&url).await.is_err());
        assert!(begun.elapsed() < by);
    }
}
