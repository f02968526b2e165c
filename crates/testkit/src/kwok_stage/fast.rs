use std::{fs, path::Path, process::Command};

use super::StageError;
use crate::component::{Cache, ComponentError, Module, Program, make_once, run, source_folder};

/// The overlays of kwok's source that make nodes and pods ready at once.
const OVERLAYS: [&str; 3] = [
    "kustomize/stage/node/fast",
    "kustomize/stage/node/heartbeat",
    "kustomize/stage/pod/fast",
];

/// kwok's own fast stages as YAML documents. The bare program has none, so they are rendered from its source, once for
/// a version, into the cache.
pub(super) fn rendered(kustomize: &Path) -> Result<String, StageError> {
    let module = Module::of(Program::Kwok).map_err(StageError::Render)?;
    let cached = Cache::of_user()
        .and_then(|cache| cache.folder(&module))
        .map_err(StageError::Render)?
        .join("fast-stages.yaml");
    if !cached.is_file() {
        make_once(&cached, |output| render(kustomize, &module, output))
            .map_err(StageError::Render)?;
    }
    fs::read_to_string(&cached).map_err(StageError::Read)
}

fn render(kustomize: &Path, module: &Module, output: &Path) -> Result<(), ComponentError> {
    let source = source_folder(module)?;
    let mut text = Vec::new();
    for overlay in OVERLAYS {
        let mut command = Command::new(kustomize);
        command.arg("build").arg(source.join(overlay));
        let rendered = run(command, || format!("render {overlay} of kwok"))?;
        text.extend_from_slice(b"---\n");
        text.extend(rendered.stdout);
    }
    fs::write(output, text).map_err(|source| ComponentError::Cache {
        path: output.to_owned(),
        source,
    })
}
