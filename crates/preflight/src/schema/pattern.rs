//! Regular expressions of schemas. The API server's engine, Go's, and ours know nearly
//! the same ones, without look-around and back-references; what differs is said in
//! another way here.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Error, Regex, RegexBuilder};

/// The largest that is compiled, in bytes of what it becomes.
const LARGEST: usize = 4 * 1024 * 1024;

/// Compiles one.
pub(crate) fn compiled(pattern: &str) -> Result<Regex, Error> {
    let mut builder = RegexBuilder::new(&translated(pattern));
    builder.size_limit(LARGEST).build()
}

/// Why it is none. What is only too large for us is no fault.
pub(crate) fn fault(pattern: &str) -> Option<String> {
    match compiled(pattern) {
        Err(Error::Syntax(reason)) => {
            let last = reason.lines().last().unwrap_or_default();
            Some(last.trim_start_matches("error: ").to_owned())
        }
        _ => None,
    }
}

/// Go's classes of letters are of ASCII, its brackets are not nested, and a brace that
/// repeats nothing stands for itself.
fn translated(pattern: &str) -> String {
    let mut said = String::with_capacity(pattern.len());
    let mut letters = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => escaped(&mut said, letters.next()),
            '[' if !in_class => {
                in_class = true;
                said.push('[');
                // A bracket that is first stands for itself.
                if letters.next_if_eq(&'^').is_some() {
                    said.push('^');
                }
                if letters.next_if_eq(&']').is_some() {
                    said.push_str("\\]");
                }
            }
            '[' if letters.peek() == Some(&':') => {
                said.push('[');
                for letter in letters.by_ref() {
                    said.push(letter);
                    if letter == ']' {
                        break;
                    }
                }
            }
            ']' if in_class => {
                in_class = false;
                said.push(']');
            }
            '[' | '&' | '~' if in_class => said.extend(['\\', letter]),
            '{' if !in_class && !repeats(letters.clone()) => said.push_str("\\{"),
            _ => said.push(letter),
        }
    }
    said
}

fn escaped(said: &mut String, letter: Option<char>) {
    let Some(letter) = letter else {
        said.push('\\');
        return;
    };
    match letter {
        'd' => said.push_str("[0-9]"),
        'D' => said.push_str("[^0-9]"),
        'w' => said.push_str("[0-9A-Za-z_]"),
        'W' => said.push_str("[^0-9A-Za-z_]"),
        's' => said.push_str("[\\t\\n\\f\\r ]"),
        'S' => said.push_str("[^\\t\\n\\f\\r ]"),
        'b' => said.push_str("(?-u:\\b)"),
        '<' | '>' => said.push(letter),
        _ => said.extend(['\\', letter]),
    }
}

/// Whether what follows a brace is `3}`, `3,}` or `3,5}`.
fn repeats(letters: Peekable<Chars<'_>>) -> bool {
    let inside: String = letters.take_while(|letter| *letter != '}').collect();
    let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_number(least) && is_number(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_go_match_as_there() {
        for (pattern, text, matches) in [
            (r"^\d+$", "12", true),
            (r"^\d+$", "٣", false),
            (r"^[\w.-]+$", "a_b.c-d", true),
            (r"^[[]a", "[a", true),
            (r"^[^]]$", "]", false),
            (r"^{.*}$", "{x}", true),
            (r"^a{2,3}$", "aa", true),
            (r"^[[:alpha:]_&&]+$", "a&_", true),
            (r"\bweb\b", "a web b", true),
        ] {
            let is_match = compiled(pattern).unwrap().is_match(text);
            assert_eq!(is_match, matches, "{pattern} {text}");
        }
    }

    #[test]
    fn what_go_does_not_know_is_a_fault() {
        for pattern in ["(?=a)b", "(", "[a", "a**b(", r"(a)\1"] {
            assert!(fault(pattern).is_some(), "{pattern}");
        }
        assert_eq!(fault("a{1000}{1000}{1000}"), None);
    }
}
