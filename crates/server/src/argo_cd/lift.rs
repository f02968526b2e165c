//! Which sync windows are lifted, and for whom.

use std::collections::BTreeMap;

use tidegate_core::argo_cd::Application;
use tidegate_core::lifecycle::Status;
use tidegate_core::sync_window;

use super::binding::seen_binding;
use super::{Place, places};
use crate::hub::Term;

/// Which windows a change has lifted, from the moment it needs it until it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lifts {
    /// Those that Tidegate published.
    pub(crate) published: bool,
    /// The others as well.
    pub(crate) foreign: bool,
}

impl Lifts {
    /// Those of a change with this status.
    pub(crate) fn of(status: &Status) -> Self {
        let run = status.run.as_ref().filter(|_| status.phase.is_running());
        Self {
            published: run.is_some_and(|run| run.lifts_windows),
            foreign: run.is_some_and(|run| run.lifts_foreign_windows),
        }
    }
}

/// What is lifted in one AppProject.
#[derive(Debug, Default)]
pub(crate) struct Lifted {
    /// None of the windows that Tidegate publishes stands there.
    pub(crate) published: bool,
    /// Windows of others let manual syncs through that select one of these.
    pub(crate) foreign_for: Vec<sync_window::Application>,
}

/// The AppProjects in which windows are lifted for a change that runs.
pub(crate) fn lifted(term: &Term) -> BTreeMap<Place, Lifted> {
    let mut lifted: BTreeMap<Place, Lifted> = BTreeMap::new();
    for change in term.stores.changes.state() {
        let lifts = term.lifts(&change);
        if lifts == Lifts::default() {
            continue;
        }
        for place in places(&change) {
            let object = term.argo_cd.application(&place);
            let object = object.and_then(|object| serde_json::to_value(object).ok());
            let Some(Ok(application)) = object.map(|object| Application::read(&object)) else {
                continue;
            };
            for project in seen_binding(term, &place.namespace, &application) {
                let lifted = lifted.entry(project).or_default();
                lifted.published |= lifts.published;
                if lifts.foreign {
                    lifted.foreign_for.push(application.subject());
                }
            }
        }
    }
    lifted
}
