//! A minute in which a change waits and nothing happens.

use std::ops::Range;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::repository::Edit;

use super::super::Measured;
use super::services::{Kind, files};
use super::setup::{Setup, namespace};

/// Until what the last change moved has come to rest.
const REST: Duration = Duration::from_secs(30);

const MINUTE: Duration = Duration::from_mins(1);

pub(super) async fn run(setup: &mut Setup) -> Measured<Range<Timestamp>> {
    let far = Timestamp::now() + SignedDuration::from_hours(12);
    setup.calendars(far).await?;
    let first: Vec<String> = setup.waiting.iter().flatten().take(1).cloned().collect();
    let edits: Vec<Edit> = first
        .iter()
        .flat_map(|name| files(name, Kind::Settings, usize::MAX))
        .collect();
    setup.commit("Settings of one service", &edits)?;
    let changes = setup.changes(&first, &namespace(0)).await?;
    setup.installation.until(&changes, Phase::Scheduled).await?;
    anstream::eprintln!("a change waits for a window that is far away, for {MINUTE:?} …");
    tokio::time::sleep(REST).await;
    let begun = Timestamp::now();
    tokio::time::sleep(MINUTE).await;
    Ok(begun..Timestamp::now())
}
