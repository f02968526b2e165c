//! Applications to judge windows by: those that are known, and examples of
//! those that windows are meant for and that are not there yet.

use std::collections::BTreeSet;

use super::inventory::{Inventory, Project, Text, Window};
use super::pattern;
use crate::sync_window::{Application, SyncWindow, SyncWindows, Trigger};

/// How many Applications are judged, and examples made, for a window.
const MANY: usize = 24;

/// Known Applications that a project's windows govern. One without a project
/// counts for all of them, since it says nowhere that it does not.
pub(super) fn known<'a>(
    inventory: &'a Inventory,
    project: &'a Project,
) -> impl Iterator<Item = &'a super::KnownApplication> {
    inventory
        .applications
        .iter()
        .filter(|known| known.project.is_empty() || known.project == project.name)
}

/// Known Applications, and examples of what the window's patterns match in each
/// place that is known.
pub(super) fn examples(
    inventory: &Inventory,
    project: &Project,
    window: &Window,
) -> Vec<Application> {
    let mut names: Vec<String> = window
        .applications
        .iter()
        .filter_map(|text| pattern::example(&text.text))
        .collect();
    if window.applications.is_empty() {
        names.push("x".to_owned());
    }
    let places = places(inventory, project);
    let made = names.iter().flat_map(|name| {
        places.iter().map(|place| Application {
            name: name.clone(),
            ..place.clone()
        })
    });
    let there = known(inventory, project).map(|known| known.application.clone());
    there.chain(made.take(MANY)).collect()
}

/// Those of them that the window selects, one for each set of windows that
/// concern it: others would meet the same.
pub(super) fn selected(
    inventory: &Inventory,
    project: &Project,
    window: &Window,
    among: &[&Window],
) -> Vec<Application> {
    let own = SyncWindows::load(&[window.as_written()]);
    let written: Vec<SyncWindow> = among.iter().map(|window| window.as_written()).collect();
    let all = SyncWindows::load(&written);
    let mut met = BTreeSet::new();
    let mut subjects = examples(inventory, project, window);
    subjects
        .retain(|subject| !matched(&own, subject).is_empty() && met.insert(matched(&all, subject)));
    subjects.truncate(MANY);
    subjects
}

/// Whether the first window selects an application that the second does not.
pub(super) fn selects_more(
    inventory: &Inventory,
    project: &Project,
    window: &Window,
    other: &Window,
) -> bool {
    // By their selectors alone: what they do at some time does not matter.
    let windows = SyncWindows::load(&[selectors(window), selectors(other)]);
    examples(inventory, project, window)
        .iter()
        .any(|subject| matched(&windows, subject) == [0])
}

fn selectors(window: &Window) -> SyncWindow {
    SyncWindow {
        schedule: "0 0 * * *".to_owned(),
        duration: "1h".to_owned(),
        time_zone: String::new(),
        ..window.as_written()
    }
}

/// Positions of the windows that select an application.
pub(super) fn matched(windows: &SyncWindows, application: &Application) -> Vec<usize> {
    let at = jiff::Timestamp::UNIX_EPOCH;
    windows
        .verdict(application, Trigger::Automatic, None, at)
        .matched
}

/// Where an Application may deploy to. Its name is empty.
fn places(inventory: &Inventory, project: &Project) -> Vec<Application> {
    let mut places: Vec<Application> = Vec::new();
    for known in known(inventory, project) {
        let place = Application {
            name: String::new(),
            ..known.application.clone()
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let windows = &project.windows;
    let clusters = of_patterns(windows.iter().flat_map(|window| &window.clusters));
    let (cluster, server) = match places.first() {
        Some(place) => (
            place.destination_name.clone(),
            place.destination_server.clone(),
        ),
        None => (clusters.first().cloned().unwrap_or_default(), String::new()),
    };
    let mut namespaces = inventory.namespaces.clone();
    if namespaces.is_empty() {
        namespaces = of_patterns(windows.iter().flat_map(|window| &window.namespaces));
    }
    if namespaces.is_empty() && places.is_empty() {
        namespaces.insert(String::new());
    }
    for namespace in namespaces {
        let is_there = |place: &Application| place.destination_namespace == namespace;
        if !places.iter().any(is_there) {
            places.push(Application {
                name: String::new(),
                destination_namespace: namespace,
                destination_name: cluster.clone(),
                destination_server: server.clone(),
            });
        }
    }
    places
}

fn of_patterns<'a>(texts: impl Iterator<Item = &'a Text>) -> BTreeSet<String> {
    texts
        .filter_map(|text| pattern::example(&text.text))
        .collect()
}
