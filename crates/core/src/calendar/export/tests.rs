//! What Argo CD and the readers of a feed make of a calendar.

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::calendar::{Calendar, Effect, EntrySpec};

mod feed;
mod properties;
mod refused;
mod sync_windows;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone_named(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn recurring(name: &str, effect: Effect, schedule: &str, duration: &str, zone: &str) -> EntrySpec {
    EntrySpec {
        schedule: Some(schedule.into()),
        duration: Some(duration.into()),
        ..EntrySpec::new(name, effect, zone)
    }
}

fn one_off(name: &str, effect: Effect, from: &str, to: &str) -> EntrySpec {
    EntrySpec {
        from: Some(from.into()),
        to: Some(to.into()),
        ..EntrySpec::new(name, effect, "Europe/Zurich")
    }
}

fn calendar(specs: &[EntrySpec]) -> Calendar {
    Calendar::parse("production", specs)
}

fn names(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Whether the clocks of a zone repeat what they show at an instant.
fn is_repeated(at: Timestamp, zone: &TimeZone) -> bool {
    let shown: DateTime = zone.to_datetime(at);
    matches!(
        zone.to_ambiguous_timestamp(shown).offset(),
        jiff::tz::AmbiguousOffset::Fold { .. }
    )
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
