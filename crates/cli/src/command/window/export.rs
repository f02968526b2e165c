//! `tidegate window export`: a calendar for other programs.

use clap::{Args, ValueEnum};
use tidegate_core::calendar::export::{self, Refused};

use super::list::span;
use super::source::Source;
use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::moment;
use crate::session::Session;
use crate::view::window::export as view;

/// Write a calendar as an iCalendar feed or as Argo CD sync windows
///
/// What Argo CD cannot express is refused: then nothing is written and the
/// command ends with 1. Where Argo CD will answer something else than the
/// calendar is said on standard error.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    source: Source,
    /// For whom
    #[arg(long, value_enum)]
    format: Target,
    /// ical: from when on; the start of this month unless given. argocd: as of
    /// when; now unless given
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// ical: until when; a month later unless given
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

/// For whom a calendar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Calendar programs: an iCalendar feed (RFC 5545)
    Ical,
    /// Argo CD: spec.syncWindows of an AppProject
    Argocd,
}

/// Argo CD cannot obey the calendar.
#[derive(Debug, thiserror::Error)]
#[error("Argo CD cannot obey this calendar, so nothing is written: {}", .0.join("; "))]
struct NotExpressible(Vec<String>);

impl Explain for NotExpressible {
    fn exit(&self) -> Exit {
        Exit::No
    }

    fn hint(&self) -> Option<String> {
        Some("change these entries, or put them into a calendar that is not exported".to_owned())
    }
}

pub(super) async fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    let given = options.source.read(session).await?;
    let now = session.now();
    match options.format {
        Target::Ical => {
            let (from, to) = (options.from.as_deref(), options.to.as_deref());
            let (from, to) = span(from, to, now, &given.zone)?;
            let feed = export::ical(&[&given.calendar], from, to, now);
            session.printer.result(&feed)?;
        }
        Target::Argocd => {
            if options.to.is_some() {
                return Err(super::WindowError::ToOfArgoCd.into());
            }
            let at = match &options.from {
                Some(text) => moment::parse(text, &given.zone)?,
                None => now,
            };
            let export = export::sync_windows(&given.calendar, at);
            if !export.refused.is_empty() {
                return Err(NotExpressible(export.refused.iter().map(reason).collect()).into());
            }
            let project = view::project(&export);
            match session.printer.format() {
                Format::Table => session.printer.document(&project)?,
                _ => session.printer.show(&project, String::new)?,
            }
            for difference in &export.differences {
                session.printer.remark(&format!("# {difference}"));
            }
        }
    }
    Ok(Exit::Yes)
}

fn reason(refused: &Refused) -> String {
    format!("{}: {}", refused.entry, refused.why)
}
