//! The lines of a feed (RFC 5545, section 3.1).

use super::error::{FeedError, FeedProblem};

/// One content line, unfolded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, counted from 1.
    pub(super) number: usize,
    /// The property's name in upper case.
    pub(super) name: String,
    /// Names in upper case, and values without their quotes.
    parameters: Vec<(String, String)>,
    /// As it was written, escapes included.
    pub(super) value: String,
}

impl Line {
    /// The value of a parameter. Names are compared in upper case.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The error that this line's value is not usable.
    pub(super) fn wrong(&self, why: &'static str) -> FeedError {
        FeedProblem::value(&self.name, &self.value, why).at(self.number)
    }

    pub(super) fn error(&self, problem: FeedProblem) -> FeedError {
        problem.at(self.number)
    }
}

/// Every content line. A line that begins with a space or a tab continues the
/// one before; empty lines are passed over.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Result<Line, FeedError>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut physical = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .zip(1..)
        .filter(|(line, _)| !line.is_empty())
        .peekable();
    std::iter::from_fn(move || {
        let (first, number) = physical.next()?;
        let mut whole = first.to_owned();
        while let Some((more, _)) = physical.next_if(|(line, _)| line.starts_with([' ', '\t'])) {
            whole.push_str(more.get(1..).unwrap_or_default());
        }
        Some(parse(&whole, number).ok_or_else(|| FeedProblem::Line.at(number)))
    })
}

fn parse(text: &str, number: usize) -> Option<Line> {
    let (name, mut rest) = name(text)?;
    let mut parameters = Vec::new();
    while let Some(after) = rest.strip_prefix(';') {
        let (name, after) = self::name(after)?;
        let (value, after) = parameter(after.strip_prefix('=')?)?;
        parameters.push((name, value));
        rest = after;
    }
    Some(Line {
        number,
        name,
        parameters,
        value: rest.strip_prefix(':')?.to_owned(),
    })
}

/// A name, in upper case, and what follows.
fn name(text: &str) -> Option<(String, &str)> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let end = text.find(|letter| !is_part(letter))?;
    let (name, rest) = text.split_at_checked(end)?;
    (!name.is_empty()).then(|| (name.to_ascii_uppercase(), rest))
}

/// The values of a parameter, quoted or not, and what follows.
fn parameter(mut text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    loop {
        let (part, rest) = match text.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => text.split_at_checked(text.find([',', ';', ':', '"'])?)?,
        };
        value.push_str(part);
        let Some(more) = rest.strip_prefix(',') else {
            return Some((value, rest));
        };
        value.push(',');
        text = more;
    }
}

/// A text as it is meant (section 3.3.11).
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'N') => plain.push('\n'),
                Some(escaped) => plain.push(escaped),
                None => {}
            },
            letter => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_are_joined_and_numbered_by_their_first() {
        let text = "\u{feff}A:1\r\n\r\nDESCRIPTION;LANGUAGE=de:ein\r\n  Te\r\n\txt\r\nb:c\n";
        let lines: Vec<Line> = lines(text).collect::<Result<_, _>>().unwrap();
        let shown: Vec<_> = lines
            .iter()
            .map(|line| (line.number, line.name.as_str(), line.value.as_str()))
            .collect();
        assert_eq!(
            shown,
            [(1, "A", "1"), (3, "DESCRIPTION", "ein Text"), (6, "B", "c")]
        );
        assert_eq!(lines[1].parameter("LANGUAGE"), Some("de"));
    }

    #[test]
    fn parameters_may_be_quoted_and_several() {
        let line = parse("X;tzid=\"a:b;c\";M=\"1\",2:v:w", 1).unwrap();
        assert_eq!(line.parameter("TZID"), Some("a:b;c"));
        assert_eq!(line.parameter("M"), Some("1,2"));
        assert_eq!(line.value, "v:w");
    }

    #[test]
    fn what_is_no_line_is_an_error() {
        for text in [
            "",
            "X",
            ":v",
            "X;:v",
            "X;A:v",
            "X;A=\"b:v",
            "<html>",
            "Ä:v",
            "X;A=b",
        ] {
            assert_eq!(parse(text, 1), None, "{text}");
        }
        let error = lines("A:1\n\nnot a line\n").nth(1).unwrap().unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 3: this is not a line like NAME:VALUE"
        );
    }

    #[test]
    fn escapes_stand_for_letters() {
        assert_eq!(unescape(r"a\, b\; c\\n\nd\"), "a, b; c\\n\nd");
    }
}
