//! From the text of a pattern to its tokens.

use std::str::Chars;

use super::GlobError;

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Text(String),
    /// `*`
    Any,
    /// `**`
    Super,
    /// `?`
    Single,
    /// `[abc]` or `[!abc]`
    List {
        characters: String,
        not: bool,
    },
    /// `[a-c]` or `[!a-c]`
    Range {
        low: char,
        high: char,
        not: bool,
    },
    /// `{`
    Open,
    /// `,` within braces
    Separator,
    /// `}` within braces
    Close,
}

/// Reads a pattern to its end. A character NUL ends it, except within a text,
/// which it merely splits.
pub(super) fn tokens(pattern: &str) -> Result<Vec<Token>, GlobError> {
    let mut lexer = Lexer {
        rest: pattern.chars(),
        depth: 0,
    };
    let mut tokens = Vec::new();
    while lexer.step(&mut tokens)? {}
    Ok(tokens)
}

struct Lexer<'a> {
    rest: Chars<'a>,
    /// How many braces are open.
    depth: usize,
}

impl Lexer<'_> {
    /// The next character without taking it; `None` at the end and for NUL.
    fn peek(&self) -> Result<Option<char>, GlobError> {
        match self.rest.clone().next() {
            Some(char::REPLACEMENT_CHARACTER) => Err(GlobError::Replacement),
            Some('\0') | None => Ok(None),
            other => Ok(other),
        }
    }

    fn take(&mut self) -> Result<Option<char>, GlobError> {
        let next = self.peek()?;
        self.rest.next();
        Ok(next)
    }

    /// Reads one token more; false at the end.
    fn step(&mut self, tokens: &mut Vec<Token>) -> Result<bool, GlobError> {
        let Some(first) = self.peek()? else {
            return Ok(false);
        };
        let within = self.depth > 0;
        let token = match first {
            '{' => {
                self.depth += 1;
                Token::Open
            }
            ',' if within => Token::Separator,
            '}' if within => {
                self.depth -= 1;
                Token::Close
            }
            '?' => Token::Single,
            '*' => {
                self.rest.next();
                if self.peek()? != Some('*') {
                    tokens.push(Token::Any);
                    return Ok(true);
                }
                Token::Super
            }
            '[' => {
                self.rest.next();
                tokens.push(self.range()?);
                return Ok(true);
            }
            _ => {
                let ends: &[char] = if within {
                    &['?', '*', '[', '{', '}', ',']
                } else {
                    &['?', '*', '[', '{']
                };
                let text = self.text(ends)?;
                if !text.is_empty() {
                    tokens.push(Token::Text(text));
                }
                return Ok(true);
            }
        };
        self.rest.next();
        tokens.push(token);
        Ok(true)
    }

    /// Up to one of `ends`, which is left. A backslash takes away the meaning
    /// of the next character; at the very end it is dropped.
    fn text(&mut self, ends: &[char]) -> Result<String, GlobError> {
        let mut text = String::new();
        let mut escaped = false;
        loop {
            match self.peek()? {
                None => {
                    self.rest.next();
                    return Ok(text);
                }
                Some('\\') if !escaped => escaped = true,
                Some(character) if !escaped && ends.contains(&character) => return Ok(text),
                Some(character) => {
                    escaped = false;
                    text.push(character);
                }
            }
            self.rest.next();
        }
    }

    /// What follows `[`: one range from character to character, or a list.
    fn range(&mut self) -> Result<Token, GlobError> {
        let mut first = self.take()?.ok_or(GlobError::Unclosed)?;
        let not = first == '!';
        if not {
            first = self.take()?.ok_or(GlobError::Unclosed)?;
        }
        let token = if self.peek()? == Some('-') {
            self.rest.next();
            let high = self.take()?.ok_or(GlobError::Unclosed)?;
            if high < first {
                return Err(GlobError::Backwards { low: first, high });
            }
            Token::Range {
                low: first,
                high,
                not,
            }
        } else {
            let characters = self.list(first)?;
            if characters.is_empty() {
                return Err(GlobError::EmptyList);
            }
            Token::List { characters, not }
        };
        match self.take()? {
            Some(']') => Ok(token),
            Some(_) => Err(GlobError::AfterRange),
            None => Err(GlobError::Unclosed),
        }
    }

    fn list(&mut self, first: char) -> Result<String, GlobError> {
        match first {
            ']' => Err(GlobError::EmptyList),
            '\\' => {
                // It takes away the meaning of the character after it.
                let Some(escaped) = self.take()? else {
                    return Ok(String::new());
                };
                Ok(format!("{escaped}{}", self.text(&[']'])?))
            }
            other => Ok(format!("{other}{}", self.text(&[']'])?)),
        }
    }
}
