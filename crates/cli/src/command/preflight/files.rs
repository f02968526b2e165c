//! The manifests that are to be judged.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use tidegate_preflight::read::{LARGEST, Read, read as read_text};

use crate::exit::Exit;
use crate::failure::Explain;

/// A file or folder cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read", path.display())]
pub(super) struct Unreadable {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl Explain for Unreadable {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        Some("--manifests takes a file, a folder or - for the standard input".to_owned())
    }
}

/// Reads a file, all files of a folder that end in .yaml, .yml or .json, or the
/// standard input. Links are not followed, so nothing outside the folder is read.
pub(super) fn read(path: &Path) -> Result<Vec<Read>, Unreadable> {
    let of = |source: io::Error| Unreadable {
        path: path.to_owned(),
        source,
    };
    if path == Path::new("-") {
        let bytes = bounded(io::stdin().lock()).map_err(of)?;
        return Ok(vec![read_text("standard input", &bytes, true)]);
    }
    if !fs::metadata(path).map_err(of)?.is_dir() {
        return read_one(path, path).map(|read| vec![read]);
    }
    let mut found = Vec::new();
    walk(path, &mut found).map_err(of)?;
    found.retain(|path| is_manifest(path));
    found.sort();
    found.iter().map(|path| read_one(path, path)).collect()
}

/// Reads a file of a repository, which is called by its path there.
pub(super) fn read_in(root: &Path, path: &Path) -> Result<Read, Unreadable> {
    read_one(&root.join(path), path)
}

fn read_one(path: &Path, called: &Path) -> Result<Read, Unreadable> {
    let bytes = bytes(path).map_err(|source| Unreadable {
        path: path.to_owned(),
        source,
    })?;
    Ok(read_text(&called.to_string_lossy(), &bytes, true))
}

/// What a file holds, as far as it may be read.
pub(super) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    bounded(File::open(path)?)
}

/// One byte more than may be read tells that it is too large.
fn bounded(source: impl io::Read) -> io::Result<Vec<u8>> {
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    source.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Every file below a folder, by its path from there. Links and hidden folders are
/// passed over.
pub(super) fn below(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    walk(folder, &mut found)?;
    let relative = found
        .iter()
        .filter_map(|path| path.strip_prefix(folder).ok());
    Ok(relative
        .map(|path| path.to_string_lossy().into_owned())
        .collect())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !is_hidden {
            walk(&path, files)?;
        } else if kind.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// A kustomization is no object of a cluster.
pub(super) fn is_manifest(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    matches!(end, Some("yaml" | "yml" | "json")) && stem != Some("kustomization")
}
