//! Which AppProjects' sync windows bind an Application.

use kube::api::DynamicObject;
use tidegate_connect::argo_cd::{SETTINGS, global_projects, windows};
use tidegate_core::argo_cd::Application;
use tidegate_core::lifecycle::facts::ProjectWindows;

use super::Place;
use super::clusters::instance;
use crate::gather::Freshness;
use crate::hub::Term;
use crate::projects::is_from_git;

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
) -> Result<Vec<ProjectWindows>, String> {
    let instance = instance(term, namespace);
    let name = &application.spec.project;
    let own = project(term, &instance, name, freshness)
        .await?
        .ok_or_else(|| format!("has project {name}, which does not exist"))?;
    let mut all = vec![windows_in(&own)?];
    for name in global(term, &instance, &own).await? {
        // Argo CD looks no further where one is missing.
        let Some(found) = project(term, &instance, &name, freshness).await? else {
            break;
        };
        all.push(windows_in(&found)?);
    }
    Ok(all)
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
    let settings = match term.argo_cd.settings(&place) {
        Some(seen) => seen,
        None => {
            let read = term.hub.argo_cd.settings(instance).await;
            read.map_err(|error| {
                format!(
                    "may be bound by windows of global projects, and ConfigMap {place} cannot be read: {error}; apply what `tidegate crds --rbac` prints"
                )
            })?
        }
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
    let settings = term.argo_cd.settings(&place(SETTINGS)).flatten();
    if let (Some(settings), Some(project)) = (settings, term.argo_cd.project(&own)) {
        let names = global_projects(&settings, &project).unwrap_or_default();
        places.extend(names.iter().map(|name| place(name)));
    }
    places
}
