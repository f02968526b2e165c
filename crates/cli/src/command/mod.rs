//! One file for each command.

mod application;
mod approve;
mod backup;
mod change;
mod completions;
mod crds;
mod doctor;
mod preflight;
mod record;
mod rollback;
mod serve;
mod why;
mod window;

use clap::Subcommand;

use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Submit changes, look at them and steer them
    #[command(subcommand)]
    Change(change::Command),
    /// Say why a change is where it is, and what to do next
    Why(why::Options),
    /// Approve a change: its commit and its rendered manifests
    Approve(approve::ApproveOptions),
    /// Reject a change
    Reject(approve::RejectOptions),
    /// Review what an emergency did
    Review(approve::ReviewOptions),
    /// Undo a change: call it off, or submit one that brings back what ran before
    Rollback(rollback::Options),
    /// Make a change's backup now, in place of its time
    Backup(backup::Options),
    /// Pin an Application of Argo CD, so that it changes by approved changes only
    Adopt(application::AdoptOptions),
    /// Give an Application of Argo CD back
    Release(application::ReleaseOptions),
    /// Ask a calendar when changes may start
    #[command(subcommand)]
    Window(window::Command),
    /// Find mistakes in sync windows that fail in silence
    Doctor(doctor::Options),
    /// Judge manifests before anybody approves them
    Preflight(preflight::Options),
    /// Print what to install in a cluster
    Crds(crds::Options),
    /// Verify the record and print it
    Record(record::Options),
    /// Run the controller
    Serve(serve::Options),
    /// Print completions for a shell
    Completions(completions::Options),
}

impl Command {
    /// Whether it can write its result like this.
    pub(crate) fn writes(&self, format: Format) -> bool {
        match format {
            Format::Table | Format::Json | Format::Yaml => true,
            Format::Sarif => matches!(self, Self::Doctor(_) | Self::Preflight(_)),
            Format::Junit | Format::Markdown | Format::Github | Format::Digests => {
                matches!(self, Self::Preflight(_))
            }
        }
    }
}

/// Does it.
pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Change(command) => change::run(command, session).await,
        Command::Why(options) => why::run(options, session).await,
        Command::Approve(options) => approve::approve(options, session).await,
        Command::Reject(options) => approve::reject(options, session).await,
        Command::Review(options) => approve::review(options, session).await,
        Command::Rollback(options) => rollback::run(options, session).await,
        Command::Backup(options) => Box::pin(backup::run(options, session)).await,
        Command::Adopt(options) => application::adopt(options, session).await,
        Command::Release(options) => application::release(options, session).await,
        Command::Window(command) => window::dispatch(&command, session).await,
        Command::Doctor(options) => doctor::run(&options, session).await,
        Command::Preflight(options) => preflight::run(&options, session).await,
        Command::Crds(options) => crds::run(&options, session),
        Command::Record(options) => record::run(options, session).await,
        Command::Serve(options) => serve::run(options, session).await,
        Command::Completions(options) => completions::run(&options, session),
    }
}
