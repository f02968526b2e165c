use std::{
    env, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{VeleroError, programs};
use crate::component::Program;

/// The temporary folder of one Velero; removed on drop.
#[derive(Debug)]
pub(super) struct Layout {
    directory: TempDir,
    program: PathBuf,
}

impl Layout {
    /// Finds or builds the programs, too: Velero takes every file of one folder for a plugin.
    pub(super) fn create() -> Result<Self, VeleroError> {
        let (program, plugin) = programs()?;
        let directory = tempfile::Builder::new()
            .prefix("tidegate-velero-")
            .tempdir()
            .map_err(|source| failed(&env::temp_dir(), source))?;
        let layout = Self { directory, program };
        for folder in [layout.plugins(), layout.scratch()] {
            fs::create_dir(&folder).map_err(|source| failed(&folder, source))?;
        }
        let link = layout.plugins().join(Program::VeleroPluginForAws.name());
        symlink(&plugin, &link).map_err(|source| failed(&link, source))?;
        Ok(layout)
    }

    pub(super) fn root(&self) -> &Path {
        self.directory.path()
    }

    /// The executable of the server.
    pub(super) fn program(&self) -> PathBuf {
        self.program.clone()
    }

    pub(super) fn plugins(&self) -> PathBuf {
        self.root().join("plugins")
    }

    /// Where backups are put together before they are stored.
    pub(super) fn scratch(&self) -> PathBuf {
        self.root().join("tmp")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.root().join("velero.log")
    }
}

fn failed(path: &Path, source: io::Error) -> VeleroError {
    VeleroError::File {
        path: path.to_owned(),
        source,
    }
}
