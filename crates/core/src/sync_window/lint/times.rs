//! When a window is active.

use std::error::Error;

use jiff::{SignedDuration, Timestamp};

use crate::sync_window::{Application, SyncWindow, SyncWindows, Trigger};

/// How many stretches of a window are compared with those of others.
const COMPARED: usize = 800;

/// When a window is active, whatever it selects.
pub(super) enum Times {
    Never,
    Always,
    At(Vec<(Timestamp, Timestamp)>),
    Unknown(String),
}

/// The window as the only one, which allows everything while it is active.
pub(super) fn alone(window: &SyncWindow, kind: &str) -> SyncWindow {
    SyncWindow {
        kind: kind.to_owned(),
        applications: vec!["*".to_owned()],
        namespaces: Vec::new(),
        clusters: Vec::new(),
        manual_sync: false,
        sync_overrun: false,
        ..window.clone()
    }
}

pub(super) fn times(window: &SyncWindow, from: Timestamp, until: Timestamp) -> Times {
    let windows = SyncWindows::load(&[alone(window, "allow")]);
    let application = Application::default();
    let mut stretches = Vec::new();
    let mut at = from;
    while at < until && stretches.len() < COMPARED {
        let decision = windows.decision(&application, Trigger::Automatic, None, at);
        if let Some(error) = &decision.error {
            return Times::Unknown(
                error
                    .source()
                    .map_or_else(|| error.to_string(), ToString::to_string),
            );
        }
        let edge = match (decision.allowed, decision.closes_at, decision.next_opening) {
            (true, None, _) if stretches.is_empty() => return Times::Always,
            (false, _, None) if stretches.is_empty() => return Times::Never,
            (true, closes, _) => {
                let closes = closes.unwrap_or(Timestamp::MAX);
                stretches.push((at, closes));
                closes
            }
            (false, _, opens) => opens.unwrap_or(Timestamp::MAX),
        };
        // At the edge itself nothing has changed yet.
        match edge.max(at).checked_add(SignedDuration::from_nanos(1)) {
            Ok(next) => at = next,
            Err(_) => break,
        }
    }
    Times::At(stretches)
}

/// Whether two lists of stretches, each in order, have an instant in common.
pub(super) fn overlap(one: &[(Timestamp, Timestamp)], other: &[(Timestamp, Timestamp)]) -> bool {
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        if a.0 < b.1 && b.0 < a.1 {
            return true;
        }
        if a.1 <= b.1 {
            one.next();
        } else {
            other.next();
        }
    }
    false
}
