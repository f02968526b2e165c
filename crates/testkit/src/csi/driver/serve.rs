//! gRPC on a Unix socket.

use std::{convert::Infallible, future::ready, sync::Arc};

use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::{
    net::{UnixListener, UnixStream},
    task::JoinSet,
};
use tonic::{Status, body::Body, server::Grpc};
use tonic_prost::ProstCodec;

use super::{message::Empty, service::Service};

/// Ends, and every connection with it, only when it is aborted.
pub(super) async fn serve(listener: UnixListener, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    loop {
        // A connection that cannot be taken is its client's to try again.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(connection(stream, Arc::clone(&service)));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: UnixStream, service: Arc<Service>) {
    let service = service_fn(move |request| answer(Arc::clone(&service), request));
    // Says how the client left, which is the client's affair.
    let _ = http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    service: Arc<Service>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path().to_owned();
    Ok(match path.as_str() {
        "/csi.v1.Identity/GetPluginInfo" => {
            unary(request, |Empty {}| Ok(service.plugin_info())).await
        }
        "/csi.v1.Identity/GetPluginCapabilities" => {
            unary(request, |Empty {}| Ok(Service::plugin_capabilities())).await
        }
        // Without a word it is ready.
        "/csi.v1.Identity/Probe" => unary(request, |Empty {}| Ok(Empty {})).await,
        "/csi.v1.Controller/ControllerGetCapabilities" => {
            unary(request, |Empty {}| Ok(service.controller_capabilities())).await
        }
        "/csi.v1.Controller/CreateVolume" => {
            unary(request, |asked| service.create_volume(asked)).await
        }
        "/csi.v1.Controller/DeleteVolume" => {
            unary(request, |asked| service.delete_volume(&asked)).await
        }
        "/csi.v1.Controller/CreateSnapshot" => {
            unary(request, |asked| service.create_snapshot(&asked)).await
        }
        "/csi.v1.Controller/DeleteSnapshot" => {
            unary(request, |asked| service.delete_snapshot(&asked)).await
        }
        _ => Status::unimplemented(path).into_http(),
    })
}

/// Answers a request that is one message with one message.
async fn unary<Q, A>(
    request: Request<Incoming>,
    mut answer: impl FnMut(Q) -> Result<A, Status>,
) -> Response<Body>
where
    Q: Message + Default + 'static,
    A: Message + 'static,
{
    let method = tower::service_fn(move |request: tonic::Request<Q>| {
        ready(answer(request.into_inner()).map(tonic::Response::new))
    });
    Grpc::new(ProstCodec::<A, Q>::default())
        .unary(method, request)
        .await
}
