use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::geteuid;

use super::{Cache, ComponentError, build::run, progress::Progress};

/// A program that the distribution brings, and its package in Debian.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packaged {
    program: &'static str,
    package: &'static str,
}

/// The store in which Argo CD keeps what it has rendered.
pub(crate) const REDIS_SERVER: Packaged = Packaged {
    program: "redis-server",
    package: "redis-server",
};

/// What verification checks are asked of.
pub(crate) const PROMETHEUS: Packaged = Packaged {
    program: "prometheus",
    package: "prometheus",
};

impl Packaged {
    /// The program in `PATH`; where it is missing and we are root on Debian its package is installed first, which takes
    /// seconds to minutes and blocks meanwhile. Only its file is used: a service that the package brings is not left
    /// running.
    pub(crate) fn find_or_install(self) -> Result<PathBuf, ComponentError> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        if !(geteuid().is_root() && Path::new("/etc/debian_version").is_file()) {
            return Err(ComponentError::NotInstalled {
                program: self.program,
                package: self.package,
            });
        }
        // apt refuses to run twice at once.
        let _turn = Cache::of_user()?.lock("apt-get")?;
        if self.find().is_none() {
            self.install()?;
        }
        self.find().ok_or(ComponentError::NotInstalled {
            program: self.program,
            package: self.package,
        })
    }

    fn find(self) -> Option<PathBuf> {
        find_in(&env::var_os("PATH")?, self.program)
    }

    fn install(self) -> Result<(), ComponentError> {
        let step = Progress::on_standard_error().step(format!("installing {}", self.package));
        if self
            .apt_get(&["install", "-y", "--no-install-recommends", self.package])
            .is_err()
        {
            // A fresh machine knows of no package yet.
            self.apt_get(&["update"])?;
            self.apt_get(&["install", "-y", "--no-install-recommends", self.package])?;
        }
        self.keep_service_off()?;
        step.done(&format!("installed {}", self.package));
        Ok(())
    }

    fn apt_get(self, arguments: &[&str]) -> Result<(), ComponentError> {
        let mut command = Command::new("apt-get");
        command
            // The machine may be updating itself.
            .args(["-o", "DPkg::Lock::Timeout=300"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            // What `runlevel` says without systemd: no service starts in the runlevel for repairs.
            .env("RUNLEVEL", "1");
        run(command, || format!("install {}", self.package)).map(drop)
    }

    /// Neither now nor when the machine starts again.
    fn keep_service_off(self) -> Result<(), ComponentError> {
        for (program, arguments) in [
            ("invoke-rc.d", [self.package, "stop"]),
            ("update-rc.d", [self.package, "disable"]),
        ] {
            let mut command = Command::new(program);
            command.args(arguments);
            run(command, || {
                format!("keep the service of {} off", self.package)
            })?;
        }
        Ok(())
    }
}

/// The first file of this name in the folders of `path`, a value of `PATH`.
fn find_in(path: &std::ffi::OsStr, program: &str) -> Option<PathBuf> {
    env::split_paths(path)
        .map(|folder| folder.join(program))
        .find(|file| fs::metadata(file).is_ok_and(|metadata| metadata.is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_in_the_first_folder_that_has_it() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = env::join_paths([first.path(), second.path()]).unwrap();
        assert_eq!(find_in(&path, "redis-server"), None);
        let file = second.path().join("redis-server");
        fs::write(&file, "").unwrap();
        fs::create_dir(first.path().join("redis-server")).unwrap();
        assert_eq!(find_in(&path, "redis-server"), Some(file));
    }

    #[test]
    fn a_missing_program_says_what_to_install() {
        let error = ComponentError::NotInstalled {
            program: "redis-server",
            package: "redis-server",
        };
        assert_eq!(
            error.to_string(),
            "redis-server is not in PATH; install it (on Debian: apt-get install redis-server)"
        );
    }
}
