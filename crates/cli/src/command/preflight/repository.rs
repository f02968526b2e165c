//! The repository whose overlays are judged.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tidegate_connect::git::{Checkout, ExportLimits, GitError};
use tidegate_preflight::overlay::{Files, Overlay};

use super::environment::environment;
use super::files;
use crate::exit::Exit;
use crate::failure::Explain;

/// A kustomization or a chart's file is not larger.
const LARGEST: u64 = 1024 * 1024;

/// The files of a repository, and those of the commit that it is compared with.
#[derive(Debug)]
pub(super) struct Repository {
    pub(super) root: PathBuf,
    pub(super) files: Files,
    pub(super) base: Option<Base>,
}

/// What a repository is compared with.
#[derive(Debug)]
pub(super) struct Base {
    /// The files of that commit.
    pub(super) folder: TempDir,
    pub(super) files: Files,
    /// What differs from it.
    pub(super) changed: BTreeSet<String>,
    /// What the commits since say.
    pub(super) messages: Vec<String>,
}

/// The repository cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub(super) enum RepositoryError {
    /// There is no such folder, or it may not be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// Git says no.
    #[error(transparent)]
    Git(#[from] GitError),
    /// There is nothing to compare.
    #[error("{} is in no Git repository, so nothing tells what has changed", .0.display())]
    NoGit(PathBuf),
    /// Paths of several repositories.
    #[error("{} is not in the repository {}", path.display(), root.display())]
    Elsewhere { path: PathBuf, root: PathBuf },
    /// There is no overlay.
    #[error("there is neither a kustomization nor a chart in {}", .0.display())]
    NoOverlay(PathBuf),
    /// No place for the files of the commit.
    #[error("a temporary folder could not be made")]
    Temporary(#[source] std::io::Error),
}

impl Explain for RepositoryError {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoGit(_) => Some("leave out --base to judge every overlay".to_owned()),
            Self::NoOverlay(_) => {
                Some("--manifests judges manifests that need not be rendered".to_owned())
            }
            Self::Elsewhere { .. } => Some("judge one repository at a time".to_owned()),
            _ => None,
        }
    }
}

impl Repository {
    /// The repository around a folder; the folder alone where it is in none.
    pub(super) async fn around(folder: &Path, base: Option<&str>) -> Result<Self, RepositoryError> {
        let unreadable = |source| RepositoryError::Unreadable {
            path: folder.to_owned(),
            source,
        };
        let folder = folder.canonicalize().map_err(unreadable)?;
        let Some(checkout) = Checkout::around(&folder).await? else {
            if base.is_some() {
                return Err(RepositoryError::NoGit(folder));
            }
            return Self::of_folder(folder);
        };
        let root = checkout.root().canonicalize().map_err(unreadable)?;
        let files = Files::new(checkout.paths_here().await?, |path| text(&root.join(path)));
        let base = match base {
            Some(name) => Some(Base::at(&checkout, name).await?),
            None => None,
        };
        Ok(Self { root, files, base })
    }

    fn of_folder(root: PathBuf) -> Result<Self, RepositoryError> {
        let unreadable = |source| RepositoryError::Unreadable {
            path: root.clone(),
            source,
        };
        let paths = files::below(&root).map_err(unreadable)?;
        Ok(Self {
            files: Files::new(paths, |path| text(&root.join(path))),
            root,
            base: None,
        })
    }

    /// The overlays that are asked for: those that the change touches, within these
    /// folders if some are given.
    pub(super) fn overlays(&self, within: &[PathBuf]) -> Result<Vec<Overlay>, RepositoryError> {
        let mut overlays = match &self.base {
            Some(base) => {
                // One that is made of something else now was touched as well.
                let mut touched = self.files.touched(&base.changed);
                let before = base.files.touched(&base.changed);
                let here = self.files.overlays();
                touched.extend(before.into_iter().filter(|overlay| here.contains(overlay)));
                touched.sort();
                touched.dedup();
                touched
            }
            None => self.files.overlays(),
        };
        if within.is_empty() {
            return Ok(overlays);
        }
        let mut chosen = Vec::new();
        for path in within {
            let folder = self.relative(path)?;
            // A base is judged too where somebody names it.
            let named = self.files.at(&folder);
            let is_within = |overlay: &Overlay| {
                folder == "." || Path::new(&overlay.folder).starts_with(&folder)
            };
            let (mut here, others) = overlays.into_iter().partition::<Vec<_>, _>(is_within);
            overlays = others;
            if here.is_empty() && self.base.is_none() {
                here = named;
            }
            if here.is_empty() && self.base.is_none() {
                return Err(RepositoryError::NoOverlay(path.clone()));
            }
            chosen.append(&mut here);
        }
        chosen.sort();
        chosen.dedup();
        Ok(chosen)
    }

    fn relative(&self, path: &Path) -> Result<String, RepositoryError> {
        let real = path
            .canonicalize()
            .map_err(|source| RepositoryError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
        let relative = real
            .strip_prefix(&self.root)
            .map_err(|_| RepositoryError::Elsewhere {
                path: path.to_owned(),
                root: self.root.clone(),
            })?;
        let text = relative.to_string_lossy().into_owned();
        Ok(if text.is_empty() {
            ".".to_owned()
        } else {
            text
        })
    }

    /// The other environment of each of these, where it is not among them.
    pub(super) fn beside(&self, overlays: &[Overlay]) -> Vec<Overlay> {
        let service = |overlay: &Overlay| environment(&overlay.name()).map(|(service, _)| service);
        let services: BTreeSet<String> = overlays.iter().filter_map(service).collect();
        let mut beside = self.files.overlays();
        beside.retain(|overlay| {
            service(overlay).is_some_and(|service| services.contains(&service))
                && !overlays.contains(overlay)
        });
        beside
    }

    /// Every file that may be a manifest and is not rendered from a template.
    pub(super) fn manifests(&self) -> Vec<String> {
        let paths = self.files.paths();
        paths
            .filter(|path| files::is_manifest(Path::new(path)))
            .filter(|path| !path.split('/').any(|part| part.starts_with('.')))
            .filter(|path| !self.files.is_of_chart(path))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// Changed files that are part of no overlay, and are there.
    pub(super) fn changed_besides(&self) -> Vec<String> {
        let changed = self.base.iter().flat_map(|base| &base.changed);
        changed
            .filter(|path| files::is_manifest(Path::new(path)))
            .filter(|path| !path.split('/').any(|part| part.starts_with('.')))
            .filter(|path| !self.files.is_part(path) && self.root.join(path).is_file())
            .cloned()
            .collect()
    }
}

impl Base {
    async fn at(checkout: &Checkout, name: &str) -> Result<Self, RepositoryError> {
        let commit = checkout.parted_from(name).await?;
        let changed = checkout.changed_since(&commit).await?;
        let messages = checkout.messages_since(&commit).await?;
        let folder = tempfile::Builder::new()
            .prefix("tidegate-base-")
            .tempdir()
            .map_err(RepositoryError::Temporary)?;
        checkout
            .export(&commit, folder.path(), &ExportLimits::default())
            .await?;
        let paths = files::below(folder.path()).map_err(|source| RepositoryError::Unreadable {
            path: folder.path().to_owned(),
            source,
        })?;
        let files = Files::new(paths, |path| text(&folder.path().join(path)));
        Ok(Self {
            folder,
            files,
            changed,
            messages,
        })
    }
}

fn text(path: &Path) -> Option<String> {
    let is_small = fs::metadata(path).is_ok_and(|file| file.len() <= LARGEST);
    is_small.then(|| fs::read_to_string(path).ok()).flatten()
}
