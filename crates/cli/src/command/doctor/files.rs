//! The files of a repository.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tidegate_core::doctor::{Finding, Inventory, broken_yaml, not_looked_at};
use tidegate_yaml::{Node, YamlError, documents_before_error};

use super::{delivery, object, rollbacks};
use crate::exit::Exit;
use crate::failure::{Explain, told};

/// The largest file that is read, in bytes. An object in a cluster cannot come
/// near it.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The path that was given cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub(super) enum PathError {
    /// It is not there, or may not be read.
    #[error("{} cannot be read: {problem}", path.display())]
    Read { path: PathBuf, problem: String },
    /// A file that was named by itself is something else.
    #[error("{} is not YAML: {problem}", path.display())]
    NotYaml { path: PathBuf, problem: String },
}

impl Explain for PathError {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Read { .. } => "give a folder or a file that you may read",
            Self::NotYaml { .. } => "give a folder, or a file with Kubernetes objects",
        };
        Some(hint.to_owned())
    }
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) inventory: Inventory,
    /// Files that could not be read.
    pub(super) findings: Vec<Finding>,
    /// How many could.
    pub(super) files: usize,
    /// Whether it is asked how Applications are delivered.
    delivery: bool,
}

/// Reads a folder with all that is in it, or one file; for `delivery` also the
/// documents and scripts of a folder.
pub(super) fn read(path: &Path, delivery: bool) -> Result<Reading, PathError> {
    let mut reading = Reading {
        delivery,
        ..Reading::default()
    };
    let unreadable = |error: io::Error| PathError::Read {
        path: path.to_owned(),
        problem: told(&error),
    };
    if fs::metadata(path).map_err(unreadable)?.is_dir() {
        let entries = fs::read_dir(path).map_err(unreadable)?;
        reading.folder(path, entries);
    } else {
        reading.only(path)?;
    }
    Ok(reading)
}

impl Reading {
    /// Links are not followed: what they point to inside of the folder is read
    /// where it is, and the rest does not belong to it.
    fn folder(&mut self, root: &Path, entries: fs::ReadDir) {
        let mut waiting = paths(entries);
        while let Some(path) = waiting.pop() {
            let name = shown(root, &path);
            let kind = match path.symlink_metadata() {
                Ok(metadata) => metadata.file_type(),
                Err(error) => {
                    self.findings.push(not_looked_at(name, 1, &told(&error)));
                    continue;
                }
            };
            if kind.is_dir() && path.file_name().is_none_or(|name| name != ".git") {
                match fs::read_dir(&path) {
                    Ok(entries) => waiting.extend(paths(entries)),
                    Err(error) => self.findings.push(not_looked_at(name, 1, &told(&error))),
                }
            } else if kind.is_file() {
                if self.delivery && rollbacks::may_be_in(&path) {
                    self.procedure(&path, &name);
                }
                if is_yaml(&path) {
                    self.file(&path, name);
                }
            }
        }
    }

    /// What is no text is no procedure of anybody.
    fn procedure(&mut self, path: &Path, name: &str) {
        let written = text(path).map(|text| rollbacks::written(&text, name));
        let rollbacks = &mut self.inventory.deliveries.rollbacks;
        rollbacks.extend(written.unwrap_or_default());
    }

    fn file(&mut self, path: &Path, name: String) {
        let text = match text(path) {
            Ok(text) => text,
            Err(problem) => {
                self.findings.push(not_looked_at(name, 1, &problem));
                return;
            }
        };
        self.files += 1;
        let (documents, error) = documents_before_error(&text);
        if let Some(error) = error
            && !has_template(&text)
        {
            self.findings.extend(finding(&name, &text, &error));
        }
        self.take(&documents, &name);
    }

    /// The only file, which has to be what it is taken for.
    fn only(&mut self, path: &Path) -> Result<(), PathError> {
        let text = text(path).map_err(|problem| PathError::Read {
            path: path.to_owned(),
            problem,
        })?;
        let not_yaml = |problem: String| PathError::NotYaml {
            path: path.to_owned(),
            problem,
        };
        let (documents, error) = documents_before_error(&text);
        if let Some(error) = error {
            return Err(not_yaml(error.to_string()));
        }
        let is_text = |document: &Node| document.as_str().is_some();
        if !is_yaml(path) && documents.iter().any(is_text) {
            return Err(not_yaml("it is plain text".to_owned()));
        }
        self.files = 1;
        let shown = if path.is_relative() {
            path.as_os_str()
        } else {
            path.file_name().unwrap_or_default()
        };
        self.take(&documents, &shown.to_string_lossy());
        Ok(())
    }

    fn take(&mut self, documents: &[Node], name: &str) {
        for document in documents {
            object::take(&mut self.inventory, document, name);
            if self.delivery {
                delivery::take(&mut self.inventory.deliveries, document, name);
            }
        }
    }
}

/// A fault of the file, unless it is something that others than Kubernetes
/// write, in a file that is not for Argo CD.
fn finding(name: &str, text: &str, error: &YamlError) -> Option<Finding> {
    let problem = error.to_string();
    match error {
        YamlError::Syntax { reason, .. } => {
            Some(broken_yaml(name.to_owned(), error.line(), reason))
        }
        YamlError::DuplicateKey { key, .. } => {
            let problem = format!("the key \"{key}\" is there twice");
            Some(broken_yaml(name.to_owned(), error.line(), &problem))
        }
        _ if text.contains("argoproj.io/") => {
            Some(not_looked_at(name.to_owned(), error.line(), &problem))
        }
        _ => None,
    }
}

/// In an order that a stack gives back by name.
fn paths(entries: fs::ReadDir) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort_by(|one, other| other.cmp(one));
    paths
}

/// With slashes, from the root.
fn shown(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// Whether a program such as Helm has to fill it in first. What stands in a
/// remark does not count.
fn has_template(text: &str) -> bool {
    text.lines()
        .any(|line| line.contains("{{") && !line.trim_start().starts_with('#'))
}

fn text(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| told(&error))?;
    let mut text = String::new();
    let read = file.take(LARGEST + 1).read_to_string(&mut text);
    read.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => "it is not text in UTF-8".to_owned(),
        _ => told(&error),
    })?;
    if text.len() as u64 > LARGEST {
        return Err("it is larger than 4 MiB".to_owned());
    }
    Ok(text)
}
