//! The story, an act a file.

mod bad_canary;
mod moving_branch;
mod record;
mod rollout;
mod upgrade;

use std::time::Duration;

use serde_json::Value;
use tidegate_testkit::control_plane::User;

use super::{DemoError, claims::Claims, request::Request, stage::Stage};

/// How long anything that takes seconds may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Plays all acts in order.
pub(super) async fn play(stage: &mut Stage, claims: &mut Claims) -> Result<(), DemoError> {
    upgrade::play(stage, claims).await?;
    bad_canary::play(stage, claims).await?;
    moving_branch::play(stage, claims).await?;
    record::play(stage, claims).await
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
