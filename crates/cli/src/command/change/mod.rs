//! `tidegate change`: submit changes, look at them, steer them.

mod cancel;
mod draft;
mod hold;
mod list;
mod move_window;
mod new;
mod show;
pub(super) mod submit;
pub(super) mod watch;

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use tidegate_core::change::ChangeType;
use tidegate_core::lifecycle::Phase;

use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::session::Session;

/// What can be done with changes.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a change from flags, and perhaps submit it
    New(Box<new::Options>),
    /// Submit a change from a file
    Submit(submit::Options),
    /// Show all changes
    #[command(alias = "ls")]
    List(list::Options),
    /// Show everything about a change
    Show(show::Options),
    /// Follow a change to its end
    Watch(watch::Options),
    /// Call a change off
    Cancel(cancel::Options),
    /// Keep a change from starting, or let it go on
    Hold(hold::Options),
    /// Move the time a change is wanted at
    Move(move_window::Options),
}

/// Does it.
pub(super) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::New(options) => new::run(&options, session).await,
        Command::Submit(options) => submit::run(options, session).await,
        Command::List(options) => list::run(options, session).await,
        Command::Show(options) => show::run(options, session).await,
        Command::Watch(options) => Box::pin(watch::run(options, session)).await,
        Command::Cancel(options) => cancel::run(options, session).await,
        Command::Hold(options) => hold::run(options, session).await,
        Command::Move(options) => move_window::run(options, session).await,
    }
}

/// Reads the ITIL type of a change.
pub(super) fn change_type() -> impl TypedValueParser<Value = ChangeType> {
    PossibleValuesParser::new(["standard", "normal", "emergency"]).map(|text| match text.as_str() {
        "standard" => ChangeType::Standard,
        "emergency" => ChangeType::Emergency,
        _ => ChangeType::Normal,
    })
}

/// The change has ended, so there is nothing left to steer.
#[derive(Debug, thiserror::Error)]
#[error("{name} has ended {phase}")]
struct Ended {
    name: String,
    phase: Phase,
}

impl Explain for Ended {
    fn exit(&self) -> Exit {
        Exit::No
    }

    fn hint(&self) -> Option<String> {
        Some("to try again submit it again; the new one gets a name of its own".to_owned())
    }
}

/// Refuses what has ended.
fn open(change: &tidegate_api::Change) -> Result<(), Ended> {
    match crate::view::head::status(change) {
        Some(status) if status.phase.is_final() => Err(Ended {
            name: change.metadata.name.clone().unwrap_or_default(),
            phase: status.phase,
        }),
        _ => Ok(()),
    }
}
