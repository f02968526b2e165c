//! One of the five fields of a schedule.

use super::ScheduleError;

/// Set beside the values where a star says that any value will do.
pub(super) const STAR: u64 = 1 << 63;

/// What may stand in a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    least: u8,
    greatest: u8,
    /// From the least value on.
    names: &'static [&'static str],
}

pub(super) const MINUTE: Field = Field {
    name: "minute",
    least: 0,
    greatest: 59,
    names: &[],
};

pub(super) const HOUR: Field = Field {
    name: "hour",
    least: 0,
    greatest: 23,
    names: &[],
};

pub(super) const DAY: Field = Field {
    name: "day of month",
    least: 1,
    greatest: 31,
    names: &[],
};

pub(super) const MONTH: Field = Field {
    name: "month",
    least: 1,
    greatest: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};

pub(super) const WEEKDAY: Field = Field {
    name: "weekday",
    least: 0,
    greatest: 6,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

impl Field {
    /// The values as bits. Empty parts of the list are skipped, so that commas
    /// alone are no value at all.
    pub(super) fn read(self, text: &str) -> Result<u64, ScheduleError> {
        // Most fields are a star alone.
        if text == "*" {
            return Ok(between(self.least.into(), self.greatest.into()) | STAR);
        }
        text.split(',')
            .filter(|part| !part.is_empty())
            .try_fold(0, |bits, part| {
                self.part(part)
                    .map(|more| bits | more)
                    .ok_or_else(|| ScheduleError::Part {
                        field: self.name,
                        part: part.to_owned(),
                    })
            })
    }

    fn part(self, text: &str) -> Option<u64> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(number(step)?)),
            None => (text, None),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (from, Some(to)),
            None => (range, None),
        };
        // What follows a star and a hyphen is not even looked at.
        let star = from == "*" || from == "?";
        let (from, to) = match (star, to) {
            (true, _) => (u64::from(self.least), u64::from(self.greatest)),
            (false, Some(to)) => (self.value(from)?, self.value(to)?),
            (false, None) if step.is_some() => (self.value(from)?, u64::from(self.greatest)),
            (false, None) => {
                let value = self.value(from)?;
                (value, value)
            }
        };
        let step = step.unwrap_or(1);
        let within = u64::from(self.least) <= from && to <= u64::from(self.greatest) && from <= to;
        if !within || step == 0 {
            return None;
        }
        let all = between(from, to);
        Some(match step {
            1 if star => all | STAR,
            1 => all,
            _ => {
                let stride = usize::try_from(step).unwrap_or(usize::MAX);
                let values = (from..=to).step_by(stride);
                values.fold(0, |bits, value| bits | 1 << value)
            }
        })
    }

    fn value(self, text: &str) -> Option<u64> {
        // No name is a number, and numbers are both more common and read faster.
        number(text).or_else(|| {
            let mut named = self.names.iter().zip(u64::from(self.least)..);
            let value = named.find(|(name, _)| is_name(text, name));
            value.map(|(_, value)| value)
        })
    }
}

/// The bits from one to another, neither of which is above the 63rd.
fn between(from: u64, to: u64) -> u64 {
    u64::MAX << from & u64::MAX >> (63 - to)
}

/// Whether a text is a name in any case. In Go the Turkish capital I with a dot
/// is one of i.
fn is_name(text: &str, name: &str) -> bool {
    let lower = text.chars().map(|letter| match letter {
        'İ' => 'i',
        other => other.to_ascii_lowercase(),
    });
    lower.eq(name.chars())
}

/// A number as Go reads it: a plus sign and leading zeros may stand before it.
fn number(text: &str) -> Option<u64> {
    // Nothing below zero is allowed, but minus zero is zero.
    let value: i64 = text.parse().ok()?;
    u64::try_from(value).ok()
}
