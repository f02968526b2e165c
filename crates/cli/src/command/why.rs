//! `tidegate why`: why a change is where it is, and what to do next.

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::view::why;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The change, such as chg-1234
    name: String,
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let change = session.cluster().await?.change(&options.name).await?;
    let now = session.now();
    let answer = why::answer(&change, now, &session.zone);
    session
        .printer
        .show(&answer, || why::why(&change, now, &session.zone))?;
    Ok(Exit::Yes)
}
