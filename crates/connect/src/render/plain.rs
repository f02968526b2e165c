//! A plain folder of manifests, as Argo CD reads it where there is neither a
//! kustomization nor a chart (`getPotentiallyValidManifests` in
//! `reposerver/repository/repository.go`).

use std::path::Path;

use serde_json::Value;

use super::manifests;

/// The names by which a folder is a kustomization.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// More files than anybody deploys from one folder.
const MOST_FILES: usize = 10_000;

/// Whether kustomize renders this folder.
pub(super) fn is_kustomization(folder: &Path) -> bool {
    KUSTOMIZATIONS
        .iter()
        .any(|name| folder.join(name).is_file())
}

/// Whether Helm renders this folder.
pub(super) fn is_chart(folder: &Path) -> bool {
    folder.join("Chart.yaml").is_file()
}

/// Every object of the folder's YAML and JSON files, in the order of their names.
///
/// # Errors
///
/// A sentence: an option or a file that Tidegate cannot judge.
pub(super) fn read(folder: &Path, options: Option<&Value>) -> Result<Vec<Value>, String> {
    let recurse = is_recursive(options)?;
    let mut files = Vec::new();
    collect(folder, recurse, &mut files)?;
    files.sort();
    let mut objects = Vec::new();
    for file in files {
        let name = file
            .strip_prefix(folder)
            .unwrap_or(&file)
            .display()
            .to_string();
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
        let read = manifests::parse(&text)
            .map_err(|error| format!("{name}: {}", tidegate_core::causes::in_one_line(&error)))?;
        objects.extend(read);
    }
    Ok(objects)
}

fn is_recursive(options: Option<&Value>) -> Result<bool, String> {
    let Some(options) = options.and_then(Value::as_object) else {
        return Ok(false);
    };
    for name in ["include", "exclude"] {
        let given = options.get(name).and_then(Value::as_str);
        if given.is_some_and(|given| !given.is_empty()) {
            return Err(format!(
                "the option {name} of a plain folder cannot be followed yet"
            ));
        }
    }
    Ok(options.get("recurse").and_then(Value::as_bool) == Some(true))
}

fn collect(
    folder: &Path,
    recurse: bool,
    files: &mut Vec<std::path::PathBuf>,
) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let path = entry.path();
        if kind.is_symlink() {
            return Err(format!(
                "{} is a symbolic link, which cannot be followed in a plain folder",
                path.display()
            ));
        }
        if kind.is_dir() && recurse {
            collect(&path, recurse, files)?;
        } else if kind.is_file() {
            let extension = path.extension().and_then(|extension| extension.to_str());
            match extension {
                Some("yaml" | "yml" | "json") => files.push(path),
                Some("jsonnet") => {
                    return Err("a plain folder with Jsonnet cannot be rendered yet".to_owned());
                }
                _ => {}
            }
        }
        if files.len() > MOST_FILES {
            return Err(format!("more than {MOST_FILES} files"));
        }
    }
    Ok(())
}
