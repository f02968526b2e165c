use std::{
    fmt::Write as _,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use super::{ComponentError, Program, origin::Origin};

/// Where the Go modules of the programs are in the work tree: one folder a module, because their requirements conflict.
const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test/components");

/// The Go module in the work tree that builds a program, and the version of the program that it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Module {
    name: &'static str,
    required: &'static str,
    directory: PathBuf,
    version: String,
}

impl Module {
    /// The module that builds `program`; its version is read from the `go.mod` in the work tree.
    pub(crate) fn of(program: Program) -> Result<Self, ComponentError> {
        let Origin::Go(origin) = program.origin() else {
            return Err(ComponentError::NoModule { program });
        };
        let mut module = Self::read(origin.name, origin.required)?;
        if origin.package == "." {
            module.add_hash_of_source()?;
        }
        Ok(module)
    }

    /// Our own program changes without a new version of what it requires.
    fn add_hash_of_source(&mut self) -> Result<(), ComponentError> {
        let mut hasher = DefaultHasher::new();
        for file in ["go.mod", "main.go"] {
            let path = self.directory.join(file);
            let source =
                fs::read(&path).map_err(|source| ComponentError::ReadModule { path, source })?;
            source.hash(&mut hasher);
        }
        let _ = write!(self.version, "-{:016x}", hasher.finish());
        Ok(())
    }

    /// The module of this name in the work tree, and the version of the module `required` that it asks for.
    pub(crate) fn read(name: &'static str, required: &'static str) -> Result<Self, ComponentError> {
        let directory = Path::new(MODULES).join(name);
        let path = directory.join("go.mod");
        let text = fs::read_to_string(&path).map_err(|source| ComponentError::ReadModule {
            path: path.clone(),
            source,
        })?;
        let version = required_version(&text, required)
            .ok_or(ComponentError::NoVersion { path, required })?
            .to_owned();
        Ok(Self {
            name,
            required,
            directory,
            version,
        })
    }

    /// Short name, also that of its folder.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// The path of the Go module that holds the program.
    pub(crate) const fn required(&self) -> &'static str {
        self.required
    }

    /// Where its `go.mod` is.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The program's version with its leading `v`; for a program in the work tree that of what it calls, with a hash of
    /// its source.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }
}

/// The version that a `go.mod` asks for of the module `required` (Go Modules Reference, "require directive").
fn required_version<'a>(go_mod: &'a str, required: &str) -> Option<&'a str> {
    go_mod.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let first = words.next()?;
        let path = if first == "require" {
            words.next()?
        } else {
            first
        };
        (path == required).then(|| words.next()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_from_a_single_line_and_from_a_block() {
        let single = "module m\n\nrequire k8s.io/kubernetes v1.36.3\n";
        let block = "require (\n\tk8s.io/kubernetes v1.36.4 // indirect\n)\n";
        assert_eq!(
            required_version(single, "k8s.io/kubernetes"),
            Some("v1.36.3")
        );
        assert_eq!(
            required_version(block, "k8s.io/kubernetes"),
            Some("v1.36.4")
        );
    }

    #[test]
    fn version_is_not_taken_from_a_module_with_a_longer_path_or_a_replacement() {
        let text = "require k8s.io/kubernetes/extra v9.9.9\nreplace k8s.io/kubernetes => k8s.io/fork v8.8.8\n";
        assert_eq!(required_version(text, "k8s.io/kubernetes"), None);
    }

    #[test]
    fn every_program_in_go_has_a_module_with_a_version() {
        for program in Program::ALL {
            let Origin::Go(origin) = program.origin() else {
                continue;
            };
            let module = Module::of(program).unwrap();
            assert!(
                module.version().starts_with('v'),
                "{program}: {}",
                module.version()
            );
            assert!(
                origin.package == "." || origin.package.starts_with(module.required()),
                "{program}"
            );
        }
    }
}
