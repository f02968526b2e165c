use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::csi::{StorageError, failed};

/// What becomes of snapshots that a driver is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshots {
    /// They are ready at once.
    BecomeReady,
    /// They are taken and do not become ready; once this is over, those become ready too.
    StayUnready,
    /// They cannot be taken: the driver says that there is no room.
    Fail,
}

/// Volumes and snapshots, each a folder of its handle.
#[derive(Debug)]
pub(super) struct Folders {
    volumes: PathBuf,
    snapshots: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    behaviour: Snapshots,
    /// How large each volume is said to be, in bytes; by handle.
    capacities: BTreeMap<String, i64>,
    /// By handle.
    taken: BTreeMap<String, Taken>,
}

/// A snapshot that has been taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) at: Timestamp,
    /// How large its volume is said to be, in bytes.
    pub(super) size: i64,
    pub(super) is_ready: bool,
}

impl Folders {
    pub(super) fn create(directory: &Path) -> Result<Self, StorageError> {
        let folders = Self {
            volumes: directory.join("volumes"),
            snapshots: directory.join("snapshots"),
            state: Mutex::new(State {
                behaviour: Snapshots::BecomeReady,
                capacities: BTreeMap::new(),
                taken: BTreeMap::new(),
            }),
        };
        for folder in [&folders.volumes, &folders.snapshots] {
            fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
        }
        Ok(folders)
    }

    pub(super) fn set_snapshots(&self, behaviour: Snapshots) {
        self.state().behaviour = behaviour;
    }

    /// An empty folder, or a copy of a snapshot. Does nothing if there is a volume of this handle.
    pub(super) fn create_volume(
        &self,
        handle: &str,
        capacity: i64,
        snapshot: Option<&str>,
    ) -> io::Result<()> {
        let mut state = self.state();
        let volume = self.volumes.join(checked(handle)?);
        if volume.is_dir() {
            return Ok(());
        }
        match snapshot {
            None => fs::create_dir(volume)?,
            Some(snapshot) => copy(&self.snapshots.join(checked(snapshot)?), &volume)?,
        }
        state.capacities.insert(handle.to_owned(), capacity);
        Ok(())
    }

    /// Does nothing if it is gone.
    pub(super) fn delete_volume(&self, handle: &str) -> io::Result<()> {
        let mut state = self.state();
        remove(&self.volumes.join(checked(handle)?))?;
        state.capacities.remove(handle);
        Ok(())
    }

    /// A copy of what is in a volume now; of the first moment if there is a snapshot of this handle.
    pub(super) fn create_snapshot(&self, handle: &str, volume: &str) -> io::Result<Taken> {
        let mut state = self.state();
        if state.behaviour == Snapshots::Fail {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                "no room for a snapshot",
            ));
        }
        let is_ready = state.behaviour == Snapshots::BecomeReady;
        if let Some(taken) = state.taken.get_mut(handle) {
            taken.is_ready |= is_ready;
            return Ok(*taken);
        }
        let folder = self.volumes.join(checked(volume)?);
        copy(&folder, &self.snapshots.join(checked(handle)?))?;
        let taken = Taken {
            at: Timestamp::now(),
            size: state.capacities.get(volume).copied().unwrap_or_default(),
            is_ready,
        };
        state.taken.insert(handle.to_owned(), taken);
        Ok(taken)
    }

    /// Does nothing if it is gone.
    pub(super) fn delete_snapshot(&self, handle: &str) -> io::Result<()> {
        let mut state = self.state();
        remove(&self.snapshots.join(checked(handle)?))?;
        state.taken.remove(handle);
        Ok(())
    }

    pub(super) fn volume(&self, handle: &str) -> Option<PathBuf> {
        let folder = self.volumes.join(checked(handle).ok()?);
        folder.is_dir().then_some(folder)
    }

    pub(super) fn volumes(&self) -> usize {
        count(&self.volumes)
    }

    pub(super) fn snapshots(&self) -> usize {
        count(&self.snapshots)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with it changed nothing by half.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handle comes from outside and becomes the name of a folder.
fn checked(handle: &str) -> io::Result<&str> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if !handle.is_empty() && handle.chars().all(is_plain) {
        Ok(handle)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a handle is letters, digits, - and _",
        ))
    }
}

/// Copies a folder with all that is in it; `to` is there as a whole or not at all.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let unfinished = to.with_added_extension("unfinished");
    remove(&unfinished)?;
    copy_contents(from, &unfinished)?;
    fs::rename(unfinished, to)
}

fn copy_contents(from: &Path, to: &Path) -> io::Result<()> {
    let entries = fs::read_dir(from)?;
    fs::create_dir(to)?;
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_contents(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// How many folders there are, without those that are being copied.
fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |entries| {
        entries
            .filter_map(Result::ok)
            .filter(|entry| checked(&entry.file_name().to_string_lossy()).is_ok())
            .count()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders() -> (tempfile::TempDir, Folders) {
        let directory = tempfile::tempdir().unwrap();
        let folders = Folders::create(directory.path()).unwrap();
        (directory, folders)
    }

    #[test]
    fn a_volume_from_a_snapshot_holds_what_was_there_when_it_was_taken() {
        let (_directory, folders) = folders();
        folders.create_volume("pvc-1", 1024, None).unwrap();
        let file = |handle| folders.volume(handle).unwrap().join("a/b");
        fs::create_dir(folders.volume("pvc-1").unwrap().join("a")).unwrap();
        fs::write(file("pvc-1"), "old").unwrap();
        let taken = folders.create_snapshot("snapshot-1", "pvc-1").unwrap();
        assert_eq!((taken.is_ready, taken.size), (true, 1024));
        fs::write(file("pvc-1"), "new").unwrap();
        // Asked for again it is still the same.
        let again = folders.create_snapshot("snapshot-1", "pvc-1").unwrap();
        assert_eq!(again.at, taken.at);
        folders
            .create_volume("pvc-2", 1024, Some("snapshot-1"))
            .unwrap();
        assert_eq!(fs::read_to_string(file("pvc-2")).unwrap(), "old");
        assert_eq!(fs::read_to_string(file("pvc-1")).unwrap(), "new");
        assert_eq!((folders.volumes(), folders.snapshots()), (2, 1));
        for _ in 0..2 {
            folders.delete_volume("pvc-1").unwrap();
            folders.delete_snapshot("snapshot-1").unwrap();
        }
        assert_eq!((folders.volumes(), folders.snapshots()), (1, 0));
    }

    #[test]
    fn a_snapshot_that_stayed_unready_becomes_ready_later() {
        let (_directory, folders) = folders();
        folders.create_volume("pvc-1", 1024, None).unwrap();
        folders.set_snapshots(Snapshots::StayUnready);
        let is_ready = || folders.create_snapshot("s", "pvc-1").unwrap().is_ready;
        assert!(!is_ready());
        folders.set_snapshots(Snapshots::Fail);
        assert!(folders.create_snapshot("s", "pvc-1").is_err());
        folders.set_snapshots(Snapshots::BecomeReady);
        assert!(is_ready());
        folders.set_snapshots(Snapshots::StayUnready);
        assert!(is_ready());
    }

    #[test]
    fn what_is_not_there_is_not_copied_and_no_handle_leads_elsewhere() {
        let (directory, folders) = folders();
        let missing = folders.create_volume("pvc-1", 1024, Some("s")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert_eq!(folders.volumes(), 0);
        fs::create_dir(directory.path().join("mine")).unwrap();
        for handle in ["", "../mine", "a/b", "."] {
            let error = folders.delete_volume(handle).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{handle}");
        }
        assert!(directory.path().join("mine").exists());
    }
}
