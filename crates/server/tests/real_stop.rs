//! Tidegate is told to stop at any moment of its start, and does.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod installation;

use std::time::Duration;

use installation::Installation;
use tokio::time::{sleep, timeout};

/// Far longer than a stop takes; it bounds a test that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_whenever_it_is_told_to() {
    let tidegate = Installation::without_pods().await;
    // From before it leads until it has seen everything.
    for milliseconds in (0..400).step_by(10) {
        let controller = tidegate.controller("test").await;
        sleep(Duration::from_millis(milliseconds)).await;
        let stopped = timeout(PATIENCE, controller.stop()).await;
        assert!(
            stopped.is_ok(),
            "told to stop after {milliseconds} ms, it went on"
        );
    }
    tidegate.finish().await;
}
