//! The story, an act a file.

pub(super) mod argo_cd;
mod bad_canary;
mod data;
mod moving_branch;
mod record;
mod rollout;
mod upgrade;
mod window;

use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use kube::Api;
use serde_json::Value;
use tidegate_testkit::control_plane::User;

use super::{DemoError, claims::Claims, request::Request, services::Service, stage::Stage};

/// How long anything that takes seconds may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Plays all acts in order.
pub(super) async fn play(stage: &mut Stage, claims: &mut Claims) -> Result<(), DemoError> {
    upgrade::play(stage, claims).await?;
    bad_canary::play(stage, claims).await?;
    moving_branch::play(stage, claims).await?;
    record::play(stage, claims, 4).await
}

/// Dana writes the request into a file and submits it.
async fn submit(stage: &Stage, request: &Request<'_>) -> Result<(), DemoError> {
    let file = format!("{}.yaml", request.name());
    stage.write(&file, &request.document())?;
    let submit = ["change", "submit", "-f", file.as_str()];
    stage
        .tidegate(User::Dana, &submit)
        .await?
        .succeeded("tidegate change submit")
}

/// Lea, a developer, and Marc, a site reliability engineer, approve.
async fn approve(stage: &Stage, change: &str) -> Result<(), DemoError> {
    for person in [User::Lea, User::Marc] {
        let ran = stage.tidegate(person, &["approve", change]).await?;
        ran.succeeded("tidegate approve")?;
    }
    Ok(())
}

/// The image that a service's Deployment asks for in this namespace.
async fn live_image(stage: &Stage, namespace: &str, service: Service) -> Result<String, DemoError> {
    let deployments: Api<Deployment> = Api::namespaced(stage.cluster.admin(), namespace);
    let name = service.name();
    let deployment = deployments
        .get(name)
        .await
        .map_err(DemoError::request(format!("read the Deployment {name}")))?;
    let pod = deployment.spec.template.spec;
    let container = pod.and_then(|pod| pod.containers.into_iter().next());
    Ok(container
        .and_then(|container| container.image)
        .unwrap_or_default())
}

/// What a change waits for, in the words that are for programs.
fn reasons(why: &Value) -> Vec<&str> {
    let waiting = why["waitingOn"].as_array().map_or(&[][..], Vec::as_slice);
    waiting
        .iter()
        .filter_map(|waiting| waiting["reason"].as_str())
        .collect()
}

/// A commit as people name it.
fn short(revision: &str) -> &str {
    revision.get(..7).unwrap_or(revision)
}
