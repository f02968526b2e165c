//! The window of the calendar, which opens while the story is told.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::super::{DemoError, objects, stage::Stage};

/// How long after the submission it opens: enough for two people to approve.
const UNTIL_WINDOW: Duration = Duration::from_secs(25);
/// How many times longer than one command all of them together may take until both have approved.
const COMMANDS: u32 = 40;

/// Tells the calendar when the window opens: later on a slow machine, so that both approvals are in before.
pub(super) async fn opens_soon(stage: &Stage) -> Result<Timestamp, DemoError> {
    let begun = Instant::now();
    let opens = window_in(stage, UNTIL_WINDOW).await?;
    let needed = begun.elapsed() * COMMANDS;
    if needed > UNTIL_WINDOW {
        window_in(stage, needed).await
    } else {
        Ok(opens)
    }
}

async fn window_in(stage: &Stage, length: Duration) -> Result<Timestamp, DemoError> {
    let opens = Timestamp::now()
        .checked_add(length)
        .ok()
        .and_then(|at| Timestamp::from_second(at.as_second()).ok())
        .unwrap_or(Timestamp::MAX);
    let calendar = objects::calendar(opens).to_string();
    stage.cluster.apply(calendar.as_bytes()).await?;
    Ok(opens)
}
