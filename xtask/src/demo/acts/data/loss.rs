//! The bad release spoils the data.

use std::time::{Duration, Instant};

use tidegate_core::lifecycle::Phase;
use tokio::time::sleep;

use super::{Claims, DemoError, PodWatch, Seen, Stage, orders, standing};

/// How long its canary may take to be out: the backup comes first.
const PATIENCE: Duration = Duration::from_mins(5);
const LOOK: Duration = Duration::from_millis(50);

/// What was there when the way back began.
#[derive(Debug)]
pub(in super::super) struct Lost {
    /// The claim as it was.
    pub(super) claim: orders::Claim,
    /// The pods until then.
    pub(in super::super) seen: Seen,
}

impl Lost {
    /// Until when no fewer old pods than before may serve, in words, and what was seen until then: data is brought back
    /// while nothing runs.
    pub(in super::super) fn served(lost: Option<&Self>, seen: Seen) -> (&'static str, Seen) {
        lost.map_or(("at no moment", seen), |lost| {
            ("until it went back at no moment", lost.seen)
        })
    }
}

/// As soon as a pod of the bad release is there, does to the data what it would do; gives what was there when the way back
/// began. `release` is what people call it. `None`: no service keeps data.
pub(in super::super) async fn spoil(
    stage: &Stage,
    claims: &mut Claims,
    (change, release): (&str, &str),
    namespace: &str,
    pods: &PodWatch,
) -> Result<Option<Lost>, DemoError> {
    if !stage.keeps_data() {
        return Ok(None);
    }
    until(stage, change, "to bring out its canary", |phase| {
        phase == Phase::RollingOut && pods.seen().now.new > 0
    })
    .await?;
    let (before, claim) = (
        orders::read(stage, namespace).await?,
        orders::claim(stage, namespace).await?,
    );
    orders::write(stage, namespace, orders::SPOILT).await?;
    let after = orders::read(stage, namespace).await?;
    let narrator = &stage.narrator;
    narrator.aside(&format!(
        "{release} migrates the orders as it starts, and fails in the middle; this is left:"
    ));
    orders::show(stage, &after);
    claims.check(
        narrator,
        format!("the orders of {namespace} were whole until then, and now they are lost"),
        before == orders::ORDERS && after == orders::SPOILT,
        format!("{before:?}, {after:?}"),
    );
    let mut seen = pods.seen();
    until(stage, change, "to go back", |phase| {
        // What was counted before the phase was read belongs to it or to an earlier one.
        let is_back = phase != Phase::RollingOut;
        if !is_back {
            seen = pods.seen();
        }
        is_back
    })
    .await?;
    Ok(Some(Lost { claim, seen }))
}

async fn until(
    stage: &Stage,
    change: &str,
    what: &str,
    mut so: impl FnMut(Phase) -> bool,
) -> Result<(), DemoError> {
    let begun = Instant::now();
    loop {
        let status = stage.status(change).await?;
        if so(status.phase) {
            return Ok(());
        }
        let waited = begun.elapsed();
        if waited > PATIENCE || status.phase.is_final() {
            return Err(DemoError::Late {
                what: format!("{change} {what}"),
                waited,
                instead: standing(&status),
            });
        }
        sleep(LOOK).await;
    }
}
