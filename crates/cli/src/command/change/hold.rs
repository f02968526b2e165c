//! `tidegate change hold`: keeps a change from starting, or lets it go on.

use clap::Args;
use serde_json::json;

use super::open;
use crate::cluster::presentable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::view::head::status;

/// Keep a change from starting, or let it go on
///
/// Voids no approval. A change that has started goes on; to stop it, cancel it.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The change, such as chg-1234
    name: String,
    /// Why it waits
    #[arg(long, required_unless_present = "release")]
    reason: Option<String>,
    /// Let it go on
    #[arg(long, conflicts_with = "reason")]
    release: bool,
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let cluster = session.cluster().await?;
    open(&cluster.change(&options.name).await?)?;
    let hold = options
        .reason
        .as_ref()
        .map(|reason| json!({ "reason": reason }));
    let change = cluster
        .patch_change(&options.name, &json!({ "hold": hold }))
        .await?;
    let running = status(&change).is_some_and(|status| status.phase.is_running());
    let what = match (options.release, running) {
        (true, _) => "is no longer held",
        (false, false) => "is held and does not start",
        (false, true) => "has started and goes on; the hold counts only if it has to wait again",
    };
    session.printer.show(&presentable(&change), || {
        format!("{} {what}\n", options.name)
    })?;
    let next = match (options.release, running) {
        (false, false) => format!("tidegate change hold {} --release", options.name),
        (false, true) => format!(
            "tidegate change cancel {} --reason …        (to stop it)",
            options.name
        ),
        (true, _) => format!("tidegate why {}", options.name),
    };
    session.printer.next(&next);
    Ok(Exit::Yes)
}
