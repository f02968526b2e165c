//! A minute in which a change waits for a backup that does not become complete.

use std::ops::Range;
use std::slice::from_ref;
use std::time::Duration;

use jiff::Timestamp;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::csi::Snapshots;

use super::super::Measured;
use super::setup::Setup;

/// Until Velero has come to where it waits as well.
const REST: Duration = Duration::from_secs(20);

const MINUTE: Duration = Duration::from_mins(1);

/// `number` is that of a service that no change has gone to yet.
pub(super) async fn run(setup: &Setup, number: usize) -> Measured<Range<Timestamp>> {
    setup.storage.set_snapshots(Snapshots::StayUnready);
    let change = setup.change(number).await?;
    setup.until(from_ref(&change), Phase::BackingUp).await?;
    anstream::eprintln!("a change waits for a backup that is not complete, for {MINUTE:?} …");
    tokio::time::sleep(REST).await;
    let begun = Timestamp::now();
    tokio::time::sleep(MINUTE).await;
    let minute = begun..Timestamp::now();
    setup.storage.set_snapshots(Snapshots::BecomeReady);
    setup.until(from_ref(&change), Phase::Succeeded).await?;
    Ok(minute)
}
