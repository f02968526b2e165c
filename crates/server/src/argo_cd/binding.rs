//! Which AppProjects' sync windows bind an Application.

use kube::ResourceExt as _;
use kube::api::DynamicObject;
use tidegate_connect::argo_cd::{SETTINGS, global_projects, windows};
use tidegate_core::argo_cd::Application;
use tidegate_core::digest::Digest;
use tidegate_core::lifecycle::facts::ProjectWindows;
use tidegate_core::sync_window::SyncWindow;

use super::Place;
use super::clusters::instance;
use crate::gather::Freshness;
use crate::hub::Term;
use crate::projects::is_from_git;

/// The annotation of an AppProject that global ones bind: the digest of their
/// sync windows. Argo CD 3.5 keeps what it made of an AppProject until that very
/// object changes (`projByNameCache` in `controller/appcontroller.go`), so one
/// that only a global project's windows are new for has to be written.
pub(crate) const GLOBAL_WINDOWS: &str = "tidegate.dev/global-windows";

/// The sync windows that bind an Application.
pub(crate) struct Bound {
    /// Its own AppProject first.
    pub(crate) projects: Vec<ProjectWindows>,
    /// Argo CD may still judge by what global ones said before.
    pub(crate) is_outdated: bool,
}

/// The sync windows that bind an Application of `namespace`: of its own AppProject
/// and of the global ones.
///
/// # Errors
///
/// A sentence that goes on after the Application's name.
pub(crate) async fn windows_of(
    term: &Term,
    namespace: &str,
    application: &Application,
    freshness: Freshness,
) -> Result<Bound, String> {
    let instance = instance(term, namespace);
    let name = &application.spec.project;
    let own = project(term, &instance, name, freshness)
        .await?
        .ok_or_else(|| format!("has project {name}, which does not exist"))?;
    let mut projects = vec![windows_in(&own)?];
    for name in global(term, &instance, &own).await? {
        // Argo CD looks no further where one is missing.
        let Some(found) = project(term, &instance, &name, freshness).await? else {
            break;
        };
        projects.push(windows_in(&found)?);
    }
    // In one from Git nothing that is written lasts, and nothing is waited for.
    let is_outdated = !is_from_git(&own)
        && own.annotations().get(GLOBAL_WINDOWS) != digest_of(&projects[1..]).as_ref();
    Ok(Bound {
        projects,
        is_outdated,
    })
}

/// What the annotation says of the windows of global projects. None: there are no
/// such projects.
fn digest_of(global: &[ProjectWindows]) -> Option<String> {
    if global.is_empty() {
        return None;
    }
    let windows: Vec<&[SyncWindow]> = global.iter().map(|one| &one.windows[..]).collect();
    let bytes = serde_json::to_vec(&windows).unwrap_or_default();
    Some(Digest::of(&bytes).to_string())
}

/// What the annotation of an AppProject has to say, as all were seen last. None:
/// nothing is known, or it needs none.
pub(crate) fn seen_digest(term: &Term, place: &Place, project: &DynamicObject) -> Option<String> {
    let settings = Place {
        namespace: place.namespace.clone(),
        name: SETTINGS.to_owned(),
    };
    let seen = term.argo_cd.settings()?;
    let settings = seen.get(&settings)?;
    let names = global_projects(settings, project).ok()?;
    let mut global = Vec::new();
    for name in names {
        let place = Place {
            namespace: place.namespace.clone(),
            name,
        };
        let Some(found) = term.argo_cd.project(&place) else {
            break;
        };
        global.push(windows_in(&found).ok()?);
    }
    digest_of(&global)
}

fn windows_in(project: &DynamicObject) -> Result<ProjectWindows, String> {
    Ok(ProjectWindows {
        project: project.metadata.name.clone().unwrap_or_default(),
        windows: windows(project)?,
        from_git: is_from_git(project),
    })
}

/// The global AppProjects of one, as the settings were seen last; read where they
/// were not seen yet. They change once in a while, and windows at any time.
async fn global(
    term: &Term,
    instance: &str,
    project: &DynamicObject,
) -> Result<Vec<String>, String> {
    let place = Place {
        namespace: instance.to_owned(),
        name: SETTINGS.to_owned(),
    };
    let settings = if let Some(seen) = term.argo_cd.settings() {
        seen.get(&place).cloned()
    } else {
        let read = term.hub.argo_cd.settings(instance).await;
        read.map_err(|error| {
            format!(
                "may be bound by windows of global projects, and ConfigMap {place} cannot be read: {error}; apply what `tidegate crds --rbac` prints"
            )
        })?
    };
    settings.map_or_else(
        || Ok(Vec::new()),
        |settings| global_projects(&settings, project),
    )
}

async fn project(
    term: &Term,
    namespace: &str,
    name: &str,
    freshness: Freshness,
) -> Result<Option<DynamicObject>, String> {
    let seen = match freshness {
        Freshness::Watched => term.argo_cd.project(&Place {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }),
        Freshness::Live => None,
    };
    if seen.is_some() {
        return Ok(seen);
    }
    let read = term.hub.argo_cd.project(namespace, name).await;
    read.map_err(|error| format!("has project {name}, which cannot be read: {error}"))
}

/// The AppProjects that bind an Application of `namespace`, as they were seen
/// last: its own first.
pub(super) fn seen_binding(term: &Term, namespace: &str, application: &Application) -> Vec<Place> {
    let instance = instance(term, namespace);
    let place = |name: &str| Place {
        namespace: instance.clone(),
        name: name.to_owned(),
    };
    let own = place(&application.spec.project);
    let mut places = vec![own.clone()];
    let seen = term.argo_cd.settings().unwrap_or_default();
    let settings = seen.get(&place(SETTINGS));
    if let (Some(settings), Some(project)) = (settings, term.argo_cd.project(&own)) {
        let names = global_projects(settings, &project).unwrap_or_default();
        places.extend(names.iter().map(|name| place(name)));
    }
    places
}
