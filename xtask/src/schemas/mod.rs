//! The schemas of Kubernetes' own kinds, as `tidegate preflight` holds manifests
//! against them: from the OpenAPI documents in the source of Kubernetes to one
//! small file.

mod document;
mod module;
mod text;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use flate2::{Compression, write::ZlibEncoder};

use crate::Outcome;

/// Where they are kept in the work tree.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/preflight/schemas");

/// Make the schemas of Kubernetes' own kinds that preflight holds manifests against.
///
/// Downloads the source of Kubernetes as Go modules where it is not there. The same
/// versions give the same bytes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

/// Why they cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SchemasError {
    #[error("go cannot be started; install Go")]
    Go(#[source] io::Error),
    #[error("go mod download {module} failed: {reason}")]
    Download { module: String, reason: String },
    #[error("go mod download {module} answers with something else than a folder and a hash")]
    Answer {
        module: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("{module} has the hash {found} in place of {expected}")]
    Hash {
        module: String,
        expected: &'static str,
        found: String,
    },
    #[error("{} cannot be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is not an OpenAPI document", path.display())]
    Document {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("{name} says something that is not known: {what}")]
    Unknown { name: String, what: String },
    #[error("{} cannot be written", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

pub(crate) fn run(Arguments {}: &Arguments) -> Outcome {
    let mut all = text::Schemas::default();
    for module in &module::RELEASES {
        anstream::eprintln!("reading Kubernetes {}", module.version);
        let release = all.begin(module);
        for document in document::read_all(&module.source_folder()?)? {
            all.take(release, &document)?;
        }
    }
    let text = all.text();
    let packed = packed(&text)?;
    write("kubernetes.zlib", &packed)?;
    write("SOURCES.md", sources().as_bytes())?;
    anstream::println!("{} bytes, {} unpacked", packed.len(), text.len());
    Ok(ExitCode::SUCCESS)
}

fn packed(text: &str) -> Result<Vec<u8>, SchemasError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(text.as_bytes());
    written
        .and_then(|()| encoder.finish())
        .map_err(|source| SchemasError::Write {
            path: PathBuf::from("kubernetes.zlib"),
            source,
        })
}

fn write(name: &str, content: &[u8]) -> Result<(), SchemasError> {
    let path = Path::new(FOLDER).join(name);
    fs::create_dir_all(FOLDER)
        .and_then(|()| fs::write(&path, content))
        .map_err(|source| SchemasError::Write { path, source })
}

/// What the file was made from, for people.
fn sources() -> String {
    let lines: Vec<String> = module::RELEASES
        .iter()
        .map(|module| {
            format!(
                "| {} | {} | {} |",
                module.release, module.version, module.hash
            )
        })
        .collect();
    format!(
        "# Where these schemas come from\n\n\
         `kubernetes.zlib` is made by `cargo xtask schemas` from `api/openapi-spec/v3` of the Go module \
         `k8s.io/kubernetes` (Apache-2.0, The Kubernetes Authors). Descriptions are left out, and what several \
         releases share is kept once. Its form is described in `crates/preflight/src/schema/builtin/line.rs`.\n\n\
         | release | module version | hash of the module |\n|---|---|---|\n{}\n",
        lines.join("\n")
    )
}
