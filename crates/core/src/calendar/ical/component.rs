//! What begins and ends in a feed (RFC 5545, section 3.6).

use super::error::{FeedError, FeedProblem};
use super::line::{Line, lines};
use crate::calendar::spec;

/// One VEVENT with its own properties, those of its alarms left out.
#[derive(Debug)]
pub(super) struct Component {
    /// The line on which it begins.
    pub(super) line: usize,
    /// Its properties in the feed's order.
    pub(super) properties: Vec<Line>,
}

/// Parts of a calendar that say nothing about when something is on.
const SILENT: [&str; 3] = ["VTODO", "VJOURNAL", "VALARM"];

/// Every event of every calendar in the text.
pub(super) fn events(text: &str) -> Result<Vec<Component>, FeedError> {
    let mut events = Vec::new();
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut calendars = 0;
    for line in lines(text) {
        let line = line?;
        match line.name.as_str() {
            "BEGIN" => {
                let name = line.value.trim().to_ascii_uppercase();
                begins(&name, &open, &line)?;
                if open.is_empty() {
                    calendars += 1;
                }
                if name == "VEVENT" {
                    events.push(Component {
                        line: line.number,
                        properties: Vec::new(),
                    });
                }
                open.push((name, line.number));
            }
            "END" => {
                let name = line.value.trim().to_ascii_uppercase();
                let last = open.pop().map(|(name, _)| name);
                if last.as_deref() != Some(&*name) {
                    return Err(FeedProblem::End(name).at(line.number));
                }
            }
            _ => property(line, &open, &mut events)?,
        }
    }
    match open.pop() {
        Some((name, line)) => Err(FeedProblem::Unfinished(name).at(line)),
        None if calendars == 0 => Err(FeedProblem::NotCalendar.at(1)),
        None => Ok(events),
    }
}

fn begins(name: &str, open: &[(String, usize)], line: &Line) -> Result<(), FeedError> {
    match open.last().map(|(outer, _)| outer.as_str()) {
        None if name == "VCALENDAR" => Ok(()),
        None => Err(line.error(FeedProblem::NotCalendar)),
        Some("VCALENDAR")
            if matches!(name, "VEVENT" | "VTIMEZONE")
                || SILENT.contains(&name)
                || name.starts_with("X-") =>
        {
            Ok(())
        }
        // Nothing within an event is a time of its own.
        Some(outer) if outer != "VCALENDAR" && !matches!(name, "VEVENT" | "VCALENDAR") => Ok(()),
        Some(_) => Err(line.error(FeedProblem::Component(name.to_owned()))),
    }
}

fn property(
    line: Line,
    open: &[(String, usize)],
    events: &mut [Component],
) -> Result<(), FeedError> {
    match open.last().map(|(outer, _)| outer.as_str()) {
        None => Err(line.error(FeedProblem::NotCalendar)),
        Some("VEVENT") => {
            if let Some(event) = events.last_mut() {
                event.properties.push(line);
            }
            Ok(())
        }
        Some("VTIMEZONE") if line.name == "TZID" && spec::zone(line.value.trim()).is_none() => {
            Err(line.error(FeedProblem::Zone(line.value.clone())))
        }
        // Takes back events that were sent before.
        Some("VCALENDAR")
            if line.name == "METHOD" && line.value.trim().eq_ignore_ascii_case("CANCEL") =>
        {
            Err(line.error(FeedProblem::Unsupported("METHOD:CANCEL".to_owned())))
        }
        Some(_) => Ok(()),
    }
}
