//! `tidegate window lint`: what is odd about a calendar or a project.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use tidegate_core::calendar::lint::Expected;
use tidegate_core::sync_window::{SyncWindow, lint as sync_window_lint};

use super::asked::needed;
use super::source::{FeedFiles, Source};
use crate::document::{Document, DocumentError};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::view::window::lint;

/// Say what is odd about a calendar, or about an Argo CD project's sync windows
///
/// Ends with 1 where there is an error; warnings alone are no error.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A file with a ChangeCalendar, - for standard input, or the name of one in
    /// the cluster
    #[arg(long, value_name = "FILE|NAME", required_unless_present = "project")]
    calendar: Option<PathBuf>,
    #[command(flatten)]
    feeds: FeedFiles,
    /// A file with an Argo CD AppProject
    #[arg(long, value_name = "FILE", conflicts_with_all = ["calendar", "files", "shortest"])]
    project: Option<PathBuf>,
    /// How long the shortest change takes; a shorter window is of no use
    #[arg(long, value_name = "DURATION")]
    shortest: Option<String>,
}

pub(super) async fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    let now = session.now();
    let findings = match (&options.project, &options.calendar) {
        (Some(project), _) => of_project(project, now)?,
        (None, Some(calendar)) => of_calendar(calendar, options, session, now).await?,
        (None, None) => Vec::new(),
    };
    let report = lint::report(findings);
    session.printer.show(&report, || lint::told(&report))?;
    Ok(Exit::from_answer(!report.has_errors()))
}

async fn of_calendar(
    calendar: &Path,
    options: &Options,
    session: &Session,
    now: Timestamp,
) -> Result<Vec<lint::Finding>, Failure> {
    let shortest_change = match &options.shortest {
        Some(text) => needed(text)?,
        None => SignedDuration::ZERO,
    };
    let source = Source {
        calendar: calendar.to_owned(),
        feeds: options.feeds.clone(),
    };
    let given = source.read(session).await?;
    let findings = given.calendar.lint(&Expected {
        now,
        shortest_change,
        targets: None,
    });
    Ok(findings.iter().map(lint::of_calendar).collect())
}

fn of_project(path: &Path, now: Timestamp) -> Result<Vec<lint::Finding>, DocumentError> {
    let document = Document::read_of(path, "argoproj.io/v1alpha1", "AppProject")?;
    let name: String = document.part("/metadata/name")?;
    if name.is_empty() {
        return Err(document.without("metadata.name"));
    }
    let windows: Vec<SyncWindow> = document.part("/spec/syncWindows")?;
    let findings = sync_window_lint::lint(&windows, now);
    Ok(findings.iter().map(lint::of_project).collect())
}
