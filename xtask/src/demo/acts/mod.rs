//! The story, an act a file.

mod bad_canary;
mod moving_branch;
mod record;
mod upgrade;

use std::time::Duration;

use super::{DemoError, claims::Claims, stage::Stage};

/// How long anything that takes seconds may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Plays all acts in order.
pub(super) async fn play(stage: &mut Stage, claims: &mut Claims) -> Result<(), DemoError> {
    upgrade::play(stage, claims).await?;
    bad_canary::play(stage, claims).await?;
    moving_branch::play(stage, claims).await?;
    record::play(stage, claims).await
}

/// A commit as people name it.
fn short(revision: &str) -> &str {
    revision.get(..7).unwrap_or(revision)
}
