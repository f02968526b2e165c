//! Windows that open one after the other.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::repository::Edit;

use super::super::Measured;
use super::services::{Kind, files};
use super::setup::{Setup, namespace};

/// So long before a window everything is in its place.
const AHEAD: SignedDuration = SignedDuration::from_secs(20);

/// How long Argo CD may take to notice that a window is open: its reconciliation
/// of two minutes, the jitter of one, and the sync itself.
const NOTICED: Duration = Duration::from_mins(5);

/// A window of Argo CD that opened.
pub(super) struct Round {
    pub(super) opens: Timestamp,
    /// The Applications that Tidegate synced, and when their own window opened.
    pub(super) waiting: Vec<(String, Timestamp)>,
    /// The one that Argo CD synced by itself.
    pub(super) automatic: Option<String>,
    /// When the first change of the round was written.
    pub(super) submitted: Timestamp,
}

pub(super) async fn run(setup: &mut Setup, count: usize) -> Measured<Vec<Round>> {
    let far = Timestamp::now() + SignedDuration::from_hours(12);
    let mut rounds: Vec<Round> = Vec::new();
    for number in 0..count {
        setup.calendars(far).await?;
        setup.sync_windows(&windows(setup, &rounds, far)).await?;
        let groups = setup.waiting.clone();
        let automatic = setup.automatic.get(number).cloned();
        let names = groups.iter().flatten().chain(&automatic);
        let edits: Vec<Edit> = names
            .flat_map(|name| files(name, Kind::Settings, number + 1))
            .collect();
        setup.commit("Settings", &edits)?;
        let submitted = Timestamp::now();
        let mut changes = Vec::new();
        for (group, names) in groups.iter().enumerate() {
            changes.extend(setup.changes(names, &namespace(group)).await?);
        }
        setup.installation.until(&changes, Phase::Scheduled).await?;
        let opens = next_minute(Timestamp::now() + AHEAD)?;
        let instants = setup.calendars(opens).await?;
        let waiting = groups.into_iter().zip(instants);
        rounds.push(Round {
            opens,
            waiting: waiting
                .flat_map(|(names, at)| names.into_iter().map(move |name| (name, at)))
                .collect(),
            automatic,
            submitted,
        });
        setup.sync_windows(&windows(setup, &rounds, far)).await?;
        anstream::eprintln!("window {} of {count} opens at {opens:.0} …", number + 1);
        setup.installation.until(&changes, Phase::Succeeded).await?;
    }
    Ok(rounds)
}

/// Waits until Argo CD has synced its own, which takes longer than Tidegate.
pub(super) async fn until_automatic(setup: &Setup, rounds: &[Round]) -> Measured<()> {
    if let Some(last) = rounds.iter().rfind(|round| round.automatic.is_some()) {
        let noticed = last.opens.checked_add(NOTICED)?;
        while Timestamp::now() < noticed && !all_synced(setup, rounds)? {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }
    Ok(())
}

fn all_synced(setup: &Setup, rounds: &[Round]) -> Measured<bool> {
    let audit = setup.audit()?;
    let mut automatic = rounds
        .iter()
        .filter_map(|round| Some((round, round.automatic.as_ref()?)));
    Ok(automatic.all(|(round, name)| audit.automated_sync(name, round.opens).is_some()))
}

/// An Application waits for the window of its last round, or for one that is far
/// away.
fn windows(setup: &Setup, rounds: &[Round], far: Timestamp) -> Vec<(Vec<String>, Timestamp)> {
    let mut windows: Vec<(Vec<String>, Timestamp)> = rounds
        .iter()
        .map(|round| (Vec::from_iter(round.automatic.clone()), round.opens))
        .collect();
    let later = setup.automatic.get(rounds.len()..).unwrap_or_default();
    windows.push((later.to_vec(), far));
    let next = if rounds.is_empty() {
        far
    } else {
        next(rounds, far)
    };
    windows.push((setup.waiting.concat(), next));
    windows
}

/// The window that is still to open, if there is one.
fn next(rounds: &[Round], far: Timestamp) -> Timestamp {
    let opens = rounds.last().map(|round| round.opens);
    opens
        .filter(|opens| *opens > Timestamp::now())
        .unwrap_or(far)
}

fn next_minute(after: Timestamp) -> Measured<Timestamp> {
    Ok(Timestamp::from_second((after.as_second() / 60 + 1) * 60)?)
}
