//! The format in which forges take findings.

use std::{fs, path::PathBuf};

use crate::component::{ComponentError, Module, source_folder};

/// Where the module keeps the schema: a constant between back quotes.
const FILE: &str = "pkg/report/v210/sarif/schema.go";

/// Why there is no schema.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The module is not on this machine and cannot be downloaded.
    #[error("cannot get the Go module that has the schema")]
    Module(#[source] ComponentError),
    /// Its file is not where it was.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Its file no longer holds a constant between back quotes.
    #[error("{} holds no schema", .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
}

/// The JSON Schema of SARIF 2.1.0 as OASIS publishes it (Errata 01, draft 4), which the Go module go-sarif carries.
/// Downloads that module if it is not on this machine, which is done once; blocks meanwhile.
pub fn schema() -> Result<String, SchemaError> {
    let module =
        Module::read("sarif", "github.com/owenrumney/go-sarif/v3").map_err(SchemaError::Module)?;
    let path = source_folder(&module)
        .map_err(SchemaError::Module)?
        .join(FILE);
    let text = fs::read_to_string(&path).map_err(|source| SchemaError::Read {
        path: path.clone(),
        source,
    })?;
    let schema = text.split('`').nth(1);
    schema
        .map(str::to_owned)
        .ok_or(SchemaError::Missing { path })
}
