//! From tokens to the tree of a pattern.

use super::GlobError;
use super::lexer::Token;

/// How deep braces may nest. Nobody needs more; recursion must end somewhere.
const DEEPEST: usize = 64;

/// A pattern as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Matches what is empty.
    Nothing,
    /// One after the other.
    Pattern(Vec<Self>),
    /// One of several.
    AnyOf(Vec<Self>),
    Text(String),
    Any,
    Super,
    Single,
    List {
        characters: String,
        not: bool,
    },
    Range {
        low: char,
        high: char,
        not: bool,
    },
}

/// The root is always a [`Node::Pattern`]. Braces that are not closed end with
/// the pattern.
pub(super) fn tree(tokens: Vec<Token>) -> Result<Node, GlobError> {
    // Whole patterns, and below each but the first the alternatives before it.
    let mut patterns: Vec<Vec<Node>> = vec![Vec::new()];
    let mut alternatives: Vec<Vec<Node>> = Vec::new();
    for token in tokens {
        let node = match token {
            Token::Open => {
                if alternatives.len() == DEEPEST {
                    return Err(GlobError::TooDeep);
                }
                patterns.push(Vec::new());
                alternatives.push(Vec::new());
                continue;
            }
            Token::Separator => {
                let pattern = patterns.pop().unwrap_or_default();
                if let Some(before) = alternatives.last_mut() {
                    before.push(Node::Pattern(pattern));
                }
                patterns.push(Vec::new());
                continue;
            }
            Token::Close => close(&mut patterns, &mut alternatives),
            Token::Text(text) => Node::Text(text),
            Token::Any => Node::Any,
            Token::Super => Node::Super,
            Token::Single => Node::Single,
            Token::List { characters, not } => Node::List { characters, not },
            Token::Range { low, high, not } => Node::Range { low, high, not },
        };
        if let Some(pattern) = patterns.last_mut() {
            pattern.push(node);
        }
    }
    while !alternatives.is_empty() {
        let node = close(&mut patterns, &mut alternatives);
        if let Some(pattern) = patterns.last_mut() {
            pattern.push(node);
        }
    }
    Ok(Node::Pattern(patterns.pop().unwrap_or_default()))
}

fn close(patterns: &mut Vec<Vec<Node>>, alternatives: &mut Vec<Vec<Node>>) -> Node {
    let mut all = alternatives.pop().unwrap_or_default();
    all.push(Node::Pattern(patterns.pop().unwrap_or_default()));
    Node::AnyOf(all)
}
