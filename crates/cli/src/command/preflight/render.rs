//! From overlays to what is judged.

use std::collections::BTreeMap;
use std::path::Path;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use tidegate_connect::render::{
    Chart, Helm, HelmError, Kustomize, Release, RenderError, RenderLimits, Variables,
};
use tidegate_preflight::overlay::{Overlay, Tool};
use tidegate_preflight::read::read as read_text;
use tidegate_preflight::{Check, Finding, Manifest, Target, finding, target};

use super::repository::Repository;
use super::{Options, files};

/// Programs that run at one time.
const AT_ONCE: usize = 4;

/// What came of all overlays.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    pub(super) targets: Vec<Target>,
    /// Overlays that do not render, and what is wrong with files before they are
    /// rendered.
    pub(super) findings: Vec<Finding>,
    /// What could not be rendered here, by the reason.
    pub(super) unjudged: BTreeMap<String, Vec<String>>,
}

/// What renders.
struct Programs {
    kustomize: Result<Kustomize, RenderError>,
    helm: Helm,
    kube_version: String,
}

/// Renders all of them, as they are and as they were.
pub(super) async fn render(
    repository: &Repository,
    overlays: &[Overlay],
    options: &Options,
) -> Rendered {
    let programs = Programs {
        kustomize: Kustomize::find(options.kustomize.clone()),
        helm: Helm::find(options.helm.clone()),
        kube_version: format!("v{}.0", options.kubernetes_version),
    };
    let all = stream::iter(overlays)
        .map(|overlay| one(repository, overlay, &programs))
        .buffered(AT_ONCE);
    let all = all.map(Ok::<_, std::convert::Infallible>);
    let rendered = all.try_fold(Rendered::default(), |mut sum, one| async {
        sum.targets.extend(one.targets);
        sum.findings.extend(one.findings);
        for (why, names) in one.unjudged {
            sum.unjudged.entry(why).or_default().extend(names);
        }
        Ok(sum)
    });
    rendered.await.unwrap_or_else(|never| match never {})
}

async fn one(repository: &Repository, overlay: &Overlay, programs: &Programs) -> Rendered {
    let name = overlay.name();
    let mut rendered = Rendered::default();
    let sources = sources(repository, overlay, &mut rendered.findings);
    match objects(&repository.root, overlay, programs).await {
        Ok(objects) => {
            let mut target = Target::rendered(name, objects, sources);
            target.before = before(repository, overlay, programs).await;
            rendered.targets.push(target);
        }
        Err(error) if is_missing(&error) => {
            let others = rendered.unjudged.entry(error.to_string()).or_default();
            others.push(name);
        }
        Err(error) => rendered.findings.push(unrendered(&name, &error)),
    }
    rendered
}

/// What it was; nothing where it is new. None: that is unknown.
async fn before(
    repository: &Repository,
    overlay: &Overlay,
    programs: &Programs,
) -> Option<Vec<Manifest>> {
    let base = repository.base.as_ref()?;
    if !base.files.at(&overlay.folder).contains(overlay) {
        return Some(Vec::new());
    }
    let objects = objects(base.folder.path(), overlay, programs).await.ok()?;
    Some(target::manifests(&overlay.name(), objects))
}

async fn objects(
    root: &Path,
    overlay: &Overlay,
    programs: &Programs,
) -> Result<Vec<Value>, RenderError> {
    let limits = RenderLimits::default();
    let rendered = match &overlay.tool {
        Tool::Kustomize => {
            let Ok(kustomize) = &programs.kustomize else {
                return Err(RenderError::ToolMissing);
            };
            kustomize.render(root, &overlay.folder, &limits).await?
        }
        Tool::Helm(values) => {
            let chart = Chart::Folder {
                root,
                path: &overlay.folder,
            };
            let called = Path::new(&overlay.folder).file_name();
            let called = called.map_or_else(|| "chart".into(), |name| name.to_string_lossy());
            let parameters = values
                .as_ref()
                .map(|values| serde_json::json!({ "valueFiles": [values] }));
            let release = Release {
                name: &called,
                namespace: "default",
                parameters: parameters.as_ref(),
                variables: &Variables::default(),
                kube_version: &programs.kube_version,
                api_versions: &[],
            };
            programs.helm.render(&chart, &release, &limits).await?
        }
    };
    Ok(rendered.objects)
}

fn is_missing(error: &RenderError) -> bool {
    matches!(
        error,
        RenderError::ToolMissing | RenderError::Helm(HelmError::Missing)
    )
}

/// The manifests of the files that it is made of, its own first. Keys that are there
/// twice are lost by rendering, so that they are looked for here.
fn sources(
    repository: &Repository,
    overlay: &Overlay,
    findings: &mut Vec<Finding>,
) -> Vec<Manifest> {
    if overlay.tool != Tool::Kustomize {
        // Templates are no YAML.
        return Vec::new();
    }
    let mut own = Vec::new();
    let mut others = Vec::new();
    for path in repository.files.made_of(overlay) {
        if !files::is_manifest(Path::new(path)) {
            continue;
        }
        let Ok(bytes) = files::bytes(&repository.root.join(path)) else {
            continue;
        };
        let read = read_text(path, &bytes, true);
        let is_twice =
            |finding: &Finding| finding.id == "duplicate-key" && finding.object.is_some();
        findings.extend(read.findings.into_iter().filter(is_twice));
        if Path::new(path).starts_with(&overlay.folder) {
            own.extend(read.manifests);
        } else {
            others.extend(read.manifests);
        }
    }
    own.extend(others);
    own
}

fn unrendered(overlay: &str, error: &RenderError) -> Finding {
    let told = crate::failure::one_line(error);
    Finding {
        check: Check::Schema,
        id: "does-not-render",
        severity: finding::Severity::Error,
        object: None,
        path: finding::Path::root(),
        place: None,
        message: if told.contains(overlay) {
            told
        } else {
            format!("{overlay}: {told}")
        },
        hint: None,
    }
}
