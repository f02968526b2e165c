//! Stand-in.
pub(super) mod directories;
mod identity;
mod logging;
mod stop;
use clap::Args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
#[derive(Debug, Args)]
pub(crate) struct Options {}
pub(crate) async fn run(_: Options, _: &Session) -> Result<Exit, Failure> { Ok(Exit::Yes) }
