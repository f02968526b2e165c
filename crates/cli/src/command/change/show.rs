//! `tidegate change show`: everything about a change.

use clap::Args;

use crate::cluster::presentable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::view::detail::detail;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The change, such as chg-1234
    name: String,
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let change = session.cluster().await?.change(&options.name).await?;
    let text = || detail(&change, session.now(), &session.zone);
    session.printer.show(&presentable(&change), text)?;
    Ok(Exit::Yes)
}
