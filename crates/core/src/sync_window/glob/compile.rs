//! From the tree of a pattern to what is tried on names.
//!
//! gobwas joins parts of known length and takes out what alternatives share,
//! and by that changes what some patterns mean. Every such step is made here
//! too, in the same order.

use super::matcher::{Matcher, Tree};
use super::tree::Node;

/// Compiles a whole pattern.
pub(super) fn compile(node: &Node) -> Matcher {
    let matcher = match node {
        Node::AnyOf(alternatives) => {
            return match without_common(alternatives) {
                Some(node) => compile(&node),
                None => Matcher::AnyOf(compile_all(alternatives)),
            };
        }
        Node::Pattern(parts) if parts.is_empty() => return Matcher::Nothing,
        Node::Pattern(parts) => join(glue_longest(compile_all(parts))),
        Node::Nothing => Matcher::Nothing,
        // Without separators one star is as good as two.
        Node::Any | Node::Super => Matcher::Super,
        Node::Single => Matcher::Single,
        Node::Text(text) => Matcher::text(text),
        Node::List { characters, not } => Matcher::List {
            characters: characters.chars().collect(),
            not: *not,
        },
        Node::Range { low, high, not } => Matcher::Range {
            low: *low,
            high: *high,
            not: *not,
        },
    };
    simplify(matcher)
}

fn compile_all(nodes: &[Node]) -> Vec<Matcher> {
    nodes.iter().map(|node| simplify(compile(node))).collect()
}

/// A simpler matcher that means (almost) the same.
fn simplify(matcher: Matcher) -> Matcher {
    match matcher {
        Matcher::AnyOf(mut parts) if parts.len() == 1 => parts.pop().unwrap_or(Matcher::Nothing),
        Matcher::List {
            characters,
            not: false,
        } if characters.len() == 1 => Matcher::text(&String::from_iter(characters)),
        Matcher::Tree(mut tree) => {
            tree.left = tree.left.map(simplify);
            tree.right = tree.right.map(simplify);
            simpler_tree(&tree).unwrap_or(Matcher::Tree(tree))
        }
        other => other,
    }
}

/// A tree around a text, with nothing or simple parts beside it.
fn simpler_tree(tree: &Tree) -> Option<Matcher> {
    let Matcher::Text(text) = &tree.value else {
        return None;
    };
    let bytes = text.bytes.clone();
    match (&tree.left, &tree.right) {
        (None, None) => Some(tree.value.clone()),
        (Some(Matcher::Super), Some(Matcher::Super)) => Some(Matcher::Contains {
            needle: bytes,
            not: false,
        }),
        (Some(Matcher::Super), None) => Some(Matcher::Suffix(bytes)),
        (None, Some(Matcher::Super)) => Some(Matcher::Prefix(bytes)),
        (None, Some(Matcher::Suffix(suffix))) => Some(Matcher::PrefixSuffix(bytes, suffix.clone())),
        (Some(Matcher::Prefix(prefix)), None) => Some(Matcher::PrefixSuffix(prefix.clone(), bytes)),
        _ => None,
    }
}

/// Puts parts that follow each other into a tree around the longest one of
/// known length, the last of these.
fn join(mut parts: Vec<Matcher>) -> Matcher {
    if parts.len() < 2 {
        return parts.pop().unwrap_or(Matcher::Nothing);
    }
    if let Some(glued) = glue(&parts) {
        return glued;
    }
    let lengths = parts.iter().enumerate();
    let longest = lengths
        .filter_map(|(at, part)| part.length().map(|length| (length, at)))
        .max();
    let side = |parts: Vec<Matcher>| (!parts.is_empty()).then(|| join(parts));
    let at = longest.map_or(0, |(_, at)| at);
    let right = parts.split_off(at + 1);
    let value = parts.pop().unwrap_or(Matcher::Nothing);
    Matcher::Tree(Box::new(Tree::new(value, side(parts), side(right))))
}

/// Two or more parts as one, where that is possible.
fn glue(parts: &[Matcher]) -> Option<Matcher> {
    glue_as_every(parts).or_else(|| {
        glued_length(parts).map(|length| Matcher::Row {
            length,
            parts: parts.to_vec(),
        })
    })
}

fn glued_length(parts: &[Matcher]) -> Option<usize> {
    if parts.len() < 2 {
        return None;
    }
    parts.iter().map(Matcher::length).sum()
}

/// The characters that a part standing for one character or for any excludes;
/// `None` if it stands for something else.
fn excluded_by(part: &Matcher) -> Option<&[char]> {
    match part {
        Matcher::Super | Matcher::Single => Some(&[]),
        Matcher::List {
            characters,
            not: true,
        } => Some(characters),
        _ => None,
    }
}

/// The characters that all of several parts exclude; `None` if they differ.
fn excluded(parts: &[Matcher]) -> Option<&[char]> {
    let first = excluded_by(parts.first()?)?;
    let same = |part| excluded_by(part) == Some(first);
    (parts.len() > 1 && parts.iter().all(same)).then_some(first)
}

/// Stars, single characters and lists of what is excluded. All that excluded
/// several characters exclude, once glued, their sequence only.
fn glue_as_every(parts: &[Matcher]) -> Option<Matcher> {
    let excluded = excluded(parts)?;
    let any = parts.contains(&Matcher::Super);
    let single = |part: &&Matcher| !matches!(part, Matcher::Super);
    let least = parts.iter().filter(single).count();
    if least == 0 {
        return Some(Matcher::Super);
    }
    if any && excluded.is_empty() {
        return Some(Matcher::Min(least));
    }
    let mut every = vec![Matcher::Min(least)];
    if !any {
        every.push(Matcher::Max(least));
    }
    if !excluded.is_empty() {
        let needle = String::from_iter(excluded).into_bytes();
        every.push(Matcher::Contains { needle, not: true });
    }
    Some(Matcher::Every(every))
}

/// Glues the stretch of parts that is best glued, and again until none is.
fn glue_longest(mut parts: Vec<Matcher>) -> Vec<Matcher> {
    loop {
        let mut best: Option<(usize, usize, Option<usize>)> = None;
        for left in 0..parts.len() {
            for right in (left + 2..=parts.len()).rev() {
                let stretch = parts.get(left..right).unwrap_or_default();
                let length = if excluded(stretch).is_some() {
                    None
                } else if let Some(length) = glued_length(stretch) {
                    Some(length)
                } else {
                    continue;
                };
                let better = best.is_none_or(|(from, to, before)| {
                    let longer = before.zip(length).is_some_and(|(old, new)| new > old);
                    longer || to - from < right - left
                });
                if better {
                    best = Some((left, right, length));
                }
            }
        }
        let Some((left, right, _)) = best else {
            return parts;
        };
        let Some(glued) = parts.get(left..right).and_then(glue) else {
            return parts;
        };
        parts.splice(left..right, [glued]);
    }
}

/// Alternatives with what all of them begin and end with taken out; `None` if
/// they share nothing.
fn without_common(alternatives: &[Node]) -> Option<Node> {
    let patterns: Vec<&[Node]> = alternatives
        .iter()
        .map(|node| match node {
            Node::Pattern(parts) => parts.as_slice(),
            _ => &[],
        })
        .collect();
    let (left, right) = common(&patterns);
    if left == 0 && right == 0 {
        return None;
    }
    let first = *patterns.first()?;
    let mut rests: Vec<Node> = Vec::new();
    for pattern in &patterns {
        let rest = pattern.get(left..pattern.len() - right).unwrap_or_default();
        let node = if rest.is_empty() {
            Node::Nothing
        } else {
            Node::Pattern(rest.to_vec())
        };
        if !rests.contains(&node) {
            rests.push(node);
        }
    }
    let mut result = Vec::new();
    if left > 0 {
        result.push(Node::Pattern(first.get(..left)?.to_vec()));
    }
    if rests.len() > 1 {
        result.push(Node::AnyOf(rests));
    } else {
        result.extend(rests.into_iter().filter(|rest| *rest != Node::Nothing));
    }
    if right > 0 {
        result.push(Node::Pattern(first.get(first.len() - right..)?.to_vec()));
    }
    Some(Node::Pattern(result))
}

/// How many parts all patterns share at their beginning and at their end.
///
/// In the middle, the end gives way to the beginning as long as no pattern
/// looked at so far begins otherwise; so the order of the patterns counts.
fn common(patterns: &[&[Node]]) -> (usize, usize) {
    let lengths = patterns.iter().map(|pattern| pattern.len()).enumerate();
    let Some((shortest, length)) = lengths.min_by_key(|(_, length)| *length) else {
        return (0, 0);
    };
    let own = patterns.get(shortest).copied().unwrap_or_default();
    let others = || {
        let all = patterns.iter().enumerate();
        all.filter(move |(at, _)| *at != shortest)
            .map(|(_, pattern)| *pattern)
    };
    let (mut left, mut right) = (0, 0);
    let (mut left_open, mut right_open) = (patterns.len() > 1, patterns.len() > 1);
    for step in 0..length {
        if left + right >= length {
            break;
        }
        let back = length - 1 - step;
        for other in others() {
            if !left_open && !right_open {
                return (left, right);
            }
            left_open = left_open && own.get(step) == other.get(step);
            right_open = right_open
                && !(left_open && back <= step)
                && own.get(back) == other.get(back + other.len() - length);
        }
        left += usize::from(left_open);
        right += usize::from(right_open);
    }
    (left, right)
}
