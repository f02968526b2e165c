//! Writes an iCalendar object (RFC 5545).

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The longest line, in octets without its end (section 3.1).
const LONGEST_LINE: usize = 75;

/// The lines written so far.
#[derive(Debug, Default)]
pub(super) struct Content(String);

impl Content {
    /// A line whose value needs no escapes.
    pub(super) fn line(&mut self, name: &str, value: &str) {
        let mut room = LONGEST_LINE;
        for letter in name.chars().chain([':']).chain(value.chars()) {
            if letter.len_utf8() > room {
                // The space that marks the continuation counts.
                self.0.push_str("\r\n ");
                room = LONGEST_LINE - 1;
            }
            self.0.push(letter);
            room -= letter.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A line with a text (section 3.3.11).
    pub(super) fn text(&mut self, name: &str, value: &str) {
        let mut escaped = String::with_capacity(value.len());
        for letter in value.chars() {
            match letter {
                '\\' | ';' | ',' => escaped.extend(['\\', letter]),
                '\n' => escaped.push_str("\\n"),
                '\t' => escaped.push(letter),
                letter if letter.is_control() => {}
                letter => escaped.push(letter),
            }
        }
        self.line(name, &escaped);
    }

    /// A line with an instant, in UTC and whole seconds.
    pub(super) fn instant(&mut self, name: &str, at: Timestamp) {
        self.line(name, &stamp(at));
    }

    pub(super) fn finished(self) -> String {
        self.0
    }
}

/// An instant in UTC, such as `20261224T180000Z`.
pub(super) fn stamp(at: Timestamp) -> String {
    let utc = at.to_zoned(TimeZone::UTC);
    utc.strftime("%Y%m%dT%H%M%SZ").to_string()
}
