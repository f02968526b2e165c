use std::{
    env, fs,
    path::{Path, PathBuf},
};

use super::{ComponentError, Module};

/// The user's cache of built programs, outside any work tree, so that a fresh clone does not build them again.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `tidegate` in `XDG_CACHE_HOME`, or in `.cache` of the home directory (XDG Base Directory Specification; a
    /// relative `XDG_CACHE_HOME` does not count).
    pub(crate) fn of_user() -> Result<Self, ComponentError> {
        let base = env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| env::home_dir().map(|home| home.join(".cache")))
            .ok_or(ComponentError::NoHome)?;
        Ok(Self {
            root: base.join("tidegate"),
        })
    }

    /// The folder of one version of a module; made if it is missing.
    pub(crate) fn folder(&self, module: &Module) -> Result<PathBuf, ComponentError> {
        self.subfolder(&format!("{}-{}", module.name(), module.version()))
    }

    /// A folder of the cache; made if it is missing.
    pub(crate) fn subfolder(&self, name: &str) -> Result<PathBuf, ComponentError> {
        let folder = self.root.join(name);
        fs::create_dir_all(&folder).map_err(|source| ComponentError::Cache {
            path: folder.clone(),
            source,
        })?;
        Ok(folder)
    }

    /// Waits until no other process of this user does what `name` names; the turn ends when the file is dropped.
    pub(crate) fn lock(&self, name: &str) -> Result<fs::File, ComponentError> {
        let path = self.subfolder("locks")?.join(name);
        fs::File::create(&path)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|source| ComponentError::Cache { path, source })
    }
}

/// A folder of the user's cache, for what need not be found out again; made if it is missing.
pub fn cache_folder(name: &str) -> Result<PathBuf, ComponentError> {
    Cache::of_user()?.subfolder(name)
}

/// Makes the file `target` with `produce`, which is given the path of a file to write: never seen half written, and
/// made once even when several processes ask at the same time.
pub(crate) fn make_once(
    target: &Path,
    produce: impl FnOnce(&Path) -> Result<(), ComponentError>,
) -> Result<(), ComponentError> {
    let failed = |source| ComponentError::Cache {
        path: target.to_owned(),
        source,
    };
    let folder = target.parent().unwrap_or(Path::new("."));
    let lock = fs::File::create(target.with_added_extension("lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    if target.is_file() {
        return Ok(());
    }
    let scratch = tempfile::Builder::new()
        .prefix("unfinished-")
        .tempdir_in(folder)
        .map_err(failed)?;
    let unfinished = scratch.path().join("file");
    produce(&unfinished)?;
    fs::rename(&unfinished, target).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::{
        io::Error,
        sync::atomic::{AtomicU32, Ordering},
        thread,
    };

    use super::*;

    #[test]
    fn the_same_file_is_made_once_by_many() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("program");
        let made = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    make_once(&target, |path| {
                        made.fetch_add(1, Ordering::SeqCst);
                        fs::write(path, "built").unwrap();
                        Ok(())
                    })
                    .unwrap();
                    assert_eq!(fs::read_to_string(&target).unwrap(), "built");
                });
            }
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_failed_build_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("program");
        let result = make_once(&target, |path| {
            fs::write(path, "half").unwrap();
            Err(ComponentError::Cache {
                path: path.to_owned(),
                source: Error::other("disk full"),
            })
        });
        assert!(result.is_err());
        assert!(!target.exists());
    }
}
