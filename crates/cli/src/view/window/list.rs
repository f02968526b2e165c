//! When changes may start, as a table and as months.

use std::ops::Range;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tidegate_core::calendar::render::moment;
use tidegate_core::calendar::{Calendar, Opening, Passes, Subject};

use super::month;
use crate::output::paint::{QUIET, paint};
use crate::output::table::{cell, table};
use crate::view::span;

/// The most openings, and stretches of a freeze, that are listed.
const MOST: usize = 1000;

/// What is listed, for programs. Its fields are a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    /// The time that was asked about, `to` left out.
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// The calendar's zone.
    time_zone: String,
    /// When changes may start.
    pub(super) openings: Vec<Open>,
    /// When freezes hold, within the time asked about.
    pub(super) freezes: Vec<Frozen>,
    /// There are more of either than are listed.
    cut: bool,
}

/// A stretch of time in which changes may start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Open {
    pub(super) opens: Timestamp,
    /// `None` if not within five years.
    pub(super) closes: Option<Timestamp>,
    /// The window that opens it, where one is needed.
    window: Option<String>,
    /// What is special about it.
    note: Option<String>,
}

/// A stretch of time in which a freeze holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Frozen {
    pub(super) starts: Timestamp,
    pub(super) ends: Timestamp,
    freeze: String,
}

/// Asks the calendar for all openings in a time.
pub(crate) fn listed(
    calendar: &Calendar,
    subject: &Subject<'_>,
    passes: Passes<'_>,
    time: Range<Timestamp>,
    zone: &TimeZone,
) -> Listed {
    let (from, to) = (time.start, time.end);
    let openings = calendar.openings(subject, passes, from, to);
    let mut openings: Vec<Open> = openings
        .take(MOST + 1)
        .map(|opening| open(&opening, from))
        .collect();
    let freezes = calendar.frozen(subject, passes, from, to, MOST);
    let mut freezes: Vec<Frozen> = freezes
        .into_iter()
        .map(|frozen| Frozen {
            starts: frozen.interval.start,
            ends: frozen.interval.end,
            freeze: frozen.freeze.to_string(),
        })
        .collect();
    let cut = openings.len() > MOST || freezes.len() > MOST;
    openings.truncate(MOST);
    freezes.truncate(MOST);
    Listed {
        from,
        to,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        openings,
        freezes,
        cut,
    }
}

fn open(opening: &Opening, from: Timestamp) -> Open {
    let already = (opening.opens == from).then(|| "open at the start already".to_owned());
    Open {
        opens: opening.opens,
        closes: opening.closes,
        window: opening.window.as_deref().map(str::to_owned),
        note: clock_change(opening).or(already),
    }
}

/// Says that the clocks change while it is open, unless it lasts for days.
fn clock_change(opening: &Opening) -> Option<String> {
    const DAYS: SignedDuration = SignedDuration::from_hours(48);
    let closes = opening.closes?;
    let lasts = closes.duration_since(opening.opens);
    let offset = |at| opening.zone.to_offset(at).seconds();
    let change = i64::from(offset(opening.opens) - offset(closes));
    if change == 0 || lasts > DAYS {
        return None;
    }
    let shown = lasts - SignedDuration::from_secs(change);
    let direction = if change > 0 { "back" } else { "forward" };
    Some(format!(
        "instead of {}: the clocks go {direction}",
        span::exact(shown)
    ))
}

/// The list for people: `asked` names the calendar and the target.
pub(crate) fn told(listed: &Listed, asked: &str, zone: &TimeZone) -> String {
    let mut text = format!("{asked} · {}\n\n", listed.time_zone);
    if listed.openings.is_empty() {
        text.push_str("no opening in this time\n");
    } else {
        let rows: Vec<_> = listed.openings.iter().map(|open| row(open, zone)).collect();
        text.push_str(&table(&["START", "END", "LENGTH", "WINDOW", "NOTE"], &rows));
    }
    if listed.cut {
        let more = format!("there are more than {MOST}; ask for a shorter time");
        text.push_str(&paint(QUIET, &more));
        text.push('\n');
    }
    text + "\n" + &month::months(listed, zone)
}

fn row(open: &Open, zone: &TimeZone) -> Vec<crate::output::table::Cell> {
    let lasts = open.closes.map(|closes| closes.duration_since(open.opens));
    vec![
        cell(moment(open.opens, zone)),
        cell(open.closes.map(|at| moment(at, zone)).unwrap_or_default()),
        cell(lasts.map(span::exact).unwrap_or_default()),
        cell(open.window.clone().unwrap_or_default()),
        cell(open.note.clone().unwrap_or_default()),
    ]
}
