//! Entries that name files and directories.

use std::path::PathBuf;

use super::{File, Place, Refusal, Walk, folded};
use tidegate_yaml::{self as yaml, Node};

/// One entry, to say in a refusal.
pub(super) struct Entry<'a> {
    pub(super) file: &'a File<'a>,
    pub(super) field: &'a str,
    pub(super) line: usize,
    pub(super) text: &'a str,
}

impl Entry<'_> {
    fn place(&self) -> Place {
        self.file.place(self.line)
    }

    /// Whether kustomize might take this for an address.
    pub(super) fn refuse_remote(&self, is_remote: bool) -> Result<(), Refusal> {
        if is_remote {
            return Err(Refusal::Remote {
                place: self.place(),
                field: self.field.to_owned(),
                entry: without_credentials(self.text),
            });
        }
        Ok(())
    }

    pub(super) fn wrong_kind(&self, expected: &'static str) -> Refusal {
        Refusal::WrongKind {
            place: self.place(),
            field: self.field.to_owned(),
            entry: self.text.to_owned(),
            expected,
        }
    }
}

impl Walk {
    /// A file with resources, or a directory with a kustomization.
    pub(super) fn resource(
        &mut self,
        file: &File<'_>,
        field: &str,
        node: &Node,
    ) -> Result<(), Refusal> {
        let entry = entry(file, field, node)?;
        let path = self.local(&entry, entry.text)?;
        if path.is_dir() {
            self.waiting.push((path, Some(entry.place())));
        }
        Ok(())
    }

    /// A directory with a kustomization.
    pub(super) fn component(
        &mut self,
        file: &File<'_>,
        field: &str,
        node: &Node,
    ) -> Result<(), Refusal> {
        let entry = entry(file, field, node)?;
        let path = self.local(&entry, entry.text)?;
        if !path.is_dir() {
            return Err(entry.wrong_kind("a directory"));
        }
        self.waiting.push((path, Some(entry.place())));
        Ok(())
    }

    /// A file, whatever is in it.
    pub(super) fn file(
        &mut self,
        file: &File<'_>,
        field: &str,
        node: &Node,
    ) -> Result<(), Refusal> {
        let entry = entry(file, field, node)?;
        self.local_file(&entry, entry.text).map(drop)
    }

    /// A patch written out, or a file with one.
    pub(super) fn patch(
        &mut self,
        file: &File<'_>,
        field: &str,
        node: &Node,
    ) -> Result<(), Refusal> {
        let entry = entry(file, field, node)?;
        if inline(&entry)?.is_some() {
            return Ok(());
        }
        self.local_file(&entry, entry.text).map(drop)
    }

    /// All fields of a mapping that name files, wherever kustomize has such fields:
    /// `path`, `files` (as `key=path` too), `envs` and `env`.
    pub(super) fn files_in(
        &mut self,
        file: &File<'_>,
        field: &str,
        node: &Node,
    ) -> Result<(), Refusal> {
        for (key, value) in file.mapping(node, field)? {
            if value.is_null() {
                continue;
            }
            match folded(key).as_str() {
                "path" | "env" => {
                    let entry = entry(file, key, value)?;
                    self.local_file(&entry, entry.text)?;
                }
                "files" | "envs" => {
                    for item in file.sequence(value, key)? {
                        let entry = entry(file, key, item)?;
                        entry.refuse_remote(is_remote(entry.text))?;
                        let path = entry
                            .text
                            .split_once('=')
                            .map_or(entry.text, |(_, path)| path);
                        self.local_file(&entry, path)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn local_file(&self, entry: &Entry<'_>, path: &str) -> Result<PathBuf, Refusal> {
        let path = self.local(entry, path)?;
        if path.is_file() {
            Ok(path)
        } else {
            Err(entry.wrong_kind("a file"))
        }
    }

    /// The real path of something that exists in the repository.
    fn local(&self, entry: &Entry<'_>, path: &str) -> Result<PathBuf, Refusal> {
        entry.refuse_remote(is_remote(path))?;
        let outside = || Refusal::Outside {
            place: entry.place(),
            field: entry.field.to_owned(),
            entry: entry.text.to_owned(),
        };
        if path.starts_with('/') {
            return Err(outside());
        }
        let found = entry
            .file
            .directory
            .join(path)
            .canonicalize()
            .map_err(|_| Refusal::Missing {
                place: entry.place(),
                field: entry.field.to_owned(),
                entry: entry.text.to_owned(),
            })?;
        if found.starts_with(&self.root) {
            Ok(found)
        } else {
            Err(outside())
        }
    }
}

pub(super) fn entry<'a>(
    file: &'a File<'a>,
    field: &'a str,
    node: &'a Node,
) -> Result<Entry<'a>, Refusal> {
    Ok(Entry {
        file,
        field,
        line: node.line,
        text: file.text(node, field)?,
    })
}

/// The documents of an entry that is YAML itself rather than a path. An address comes
/// first, for kustomize may try that before it reads the text as YAML.
pub(super) fn inline(entry: &Entry<'_>) -> Result<Option<Vec<Node>>, Refusal> {
    let first_line = entry.text.lines().next().unwrap_or_default();
    entry.refuse_remote(begins_like_address(first_line))?;
    let is_long = entry.text.trim_end().contains('\n');
    match yaml::documents(entry.text) {
        Ok(documents)
            if documents
                .iter()
                .all(|document| document.as_mapping().is_some() || document.is_null())
                && documents.iter().any(|document| !document.is_null()) =>
        {
            Ok(Some(documents))
        }
        _ if is_long => Err(entry.wrong_kind("a path or an object in YAML")),
        _ => Ok(None),
    }
}

/// Whether a path could be an address. Local paths that look like one are refused too:
/// nobody reading the file could tell the difference.
fn is_remote(entry: &str) -> bool {
    begins_like_address(entry)
        || ["://", "::", "//", "?"]
            .iter()
            .any(|mark| entry.contains(mark))
        || entry
            .split('/')
            .next()
            .is_some_and(|first| first.contains(':'))
}

/// `scheme:`, `name::`, `user@host` or a host that kustomize knows by name.
fn begins_like_address(entry: &str) -> bool {
    let entry = entry.trim_start().to_ascii_lowercase();
    let hosts = ["github.com", "www.github.com"];
    let schemes = ["http:", "https:", "ssh:", "git:", "file:"];
    let first = entry.split(['/', ' ']).next().unwrap_or_default();
    hosts
        .iter()
        .chain(&schemes)
        .any(|start| entry.starts_with(start))
        || first.contains("::")
        || first.contains('@')
}

/// The entry without what stands between `://` and `@`.
fn without_credentials(entry: &str) -> String {
    let Some((scheme, rest)) = entry.split_once("://") else {
        return entry.to_owned();
    };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    match rest
        .get(..authority_end)
        .and_then(|authority| authority.rfind('@'))
    {
        Some(at) => format!("{scheme}://{}", rest.get(at + 1..).unwrap_or_default()),
        None => entry.to_owned(),
    }
}
