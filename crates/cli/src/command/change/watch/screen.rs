//! Drawing the same lines again in place.

use anstream::adapter::strip_str;
use comfy_table::Table;

/// What was drawn last.
#[derive(Debug, Default)]
pub(super) struct Screen {
    drawn: Vec<String>,
}

impl Screen {
    /// How many rows to erase, and what to write instead, so that these lines
    /// stand where the last ones stood. None: they do already.
    pub(super) fn draw(&mut self, lines: &[String]) -> Option<(usize, String)> {
        self.draw_in(lines, Table::new().width())
    }

    fn draw_in(&mut self, lines: &[String], width: Option<u16>) -> Option<(usize, String)> {
        let lines: Vec<String> = lines.iter().map(|line| fit(line, width)).collect();
        if lines == self.drawn {
            return None;
        }
        let text = lines.join("\n") + "\n";
        let rows = self.drawn.len();
        self.drawn = lines;
        Some((rows, text))
    }
}

/// A line that wraps would take more rows than are counted.
fn fit(line: &str, width: Option<u16>) -> String {
    let plain = strip_str(line).to_string();
    match width.map(usize::from) {
        Some(width) if width > 1 && plain.chars().count() > width => {
            plain.chars().take(width - 1).chain(['…']).collect()
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_drawn_over_the_last_ones_only_when_they_differ() {
        let mut screen = Screen::default();
        let lines = ["one".to_owned(), "two".to_owned()];
        assert_eq!(
            screen.draw_in(&lines, Some(80)),
            Some((0, "one\ntwo\n".to_owned()))
        );
        assert_eq!(screen.draw_in(&lines, Some(80)), None);
        let fewer = ["three".to_owned()];
        assert_eq!(
            screen.draw_in(&fewer, Some(80)),
            Some((2, "three\n".to_owned()))
        );
        assert_eq!(
            screen.draw_in(&lines, Some(80)),
            Some((1, "one\ntwo\n".to_owned()))
        );
    }

    #[test]
    fn a_line_never_takes_two_rows() {
        let mut screen = Screen::default();
        let lines = ["\u{1b}[1mabcdef\u{1b}[0m".to_owned()];
        assert_eq!(
            screen.draw_in(&lines, Some(4)),
            Some((0, "abc…\n".to_owned()))
        );
    }
}
