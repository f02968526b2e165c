//! Times that come back every week, as a person says them.

use std::collections::BTreeSet;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::times::Stretch;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// How often something must happen on a day of the week in a year.
const WEEKS: usize = 50;

/// `Mon–Fri 08:00–18:00 UTC`, if the stretches of a year are all like that.
pub(super) fn told(stretches: &[Stretch], zone: &str) -> Option<String> {
    let known = TimeZoneDatabase::bundled().get(zone).ok();
    let label = if known.is_some() { zone } else { "UTC" };
    let clock = known.unwrap_or(TimeZone::UTC);
    // The year cuts the first and the last one.
    let [_, whole @ .., _] = stretches else {
        return None;
    };
    let mut days = BTreeSet::new();
    let mut hours = BTreeSet::new();
    for stretch in whole {
        let from = stretch.from.to_zoned(clock.clone());
        let until = stretch.until.to_zoned(clock.clone());
        let next_day = from.date().tomorrow().ok();
        if from.date() != until.date() && next_day != Some(until.date()) {
            return None;
        }
        days.insert(usize::try_from(from.weekday().to_monday_zero_offset()).unwrap_or_default());
        let time = |hour: i8, minute: i8| format!("{hour:02}:{minute:02}");
        hours.insert((
            time(from.hour(), from.minute()),
            time(until.hour(), until.minute()),
        ));
    }
    if hours.len() != 1 || whole.len() < days.len() * WEEKS {
        return None;
    }
    let (from, until) = hours.pop_first()?;
    Some(format!("{} {from}–{until} {label}", days_told(&days)))
}

/// `Mon–Fri`, `Tue and Thu`, `daily`.
fn days_told(days: &BTreeSet<usize>) -> String {
    let names: Vec<&str> = days
        .iter()
        .filter_map(|day| DAYS.get(*day).copied())
        .collect();
    let first_and_last = days.first().zip(days.last());
    let in_a_row = first_and_last.is_some_and(|(first, last)| last - first + 1 == days.len());
    match names.as_slice() {
        [_, _, _, _, _, _, _] => "daily".to_owned(),
        [first, _, .., last] if in_a_row && names.len() > 2 => format!("{first}–{last}"),
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        [one] => (*one).to_owned(),
        _ => String::new(),
    }
}
