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
    let of = |source: io::Error, path: &Path| Unreadable {
        path: path.to_owned(),
        source,
    };
    if path == Path::new("-") {
        let bytes = bounded(io::stdin().lock()).map_err(|error| of(error, path))?;
        return Ok(vec![read_text("standard input", &bytes, true)]);
    }
    let found = fs::metadata(path).map_err(|error| of(error, path))?;
    let mut files = Vec::new();
    if found.is_dir() {
        walk(path, &mut files)?;
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    files
        .into_iter()
        .map(|path| {
            let file = File::open(&path).map_err(|error| of(error, &path))?;
            let bytes = bounded(file).map_err(|error| of(error, &path))?;
            Ok(read_text(&path.to_string_lossy(), &bytes, true))
        })
        .collect()
}

/// One byte more than may be read tells that it is too large.
fn bounded(source: impl io::Read) -> io::Result<Vec<u8>> {
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    source.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Unreadable> {
    let of = |source: io::Error| Unreadable {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(of)? {
        let entry = entry.map_err(of)?;
        let kind = entry.file_type().map_err(of)?;
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !is_hidden {
            walk(&path, files)?;
        } else if kind.is_file() && is_manifest(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// A kustomization is no object of a cluster.
fn is_manifest(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    matches!(end, Some("yaml" | "yml" | "json")) && stem != Some("kustomization")
}
