//! Reads YAML as Kubernetes does, with the place of everything.
//!
//! A deserializer decides by the type it fills, and without one by rules of its
//! own: a label `1e400` would be an infinite number there, and `y` a text. This
//! reads scalars by the rules of the API machinery, in [`scalar`].

mod duplicate;
mod error;
mod node;
mod scalar;

use std::collections::{BTreeMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::Value;

pub use duplicate::{Duplicate, Step};
pub use error::YamlError;
pub use node::{Content, Mark, Node};

/// Nodes of all documents together, those behind aliases counted each time.
const MAX_NODES: usize = 2_000_000;
/// How deep lists and mappings may be nested.
const MAX_DEPTH: usize = 100;

/// Reads all documents of a text. An empty document is a null.
pub fn documents(text: &str) -> Result<Vec<Node>, YamlError> {
    match documents_before_error(text) {
        (documents, None) => Ok(documents),
        (_, Some(error)) => Err(error),
    }
}

/// Reads the documents of a text up to the first one that cannot be read.
pub fn documents_before_error(text: &str) -> (Vec<Node>, Option<YamlError>) {
    let mut reader = Reader::default();
    let error = reader.read_all(text).err();
    (reader.documents, error)
}

/// Reads on where a key is there twice, as the API machinery does that warns of it
/// and takes the last, and up to the first document that cannot be read.
pub fn read(text: &str) -> Reading {
    let mut reader = Reader {
        duplicates: Some(Vec::new()),
        ..Reader::default()
    };
    let error = reader.read_all(text).err();
    Reading {
        documents: reader.documents,
        duplicates: reader.duplicates.unwrap_or_default(),
        error,
    }
}

/// What could be read of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// An empty document is a null.
    pub documents: Vec<Node>,
    /// Keys that are there twice. Of a document that cannot be read, too.
    pub duplicates: Vec<Duplicate>,
    /// Why it could not be read to its end.
    pub error: Option<YamlError>,
}

/// From how many keys on a set of them is quicker than looking through.
const MANY_KEYS: usize = 16;

/// A list or mapping that has not ended.
struct Open {
    line: usize,
    column: usize,
    anchor: usize,
    /// Number of nodes before it.
    nodes_before: usize,
    content: Content,
    /// The keys of a mapping so far, once they are many.
    keys: HashSet<String>,
    /// The key that waits for its value, and where it is.
    key: Option<(String, Mark)>,
    /// The same key was there before.
    is_repeated: bool,
    /// Where the key of the whole begins.
    own_key: Option<Mark>,
}

impl Open {
    /// Whether this mapping has the key already; from now on it has.
    fn has(&mut self, key: &str) -> bool {
        let Content::Mapping(entries) = &self.content else {
            return false;
        };
        if entries.len() < MANY_KEYS {
            return entries.iter().any(|(other, _)| other == key);
        }
        if self.keys.is_empty() {
            self.keys = entries.iter().map(|(key, _)| key.clone()).collect();
        }
        !self.keys.insert(key.to_owned())
    }
}

#[derive(Default)]
struct Reader {
    documents: Vec<Node>,
    open: Vec<Open>,
    nodes: usize,
    /// None: a key that is there twice is an error.
    duplicates: Option<Vec<Duplicate>>,
    /// Anchored nodes, and the number of nodes in each.
    anchors: BTreeMap<usize, (Node, usize)>,
}

impl Reader {
    fn read_all(&mut self, text: &str) -> Result<(), YamlError> {
        let options = granit_parser::options! {
            emit_comments: false,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.map_err(|error| YamlError::Syntax {
                line: error.marker().line(),
                reason: error.info(),
            })?;
            self.read(event, &span)?;
        }
        Ok(())
    }

    fn read(&mut self, event: Event<'_>, span: &Span) -> Result<(), YamlError> {
        let line = span.start.line();
        let column = span.start.col() + 1;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let is_key = self.awaits_key();
                if is_key && plain && text == "<<" {
                    return Err(YamlError::MergeKey { line });
                }
                self.count(1, line)?;
                let value = scalar::resolve(&text, plain, tag.as_deref(), line)?;
                let content = Content::Scalar(value);
                let node = Node {
                    line,
                    column,
                    key: None,
                    content,
                };
                self.finish(node, anchor, 1)
            }
            Event::SequenceStart(_, anchor, tag) => {
                check_collection_tag(tag.as_deref(), "seq", line)?;
                self.start(Content::Sequence(Vec::new()), anchor, (line, column))
            }
            Event::MappingStart(_, anchor, tag) => {
                check_collection_tag(tag.as_deref(), "map", line)?;
                self.start(Content::Mapping(Vec::new()), anchor, (line, column))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else {
                    return Ok(());
                };
                let size = self.nodes - open.nodes_before;
                let node = Node {
                    line: open.line,
                    column: open.column,
                    key: open.own_key,
                    content: open.content,
                };
                self.finish(node, open.anchor, size)
            }
            Event::Alias(anchor) => {
                // An alias inside its own anchor finds nothing here.
                let size = self.anchors.get(&anchor).map(|(_, size)| *size);
                // The limit comes before the copy that it is to prevent.
                self.count(size.unwrap_or_default(), line)?;
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(YamlError::Syntax {
                        line,
                        reason: "an alias stands inside what it stands for".to_owned(),
                    });
                };
                self.finish(node, 0, size)
            }
            Event::DocumentEnd => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn start(
        &mut self,
        content: Content,
        anchor: usize,
        (line, column): (usize, usize),
    ) -> Result<(), YamlError> {
        if self.awaits_key() {
            return Err(YamlError::Key { line });
        }
        let nodes_before = self.nodes;
        self.count(1, line)?;
        let own_key = self.open.last().and_then(|open| open.key.as_ref());
        let own_key = own_key.map(|(_, mark)| *mark);
        self.open.push(Open {
            line,
            column,
            anchor,
            nodes_before,
            content,
            keys: HashSet::new(),
            key: None,
            is_repeated: false,
            own_key,
        });
        Ok(())
    }

    /// Puts a whole node where it belongs.
    fn finish(&mut self, mut node: Node, anchor: usize, size: usize) -> Result<(), YamlError> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(parent) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match (&mut parent.content, parent.key.take()) {
            (Content::Mapping(entries), Some((key, mark))) => {
                node.key = Some(mark);
                if std::mem::take(&mut parent.is_repeated) {
                    entries.retain(|(other, _)| *other != key);
                }
                entries.push((key, node));
            }
            (Content::Mapping(_), None) => return self.take_key(node),
            (Content::Sequence(items), _) => items.push(node),
            (Content::Scalar(_), _) => {}
        }
        Ok(())
    }

    fn take_key(&mut self, node: Node) -> Result<(), YamlError> {
        let mark = node.mark();
        let line = node.line;
        let key = key_text(node)?;
        let Some(parent) = self.open.last_mut() else {
            return Ok(());
        };
        if parent.has(&key) {
            if self.duplicates.is_none() {
                return Err(YamlError::DuplicateKey { line, key });
            }
            parent.is_repeated = true;
            let duplicate = self.duplicate(&key, mark);
            self.duplicates.iter_mut().for_each(|all| {
                all.push(duplicate.clone());
            });
        }
        if let Some(parent) = self.open.last_mut() {
            parent.key = Some((key, mark));
        }
        Ok(())
    }

    /// The key that is there twice in what is open.
    fn duplicate(&self, key: &str, mark: Mark) -> Duplicate {
        let mut steps: Vec<Step> = Vec::new();
        for open in &self.open {
            match (&open.content, &open.key) {
                (Content::Mapping(_), Some((key, _))) => steps.push(Step::Field(key.clone())),
                (Content::Sequence(items), _) => steps.push(Step::Item(items.len())),
                _ => {}
            }
        }
        steps.push(Step::Field(key.to_owned()));
        Duplicate {
            document: self.documents.len(),
            steps,
            mark,
        }
    }

    fn awaits_key(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| open.key.is_none() && matches!(open.content, Content::Mapping(_)))
    }

    fn count(&mut self, nodes: usize, line: usize) -> Result<(), YamlError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            return Err(YamlError::TooLarge { line });
        }
        Ok(())
    }
}

/// A key as JSON has it: `1` and `true` become text.
fn key_text(node: Node) -> Result<String, YamlError> {
    match node.content {
        Content::Scalar(Value::String(text)) => Ok(text),
        Content::Scalar(Value::Bool(value)) => Ok(value.to_string()),
        Content::Scalar(Value::Number(number)) if !number.is_f64() => Ok(number.to_string()),
        _ => Err(YamlError::Key { line: node.line }),
    }
}

fn check_collection_tag(tag: Option<&Tag>, expected: &str, line: usize) -> Result<(), YamlError> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema_tag(expected) => Err(YamlError::Tag {
            line,
            tag: tag.to_string(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
