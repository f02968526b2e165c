//! The calendar that is asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use kube::api::Api;
use tidegate_api::ChangeCalendar;
use tidegate_api::convert::calendar;
use tidegate_core::calendar::{Calendar, Feed};

use super::WindowError;
use crate::document::Document;
use crate::exit::Exit;
use crate::failure::api::Asked;
use crate::failure::{Explain, Failure, told};
use crate::session::Session;

/// The calendar that is asked.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// A file with a ChangeCalendar, - for standard input, or the name of one in
    /// the cluster
    #[arg(long, value_name = "FILE|NAME")]
    pub(super) calendar: PathBuf,
    #[command(flatten)]
    pub(super) feeds: FeedFiles,
}

/// The texts of the calendar's feeds.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct FeedFiles {
    /// The text of an entry's feed; without it the entry shuts the gate
    #[arg(long = "feed", value_name = "ENTRY=FILE", value_parser = feed)]
    files: Vec<(String, PathBuf)>,
}

/// A calendar as it was read.
pub(super) struct Given {
    pub(super) calendar: Calendar,
    /// The zone of its entries, UTC if that does not exist.
    pub(super) zone: TimeZone,
}

/// Why a calendar or a feed cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    /// Neither a file nor an object.
    #[error("there is neither a file nor a calendar in the cluster called {0}")]
    NoCalendar(String),
    /// No file, or no permission.
    #[error("the feed of {entry} cannot be read from {}: {problem}", path.display())]
    Feed {
        entry: String,
        path: PathBuf,
        problem: String,
    },
    /// An entry that has no feed or is not there.
    #[error("the calendar has no entry {0} with a feed")]
    NoEntry(String),
}

impl Explain for SourceError {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoCalendar(_) => "kubectl get changecalendars lists those of the cluster",
            Self::Feed { .. } => "give the path of a file that you may read",
            Self::NoEntry(_) => "write --feed ENTRY=FILE with the name of an entry that has ical",
        };
        Some(hint.to_owned())
    }
}

fn feed(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((entry, file)) if !entry.is_empty() && !file.is_empty() => {
            Ok((entry.to_owned(), file.into()))
        }
        _ => Err("write ENTRY=FILE".to_owned()),
    }
}

impl Source {
    /// Reads the calendar; entries that are broken stay in it.
    pub(super) async fn read(&self, session: &Session) -> Result<Given, Failure> {
        read(&self.calendar, &self.feeds, session).await
    }

    /// Reads the calendar, and refuses one that has any mistake.
    pub(super) async fn usable(&self, session: &Session) -> Result<Given, Failure> {
        usable(&self.calendar, &self.feeds, session).await
    }
}

/// Reads a calendar, and refuses one that has any mistake.
pub(super) async fn usable(
    calendar: &Path,
    feeds: &FeedFiles,
    session: &Session,
) -> Result<Given, Failure> {
    let given = read(calendar, feeds, session).await?;
    let problems = calendar::problems(&given.calendar);
    if problems.is_empty() {
        Ok(given)
    } else {
        Err(WindowError::Broken(problems).into())
    }
}

async fn read(path: &Path, feeds: &FeedFiles, session: &Session) -> Result<Given, Failure> {
    let object = object(path, session).await?;
    let feeds = texts(&object, feeds)?;
    let zone = TimeZoneDatabase::bundled().get(&object.spec.time_zone);
    Ok(Given {
        calendar: calendar::calendar(&object, &feeds),
        zone: zone.unwrap_or(TimeZone::UTC),
    })
}

async fn object(path: &Path, session: &Session) -> Result<ChangeCalendar, Failure> {
    let Some(name) = bare_name(path) else {
        return Ok(Document::read(path, "ChangeCalendar")?.understood()?);
    };
    let cluster = session.cluster().await?;
    let calendars: Api<ChangeCalendar> = Api::all(cluster.client());
    let asked = Asked::to_read_of_cluster(format!("calendar {name}"));
    let found = calendars.get_opt(name).await;
    let found = found.map_err(|error| cluster.explain(error, &asked))?;
    Ok(found.ok_or_else(|| SourceError::NoCalendar(name.to_owned()))?)
}

/// The name of an object, where no file has it.
fn bare_name(path: &Path) -> Option<&str> {
    let name = path.to_str()?;
    let is_part =
        |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    let is_name = !name.starts_with('-') && !name.is_empty() && name.bytes().all(is_part);
    (is_name && !path.exists()).then_some(name)
}

/// The feeds that were given; each that was not says how to give it.
fn texts(object: &ChangeCalendar, given: &FeedFiles) -> Result<calendar::Feeds, SourceError> {
    let mut feeds: BTreeMap<String, Feed> = calendar::wanted(object)
        .into_iter()
        .map(|wanted| {
            let problem = format!(
                "feeds are not fetched here; give its text with --feed {}=FILE",
                wanted.entry
            );
            (wanted.entry, Feed::Unreadable(problem))
        })
        .collect();
    for (entry, path) in &given.files {
        let feed = feeds
            .get_mut(entry)
            .ok_or_else(|| SourceError::NoEntry(entry.clone()))?;
        let text = std::fs::read_to_string(path).map_err(|error| SourceError::Feed {
            entry: entry.clone(),
            path: path.clone(),
            problem: told(&error),
        })?;
        *feed = Feed::Text(text.into());
    }
    Ok(feeds)
}
