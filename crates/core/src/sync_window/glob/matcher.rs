//! What a pattern is compiled to, and how it is tried on a text.
//!
//! Texts are bytes, because gobwas cuts them at bytes and not always between
//! characters.

use super::GlobError;
use super::bytes::{character, characters, count, find, find_last, width};

/// How many steps one name may take. A pattern of many stars would take ages.
const LONGEST_TRY: u32 = 4_000_000;

/// A compiled part of a pattern. What each one accepts as a whole and where it
/// finds itself within a text do not always agree; both are gobwas's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Matcher {
    Nothing,
    /// Anything.
    Super,
    /// One character; as a whole also none.
    Single,
    Text(Text),
    /// One character of a list; if `not`, one that is not in it, as a whole
    /// also none.
    List {
        characters: Vec<char>,
        not: bool,
    },
    /// One character of a range, likewise.
    Range {
        low: char,
        high: char,
        not: bool,
    },
    Prefix(Vec<u8>),
    Suffix(Vec<u8>),
    /// Begins and ends like this; both may overlap.
    PrefixSuffix(Vec<u8>, Vec<u8>),
    Contains {
        needle: Vec<u8>,
        not: bool,
    },
    /// At least so many characters.
    Min(usize),
    /// At most so many characters.
    Max(usize),
    Every(Vec<Self>),
    /// One after the other, all of a known length.
    Row {
        length: usize,
        parts: Vec<Self>,
    },
    /// One of several.
    AnyOf(Vec<Self>),
    Tree(Box<Tree>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    characters: usize,
}

/// A part that is searched for, and what stands on either side of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tree {
    pub(super) value: Matcher,
    pub(super) left: Option<Matcher>,
    pub(super) right: Option<Matcher>,
    left_length: Option<usize>,
    right_length: Option<usize>,
    length: Option<usize>,
}

impl Tree {
    pub(super) fn new(value: Matcher, left: Option<Matcher>, right: Option<Matcher>) -> Self {
        let side = |side: &Option<Matcher>| side.as_ref().map_or(Some(0), Matcher::length);
        let (left_length, right_length) = (side(&left), side(&right));
        let length = match (value.length(), left_length, right_length) {
            (Some(value), Some(left), Some(right)) => Some(value + left + right),
            _ => None,
        };
        Self {
            value,
            left,
            right,
            left_length,
            right_length,
            length,
        }
    }
}

/// Where a part was found: at which byte, and the lengths in bytes it may have
/// there, ascending.
type Found = Option<(usize, Vec<usize>)>;

/// Counts the steps of one try.
#[derive(Debug, Default)]
pub(super) struct Effort(u32);

impl Effort {
    fn step(&mut self) -> Result<(), GlobError> {
        self.0 += 1;
        if self.0 > LONGEST_TRY {
            Err(GlobError::TooCostly)
        } else {
            Ok(())
        }
    }
}

impl Matcher {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Text {
            bytes: text.as_bytes().to_vec(),
            characters: text.chars().count(),
        })
    }

    /// The number of characters, where gobwas takes it for fixed.
    pub(super) fn length(&self) -> Option<usize> {
        match self {
            Self::Nothing => Some(0),
            Self::Single | Self::List { .. } | Self::Range { .. } => Some(1),
            Self::Text(text) => Some(text.characters),
            Self::Row { length, .. } => Some(*length),
            Self::AnyOf(parts) => length_of_any(parts),
            Self::Tree(tree) => tree.length,
            Self::Super
            | Self::Prefix(_)
            | Self::Suffix(_)
            | Self::PrefixSuffix(..)
            | Self::Contains { .. }
            | Self::Min(_)
            | Self::Max(_)
            | Self::Every(_) => None,
        }
    }

    /// Whether a text as a whole matches.
    pub(super) fn matches(&self, text: &[u8], effort: &mut Effort) -> Result<bool, GlobError> {
        effort.step()?;
        Ok(match self {
            Self::Nothing => text.is_empty(),
            Self::Super => true,
            Self::Text(own) => own.bytes == text,
            Self::Single => is_one(text),
            Self::List { .. } | Self::Range { .. } => {
                is_one(text) && self.accepts(character(text).0)
            }
            Self::Prefix(prefix) => text.starts_with(prefix),
            Self::Suffix(suffix) => text.ends_with(suffix),
            Self::PrefixSuffix(prefix, suffix) => {
                text.starts_with(prefix) && text.ends_with(suffix)
            }
            Self::Contains { needle, not } => find(text, needle).is_some() != *not,
            Self::Min(least) => count(text) >= *least,
            Self::Max(most) => count(text) <= *most,
            Self::Every(parts) => {
                for part in parts {
                    if !part.matches(text, effort)? {
                        return Ok(false);
                    }
                }
                true
            }
            Self::AnyOf(parts) => {
                for part in parts {
                    if part.matches(text, effort)? {
                        return Ok(true);
                    }
                }
                false
            }
            Self::Row { length, parts } => {
                count(text) == *length && row_matches(parts, text, effort)?
            }
            Self::Tree(tree) => tree.matches(text, effort)?,
        })
    }

    /// Whether one character is the one that a list or range stands for.
    fn accepts(&self, character: char) -> bool {
        match self {
            Self::List { characters, not } => characters.contains(&character) != *not,
            Self::Range { low, high, not } => (*low..=*high).contains(&character) != *not,
            _ => true,
        }
    }

    /// Where in a text it is found first.
    fn find(&self, text: &[u8], effort: &mut Effort) -> Result<Found, GlobError> {
        effort.step()?;
        Ok(match self {
            Self::Nothing => Some((0, vec![0])),
            Self::Super => {
                let starts = characters(text).map(|(start, _)| start);
                Some((0, starts.chain([text.len()]).collect()))
            }
            Self::Single | Self::List { .. } | Self::Range { .. } => characters(text)
                .find(|(_, character)| self.accepts(*character))
                .map(|(start, character)| (start, vec![width(character)])),
            Self::Text(own) => find(text, &own.bytes).map(|start| (start, vec![own.bytes.len()])),
            Self::Prefix(prefix) => find(text, prefix).map(|start| {
                let rest = text.get(start + prefix.len()..).unwrap_or_default();
                let ends =
                    characters(rest).map(|(at, character)| prefix.len() + at + width(character));
                (start, [prefix.len()].into_iter().chain(ends).collect())
            }),
            Self::Suffix(suffix) => find(text, suffix).map(|start| (0, vec![start + suffix.len()])),
            Self::PrefixSuffix(prefix, suffix) => find_both(text, prefix, suffix),
            Self::Contains { needle, not } => find_needle(text, needle, *not),
            Self::Min(least) => {
                let ends = characters(text)
                    .skip(least.saturating_sub(1))
                    .map(|(at, character)| at + width(character));
                let ends: Vec<usize> = ends.collect();
                (text.len() >= *least && !ends.is_empty()).then_some((0, ends))
            }
            Self::Max(most) => {
                let ends = characters(text)
                    .take(*most)
                    .map(|(at, character)| at + width(character));
                Some((0, [0].into_iter().chain(ends).collect()))
            }
            Self::Every(parts) => find_every(parts, text, effort)?,
            Self::Row { length, parts } => {
                for (start, _) in characters(text) {
                    let rest = text.get(start..).unwrap_or_default();
                    if rest.len() < *length {
                        break;
                    }
                    if row_matches(parts, rest, effort)? {
                        return Ok(Some((start, vec![*length])));
                    }
                }
                None
            }
            Self::AnyOf(parts) => find_any(parts, text, effort)?,
            // Nested trees are never found.
            Self::Tree(_) => None,
        })
    }
}

/// Alternatives of different lengths have none. But one without a length that
/// stands first is forgotten as soon as the next one is looked at.
fn length_of_any(parts: &[Matcher]) -> Option<usize> {
    let mut length = None;
    for part in parts {
        let own = part.length();
        match length {
            None => length = own,
            Some(_) if own == length => {}
            Some(_) => return None,
        }
    }
    length
}

/// One character, or nothing at all.
fn is_one(text: &[u8]) -> bool {
    text.len() <= character(text).1
}

/// Tries the parts of a row one after the other, each on as many characters as
/// it is long.
fn row_matches(parts: &[Matcher], text: &[u8], effort: &mut Effort) -> Result<bool, GlobError> {
    let mut done = 0;
    for part in parts {
        let length = part.length().unwrap_or_default();
        let rest = text.get(done..).unwrap_or_default();
        // A part without characters is never satisfied, so it is shown all.
        let limit = if length == 0 { usize::MAX } else { length };
        let (mut seen, mut last) = (0, 0);
        for (start, _) in characters(rest).take(limit) {
            seen += 1;
            last = start;
        }
        if seen < length {
            return Ok(false);
        }
        // One byte is taken of the last character, however wide it is. Nothing
        // left to take it from stops the whole program.
        let taken = rest.get(..=last).ok_or(GlobError::Panics)?;
        if !part.matches(taken, effort)? {
            return Ok(false);
        }
        done += last + 1;
    }
    Ok(true)
}

fn find_both(text: &[u8], prefix: &[u8], suffix: &[u8]) -> Found {
    let start = find(text, prefix)?;
    let mut rest = text.get(start..).unwrap_or_default();
    let mut lengths = Vec::new();
    while let Some(at) = find_last(rest, suffix) {
        lengths.push(at + suffix.len());
        rest = rest.get(..at).unwrap_or_default();
    }
    lengths.reverse();
    (!lengths.is_empty()).then_some((start, lengths))
}

fn find_needle(text: &[u8], needle: &[u8], not: bool) -> Found {
    let found = find(text, needle);
    let (offset, rest) = match (found, not) {
        (None, false) => return None,
        (Some(at), false) => {
            let offset = at + needle.len();
            (offset, text.get(offset..).unwrap_or_default())
        }
        (Some(at), true) => (0, text.get(..at).unwrap_or_default()),
        (None, true) => (0, text),
    };
    let starts = characters(rest).map(|(start, _)| offset + start);
    Some((0, starts.chain([offset + rest.len()]).collect()))
}

/// Only lengths that every part has; all parts that can stand here begin at the
/// first byte.
fn find_every(parts: &[Matcher], text: &[u8], effort: &mut Effort) -> Result<Found, GlobError> {
    let mut lengths: Option<Vec<usize>> = None;
    for part in parts {
        let Some((_, own)) = part.find(text, effort)? else {
            return Ok(None);
        };
        let both = match lengths {
            None => own,
            Some(before) => before
                .into_iter()
                .filter(|length| own.contains(length))
                .collect(),
        };
        if both.is_empty() {
            return Ok(None);
        }
        lengths = Some(both);
    }
    Ok(Some((0, lengths.unwrap_or_default())))
}

/// The alternatives that are found first, with all their lengths.
fn find_any(parts: &[Matcher], text: &[u8], effort: &mut Effort) -> Result<Found, GlobError> {
    let mut first: Found = None;
    for part in parts {
        let Some((start, lengths)) = part.find(text, effort)? else {
            continue;
        };
        match &mut first {
            Some((earliest, _)) if start > *earliest => {}
            Some((earliest, all)) if start == *earliest => {
                all.extend(lengths);
                all.sort_unstable();
                all.dedup();
            }
            _ => first = Some((start, lengths)),
        }
    }
    Ok(first)
}

impl Tree {
    fn matches(&self, text: &[u8], effort: &mut Effort) -> Result<bool, GlobError> {
        if self.length.is_some_and(|length| length > text.len()) {
            return Ok(false);
        }
        let side = |side: &Option<Matcher>, part: &[u8], effort: &mut Effort| match side {
            Some(side) => side.matches(part, effort),
            None => Ok(part.is_empty()),
        };
        let mut offset = self.left_length.unwrap_or_default();
        let limit = text
            .len()
            .saturating_sub(self.right_length.unwrap_or_default());
        while offset < limit {
            let within = text.get(offset..limit).unwrap_or_default();
            let Some((start, lengths)) = self.value.find(within, effort)? else {
                return Ok(false);
            };
            let start = offset + start;
            let left = text.get(..start).unwrap_or_default();
            if side(&self.left, left, effort)? {
                for length in lengths.iter().rev() {
                    let right = text.get(start + length..).unwrap_or_default();
                    if side(&self.right, right, effort)? {
                        return Ok(true);
                    }
                }
            }
            offset = start + character(text.get(start..).unwrap_or_default()).1;
        }
        Ok(false)
    }
}
