//! `tidegate change cancel`: calls a change off.

use clap::Args;
use serde_json::json;

use super::open;
use crate::cluster::presentable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::view::head::status;

/// Call a change off
///
/// What is half out goes back. It cannot be taken back; submit the change again
/// instead.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The change, such as chg-1234
    name: String,
    /// Why
    #[arg(long)]
    reason: String,
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let cluster = session.cluster().await?;
    open(&cluster.change(&options.name).await?)?;
    let spec = json!({ "cancel": { "reason": options.reason } });
    let change = cluster.patch_change(&options.name, &spec).await?;
    let goes_back = status(&change).is_some_and(|status| status.phase.is_running());
    session.printer.show(&presentable(&change), || {
        let what = if goes_back {
            "is called off; what is half out goes back"
        } else {
            "is called off"
        };
        format!("{} {what}\n", options.name)
    })?;
    session
        .printer
        .next(&format!("tidegate change watch {}", options.name));
    Ok(Exit::Yes)
}
