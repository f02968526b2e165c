//! What is to be judged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tidegate_preflight::images::{Announcement, AnnouncementError};
use tidegate_preflight::read::Read;
use tidegate_preflight::{Finding, Manifest, Target};

use super::render::{Rendered, render};
use super::repository::Repository;
use super::{Options, files};
use crate::exit::Exit;
use crate::failure::{Explain, Failure};

/// What is to be judged.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) targets: Vec<Target>,
    /// What is wrong before there are manifests.
    pub(super) findings: Vec<Finding>,
    /// What could not be rendered here, by the reason.
    pub(super) unjudged: BTreeMap<String, Vec<String>>,
    /// Other environments of the targets, to compare with.
    pub(super) beside: Vec<Target>,
    /// Definitions of custom kinds that the command line names.
    pub(super) definitions: Vec<Manifest>,
    /// Policies that the command line names, with their bindings and parameters.
    pub(super) policies: Vec<Manifest>,
    /// All manifests of the repository, as they are written.
    pub(super) repository: Vec<Manifest>,
    /// What the commits announce. None: none of them says anything of it.
    pub(super) announced: Option<Vec<Announcement>>,
}

impl Input {
    /// There is nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        let mut manifests = self.targets.iter().flat_map(|target| &target.manifests);
        manifests.next().is_none() && self.findings.is_empty() && self.unjudged.is_empty()
    }

    fn add_files(&mut self, name: String, files: Vec<Read>) {
        let mut target = Target {
            name,
            ..Target::default()
        };
        for file in files {
            target.manifests.extend(file.manifests);
            self.findings.extend(file.findings);
        }
        self.targets.push(target);
    }
}

/// Reads or renders it.
pub(super) async fn gather(options: &Options) -> Result<Input, Failure> {
    let mut input = judged(options).await?;
    for file in options
        .crds
        .as_deref()
        .map_or(Ok(Vec::new()), files::read)?
    {
        input.definitions.extend(file.manifests);
        input.findings.extend(file.findings);
    }
    for file in options
        .policies
        .as_deref()
        .map_or(Ok(Vec::new()), files::read)?
    {
        input.policies.extend(file.manifests);
        input.findings.extend(file.findings);
    }
    Ok(input)
}

async fn judged(options: &Options) -> Result<Input, Failure> {
    let mut input = Input::default();
    if let Some(path) = &options.manifests {
        input.add_files(path.display().to_string(), files::read(path)?);
        return Ok(input);
    }
    let here = PathBuf::from(".");
    let first = options.paths.first().unwrap_or(&here);
    let repository = Repository::around(first, options.base.as_deref()).await?;
    let overlays = repository.overlays(&options.paths)?;
    let Rendered {
        targets,
        findings,
        unjudged,
    } = render(&repository, &overlays, options).await;
    let beside = repository.beside(&overlays);
    input = Input {
        targets,
        findings,
        unjudged,
        beside: render(&repository, &beside, options).await.targets,
        repository: written(&repository),
        announced: announced(&repository)?,
        definitions: Vec::new(),
        policies: Vec::new(),
    };
    if options.paths.is_empty() {
        let mut besides = Vec::new();
        let mut before = Vec::new();
        for path in repository.changed_besides() {
            let read = files::read_in(&repository.root, Path::new(&path))?;
            besides.extend(manifests_of(read));
            if let Some(base) = &repository.base
                && let Ok(read) = files::read_in(base.folder.path(), Path::new(&path))
            {
                before.extend(
                    manifests_of(read)
                        .into_iter()
                        .flat_map(|read| read.manifests),
                );
            }
        }
        if !besides.is_empty() {
            input.add_files("files of no overlay".to_owned(), besides);
            if let Some(target) = input.targets.last_mut() {
                target.before = Some(before);
            }
        }
    }
    Ok(input)
}

/// A file if it has manifests: not every file of a repository does.
fn manifests_of(mut read: Read) -> Option<Read> {
    read.manifests.retain(|manifest| manifest.key().is_ok());
    (!read.manifests.is_empty()).then_some(read)
}

/// What the repository has, as far as it can be read: that something else in it cannot
/// be is no fault of the change.
fn written(repository: &Repository) -> Vec<Manifest> {
    let mut manifests = Vec::new();
    for path in repository.manifests() {
        if let Ok(read) = files::read_in(&repository.root, Path::new(&path)) {
            let whole = read.manifests.into_iter();
            manifests.extend(whole.filter(|manifest| manifest.key().is_ok()));
        }
    }
    manifests
}

/// What the commits announce, if one of them says anything of what it changes.
fn announced(repository: &Repository) -> Result<Option<Vec<Announcement>>, Announced> {
    let Some(base) = &repository.base else {
        return Ok(None);
    };
    let mut all = Vec::new();
    for message in &base.messages {
        all.extend(Announcement::of_message(message).map_err(Announced)?);
    }
    Ok((!all.is_empty()).then_some(all))
}

/// A commit message announces something that cannot be.
#[derive(Debug, thiserror::Error)]
#[error("a commit message cannot be understood")]
struct Announced(#[source] AnnouncementError);

impl Explain for Announced {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        Some("write Change: NAME from OLD to NEW".to_owned())
    }
}

/// Says that there is nothing to judge.
pub(super) fn nothing(options: &Options) -> String {
    match (&options.manifests, &options.base) {
        (Some(path), _) => format!("there is no manifest in {}", path.display()),
        (None, Some(base)) => format!("nothing that is rendered differs from {base}"),
        (None, None) => "there is neither a kustomization nor a chart here".to_owned(),
    }
}
