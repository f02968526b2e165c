use std::{
    env,
    ffi::OsString,
    fs, io,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{ArgoCdError, Part, source};

/// Programs of Argo CD's source that its repository server calls by name.
const SCRIPTS: [&str; 2] = ["git-verify-wrapper.sh", "gpg-wrapper.sh"];

/// The temporary folder of one Argo CD; removed on drop.
#[derive(Debug)]
pub(super) struct Layout {
    directory: TempDir,
}

impl Layout {
    /// `tools` are the programs that Argo CD renders with, by the names that it calls them.
    pub(super) fn create(argo_cd: &Path, tools: &[(&str, PathBuf)]) -> Result<Self, ArgoCdError> {
        let directory = tempfile::Builder::new()
            .prefix("tidegate-argocd-")
            .tempdir()
            .map_err(|source| failed(&env::temp_dir(), source))?;
        let layout = Self { directory };
        for folder in [
            layout.programs(),
            layout.logs(),
            layout.scratch(),
            layout.keys(),
        ] {
            fs::create_dir(&folder).map_err(|source| failed(&folder, source))?;
        }
        set_mode(&layout.keys(), 0o700)?;
        for part in Part::OWN {
            link(argo_cd, &layout.program(part.name()))?;
        }
        for (name, tool) in tools {
            link(tool, &layout.program(name))?;
        }
        let scripts = source().map_err(ArgoCdError::Programs)?.join("hack");
        for script in SCRIPTS {
            // Files of a Go module are not executable.
            let (from, to) = (scripts.join(script), layout.program(script));
            let text = fs::read(&from).map_err(|source| failed(&from, source))?;
            fs::write(&to, text).map_err(|source| failed(&to, source))?;
            set_mode(&to, 0o755)?;
        }
        Ok(layout)
    }

    pub(super) fn root(&self) -> &Path {
        self.directory.path()
    }

    /// The folder with the programs that Argo CD is and calls.
    fn programs(&self) -> PathBuf {
        self.root().join("bin")
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.programs().join(name)
    }

    /// `PATH` with our programs before everyone's.
    pub(super) fn search_path(&self) -> OsString {
        let everyone = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.programs()).chain(env::split_paths(&everyone));
        // Fails only for a folder with a colon in its name, which nothing above can have.
        env::join_paths(folders).unwrap_or(everyone)
    }

    fn logs(&self) -> PathBuf {
        self.root().join("logs")
    }

    pub(super) fn log(&self, part: Part) -> PathBuf {
        self.logs().join(part.name()).with_added_extension("log")
    }

    /// Where clones of repositories go.
    pub(super) fn scratch(&self) -> PathBuf {
        self.root().join("tmp")
    }

    /// The key ring of GnuPG, empty.
    pub(super) fn keys(&self) -> PathBuf {
        self.root().join("gnupg")
    }

    /// The socket on which git would ask for a password.
    pub(super) fn password_socket(&self) -> PathBuf {
        self.root().join("ask-pass.sock")
    }
}

impl Drop for Layout {
    /// Argo CD locks the clones that it does not use, and the folder that they are in: without a way in, nobody but root
    /// could remove them.
    fn drop(&mut self) {
        for folder in folders_in(&self.scratch()) {
            open_to_us(&folder);
            for clone in folders_in(&folder) {
                open_to_us(&clone);
            }
        }
    }
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir() && !path.is_symlink())
        .collect()
}

fn open_to_us(folder: &Path) {
    // What cannot be opened cannot be removed either; there is nobody to tell.
    let _ = set_mode(folder, 0o700);
}

fn link(target: &Path, link: &Path) -> Result<(), ArgoCdError> {
    symlink(target, link).map_err(|source| failed(link, source))
}

fn set_mode(path: &Path, mode: u32) -> Result<(), ArgoCdError> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(|source| failed(path, source))
}

fn failed(path: &Path, source: io::Error) -> ArgoCdError {
    ArgoCdError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_that_argo_cd_has_locked_go_too() {
        let layout = Layout {
            directory: tempfile::tempdir().unwrap(),
        };
        let root = layout.root().to_owned();
        let clones = layout.scratch().join("_argocd-repo");
        let clone = clones.join("one");
        fs::create_dir_all(clone.join(".git")).unwrap();
        set_mode(&clone, 0o000).unwrap();
        set_mode(&clones, 0o300).unwrap();
        drop(layout);
        assert!(!root.exists());
    }
}
