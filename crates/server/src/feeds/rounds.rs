//! Fetches every feed when it is due, and tells what changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt as _;
use tidegate_api::ChangeCalendar;
use tidegate_api::convert::calendar::{self, Feeds as Brought};

use super::Feeds;
use crate::hub::Term;
use crate::readiness;

/// How many feeds are fetched at once.
const AT_ONCE: usize = 8;

/// How often a feed is to be fetched, and when what was fetched is too old:
/// several entries may want the same one.
pub(super) struct Times {
    refresh: SignedDuration,
    stale_after: Vec<SignedDuration>,
}

/// What every calendar was last told.
type Told = BTreeMap<String, (Brought, Vec<String>)>;

/// Keeps all feeds fresh until it is dropped. There is no polling: it wakes when
/// a feed is due or becomes stale, when a fetch has ended, and when calendars
/// change.
pub(crate) async fn run(term: Arc<Term>) {
    let feeds = &term.hub.feeds;
    let mut fetching = BTreeSet::new();
    let mut fetches: FuturesUnordered<BoxFuture<'_, String>> = FuturesUnordered::new();
    let mut told = now_told(&term, Timestamp::now());
    let mut kept: Option<Vec<String>> = None;
    loop {
        let wanted = wanted(term.stores.calendars.state().iter().map(AsRef::as_ref));
        let urls: Vec<String> = wanted.keys().cloned().collect();
        if kept.as_ref() != Some(&urls) {
            feeds.keep_only(&urls).await;
            kept = Some(urls);
        }
        let now = Timestamp::now();
        tell(&term, &mut told, now).await;
        for (url, times) in &wanted {
            let due = feeds.due_at(url, times.refresh) <= now;
            if due && fetching.len() < AT_ONCE && fetching.insert(url.clone()) {
                fetches.push(fetch(feeds, url.clone(), times.refresh).boxed());
            }
        }
        let wake = feeds.wake_at(&wanted, &fetching, now);
        tokio::select! {
            Some(url) = fetches.next() => {
                fetching.remove(&url);
                if !wanted.contains_key(&url) {
                    // It came for nobody, and is cleared away.
                    kept = None;
                }
            }
            () = feeds.calendars_changed.notified() => {}
            () = sleep_until(wake) => {}
        }
    }
}

async fn fetch(feeds: &Feeds, url: String, refresh: SignedDuration) -> String {
    feeds.fetch(&url, refresh).await;
    url
}

/// Every URL that one of the calendars wants.
fn wanted<'a>(calendars: impl Iterator<Item = &'a ChangeCalendar>) -> BTreeMap<String, Times> {
    let mut all: BTreeMap<String, Times> = BTreeMap::new();
    for object in calendars {
        for wanted in calendar::wanted(object) {
            let times = all.entry(wanted.url).or_insert_with(|| Times {
                refresh: wanted.refresh,
                stale_after: Vec::new(),
            });
            times.refresh = times.refresh.min(wanted.refresh);
            times.stale_after.push(wanted.stale_after);
        }
    }
    all
}

fn now_told(term: &Term, now: Timestamp) -> Told {
    let feeds = &term.hub.feeds;
    let calendars = term.stores.calendars.state();
    let told = calendars.iter().map(|object| {
        let brought = feeds.brought(object, now);
        (object.name_any(), (brought, feeds.failures(object)))
    });
    told.collect()
}

/// Has the rules read again, and writes what became of calendars, if any feed
/// says something else than before.
async fn tell(term: &Term, told: &mut Told, now: Timestamp) {
    let now_told = now_told(term, now);
    if *told == now_told {
        return;
    }
    let before = std::mem::replace(told, now_told);
    term.read_rules();
    term.nudge_all();
    for object in term.stores.calendars.state() {
        let name = object.name_any();
        if before.get(&name) != told.get(&name) {
            readiness::tell_calendar(term, &object).await;
        }
    }
}

impl Feeds {
    fn due_at(&self, url: &str, refresh: SignedDuration) -> Timestamp {
        self.held()
            .get(url)
            .map_or(Timestamp::MIN, |held| held.due_at(refresh))
    }

    /// The next moment at which a feed is due or becomes stale, if nothing else
    /// happens before.
    fn wake_at(
        &self,
        wanted: &BTreeMap<String, Times>,
        fetching: &BTreeSet<String>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let held = self.held();
        let moments = wanted.iter().flat_map(|(url, times)| {
            let held = held.get(url);
            // The end of a fetch wakes by itself, and starts the next.
            let due = (!fetching.contains(url) && fetching.len() < AT_ONCE)
                .then(|| held.map_or(now, |held| held.due_at(times.refresh)));
            let stale = times
                .stale_after
                .iter()
                .filter_map(move |after| held?.stale_at(*after))
                .filter(move |at| *at > now);
            due.into_iter().chain(stale)
        });
        moments.min()
    }
}

/// The wall clock may be set meanwhile; asking again now and then keeps the
/// moments true.
const LONGEST_SLEEP: Duration = Duration::from_mins(10);

/// Never ends without a moment, and may end before it.
pub(crate) async fn sleep_until(wake: Option<Timestamp>) {
    let Some(wake) = wake else {
        return std::future::pending().await;
    };
    let left = wake.duration_since(Timestamp::now());
    let left = Duration::try_from(left)
        .unwrap_or_default()
        .min(LONGEST_SLEEP);
    tokio::time::sleep(left).await;
}
