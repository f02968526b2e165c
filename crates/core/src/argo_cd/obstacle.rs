//! Why no operation may be started on an Application now.

use jiff::{SignedDuration, Timestamp};

use super::application::{Application, OperationState};
use super::pin::CHANGE;
use crate::branch::Branch;
use crate::change::ChangeType;
use crate::sync_window::{Application as Subject, SyncWindows, Trigger};

/// How long a window must still be open for an operation to be started. Argo CD
/// asks its windows at every pass, and parks what is under way when they shut.
pub const CLOSE_MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// How long a window must have been open. Argo CD keeps the start of an
/// operation in whole seconds, and at the very second of its edge a window is
/// shut; what began then would count as begun outside.
pub const OPEN_MARGIN: SignedDuration = SignedDuration::from_secs(1);

/// Why no operation may be started now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// It is being deleted.
    Deleting,
    /// Nobody gave it to Tidegate.
    NotAdopted,
    /// It points at something that is neither a commit nor the exact version of a
    /// chart, though it was adopted.
    NotPinned {
        /// What it points at.
        at: String,
    },
    /// It follows something else than the branch that it was adopted by.
    OffBranch {
        /// What it points at.
        at: String,
        /// The branch.
        branch: Branch,
    },
    /// Somebody else's operation has not ended.
    Operation {
        /// Who asked for it.
        by: String,
        /// What it does, or what it waits for.
        message: String,
    },
    /// Argo CD's sync windows would park it.
    Windows {
        /// Why, in one sentence.
        reason: String,
        /// When they would let it through. None: in no foreseeable time.
        opens_at: Option<Timestamp>,
    },
}

/// What stands in the way of an operation of this change, if anything does. An
/// emergency gets past an operation that is parked, which does nothing.
pub fn obstacle(
    application: &Application,
    windows: &SyncWindows,
    change: &str,
    kind: ChangeType,
    now: Timestamp,
) -> Option<Obstacle> {
    if application.metadata.deletion_timestamp.is_some() {
        return Some(Obstacle::Deleting);
    }
    if !application.is_adopted() {
        return Some(Obstacle::NotAdopted);
    }
    let at = application.points_at();
    match application.branch() {
        Some(branch) if !application.follows(&branch) => {
            return Some(Obstacle::OffBranch { at, branch });
        }
        None if application.pin().is_none() => return Some(Obstacle::NotPinned { at }),
        Some(_) | None => {}
    }
    running(application, change)
        .filter(|_| kind != ChangeType::Emergency || !application.is_parked())
        .or_else(|| parked(application, windows, now))
}

/// An operation of somebody else that has not ended.
fn running(application: &Application, change: &str) -> Option<Obstacle> {
    let state = application.status.operation_state.as_ref();
    let state = state.filter(|state| state.is_running());
    let operation = match (state, &application.operation) {
        (Some(state), _) => &state.operation,
        (None, Some(operation)) => operation,
        (None, None) => return None,
    };
    if operation.info(CHANGE) == Some(change) {
        return None;
    }
    let message = state.map_or("it has not begun", |state| state.message.as_str());
    Some(Obstacle::Operation {
        by: operation.asked_by(),
        message: message.to_owned(),
    })
}

/// Why Argo CD would park a sync that began now, if it would.
pub fn parked(
    application: &Application,
    windows: &SyncWindows,
    now: Timestamp,
) -> Option<Obstacle> {
    let subject = application.subject();
    let allows = |at: Timestamp| {
        let verdict = windows.verdict(&subject, Trigger::Manual, None, at);
        verdict.allowed
    };
    let begun = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let later = |margin: SignedDuration| now.checked_add(margin).unwrap_or(Timestamp::MAX);
    if allows(begun) && allows(now) && allows(later(CLOSE_MARGIN)) {
        return None;
    }
    let decision = windows.decision(&subject, Trigger::Manual, None, now);
    if let Some(error) = &decision.error {
        return Some(Obstacle::Windows {
            reason: error.in_one_line(),
            opens_at: None,
        });
    }
    if !decision.allowed {
        let opens_at = decision
            .next_opening
            .and_then(|edge| edge.checked_add(OPEN_MARGIN).ok());
        return Some(Obstacle::Windows {
            reason: decision.reason,
            opens_at,
        });
    }
    if !allows(begun) {
        return Some(Obstacle::Windows {
            reason: "its sync window has only just opened".to_owned(),
            opens_at: begun.checked_add(OPEN_MARGIN).ok(),
        });
    }
    // Open, but not for long enough. When it opens again is known once it shut.
    Some(Obstacle::Windows {
        reason: "its sync window closes within a minute".to_owned(),
        opens_at: decision.closes_at.and_then(|close| {
            let shut = close.checked_add(SignedDuration::from_nanos(1)).ok()?;
            let then = windows.decision(&subject, Trigger::Manual, None, shut);
            then.next_opening?.checked_add(OPEN_MARGIN).ok()
        }),
    })
}

impl Application {
    /// Its operation waits for Argo CD's sync windows.
    pub fn is_parked(&self) -> bool {
        let state = self.status.operation_state.as_ref();
        state.is_some_and(OperationState::is_parked)
    }

    /// What Argo CD's sync windows look at.
    pub fn subject(&self) -> Subject {
        let destination = &self.spec.destination;
        Subject {
            name: self.metadata.name.clone(),
            destination_namespace: destination.namespace.clone(),
            destination_name: destination.name.clone(),
            destination_server: destination.server.clone(),
        }
    }
}
