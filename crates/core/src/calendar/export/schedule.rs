//! Schedules and durations in Argo CD's dialects.

use jiff::SignedDuration;

use crate::calendar::Schedule;
use crate::sync_window::{Agreement, agreement};

/// The schedule as Argo CD has to read it: as it was written, if that means the
/// same to both, else field by field. The error says why there is no such text.
pub(super) fn cron(schedule: &Schedule) -> Result<String, String> {
    let written: Vec<&str> = schedule.as_str().split_ascii_whitespace().collect();
    let mut rare = false;
    for text in [written.join(" "), plain(schedule)] {
        match agreement(&text, schedule.starts(), |date| schedule.matches(date)) {
            Agreement::Same => return Ok(text),
            Agreement::Rare => rare = true,
            Agreement::Different => {}
        }
    }
    let schedule = schedule.as_str();
    Err(if rare {
        format!(
            "its schedule `{schedule}` does not start in every year, and Argo CD takes a window for active that does not start for five years"
        )
    } else {
        format!("Argo CD knows no schedule that starts when `{schedule}` does")
    })
}

/// The five fields with numbers alone.
fn plain(schedule: &Schedule) -> String {
    let starts = schedule.starts().iter().map(|start| u32::from(*start));
    let (mut minutes, mut hours) = (0u64, 0u64);
    for start in starts {
        minutes |= 1 << (start % 60);
        hours |= 1 << (start / 60);
    }
    let (months, days, weekdays) = schedule.date_fields();
    [
        field(minutes, 0, 59),
        field(hours, 0, 23),
        days.map_or_else(|| "*".to_owned(), |days| listed(days.into(), 1, 31)),
        field(months.into(), 1, 12),
        weekdays.map_or_else(|| "*".to_owned(), |days| listed(days.into(), 0, 6)),
    ]
    .join(" ")
}

fn field(bits: u64, first: u32, last: u32) -> String {
    if (first..=last).all(|value| bits & (1 << value) != 0) {
        "*".to_owned()
    } else {
        listed(bits, first, last)
    }
}

/// Values and ranges, without a star even for all of them: a star would change
/// how the two day fields are joined.
fn listed(bits: u64, first: u32, last: u32) -> String {
    let is_set = |value: u32| value <= last && bits & (1 << value) != 0;
    let mut parts = Vec::new();
    let mut value = first;
    while value <= last {
        if is_set(value) {
            let from = value;
            while is_set(value + 1) {
                value += 1;
            }
            parts.push(match value - from {
                0 => from.to_string(),
                1 => format!("{from},{value}"),
                _ => format!("{from}-{value}"),
            });
        }
        value += 1;
    }
    parts.join(",")
}

/// A duration as Go reads it, such as `4h`, `1h30m` or `45s`.
pub(super) fn duration(length: SignedDuration) -> String {
    let seconds = length.as_secs();
    let parts = [
        (seconds / 3600, 'h'),
        (seconds / 60 % 60, 'm'),
        (seconds % 60, 's'),
    ];
    let text: String = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}
