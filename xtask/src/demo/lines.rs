//! Where lines are broken.

/// Sentences are broken so that they can be read without moving one's head.
const WIDTH: usize = 88;

/// Breaks a line between words where it is too long, and sets in the rest by more than its own first word. Colours take
/// no room. Spaces that set it in, or columns apart, stay.
pub(super) fn broken(line: &str, width: usize) -> String {
    let text = line.trim_start();
    let indent = " ".repeat(line.len() - text.len());
    let mut column = indent.len();
    let mut all = indent.clone();
    for word in text.split_inclusive(' ') {
        let length = anstream::adapter::strip_str(word.trim_end())
            .to_string()
            .chars()
            .count();
        if column + length > width && column > indent.len() + 4 {
            all.truncate(all.trim_end().len());
            all.push('\n');
            all.push_str(&indent);
            all.push_str("    ");
            column = indent.len() + 4;
        }
        all.push_str(word);
        column += length + (word.len() - word.trim_end().len());
    }
    all
}

/// Breaks lines between words; a word that is longer stands alone.
pub(super) fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().filter(|line| {
            line.is_empty() || line.chars().count() + 1 + word.chars().count() <= WIDTH
        });
        match last {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_below_itself() {
        let line = "    ✗ one two  three four";
        assert_eq!(broken(line, 40), line);
        assert_eq!(broken(line, 18), "    ✗ one two\n        three four");
        let painted = "    \u{1b}[32mone\u{1b}[0m two three four";
        assert_eq!(broken(painted, 22), painted);
        let word = format!("    {}", "x".repeat(50));
        assert_eq!(broken(&word, 20), word);
    }

    #[test]
    fn lines_are_broken_between_words() {
        let text = wrapped(&"waits ".repeat(40));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(text.split_whitespace().count(), 40);
        let address = format!("see {}", "x".repeat(WIDTH + 1));
        assert_eq!(wrapped(&address).lines().count(), 2);
    }
}
