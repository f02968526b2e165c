//! Months, with what each day brings.

use anstyle::Style;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::list::Listed;
use crate::output::paint::{BAD, GOOD, QUIET, STRONG, WAITING, paint};

/// The most months that are drawn.
const MOST: usize = 12;

/// What a day brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Open,
    Both,
    Frozen,
    Nothing,
    /// Nobody asked about it.
    Outside,
}

impl Day {
    fn sign(self) -> char {
        match self {
            Self::Open => 'o',
            Self::Both => '*',
            Self::Frozen => 'x',
            Self::Nothing | Self::Outside => ' ',
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Open => GOOD,
            Self::Both => WAITING,
            Self::Frozen => BAD,
            Self::Nothing => Style::new(),
            Self::Outside => QUIET,
        }
    }
}

/// Draws the months that were asked about, and says what the signs mean.
pub(super) fn months(listed: &Listed, zone: &TimeZone) -> String {
    let last = (listed.to - SignedDuration::from_nanos(1)).to_zoned(zone.clone());
    let mut first = listed.from.to_zoned(zone.clone()).date().first_of_month();
    let mut text = String::new();
    for _ in 0..MOST {
        if first > last.date() {
            break;
        }
        text.push_str(&month(first, listed, zone));
        text.push('\n');
        let Ok(next) = first.last_of_month().tomorrow() else {
            break;
        };
        first = next;
    }
    let legend = [
        (Day::Open, "changes may start"),
        (Day::Both, "they may, but a freeze holds for a part"),
        (Day::Frozen, "a freeze holds, and nothing may start"),
    ];
    let legend = legend
        .map(|(day, meaning)| format!("{} {meaning}", paint(day.style(), &day.sign().to_string())));
    text + &legend.join("   ") + "\n"
}

fn month(first: Date, listed: &Listed, zone: &TimeZone) -> String {
    let title = first.strftime("%B %Y").to_string();
    let mut text = format!(
        "{}\n {}\n",
        paint(STRONG, &title),
        paint(QUIET, "Mo   Tu   We   Th   Fr   Sa   Su")
    );
    let before = usize::from(first.weekday().to_monday_zero_offset().unsigned_abs());
    let mut gap = 5 * before;
    let mut date = first;
    for _ in 0..first.days_in_month() {
        let day = day(date, listed, zone);
        let shown = format!("{:>3}{}", date.day(), day.sign());
        let shown = shown.trim_end();
        text.push_str(&" ".repeat(gap));
        text.push_str(&paint(day.style(), shown));
        gap = 5 - shown.len();
        if date.weekday() == Weekday::Sunday || date == first.last_of_month() {
            text.push('\n');
            gap = 0;
        }
        date = date.tomorrow().unwrap_or(date);
    }
    text
}

fn day(date: Date, listed: &Listed, zone: &TimeZone) -> Day {
    let midnight = |date: Date| {
        let zoned = date.to_zoned(zone.clone());
        zoned.map_or(listed.to, |zoned| zoned.timestamp())
    };
    let (start, end) = (midnight(date), midnight(date.tomorrow().unwrap_or(date)));
    let (start, end) = (start.max(listed.from), end.min(listed.to));
    if end <= start {
        return Day::Outside;
    }
    let touches = |from: Timestamp, to: Timestamp| from < end && start < to;
    let open = listed
        .openings
        .iter()
        .any(|open| touches(open.opens, open.closes.unwrap_or(Timestamp::MAX)));
    let frozen = listed
        .freezes
        .iter()
        .any(|frozen| touches(frozen.starts, frozen.ends));
    match (open, frozen) {
        (true, false) => Day::Open,
        (true, true) => Day::Both,
        (false, true) => Day::Frozen,
        (false, false) => Day::Nothing,
    }
}
