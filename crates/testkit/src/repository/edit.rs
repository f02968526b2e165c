use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::RepositoryError;

/// A change to one file of the work tree; paths are relative to its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Writes a file, with the folders above it.
    Write {
        /// The file.
        path: PathBuf,
        /// All of its content.
        content: String,
    },
    /// Replaces a text wherever it occurs in a file; an error where it does not occur.
    Replace {
        /// The file.
        path: PathBuf,
        /// The text to replace.
        from: String,
        /// What takes its place.
        to: String,
    },
    /// Removes a file.
    Remove {
        /// The file.
        path: PathBuf,
    },
}

impl Edit {
    /// Writes the file `path`.
    pub fn write(path: impl Into<PathBuf>, content: impl Into<String>) -> Self {
        Self::Write {
            path: path.into(),
            content: content.into(),
        }
    }

    /// Replaces `from` by `to` in the file `path`.
    pub fn replace(
        path: impl Into<PathBuf>,
        from: impl Into<String>,
        to: impl Into<String>,
    ) -> Self {
        Self::Replace {
            path: path.into(),
            from: from.into(),
            to: to.into(),
        }
    }

    /// Removes the file `path`.
    pub fn remove(path: impl Into<PathBuf>) -> Self {
        Self::Remove { path: path.into() }
    }

    pub(super) fn apply(&self, root: &Path) -> Result<(), RepositoryError> {
        match self {
            Self::Write { path, content } => write(&root.join(path), content),
            Self::Replace { path, from, to } => {
                let path = root.join(path);
                let text = fs::read_to_string(&path).map_err(|source| unreadable(&path, source))?;
                if !text.contains(from) {
                    return Err(RepositoryError::NoSuchText {
                        path,
                        wanted: from.clone(),
                    });
                }
                write(&path, text.replace(from, to))
            }
            Self::Remove { path } => {
                let path = root.join(path);
                fs::remove_file(&path).map_err(|source| unwritable(&path, source))
            }
        }
    }
}

/// Copies all files and folders below `source` into the folder `target`, except a Git folder.
pub(super) fn copy_directory(source: &Path, target: &Path) -> Result<(), RepositoryError> {
    let entries = fs::read_dir(source).map_err(|error| unreadable(source, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(source, error))?;
        let (from, to) = (entry.path(), target.join(entry.file_name()));
        if entry.file_name() == ".git" {
            continue;
        }
        if from.is_dir() {
            fs::create_dir_all(&to).map_err(|error| unwritable(&to, error))?;
            copy_directory(&from, &to)?;
        } else {
            // The content alone: a copy of read-only files must be writable.
            let content = fs::read(&from).map_err(|error| unreadable(&from, error))?;
            write(&to, content)?;
        }
    }
    Ok(())
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), RepositoryError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| unwritable(folder, source))?;
    }
    fs::write(path, content).map_err(|source| unwritable(path, source))
}

fn unreadable(path: &Path, source: io::Error) -> RepositoryError {
    RepositoryError::Read {
        path: path.to_owned(),
        source,
    }
}

fn unwritable(path: &Path, source: io::Error) -> RepositoryError {
    RepositoryError::Write {
        path: path.to_owned(),
        source,
    }
}
