//! Changes whose stage fails, while their sync runs or after it.

use tidegate_core::lifecycle::Phase;
use tidegate_testkit::repository::Edit;

use super::super::Measured;
use super::services::{deployment, files};
use super::setup::{FAILURES, Setup};

/// A change that was taken back.
pub(super) struct Failure {
    pub(super) change: String,
    pub(super) application: String,
    /// Its sync ran on when the stage failed.
    pub(super) is_running: bool,
}

pub(super) async fn run(setup: &mut Setup) -> Measured<Vec<Failure>> {
    let failing = setup.failing.clone();
    let edits: Vec<Edit> = failing
        .iter()
        .flat_map(|(name, waits)| files(name, deployment(true, *waits), 1))
        .collect();
    setup.commit("Pods that never become ready", &edits)?;
    let mut failures = Vec::new();
    for is_running in [true, false] {
        let names = failing.iter().filter(|(_, waits)| *waits == is_running);
        let names: Vec<String> = names.map(|(name, _)| name.clone()).collect();
        anstream::eprintln!("{} changes fail …", names.len());
        let changes = setup.changes(&names, FAILURES).await?;
        setup
            .installation
            .until(&changes, Phase::RolledBack)
            .await?;
        let pairs = changes.into_iter().zip(names);
        failures.extend(pairs.map(|(change, application)| Failure {
            change,
            application,
            is_running,
        }));
    }
    Ok(failures)
}
