//! From bytes to manifests.

use tidegate_yaml::{self as yaml, Content, Node};

use crate::finding::{Check, Finding, Path, Place, Severity};
use crate::manifest::Manifest;

/// The largest text that is read, in bytes. What is rendered for a whole cluster
/// has less; one object must have less than 1.5 MB.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// What a text holds.
#[derive(Debug, Default)]
pub struct Read {
    /// The objects. Those of a list are told one by one.
    pub manifests: Vec<Manifest>,
    /// What is wrong with the text.
    pub findings: Vec<Finding>,
}

/// Reads a text. Whatever is wrong with it is a finding: as much as can be read is.
pub fn read(file: &str, bytes: &[u8], is_source: bool) -> Read {
    let mut read = Read::default();
    let fault = |id, line, message: &str, hint: Option<&str>| Finding {
        check: Check::Schema,
        id,
        severity: Severity::Error,
        object: None,
        path: Path::root(),
        place: is_source.then(|| Place {
            file: file.to_owned(),
            line,
            column: 1,
        }),
        message: if is_source {
            message.to_owned()
        } else {
            format!("{file}: {message}")
        },
        hint: hint.map(ToOwned::to_owned),
    };
    if bytes.len() > LARGEST {
        read.findings.push(fault(
            "too-large",
            1,
            "it is larger than 16 MiB",
            Some("split it into several files"),
        ));
        return read;
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text,
        Ok(_) => {
            let message = "it is binary, and no text";
            read.findings.push(fault("not-text", 1, message, None));
            return read;
        }
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            let message = "it is not text in UTF-8";
            let hint = Some("save it in UTF-8");
            read.findings.push(fault("not-text", line, message, hint));
            return read;
        }
    };
    let reading = yaml::read(text);
    let mut numbers = Vec::new();
    for (number, node) in reading.documents.into_iter().enumerate() {
        if node.is_null() {
            continue;
        }
        for node in objects(node) {
            numbers.push(number);
            read.manifests.push(Manifest {
                file: file.to_owned(),
                node,
                is_source,
            });
        }
    }
    for duplicate in reading.duplicates {
        let mut path = Path::root();
        for step in &duplicate.steps {
            path = match step {
                yaml::Step::Field(name) => path.field(name),
                yaml::Step::Item(position) => path.item(*position),
            };
        }
        let key = match duplicate.steps.last() {
            Some(yaml::Step::Field(name)) => name.as_str(),
            _ => "",
        };
        let message = format!("the key {key:?} is there twice");
        let hint = Some("keep one of them");
        let mut finding = fault("duplicate-key", 1, &message, hint);
        let mut of_document = numbers.iter().zip(&read.manifests);
        let manifest = of_document.find(|(number, _)| **number == duplicate.document);
        finding.object = manifest.and_then(|(_, manifest)| manifest.key().ok());
        finding.path = path;
        if let Some(place) = &mut finding.place {
            place.line = usize::try_from(duplicate.mark.line).unwrap_or_default();
            place.column = usize::try_from(duplicate.mark.column).unwrap_or_default();
        }
        read.findings.push(finding);
    }
    if let Some(error) = reading.error {
        let told = error.to_string();
        let line = format!("line {}: ", error.line());
        let reason = told.strip_prefix(&line).unwrap_or(&told);
        let message = format!("it cannot be read as YAML: {reason}");
        let hint = text
            .contains("{{")
            .then_some("a template has to be rendered first");
        read.findings
            .push(fault("unreadable", error.line(), &message, hint));
    }
    read
}

/// A list stands for its items, as kubectl takes it.
fn objects(mut node: Node) -> Vec<Node> {
    let is_list = node
        .field("kind")
        .and_then(Node::as_str)
        .is_some_and(|kind| kind.ends_with("List"));
    if is_list
        && node
            .field("items")
            .is_some_and(|items| items.as_sequence().is_some())
        && let Content::Mapping(fields) = &mut node.content
        && let Some(position) = fields.iter().position(|(name, _)| name == "items")
        && let Content::Sequence(items) = fields.swap_remove(position).1.content
    {
        return items;
    }
    vec![node]
}
