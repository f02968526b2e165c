//! How an Application does after an operation was started on it.

use jiff::Timestamp;

use super::Pin;
use super::application::{Application, OperationState, Resource};
use crate::lifecycle::facts::Observation;
use crate::rollout::object::ObjectKey;

/// What Argo CD says of an Application that was pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It is synced to the commit and healthy, so it is time to compare what
    /// runs with what was approved.
    Settled,
    /// It is synced to the commit, and Argo CD does not find it healthy; what it
    /// says. So what runs is asked.
    Applied(String),
    /// The same, and Argo CD finds it `Degraded`; what it says, and since when it
    /// does after the sync ended.
    Degraded {
        /// What Argo CD says.
        says: String,
        /// Since when.
        since: Timestamp,
    },
    /// It is synced to the commit, and something of it has stopped until it is
    /// let on, such as a Rollout at a pause; what Argo CD says. Nothing of it is
    /// worse.
    Suspended(String),
    /// Anything else.
    Otherwise(Observation),
}

/// How an Application does that was pinned to this.
///
/// An operation that Argo CD started itself counts as well: which of the two
/// comes first does not matter, as both sync the pin.
pub fn see(application: &Application, pin: &Pin) -> Seen {
    if let Err(observation) = synced(application, pin) {
        return Seen::Otherwise(observation);
    }
    let health = &application.status.health;
    match health.status.as_str() {
        "Healthy" => Seen::Settled,
        "" => Seen::Applied("Argo CD has not judged its health yet".to_owned()),
        other => {
            let worst = degraded(application);
            let why = worst.as_deref().unwrap_or(&health.message);
            let says = format!("Argo CD finds it {other}{}", after_colon(why));
            match (other, health.last_transition_time) {
                ("Suspended", _) => Seen::Suspended(says),
                ("Degraded", Some(at)) => Seen::Degraded {
                    says,
                    since: ended_at(application).map_or(at, |ended| ended.max(at)),
                },
                _ => Seen::Applied(says),
            }
        }
    }
}

/// The first object that is degraded, and why, where Argo CD writes down the
/// health of each (`controller.resource.health.persist`).
fn degraded(application: &Application) -> Option<String> {
    let mut resources = application.status.resources.iter();
    let worst = resources.find(|resource| resource.health.status == "Degraded")?;
    let why = after_colon(&worst.health.message);
    Some(format!("{}/{}{why}", worst.kind, worst.name))
}

fn ended_at(application: &Application) -> Option<Timestamp> {
    application.status.operation_state.as_ref()?.finished_at
}

/// Whether it is synced to this, and nothing is under way.
fn synced(application: &Application, pin: &Pin) -> Result<(), Observation> {
    if application.metadata.deletion_timestamp.is_some() {
        return Err(failed(application, "is being deleted"));
    }
    if application.pin().as_ref() != Some(pin) {
        return Err(Observation::Differs(format!(
            "somebody moved the pin of Application {} to {}",
            application.place(),
            application.points_at()
        )));
    }
    let state = application.status.operation_state.as_ref();
    if let Some(state) = state.filter(|state| state.is_running()) {
        return Err(Observation::Progressing(running(state)));
    }
    if application.operation.is_some() {
        return Err(progressing("Argo CD has not begun the sync"));
    }
    let of_this = state.filter(|state| {
        let revisions = state.revisions();
        let mut texts = application.texts(pin).into_iter();
        texts.all(|(_, text)| revisions.contains(&text))
    });
    if let Some(state) = of_this
        && matches!(state.phase.as_str(), "Failed" | "Error")
    {
        return Err(failed(
            application,
            &format!("could not be synced: {}", why(state)),
        ));
    }
    let status = &application.status;
    if status.sync.status == "Unknown"
        && let Some(error) = application.error()
    {
        return Err(Observation::Progressing(format!(
            "Argo CD cannot compare it: {error}"
        )));
    }
    if !application.is_compared_with(pin) {
        let what = match pin {
            Pin::Commit(_) => "the commit",
            Pin::Chart { .. } => "the version",
        };
        return Err(Observation::Progressing(format!(
            "Argo CD has not compared it with {what} yet"
        )));
    }
    if status.sync.status != "Synced" {
        return Err(Observation::Progressing(out_of_sync(application)));
    }
    Ok(())
}

fn running(state: &OperationState) -> String {
    if state.is_parked() {
        return "Argo CD has parked the sync until its sync windows allow it".to_owned();
    }
    if state.phase == "Terminating" {
        return "Argo CD is stopping the sync".to_owned();
    }
    let tried = match state.retry_count {
        0 => String::new(),
        count => format!(", tried again {count} times"),
    };
    if state.finished_at.is_some() {
        return format!("the sync failed and is tried again{tried}: {}", why(state));
    }
    let hook = state
        .sync_result
        .resources
        .iter()
        .find(|result| !result.hook_type.is_empty() && result.hook_phase == "Running");
    match hook {
        Some(hook) => format!(
            "the sync waits for its {} hook {}/{}",
            hook.hook_type, hook.kind, hook.name
        ),
        None => format!("Argo CD syncs it{tried}{}", after_colon(&state.message)),
    }
}

/// Why a sync failed: its own message, and the first object that was refused.
fn why(state: &OperationState) -> String {
    let refused = state.sync_result.resources.iter().find(|result| {
        result.status == "SyncFailed" || matches!(result.hook_phase.as_str(), "Failed" | "Error")
    });
    match refused {
        Some(result) => format!("{}/{}: {}", result.kind, result.name, result.message),
        None => or_no_word(&state.message).to_owned(),
    }
}

fn out_of_sync(application: &Application) -> String {
    let differs = application
        .status
        .resources
        .iter()
        .find(|resource| resource.status == "OutOfSync");
    match differs {
        Some(resource) => format!(
            "Argo CD finds {}/{} out of sync",
            resource.kind, resource.name
        ),
        None => format!(
            "Argo CD finds it {}",
            or_no_word(&application.status.sync.status)
        ),
    }
}

fn progressing(what: &str) -> Observation {
    Observation::Progressing(what.to_owned())
}

fn failed(application: &Application, what: &str) -> Observation {
    Observation::Failed(format!("Application {} {what}", application.place()))
}

fn or_no_word(message: &str) -> &str {
    if message.is_empty() {
        "Argo CD does not say why"
    } else {
        message
    }
}

fn after_colon(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    }
}

/// Objects that the Application owns and that were not approved. What Git no
/// longer has and the Application does not prune is not among them: it stays
/// because the Application says so.
pub fn not_approved(application: &Application, approved: &[ObjectKey]) -> Vec<String> {
    application
        .status
        .resources
        .iter()
        .filter(|resource| !resource.hook && !resource.requires_pruning)
        .filter(|resource| !is_among(resource, approved))
        .map(|resource| format!("{}/{}", resource.kind, resource.name))
        .collect()
}

/// Whether an object that an Application owns is one of these. What names no
/// namespace is in that of the Application.
pub(super) fn is_among(resource: &Resource, keys: &[ObjectKey]) -> bool {
    keys.iter().any(|key| {
        let is_there = match &key.namespace {
            Some(namespace) => *namespace == resource.namespace,
            None => true,
        };
        key.is(&resource.group, &resource.kind)
            && key.name == resource.name
            && (is_there || resource.namespace.is_empty())
    })
}
