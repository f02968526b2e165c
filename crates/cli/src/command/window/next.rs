//! `tidegate window next`: when a change would start.

use clap::Args;

use super::asked::{Asked, needed};
use super::source::Source;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment;
use crate::session::Session;
use crate::view::window::next;

/// Say when a change of some length would start
///
/// Ends with 0 where there is such a time, 1 where there is none within five
/// years, and 2 where the calendar or an argument cannot be used.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    asked: Asked,
    /// How long the change takes, such as 40m
    #[arg(long, visible_alias = "for", value_name = "DURATION")]
    duration: String,
    /// The first time at which it may start; now unless given
    #[arg(long, value_name = "TIME")]
    after: Option<String>,
}

pub(super) async fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    let labels = options.asked.labels();
    let subject = options.asked.subject(labels.as_ref())?;
    let needed = needed(&options.duration)?;
    let after = match &options.after {
        Some(text) => moment::parse(text, &session.zone)?,
        None => session.now(),
    };
    let given = options.source.usable(session).await?;
    let passes = options.asked.passes();
    let answer = next::answer(&given.calendar, &subject, passes, needed, after);
    session.printer.show(&answer, || next::told(&answer))?;
    Ok(Exit::from_answer(answer.opens.is_some()))
}
