use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tidegate_testkit::component::Program;

use super::DemoError;

/// Where the programs are that the people of the story use.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    pub(super) tidegate: PathBuf,
    pub(super) kubectl: PathBuf,
    pub(super) kustomize: PathBuf,
}

impl Programs {
    /// Builds `tidegate` and finds or builds the others; cargo and the builds show their own progress. Blocks, for
    /// minutes where nothing is built yet.
    pub(super) fn find_or_build() -> Result<Self, DemoError> {
        Ok(Self {
            tidegate: tidegate()?,
            kubectl: Program::Kubectl.find_or_build()?,
            kustomize: Program::Kustomize.find_or_build()?,
        })
    }

    /// The same with a copy of `tidegate` in `folder`, so that a build beside the demo does not replace it meanwhile.
    pub(super) fn with_own_tidegate(self, folder: &Path) -> Result<Self, DemoError> {
        let copy = folder.join("bin").join("tidegate");
        let unwritable = |source| DemoError::Write {
            path: copy.clone(),
            source,
        };
        fs::create_dir_all(folder.join("bin")).map_err(unwritable)?;
        fs::copy(&self.tidegate, &copy).map_err(unwritable)?;
        Ok(Self {
            tidegate: copy,
            ..self
        })
    }
}

fn tidegate() -> Result<PathBuf, DemoError> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(&cargo)
        .args(["build", "--package", "tidegate-cli", "--bin", "tidegate"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| DemoError::Run {
            program: cargo.to_string_lossy().into_owned(),
            source,
        })?;
    if !output.status.success() {
        return Err(DemoError::Build(output.status));
    }
    executable(&String::from_utf8_lossy(&output.stdout)).ok_or(DemoError::NoExecutable)
}

/// The program in cargo's messages, one JSON object a line (The Cargo Book, "External tools").
fn executable(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "tidegate")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_libraries_and_other_programs() {
        let messages = [
            r#"{"reason":"compiler-artifact","target":{"name":"tidegate"},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"other"},"executable":"/x/other"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"tidegate"},"executable":"/x/tidegate"}"#,
            "not JSON",
        ];
        assert_eq!(
            executable(&messages.join("\n")),
            Some(PathBuf::from("/x/tidegate"))
        );
        assert_eq!(executable(messages[0]), None);
    }
}
