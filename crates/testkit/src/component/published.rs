use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Cache, ComponentError, Program, build::run, cache::make_once, progress::Progress};

/// A crate of crates.io with a program of the same name in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublishedCrate {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// The features without which it has no program.
    pub(super) features: &'static str,
}

impl PublishedCrate {
    /// The program in the cache; built into it if it is missing, which takes minutes and blocks meanwhile.
    pub(super) fn find_or_install(self, program: Program) -> Result<PathBuf, ComponentError> {
        let folder = format!("{}-{}", self.name, self.version);
        let cached = Cache::of_user()?.subfolder(&folder)?.join(program.name());
        if !cached.is_file() {
            let progress = Progress::on_standard_error();
            let step = progress.step(format!(
                "building {program} {}, once for this machine",
                self.version
            ));
            make_once(&cached, |output| self.install(program, output))?;
            step.done(&format!("built {program} {}", self.version));
        }
        Ok(cached)
    }

    fn install(self, program: Program, output: &Path) -> Result<(), ComponentError> {
        let scratch = output.parent().unwrap_or(Path::new("."));
        let root = scratch.join("root");
        let mut command = Command::new(cargo());
        command
            // Not the workspace: its configuration is not the crate's.
            .current_dir(scratch)
            .args(["install", self.name, "--version", self.version])
            .args(["--features", self.features, "--locked", "--no-track"])
            .arg("--root")
            .arg(&root)
            .arg("--target-dir")
            .arg(scratch.join("target"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        run(command, || format!("build {program}"))?;
        let built = root.join("bin").join(program.name());
        fs::rename(&built, output).map_err(|source| ComponentError::Cache {
            path: built,
            source,
        })
    }
}

/// That which runs this test, or the one in `PATH`.
fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))
}
