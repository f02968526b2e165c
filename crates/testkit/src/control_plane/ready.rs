use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::ServiceAccount;
use kube::{Api, Client};
use tokio::time::sleep;

use super::ControlPlaneError;
use crate::{component::Program, process::Processes};

/// How long anything may take. It takes seconds; a busy machine is given more before the start counts as failed.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often to look.
const LOOK: Duration = Duration::from_millis(50);

/// Waits until `done` says so; an error if a program ends meanwhile, or after [`PATIENCE`].
pub(super) async fn wait<F: Future<Output = bool>>(
    processes: &mut Processes<Program>,
    what: &'static str,
    mut done: impl FnMut() -> F,
) -> Result<(), ControlPlaneError> {
    let begun = Instant::now();
    loop {
        processes
            .check()
            .map_err(|(program, ended)| ControlPlaneError::Ended {
                program,
                status: ended.status,
                log: ended.log,
            })?;
        if done().await {
            return Ok(());
        }
        let waited = begun.elapsed();
        if waited > PATIENCE {
            return Err(ControlPlaneError::NotReady { what, waited });
        }
        sleep(LOOK).await;
    }
}

/// Whether the API server says that it can serve everything (Kubernetes, "API health endpoints").
pub(super) async fn api_server(client: &Client) -> bool {
    let Ok(request) = http::Request::get("/readyz").body(Vec::new()) else {
        return false;
    };
    client
        .request_text(request)
        .await
        .is_ok_and(|answer| answer == "ok")
}

/// Whether pods can be made in the namespace `default`: admission asks for its service account.
pub(super) async fn service_account(client: &Client) -> bool {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "default");
    matches!(accounts.get_opt("default").await, Ok(Some(_)))
}
