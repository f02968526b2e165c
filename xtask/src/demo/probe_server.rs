use std::net::{Ipv4Addr, SocketAddr};

use k8s_openapi::api::apps::v1::Deployment;
use kube::{Api, Client};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::{DemoError, services::Service};

/// Answers health probes as the live pods of api-gateway would: 200 while at least one of them is available, 503
/// otherwise. Nothing runs inside pods that kwok plays, and into a lent cluster there may be no way from here. Ends on
/// drop.
#[derive(Debug)]
pub(super) struct ProbeServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl ProbeServer {
    /// Listens on a free port of the loopback interface.
    pub(super) async fn start(client: Client, namespace: &str) -> Result<Self, DemoError> {
        let no_port = |source| DemoError::System {
            what: "listen on the loopback interface",
            source,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(no_port)?;
        let address = listener.local_addr().map_err(no_port)?;
        let deployments: Api<Deployment> = Api::namespaced(client, namespace);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, deployments.clone()));
            }
        });
        Ok(Self { address, task })
    }

    /// What a policy's HTTP check asks.
    pub(super) fn url(&self) -> String {
        format!("http://{}/healthz", self.address)
    }
}

impl Drop for ProbeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers one request; whatever it is, it is about health.
async fn answer(mut stream: TcpStream, deployments: Api<Deployment>) {
    let mut request = [0_u8; 4096];
    // A client that has gone needs no answer.
    let Ok(1..) = stream.read(&mut request).await else {
        return;
    };
    let available = deployments
        .get(Service::ApiGateway.name())
        .await
        .ok()
        .and_then(|deployment| deployment.status?.available_replicas)
        .unwrap_or(0);
    let status = if available > 0 {
        "200 OK"
    } else {
        "503 Service Unavailable"
    };
    let body = format!("{available} pods are available\n");
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // As above.
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}
