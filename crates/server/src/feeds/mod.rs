//! The feeds of calendars: fetched when wanted and again in time, and kept, so
//! that neither a restart nor a network that is away shuts a gate that was
//! open.

mod disk;
mod held;
mod rounds;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tidegate_api::ChangeCalendar;
use tidegate_api::change_calendar::ChangeCalendarSpec;
use tidegate_api::convert::calendar::{self, Feeds as Brought};
use tidegate_connect::feed::{FetchFailure, Fetcher};
use tidegate_core::calendar::Calendar;
use tokio::sync::Notify;

use self::disk::Folder;
use self::held::{Held, is_calendar};
pub(crate) use self::rounds::{run, sleep_until};
use crate::sentence::sentence;

/// The feeds as they were fetched last, by their URL.
pub(crate) struct Feeds {
    fetcher: Fetcher,
    folder: Folder,
    held: Mutex<BTreeMap<String, Held>>,
    /// What was read last of each calendar: a feed can be long, and calendars
    /// are read before every write.
    read: Mutex<BTreeMap<String, Read>>,
    /// Calendars were written, so other feeds may be wanted.
    pub(crate) calendars_changed: Notify,
}

/// A calendar with what it was read from.
struct Read {
    spec: ChangeCalendarSpec,
    brought: Brought,
    calendar: Calendar,
}

impl Feeds {
    pub(crate) fn new(folder: PathBuf) -> Result<Self, FetchFailure> {
        Ok(Self {
            fetcher: Fetcher::new()?,
            folder: Folder::new(folder),
            held: Mutex::default(),
            read: Mutex::default(),
            calendars_changed: Notify::new(),
        })
    }

    /// Takes what was fetched before a restart, or by another replica.
    pub(crate) async fn load(&self, calendars: &[ChangeCalendar], now: Timestamp) {
        for calendar::Wanted { url, .. } in calendars.iter().flat_map(calendar::wanted) {
            match self.folder.read(&url).await {
                Ok(kept) => self.held().entry(url).or_default().load(kept, now),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => tracing::warn!(
                    error = sentence(&error),
                    "a feed that was kept cannot be read, and is fetched again"
                ),
            }
        }
    }

    /// A calendar with its feeds as they are at `now`.
    pub(crate) fn calendar(&self, object: &ChangeCalendar, now: Timestamp) -> Calendar {
        let brought = self.brought(object, now);
        let name = object.metadata.name.clone().unwrap_or_default();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = read.get(&name)
            && last.spec == object.spec
            && last.brought == brought
        {
            return last.calendar.clone();
        }
        let calendar = calendar::calendar(object, &brought);
        let last = Read {
            spec: object.spec.clone(),
            brought,
            calendar: calendar.clone(),
        };
        read.insert(name, last);
        calendar
    }

    /// Forgets what was read of calendars with other names than these.
    pub(crate) fn forget_others(&self, names: &BTreeSet<String>) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.retain(|name, _| names.contains(name));
    }

    /// Some feed of the calendar has not been fetched yet, and was not tried in
    /// vain either: what it says is about to be known.
    pub(crate) fn is_awaited(&self, object: &ChangeCalendar) -> bool {
        let held = self.held();
        calendar::wanted(object)
            .iter()
            .any(|wanted| held.get(&wanted.url).is_none_or(Held::is_awaited))
    }

    /// Why feeds of a calendar could not be fetched lately, each in a sentence:
    /// those too that may still be relied on.
    pub(crate) fn failures(&self, object: &ChangeCalendar) -> Vec<String> {
        let held = self.held();
        calendar::wanted(object)
            .iter()
            .filter_map(|wanted| {
                let failure = held.get(&wanted.url)?.failure()?;
                Some(format!(
                    "entry {}: the last fetch failed: {failure}",
                    wanted.entry
                ))
            })
            .collect()
    }

    /// The feeds of a calendar's entries at `now`.
    fn brought(&self, object: &ChangeCalendar, now: Timestamp) -> Brought {
        let held = self.held();
        calendar::wanted(object)
            .into_iter()
            .filter_map(|wanted| {
                let feed = held.get(&wanted.url)?.feed(wanted.stale_after, now)?;
                Some((wanted.entry, feed))
            })
            .collect()
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what no calendar wants any more.
    async fn keep_only(&self, urls: &[String]) {
        self.held().retain(|url, _| urls.contains(url));
        if let Err(error) = self.folder.keep_only(urls).await {
            tracing::warn!(
                error = sentence(&error),
                "feeds that are no longer wanted cannot be removed"
            );
        }
    }

    /// Fetches a feed, and keeps what came.
    async fn fetch(&self, url: &str, refresh: SignedDuration) {
        let fetched = match self.fetcher.fetch(url).await {
            Ok(text) => Ok(read(text).await),
            Err(error) => Err(error),
        };
        let now = Timestamp::now();
        let kept = {
            let mut held = self.held();
            let held = held.entry(url.to_owned()).or_default();
            match fetched {
                Ok((text, is_calendar)) => Some(held.fetched(text, is_calendar, refresh, now)),
                Err(error) => {
                    tracing::warn!(
                        error = sentence(&error),
                        "a calendar's feed was not fetched"
                    );
                    held.failed(sentence(&error), refresh, now);
                    None
                }
            }
        };
        if let Some(kept) = kept
            && let Err(error) = self.folder.write(url, &kept).await
        {
            tracing::warn!(
                error = sentence(&error),
                "a feed cannot be kept on disk; after a restart it has to be fetched"
            );
        }
    }
}

/// The text, and whether it is a calendar.
async fn read(text: String) -> (Arc<str>, bool) {
    let text: Arc<str> = text.into();
    let reading = text.clone();
    let is_calendar = tokio::task::spawn_blocking(move || is_calendar(&reading)).await;
    (text, is_calendar.unwrap_or(false))
}

#[cfg(test)]
mod tests;
