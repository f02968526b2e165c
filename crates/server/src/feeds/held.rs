//! One feed: what it said last, and when to ask again.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tidegate_core::calendar::{Calendar, Effect, EntrySpec, Feed};

/// After a failure it is fetched again this soon, then after twice as long, …
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(10);
/// … but not more seldom than this, nor than it is refreshed.
const LONGEST_RETRY: SignedDuration = SignedDuration::from_mins(15);

/// A text with the moment at which it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) text: Arc<str>,
    pub(super) fetched: Timestamp,
}

/// One feed. At first it has not been fetched, and is due.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    kept: Option<Kept>,
    /// Why the last fetch gave nothing that can be used.
    failure: Option<String>,
    failures: u32,
    /// When it was tried last and that failed.
    retry_at: Option<Timestamp>,
}

impl Held {
    /// Takes what was kept on disk. A text from the future is not taken: it
    /// would stay fresh for longer than anybody allowed.
    pub(super) fn load(&mut self, kept: Kept, now: Timestamp) {
        let newer = self
            .kept
            .as_ref()
            .is_none_or(|held| held.fetched < kept.fetched);
        if newer && kept.fetched <= now {
            *self = Self {
                kept: Some(kept),
                ..Self::default()
            };
        }
    }

    /// Takes a text. One that is no calendar replaces the last one all the
    /// same, since that is what the feed says now, but is asked for again soon.
    pub(super) fn fetched(
        &mut self,
        text: Arc<str>,
        is_calendar: bool,
        refresh: SignedDuration,
        now: Timestamp,
    ) -> Kept {
        let kept = Kept { text, fetched: now };
        if is_calendar {
            *self = Self::default();
        } else {
            self.failed("it is no iCalendar text".to_owned(), refresh, now);
            // The calendar itself says what is wrong, and where.
            self.failure = None;
        }
        self.kept = Some(kept.clone());
        kept
    }

    /// Notes that there is no new text. The last one stays until it is stale.
    pub(super) fn failed(&mut self, failure: String, refresh: SignedDuration, now: Timestamp) {
        let doublings = self.failures.min(10);
        let wait = FIRST_RETRY
            .saturating_mul(2_i32.saturating_pow(doublings))
            .min(LONGEST_RETRY)
            .min(refresh);
        self.failures = self.failures.saturating_add(1);
        self.failure = Some(failure);
        self.retry_at = Some(now.checked_add(wait).unwrap_or(Timestamp::MAX));
    }

    /// Nothing was fetched, and nothing failed: the first fetch has not ended.
    pub(super) fn is_awaited(&self) -> bool {
        self.kept.is_none() && self.failure.is_none()
    }

    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// What the core is told; nothing before the first fetch has ended.
    pub(super) fn feed(&self, stale_after: SignedDuration, now: Timestamp) -> Option<Feed> {
        let Some(kept) = &self.kept else {
            return self.failure.clone().map(Feed::Unreadable);
        };
        let fresh = self.stale_at(stale_after).is_some_and(|at| now < at);
        Some(if fresh {
            Feed::Text(kept.text.clone())
        } else {
            Feed::Stale {
                fetched: kept.fetched,
                within: stale_after,
            }
        })
    }

    /// The first moment at which the text is too old; none without a text.
    pub(super) fn stale_at(&self, stale_after: SignedDuration) -> Option<Timestamp> {
        let kept = self.kept.as_ref()?;
        Some(
            kept.fetched
                .checked_add(stale_after)
                .unwrap_or(Timestamp::MAX),
        )
    }

    /// When it is fetched next.
    pub(super) fn due_at(&self, refresh: SignedDuration) -> Timestamp {
        let again = |kept: &Kept| kept.fetched.checked_add(refresh).unwrap_or(Timestamp::MAX);
        self.retry_at
            .or_else(|| self.kept.as_ref().map(again))
            .unwrap_or(Timestamp::MIN)
    }
}

/// Whether the core can read the text. Whether it opens or shuts makes no
/// difference to that. Takes a while for a long one.
pub(super) fn is_calendar(text: &Arc<str>) -> bool {
    let mut entry = EntrySpec::new("feed", Effect::Deny, "UTC");
    entry.feed = Some(Feed::Text(text.clone()));
    Calendar::parse("feed", &[entry]).broken().next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    const CALENDAR: &str = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::constant(1_800_000_000 + seconds, 0)
    }

    #[test]
    fn what_was_not_fetched_is_due_and_says_nothing() {
        let held = Held::default();
        assert!(held.due_at(HOUR) < at(0));
        assert_eq!(held.feed(DAY, at(0)), None);
    }

    #[test]
    fn a_text_counts_until_it_is_stale_whatever_fails_meanwhile() {
        let mut held = Held::default();
        held.fetched(CALENDAR.into(), true, HOUR, at(0));
        assert_eq!(held.due_at(HOUR), at(3600));
        held.failed("away".to_owned(), HOUR, at(3600));
        assert_eq!(held.due_at(HOUR), at(3610), "sooner than in an hour");
        assert_eq!(
            held.feed(DAY, at(86_399)),
            Some(Feed::Text(CALENDAR.into()))
        );
        let stale = Feed::Stale {
            fetched: at(0),
            within: DAY,
        };
        assert_eq!(held.feed(DAY, at(86_400)), Some(stale));
        held.fetched(CALENDAR.into(), true, HOUR, at(90_000));
        assert_eq!(held.due_at(HOUR), at(93_600));
        assert_eq!(held.failure(), None);
    }

    #[test]
    fn retries_become_rarer_but_not_rarer_than_the_refresh() {
        let mut held = Held::default();
        let mut waits = Vec::new();
        for _ in 0..9 {
            held.failed("away".to_owned(), HOUR, at(0));
            waits.push((held.due_at(HOUR) - at(0)).get_seconds());
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 900, 900]);
        held.failed("away".to_owned(), SignedDuration::from_secs(2), at(0));
        assert_eq!(held.due_at(HOUR), at(2));
    }

    #[test]
    fn a_text_that_is_no_calendar_is_asked_for_again_soon() {
        assert!(is_calendar(&CALENDAR.into()) && !is_calendar(&"<html>".into()));
        let mut held = Held::default();
        held.fetched("<html>".into(), false, HOUR, at(0));
        assert_eq!(held.due_at(HOUR), at(10));
        assert_eq!(held.feed(DAY, at(1)), Some(Feed::Text("<html>".into())));
    }

    #[test]
    fn what_was_kept_counts_unless_it_is_older_or_from_the_future() {
        let kept = |fetched| Kept {
            text: CALENDAR.into(),
            fetched,
        };
        let mut held = Held::default();
        held.load(kept(at(100)), at(50));
        assert_eq!(held.feed(DAY, at(50)), None);
        held.load(kept(at(10)), at(50));
        assert_eq!(held.due_at(HOUR), at(3610));
        held.load(kept(at(5)), at(50));
        assert_eq!(held.due_at(HOUR), at(3610));
    }
}
