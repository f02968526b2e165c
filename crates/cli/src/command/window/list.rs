//! `tidegate window list`: when changes may start, as a table and a drawing.

use clap::Args;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::WindowError;
use super::asked::Asked;
use super::source::Source;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment;
use crate::session::Session;
use crate::view::window::list;

/// List when changes may start, and draw the months
///
/// Times are those of the calendar's zone.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    asked: Asked,
    /// From when on, such as 2026-12-01; the start of this month unless given
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until when; a month later unless given
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

pub(super) async fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    let labels = options.asked.labels();
    let subject = options.asked.subject(labels.as_ref())?;
    let given = options.source.usable(session).await?;
    let (from, to) = (options.from.as_deref(), options.to.as_deref());
    let (from, to) = span(from, to, session.now(), &given.zone)?;
    let listed = list::listed(
        &given.calendar,
        &subject,
        options.asked.passes(),
        from..to,
        &given.zone,
    );
    let asked = format!("{} · {}", given.calendar.name, options.asked.target);
    session
        .printer
        .show(&listed, || list::told(&listed, &asked, &given.zone))?;
    Ok(Exit::Yes)
}

/// The time that is asked about: this month, or a month from `from` on.
pub(super) fn span(
    from: Option<&str>,
    to: Option<&str>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(Timestamp, Timestamp), Failure> {
    let from = if let Some(text) = from {
        moment::parse(text, zone)?
    } else {
        let first = now.to_zoned(zone.clone()).date().first_of_month();
        let midnight = first.to_datetime(Time::midnight());
        zone.to_ambiguous_zoned(midnight)
            .compatible()
            .map_or(now, |zoned| zoned.timestamp())
    };
    let to = match to {
        Some(text) => moment::parse(text, zone)?,
        None => from
            .to_zoned(zone.clone())
            .saturating_add(Span::new().months(1))
            .timestamp(),
    };
    if from < to {
        Ok((from, to))
    } else {
        Err(WindowError::Span.into())
    }
}
