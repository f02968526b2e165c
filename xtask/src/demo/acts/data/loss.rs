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
    canary_is_out(stage, change, pods).await?;
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
    loop {
        // Counted before the phase is read, so it belongs to that phase or to an earlier one.
        let counted = pods.seen();
        if stage.status(change).await?.phase != Phase::RollingOut {
            return Ok(Some(Lost { claim, seen }));
        }
        seen = counted;
        sleep(LOOK).await;
    }
}

async fn canary_is_out(stage: &Stage, change: &str, pods: &PodWatch) -> Result<(), DemoError> {
    let begun = Instant::now();
    loop {
        let status = stage.status(change).await?;
        if status.phase == Phase::RollingOut && pods.seen().now.new > 0 {
            return Ok(());
        }
        let waited = begun.elapsed();
        if waited > PATIENCE || status.phase.is_final() {
            return Err(DemoError::Late {
                what: format!("{change} to bring out its canary"),
                waited,
                instead: standing(&status),
            });
        }
        sleep(LOOK).await;
    }
}
