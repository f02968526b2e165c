//! Refuses a kustomization that would fetch something or run something.
//!
//! kustomize has no switch against remote bases: it fetches whatever looks like a
//! URL, wherever it may name a file. So every file it would read is looked up here
//! first. Fields that are not known here are refused, and so are spellings of fields that only
//! kustomize takes for one: it compares them without regard to case.

mod entry;
mod place;
mod plugin;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

pub use place::{Place, Refusal};
use tidegate_yaml::{self as yaml, Content, Node};

/// The names kustomize looks for in a directory.
const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// The largest kustomization or plugin file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Checks an overlay and all kustomizations it leads to. `root` is the directory that
/// nothing may lead out of, and `overlay` a path below it, `.` for the root itself.
pub(super) fn check(root: &Path, overlay: &str) -> Result<(), Refusal> {
    let root = root.canonicalize().map_err(|source| Refusal::Unreadable {
        file: ".".to_owned(),
        source,
    })?;
    let mut walk = Walk {
        first: overlay_directory(&root, overlay)?,
        root,
        seen: BTreeSet::new(),
        waiting: Vec::new(),
    };
    walk.waiting.push((walk.first.clone(), None));
    while let Some((directory, named_at)) = walk.waiting.pop() {
        if walk.seen.insert(directory.clone()) {
            walk.kustomization(&directory, named_at)?;
        }
    }
    Ok(())
}

/// The overlay's real directory, if its path leads nowhere else.
fn overlay_directory(root: &Path, overlay: &str) -> Result<PathBuf, Refusal> {
    let refused = |reason| Refusal::Overlay {
        overlay: overlay.to_owned(),
        reason,
    };
    if overlay.is_empty() || overlay.starts_with('-') {
        return Err(refused("it is empty or begins with a dash"));
    }
    let path = Path::new(overlay);
    if !path
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    {
        return Err(refused("it must be a relative path without .."));
    }
    let directory = root
        .join(path)
        .canonicalize()
        .map_err(|_| refused("there is no such directory"))?;
    if !directory.starts_with(root) {
        return Err(refused("it leads out of the repository"));
    }
    if !directory.is_dir() {
        return Err(refused("it is not a directory"));
    }
    Ok(directory)
}

struct Walk {
    first: PathBuf,
    root: PathBuf,
    seen: BTreeSet<PathBuf>,
    /// Directories to read, each with the place that names it.
    waiting: Vec<(PathBuf, Option<Place>)>,
}

impl Walk {
    fn kustomization(&mut self, directory: &Path, named_at: Option<Place>) -> Result<(), Refusal> {
        let present: Vec<PathBuf> = FILE_NAMES
            .iter()
            .map(|name| directory.join(name))
            .filter(|path| path.exists())
            .collect();
        let path = match present.as_slice() {
            [path] => path,
            [] => {
                return Err(Refusal::NoKustomization {
                    directory: self.relative(directory),
                    named_at,
                });
            }
            _ => {
                return Err(Refusal::SeveralKustomizations {
                    directory: self.relative(directory),
                });
            }
        };
        let file = File {
            name: self.relative(path),
            directory,
        };
        let mut documents: Vec<Node> = self
            .read(path, &file.name)?
            .into_iter()
            .filter(|document| !document.is_null())
            .collect();
        let (Some(kustomization), true) = (documents.pop(), documents.is_empty()) else {
            return Err(Refusal::Shape {
                place: file.place(1),
                field: "kustomization".to_owned(),
                expected: "one document",
            });
        };
        for (key, value) in file.mapping(&kustomization, "kustomization")? {
            self.field(&file, key, value)?;
        }
        Ok(())
    }

    /// Reads a file of the repository, following links within it.
    fn read(&self, path: &Path, name: &str) -> Result<Vec<Node>, Refusal> {
        let unreadable = |source| Refusal::Unreadable {
            file: name.to_owned(),
            source,
        };
        let path = path.canonicalize().map_err(unreadable)?;
        if !path.starts_with(&self.root) {
            return Err(Refusal::FileOutside {
                file: name.to_owned(),
            });
        }
        if path.metadata().map_err(unreadable)?.len() > MAX_FILE {
            return Err(Refusal::FileTooLarge {
                file: name.to_owned(),
                limit: MAX_FILE,
            });
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable)?;
        yaml::documents(&text).map_err(|source| Refusal::Yaml {
            file: name.to_owned(),
            source,
        })
    }

    /// The path as it stands in the repository.
    fn relative(&self, path: &Path) -> String {
        match path.strip_prefix(&self.root) {
            Ok(relative) if relative.as_os_str().is_empty() => ".".to_owned(),
            Ok(relative) => relative.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }

    fn field(&mut self, file: &File<'_>, key: &str, value: &Node) -> Result<(), Refusal> {
        if value.is_null() {
            return Ok(());
        }
        match folded(key).as_str() {
            "apiversion" | "kind" | "metadata" | "nameprefix" | "namesuffix" | "namespace"
            | "commonlabels" | "labels" | "commonannotations" | "images" | "imagetags"
            | "replicas" | "vars" | "sortoptions" | "generatoroptions" | "buildmetadata" => Ok(()),
            "resources" | "bases" => self.each_text(file, key, value, Self::resource),
            "components" => self.each_text(file, key, value, Self::component),
            "crds" | "configurations" => self.each_text(file, key, value, Self::file),
            "openapi" => self.files_in(file, key, value),
            "patches" | "patchesjson6902" | "replacements" | "configmapgenerator"
            | "secretgenerator" => {
                for item in file.sequence(value, key)? {
                    self.files_in(file, key, item)?;
                }
                Ok(())
            }
            "patchesstrategicmerge" => self.each_text(file, key, value, Self::patch),
            "generators" | "transformers" | "validators" => {
                self.each_text(file, key, value, Self::plugin)
            }
            "helmcharts" | "helmglobals" | "helmchartinflationgenerator" => Err(Refusal::Helm {
                place: file.place(value.line),
                field: key.to_owned(),
            }),
            _ => Err(Refusal::UnknownField {
                place: file.place(value.line),
                field: key.to_owned(),
            }),
        }
    }

    fn each_text(
        &mut self,
        file: &File<'_>,
        key: &str,
        value: &Node,
        check: impl Fn(&mut Self, &File<'_>, &str, &Node) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        for item in file.sequence(value, key)? {
            check(self, file, key, item)?;
        }
        Ok(())
    }
}

/// A kustomization file.
struct File<'a> {
    /// Its path in the repository.
    name: String,
    /// What its entries are relative to.
    directory: &'a Path,
}

impl File<'_> {
    fn place(&self, line: usize) -> Place {
        Place {
            file: self.name.clone(),
            line,
        }
    }

    fn mapping<'n>(&self, node: &'n Node, field: &str) -> Result<&'n [(String, Node)], Refusal> {
        node.as_mapping()
            .ok_or_else(|| self.shape(node, field, "a mapping"))
    }

    fn sequence<'n>(&self, node: &'n Node, field: &str) -> Result<&'n [Node], Refusal> {
        match &node.content {
            Content::Sequence(items) => Ok(items),
            _ => Err(self.shape(node, field, "a list")),
        }
    }

    fn text<'n>(&self, node: &'n Node, field: &str) -> Result<&'n str, Refusal> {
        node.as_str()
            .ok_or_else(|| self.shape(node, field, "a text"))
    }

    fn shape(&self, node: &Node, field: &str, expected: &'static str) -> Refusal {
        Refusal::Shape {
            place: self.place(node.line),
            field: field.to_owned(),
            expected,
        }
    }
}

/// A field name as kustomize compares it: without regard to case, and with the two
/// letters that Unicode folds to `s` and `k`.
fn folded(key: &str) -> String {
    key.chars()
        .map(|letter| match letter {
            '\u{17f}' => 's',
            '\u{212a}' => 'k',
            letter => letter.to_ascii_lowercase(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
