//! The real programs that tests and the demo run against: found on this machine, or built from their Go modules (one of
//! them from its crate).
//!
//! A program is looked for in the user's cache, then in `KUBEBUILDER_ASSETS` (of the right version only), and is built
//! otherwise. A build takes from seconds to minutes and is done once for a version: the cache is outside the work tree. What the
//! distribution brings is found in `PATH`, or installed where we are root on Debian.

mod build;
mod cache;
mod debian;
mod error;
mod installed;
mod module;
mod origin;
mod program;
mod progress;
mod published;

pub(crate) use self::{
    build::{run, source_folder},
    cache::{Cache, make_once},
    debian::{PROMETHEUS, REDIS_SERVER},
    module::Module,
};
pub use self::{cache::cache_folder, error::ComponentError, program::Program};

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use self::{origin::Origin, progress::Progress};

/// Where programs of this version are on this machine.
#[derive(Debug, Clone)]
pub struct Programs {
    paths: BTreeMap<Program, PathBuf>,
}

impl Programs {
    /// Finds all programs and builds those that are missing, one after the other; says on standard error what it
    /// builds. Blocks: for minutes where nothing is cached. Safe to call from several processes at once.
    pub fn find_or_build() -> Result<Self, ComponentError> {
        Self::find_or_build_these(&Program::ALL)
    }

    /// Only what a control plane and its users need; otherwise like [`Programs::find_or_build`].
    pub fn of_control_plane() -> Result<Self, ComponentError> {
        Self::find_or_build_these(&Program::CONTROL_PLANE)
    }

    fn find_or_build_these(programs: &[Program]) -> Result<Self, ComponentError> {
        let paths = programs
            .iter()
            .copied()
            .map(|program| Ok((program, program.find_or_build()?)))
            .collect::<Result<_, ComponentError>>()?;
        Ok(Self { paths })
    }

    /// The executable file of `program`.
    pub fn path(&self, program: Program) -> &Path {
        // A bare name is looked up in `PATH`.
        self.paths
            .get(&program)
            .map_or_else(|| Path::new(program.name()), PathBuf::as_path)
    }

    /// All programs, in the order in which a control plane starts them.
    pub fn iter(&self) -> impl Iterator<Item = (Program, &Path)> {
        self.paths
            .iter()
            .map(|(program, path)| (*program, path.as_path()))
    }
}

impl Program {
    /// Finds this program, or builds it. Blocks while it builds.
    pub fn find_or_build(self) -> Result<PathBuf, ComponentError> {
        let package = match self.origin() {
            Origin::Go(origin) => origin.package,
            Origin::Crate(published) => return published.find_or_install(self),
        };
        let module = Module::of(self)?;
        let cache = Cache::of_user()?;
        let cached = cache.folder(&module)?.join(self.name());
        if cached.is_file() {
            return Ok(cached);
        }
        if let Some(found) = installed::find(self, &module) {
            return Ok(found);
        }
        build::build(
            self,
            package,
            &module,
            &cached,
            Progress::on_standard_error(),
        )?;
        Ok(cached)
    }
}
