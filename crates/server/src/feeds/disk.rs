//! Feeds on disk: one file each, so that a restart does not have to ask.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::held::Kept;

/// The folder. Its files are named after the digest of the feed's URL, which
/// may be a secret.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

/// What a file holds.
#[derive(Serialize, Deserialize)]
struct File {
    fetched: Timestamp,
    text: String,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    fn file(&self, url: &str) -> PathBuf {
        self.0.join(name(url))
    }

    pub(super) async fn read(&self, url: &str) -> io::Result<Kept> {
        let bytes = tokio::fs::read(self.file(url)).await?;
        let file: File = serde_json::from_slice(&bytes)?;
        Ok(Kept {
            text: file.text.into(),
            fetched: file.fetched,
        })
    }

    /// Whole or not at all: it is written beside, then renamed.
    pub(super) async fn write(&self, url: &str, kept: &Kept) -> io::Result<()> {
        let (folder, path) = (self.0.clone(), self.file(url));
        let file = File {
            fetched: kept.fetched,
            text: kept.text.to_string(),
        };
        blocking(move || {
            std::fs::create_dir_all(&folder)?;
            // Only its owner may read it.
            let mut beside = NamedTempFile::new_in(&folder)?;
            beside.write_all(&serde_json::to_vec(&file)?)?;
            beside.as_file().sync_all()?;
            beside.persist(&path)?;
            Ok(())
        })
        .await
    }

    /// Removes the files of all other feeds, and what a crash left.
    pub(super) async fn keep_only(&self, urls: &[String]) -> io::Result<()> {
        let folder = self.0.clone();
        let names: Vec<String> = urls.iter().map(|url| name(url)).collect();
        blocking(move || remove_all_but(&folder, &names)).await
    }
}

fn remove_all_but(folder: &Path, names: &[String]) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let kept = names.iter().any(|name| entry.file_name() == name.as_str());
        if !kept {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

fn name(url: &str) -> String {
    use std::fmt::Write as _;
    let mut name = String::with_capacity(64);
    for byte in Sha256::digest(url) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_text_comes_back_with_its_moment_until_nobody_wants_it() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::new(data.path().join("feeds"));
        let (a, b) = ("https://me:hunter2@example.com/a", "https://example.com/b");
        let kept = |seconds: i64| Kept {
            text: "BEGIN:VCALENDAR\r\nÜ\r\n".into(),
            fetched: Timestamp::from_millisecond(seconds * 1000 + 5).unwrap(),
        };
        folder.keep_only(&[]).await.unwrap();
        folder.write(a, &kept(1)).await.unwrap();
        folder.write(a, &kept(2)).await.unwrap();
        folder.write(b, &kept(3)).await.unwrap();
        assert_eq!(folder.read(a).await.unwrap(), kept(2));
        let file = std::fs::read_to_string(folder.file(a)).unwrap();
        assert!(!file.contains("hunter2"));
        folder.keep_only(&[b.to_owned()]).await.unwrap();
        assert!(folder.read(a).await.is_err());
        assert_eq!(folder.read(b).await.unwrap(), kept(3));
    }

    #[tokio::test]
    async fn a_file_that_was_cut_short_is_an_error_and_no_text() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::new(data.path().to_owned());
        std::fs::write(folder.file("https://example.com"), "{\"fetched\":\"2026-").unwrap();
        assert!(folder.read("https://example.com").await.is_err());
    }
}
