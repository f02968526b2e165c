//! One event of a feed.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::component::Component;
use super::error::{FeedError, FeedProblem};
use super::line::{Line, unescape};
use super::rule::Rule;
use super::stamp::{self, Stamp};
use crate::calendar::Effect;
use crate::calendar::local::{Interval, end_of};

/// How long an event lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// By the wall clock of the zone it starts in.
    Clock(SignedDuration),
    /// In true time, because it ends by the clock of another zone.
    Exact(SignedDuration),
}

impl Length {
    /// The stretch of time of this length from a start on.
    pub(super) fn from(self, start: &Stamp, effect: Effect) -> Interval {
        let at = start.instant();
        let end = match self {
            Self::Clock(length) => end_of(start.clock.saturating_add(length), &start.zone, effect),
            Self::Exact(length) => at.checked_add(length).unwrap_or(Timestamp::MAX),
        };
        Interval { start: at, end }
    }
}

/// What STATUS says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Confirmed,
    Tentative,
    Cancelled,
}

/// An event, or a change to one occurrence of another.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) uid: Option<String>,
    pub(super) sequence: u32,
    pub(super) standing: Standing,
    pub(super) title: Option<Arc<str>>,
    pub(super) line: usize,
    pub(super) start: Stamp,
    pub(super) length: Length,
    /// With the line on which it stands.
    pub(super) rule: Option<(Rule, usize)>,
    /// Further starts.
    pub(super) more: Vec<Stamp>,
    /// Starts that are left out.
    pub(super) without: Vec<Stamp>,
    /// The occurrence of another event that this one stands for.
    pub(super) instead_of: Option<Stamp>,
}

/// Properties that change when an event is and cannot be read.
const UNSUPPORTED: [&str; 1] = ["EXRULE"];

/// Reads an event.
pub(super) fn read(component: &Component, zone: &TimeZone) -> Result<Event, FeedError> {
    let fields = Fields(component);
    for line in &component.properties {
        if UNSUPPORTED.contains(&line.name.as_str()) {
            return Err(line.error(FeedProblem::Unsupported(line.name.clone())));
        }
    }
    let start = fields
        .one("DTSTART")?
        .ok_or_else(|| FeedProblem::Missing("DTSTART").at(component.line))?;
    let at = Stamp::parse(&start.value, start, zone)?;
    let rule = match fields.one("RRULE")? {
        None => None,
        Some(line) => {
            let rule = Rule::parse(&line.value, at.whole_day);
            Some((rule.map_err(|problem| line.error(problem))?, line.number))
        }
    };
    let instead_of = match fields.one("RECURRENCE-ID")? {
        None => None,
        Some(line) if line.parameter("RANGE").is_some() => {
            return Err(line.error(FeedProblem::Unsupported(
                "RANGE of RECURRENCE-ID".to_owned(),
            )));
        }
        Some(line) => Some(Stamp::parse(&line.value, line, zone)?),
    };
    let uid = fields.one("UID")?.map(|line| line.value.clone());
    if let Some((_, line)) = rule.as_ref().filter(|_| instead_of.is_some()) {
        let why = "an event with RECURRENCE-ID stands for one occurrence and has no RRULE";
        return Err(FeedProblem::Contradiction(why).at(*line));
    }
    if instead_of.is_some() && uid.is_none() {
        return Err(FeedProblem::Missing("UID").at(component.line));
    }
    Ok(Event {
        uid,
        sequence: match fields.one("SEQUENCE")? {
            None => 0,
            Some(line) => (line.value.trim().parse()).map_err(|_| line.wrong("it is no number"))?,
        },
        standing: standing(fields.one("STATUS")?)?,
        title: fields.one("SUMMARY")?.and_then(title),
        line: component.line,
        length: length(&fields, start, &at, zone)?,
        rule,
        more: listed(&fields, "RDATE", &at, zone)?,
        without: listed(&fields, "EXDATE", &at, zone)?,
        instead_of,
        start: at,
    })
}

struct Fields<'a>(&'a Component);

impl<'a> Fields<'a> {
    fn all(&self, name: &'static str) -> impl Iterator<Item = &'a Line> {
        self.0
            .properties
            .iter()
            .filter(move |line| line.name == name)
    }

    fn one(&self, name: &'static str) -> Result<Option<&'a Line>, FeedError> {
        let mut lines = self.all(name);
        let first = lines.next();
        match lines.next() {
            None => Ok(first),
            Some(second) => Err(second.error(FeedProblem::Twice(name.to_owned()))),
        }
    }
}

fn standing(line: Option<&Line>) -> Result<Standing, FeedError> {
    let Some(line) = line else {
        return Ok(Standing::Confirmed);
    };
    match line.value.trim().to_ascii_uppercase().as_str() {
        "CONFIRMED" => Ok(Standing::Confirmed),
        "TENTATIVE" => Ok(Standing::Tentative),
        "CANCELLED" => Ok(Standing::Cancelled),
        _ => Err(line.wrong("an event is CONFIRMED, TENTATIVE or CANCELLED")),
    }
}

/// A title in one line, as long as a sentence can bear.
fn title(line: &Line) -> Option<Arc<str>> {
    const LONGEST: usize = 80;
    let text = unescape(&line.value);
    let text: Vec<&str> = text.split_whitespace().collect();
    let title: String = text.join(" ").chars().take(LONGEST).collect();
    (!title.is_empty()).then(|| title.into())
}

fn length(
    fields: &Fields<'_>,
    start: &Line,
    at: &Stamp,
    zone: &TimeZone,
) -> Result<Length, FeedError> {
    const LASTS: &str = "the event must end after it starts";
    match (fields.one("DTEND")?, fields.one("DURATION")?) {
        (Some(_), Some(line)) => {
            let why = "the event has both DTEND and DURATION";
            Err(line.error(FeedProblem::Contradiction(why)))
        }
        (Some(line), None) => {
            let end = Stamp::parse(&line.value, line, zone)?;
            if end.whole_day != at.whole_day {
                return Err(line.wrong("DTSTART and DTEND must both be days or both be times"));
            }
            between(at, &end).ok_or_else(|| line.wrong(LASTS))
        }
        (None, Some(line)) => lasting(line, at),
        (None, None) if at.whole_day => Ok(Length::Clock(SignedDuration::from_hours(24))),
        (None, None) => {
            let why = "the event lasts no time: it has neither DTEND nor DURATION";
            Err(start.error(FeedProblem::Contradiction(why)))
        }
    }
}

fn between(start: &Stamp, end: &Stamp) -> Option<Length> {
    let length = if start.zone == end.zone {
        Length::Clock(end.clock.duration_since(start.clock))
    } else {
        Length::Exact(end.instant().duration_since(start.instant()))
    };
    let (Length::Clock(lasts) | Length::Exact(lasts)) = length;
    lasts.is_positive().then_some(length)
}

fn lasting(line: &Line, at: &Stamp) -> Result<Length, FeedError> {
    match stamp::duration(&line.value) {
        None => Err(line.wrong("a duration is written like PT4H or P1D")),
        Some((lasts, _)) if !lasts.is_positive() => {
            Err(line.wrong("a duration must be longer than zero"))
        }
        Some((_, false)) if at.whole_day => {
            Err(line.wrong("an event of whole days lasts whole days"))
        }
        Some((lasts, _)) => Ok(Length::Clock(lasts)),
    }
}

/// All starts in the lists of this name.
fn listed(
    fields: &Fields<'_>,
    name: &'static str,
    at: &Stamp,
    zone: &TimeZone,
) -> Result<Vec<Stamp>, FeedError> {
    let mut listed = Vec::new();
    for line in fields.all(name) {
        let kind = line.parameter("VALUE").unwrap_or_default();
        if kind.eq_ignore_ascii_case("PERIOD") {
            let what = format!("{name} with VALUE=PERIOD");
            return Err(line.error(FeedProblem::Unsupported(what)));
        }
        listed.extend(starts(line, at, zone)?);
    }
    Ok(listed)
}

/// The starts in a list. Days for an event with a time, or the reverse, leave
/// open what they mean.
fn starts(line: &Line, at: &Stamp, zone: &TimeZone) -> Result<Vec<Stamp>, FeedError> {
    let start = |value: &str| {
        let start = Stamp::parse(value, line, zone)?;
        if start.whole_day == at.whole_day {
            Ok(start)
        } else {
            Err(line.wrong("it must be days or times as DTSTART is"))
        }
    };
    line.value.split(',').map(start).collect()
}
