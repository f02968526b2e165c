//! TG118: retries that outlive the window.

use jiff::{SignedDuration, Timestamp};

use super::delivery::{Delivery, Retry};
use super::inventory::Sound;
use super::times::{Span, Times};
use super::{Finding, Inventory, Project, Rule, Window, subjects};
use crate::sync_window::{SyncWindows, parse_duration};

/// What Argo CD waits where nothing is written (`application_defaults.go` of
/// its API).
const FIRST: SignedDuration = SignedDuration::from_secs(5);
const FACTOR: i64 = 2;
const LONGEST: SignedDuration = SignedDuration::from_mins(3);

/// How often an automated sync is tried again where `retry` is not written
/// (`autoSync` of Argo CD's controller).
const AUTOMATED_LIMIT: i64 = 5;

/// Longer than any window that is compared with.
const FOR_EVER: SignedDuration = SignedDuration::from_hours(24 * 366);

/// How many waits are added up; as many would take years, or no time at all.
const ADDED_UP: i64 = 100_000;

pub(super) fn look(delivery: &Delivery, inventory: &Inventory, now: Timestamp) -> Option<Finding> {
    let (line, retry) = retry(delivery)?;
    let waits = retry.waits()?;
    let projects = inventory.projects.iter();
    let window = projects
        .filter(|project| delivery.project.text.is_empty() || delivery.project() == project.name)
        .filter_map(|project| shortest(delivery, project, now))
        .min_by_key(|shortest| shortest.open)?;
    (waits > window.open).then(|| finding(delivery, line, waits, &window))
}

fn retry(delivery: &Delivery) -> Option<(usize, Retry)> {
    match (&delivery.retry, delivery.automated) {
        (Some(retry), _) => Some((retry.line, retry.clone())),
        (None, Some(automated)) => {
            let limit = AUTOMATED_LIMIT;
            let retry = Retry {
                limit,
                ..Retry::default()
            };
            Some((automated.line, retry))
        }
        (None, None) => None,
    }
}

/// An allow window that the Application's syncs need.
struct Shortest<'a> {
    project: &'a Project,
    window: &'a Window,
    /// How long it is open at its shortest.
    open: SignedDuration,
}

fn shortest<'a>(delivery: &Delivery, project: &'a Project, now: Timestamp) -> Option<Shortest<'a>> {
    let sound = Sound::of(project, now);
    let allows = sound.0.into_iter().filter(|window| window.is_allow());
    // What people start needs no window that says `manualSync`.
    let needed = allows.filter(|window| delivery.automated.is_some() || !window.manual_sync);
    needed
        .filter(|window| {
            let alone = SyncWindows::load(&[window.as_written()]);
            !subjects::matched(&alone, &delivery.application).is_empty()
        })
        .filter_map(|window| {
            let open = shortest_stretch(window, now)?;
            Some(Shortest {
                project,
                window,
                open,
            })
        })
        .min_by_key(|shortest| shortest.open)
}

fn shortest_stretch(window: &Window, now: Timestamp) -> Option<SignedDuration> {
    let span = Span::year_from(now);
    let times = Times::of_window(window, span)?;
    // One that the span cuts says nothing.
    let whole = times
        .allowed
        .iter()
        .filter(|stretch| stretch.from > span.from && stretch.until < span.until);
    let lengths = whole.map(|stretch| stretch.until.duration_since(stretch.from));
    // Edges belong to neither side, by a nanosecond.
    lengths
        .min()
        .map(|length| length.round(jiff::Unit::Second).unwrap_or(length))
}

impl Retry {
    /// All that Argo CD waits between the attempts of a sync that keeps failing
    /// (`NextRetryAt` of its API, asked with the number of the retry, from 1).
    /// The time of the attempts themselves comes to it. None: Argo CD cannot
    /// read a duration, and gives up at once.
    fn waits(&self) -> Option<SignedDuration> {
        let first = read(&self.duration, FIRST)?.as_nanos();
        let longest = read(&self.max_duration, LONGEST)?.as_nanos();
        let factor = i128::from(self.factor.unwrap_or(FACTOR));
        if self.limit < 0 {
            return Some(FOR_EVER);
        }
        let mut total: i128 = 0;
        let mut wait = first;
        for _ in 0..self.limit.min(ADDED_UP) {
            wait = wait.saturating_mul(factor);
            let waited = if longest > 0 { wait.min(longest) } else { wait };
            total = total.saturating_add(waited.max(0));
            if total >= FOR_EVER.as_nanos() {
                return Some(FOR_EVER);
            }
        }
        Some(SignedDuration::from_nanos_i128(total))
    }
}

/// Without a unit it is seconds.
fn read(text: &str, otherwise: SignedDuration) -> Option<SignedDuration> {
    if text.is_empty() {
        return Some(otherwise);
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(SignedDuration::from_secs(seconds));
    }
    parse_duration(text).ok().map(SignedDuration::from_nanos)
}

fn finding(
    delivery: &Delivery,
    line: usize,
    waits: SignedDuration,
    window: &Shortest<'_>,
) -> Finding {
    let place = window.project.place.told(window.window.line);
    let open = told(window.open);
    let then = if window.window.sync_overrun {
        "and `syncOverrun` lets them go on outside of it"
    } else {
        "and Argo CD leaves the sync Running from then on, where nobody can end or replace it"
    };
    let how_long = if waits >= FOR_EVER {
        "without end".to_owned()
    } else {
        format!("for {} and the time of each attempt", told(waits))
    };
    delivery.place.finding(
        Rule::RetryOutlivesWindow,
        line,
        format!(
            "a sync of `{}` that keeps failing is tried again {how_long}",
            delivery.name()
        ),
        format!("the window at {place} is open for {open}, {then}"),
        "lower `retry.limit`, or `backoff.duration` and `maxDuration`, until all waits fit into \
         the window",
    )
}

fn told(duration: SignedDuration) -> String {
    format!("{duration:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many seconds as `NextRetryAt` of Argo CD 3.5.7 gives for each retry.
    #[test]
    fn all_waits_are_added_up_as_argo_cd_waits() {
        let cases = [
            (0, "", None, "", Some(0)),
            // 10, 20, 40, 80 and 160 seconds.
            (5, "", None, "", Some(310)),
            (3, "30s", Some(2), "5m", Some(420)),
            // No wait is longer than the longest.
            (4, "1m", Some(3), "5m", Some(180 + 300 + 300 + 300)),
            (2, "7", Some(1), "0", Some(14)),
            (2, "1h", Some(-1), "", Some(180)),
            (-1, "5s", None, "", Some(366 * 24 * 3600)),
            (i64::MAX, "1h", None, "0s", Some(366 * 24 * 3600)),
            (i64::MAX, "0s", None, "", Some(0)),
            (3, "5 minutes", None, "", None),
        ];
        for (limit, duration, factor, longest, seconds) in cases {
            let retry = Retry {
                line: 1,
                limit,
                duration: duration.to_owned(),
                factor,
                max_duration: longest.to_owned(),
            };
            let waits = retry.waits().map(|waits| waits.as_secs());
            assert_eq!(waits, seconds, "{retry:?}");
        }
    }
}
