//! The files of one commit, written without a checkout.

mod tree;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tidegate_core::revision::Revision;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::process::Command;

use self::tree::{Entry, Kind};
use super::mirror::run;
use super::{GitError, Mirrors, Repository};
use crate::subprocess::{Running, SubprocessError, read_messages};

const OPERATION: &str = "reading the files of a commit";

/// How much of a commit may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportLimits {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Number of files and links.
    pub files: usize,
}

impl Default for ExportLimits {
    /// 256 MiB in 100,000 files.
    fn default() -> Self {
        Self {
            bytes: 256 * 1024 * 1024,
            files: 100_000,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exported {
    /// Number of files and links.
    pub files: usize,
    /// Bytes of all files together.
    pub bytes: u64,
    /// Paths of the submodules, whose files are left out.
    pub submodules: Vec<String>,
}

impl Mirrors {
    /// Writes all files of the commit into an empty or new directory.
    ///
    /// Attributes, filters and the executable bit have no effect. Submodules are left out
    /// and listed. A path or link that would lead out of the directory is an error,
    /// after which the directory may hold some of the files.
    pub async fn export(
        &self,
        repository: &Repository,
        revision: &Revision,
        into: &Path,
        limits: &ExportLimits,
    ) -> Result<Exported, GitError> {
        let mirror = self.open(repository, revision).await?;
        let time = self.time_limits().local;
        export(|| self.command(&mirror), time, revision, into, limits).await
    }
}

/// Writes the files of a commit that the repository of `command` has.
pub(super) async fn export(
    command: impl Fn() -> Command,
    time: Duration,
    revision: &Revision,
    into: &Path,
    limits: &ExportLimits,
) -> Result<Exported, GitError> {
    let mut listing = command();
    listing.args(["ls-tree", "-r", "-z", "--full-tree", "--long"]);
    listing.arg(revision.as_str());
    let output = run(OPERATION, listing, time).await?;
    if !output.status.success() {
        return Err(GitError::failed(OPERATION, &output));
    }
    let entries = tree::parse(&output.stdout)?;
    let exported = measure(&entries, limits)?;
    prepare(into, &entries).await?;

    let mut contents = command();
    contents.args(["cat-file", "--batch"]);
    tokio::time::timeout(time, write_all(contents, into, &entries))
        .await
        .map_err(|_| GitError::broken_off(OPERATION, SubprocessError::TimedOut(time)))??;
    Ok(exported)
}

fn measure(entries: &[Entry<'_>], limits: &ExportLimits) -> Result<Exported, GitError> {
    let mut exported = Exported::default();
    for entry in entries {
        if entry.kind == Kind::Submodule {
            exported.submodules.push(entry.path.to_owned());
            continue;
        }
        exported.files += 1;
        exported.bytes = exported.bytes.saturating_add(entry.size);
    }
    if exported.files > limits.files {
        return Err(GitError::TooManyFiles {
            limit: limits.files,
        });
    }
    if exported.bytes > limits.bytes {
        return Err(GitError::TooManyBytes {
            limit: limits.bytes,
        });
    }
    Ok(exported)
}

/// Makes all directories before any link, so that no link can stand for one of them.
async fn prepare(into: &Path, entries: &[Entry<'_>]) -> Result<(), GitError> {
    create_directory(into).await?;
    let mut present = tokio::fs::read_dir(into)
        .await
        .map_err(|source| write_error(into, source))?;
    if matches!(present.next_entry().await, Ok(Some(_))) {
        return Err(GitError::DestinationNotEmpty {
            path: into.to_owned(),
        });
    }
    let mut last = None;
    for entry in entries {
        let parent = entry.path.rsplit_once('/').map(|(parent, _)| parent);
        if let Some(parent) = parent
            && entry.kind != Kind::Submodule
            && last != Some(parent)
        {
            create_directory(&into.join(parent)).await?;
            last = Some(parent);
        }
    }
    Ok(())
}

/// Takes the contents from one `git cat-file --batch`: first the files, then the links.
async fn write_all(command: Command, into: &Path, entries: &[Entry<'_>]) -> Result<(), GitError> {
    let of_kind = |kind| entries.iter().filter(move |entry| entry.kind == kind);
    let wanted: Vec<&Entry<'_>> = of_kind(Kind::File).chain(of_kind(Kind::Link)).collect();
    let mut request = String::new();
    for entry in &wanted {
        request.push_str(entry.object);
        request.push('\n');
    }

    let broken_off = |error| GitError::broken_off(OPERATION, error);
    let mut command = command;
    command.stdin(std::process::Stdio::piped());
    let mut running = Running::start(command, None).map_err(broken_off)?;
    let stdin = running.child.stdin.take();
    let stdout = running.child.stdout.take();
    let stderr = running.child.stderr.take();
    let ask = async {
        if let Some(mut stdin) = stdin {
            stdin
                .write_all(request.as_bytes())
                .await
                .map_err(|error| broken_off(SubprocessError::Pipe(error)))?;
        }
        Ok(())
    };
    let receive = async {
        let mut stdout = BufReader::new(stdout.ok_or_else(unreadable)?);
        for entry in wanted {
            let content = read_object(&mut stdout, entry).await?;
            write_entry(into, entry, &content).await?;
        }
        Ok(())
    };
    let messages = async { read_messages(stderr).await.map_err(broken_off) };
    futures::try_join!(ask, receive, messages)?;
    running.wait().await.map_err(broken_off)?;
    Ok(())
}

/// Reads `<object> blob <size>\n<content>\n`.
async fn read_object(
    stdout: &mut (impl AsyncBufRead + Unpin),
    entry: &Entry<'_>,
) -> Result<Vec<u8>, GitError> {
    let expected = format!("{} blob {}", entry.object, entry.size);
    let pipe = |error| GitError::broken_off(OPERATION, SubprocessError::Pipe(error));
    let mut header = String::new();
    stdout.read_line(&mut header).await.map_err(pipe)?;
    if header.trim_end() != expected {
        return Err(unreadable());
    }
    let size = usize::try_from(entry.size).map_err(|_| unreadable())?;
    let mut content = vec![0; size + 1];
    stdout.read_exact(&mut content).await.map_err(pipe)?;
    if content.pop() != Some(b'\n') {
        return Err(unreadable());
    }
    Ok(content)
}

async fn write_entry(into: &Path, entry: &Entry<'_>, content: &[u8]) -> Result<(), GitError> {
    let path = into.join(entry.path);
    let written = match entry.kind {
        Kind::Link => {
            let target = String::from_utf8_lossy(content);
            if !tree::stays_inside(entry.path, &target) {
                return Err(GitError::LinkLeadsOut {
                    path: entry.path.to_owned(),
                    target: target.into_owned(),
                });
            }
            tokio::fs::symlink(&*target, &path).await
        }
        // Two entries of one name, or a file in the place of a directory, fail here.
        _ => create_new(&path, content).await,
    };
    written.map_err(|source| write_error(&path, source))
}

async fn create_new(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = tokio::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .await?;
    file.write_all(content).await?;
    file.flush().await
}

async fn create_directory(path: &Path) -> Result<(), GitError> {
    tokio::fs::create_dir_all(path)
        .await
        .map_err(|source| write_error(path, source))
}

fn write_error(path: &Path, source: std::io::Error) -> GitError {
    GitError::Write {
        path: PathBuf::from(path),
        source,
    }
}

fn unreadable() -> GitError {
    GitError::Output {
        operation: OPERATION.to_owned(),
    }
}
