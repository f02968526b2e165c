//! TG106 and TG107: a schedule that never fires, or cannot be read.

use jiff::Timestamp;

use super::{Finding, Project, Rule, Window};
use crate::sync_window::{Application, SyncWindowError, SyncWindows, Trigger};

/// A window this short is never active by a fire, since it is open at both its
/// ends: so if it is active, its schedule never fires.
const NO_TIME: &str = "1ns";

enum Fault {
    NeverFires,
    Unreadable(String),
}

pub(super) fn is_sound(window: &Window, now: Timestamp) -> bool {
    fault(window, now).is_none()
}

pub(super) fn look(project: &Project, window: &Window, now: Timestamp) -> Option<Finding> {
    let schedule = &window.schedule;
    let finding = match fault(window, now)? {
        Fault::NeverFires => project.place.finding(
            Rule::NeverFires,
            schedule.line,
            if window.is_allow() {
                "the window is always open"
            } else {
                "the window is always active"
            },
            format!(
                "its schedule `{}` does not fire within five years, and Argo CD takes that for \
                 a window that has begun",
                schedule.text
            ),
            "write a day that exists, or remove the window",
        ),
        Fault::Unreadable(problem) => project.place.finding(
            Rule::Schedule,
            schedule.line,
            format!("the schedule `{}` cannot be read", schedule.text),
            format!("{problem}, and Argo CD then blocks every sync of what the window selects"),
            "write five fields: minute, hour, day of month, month and weekday from 0 to 6",
        ),
    };
    Some(finding)
}

fn fault(window: &Window, now: Timestamp) -> Option<Fault> {
    let windows = SyncWindows::load(&[window.times_alone("deny", NO_TIME)]);
    let nobody = Application::default();
    let verdict = windows.verdict(&nobody, Trigger::Automatic, None, now);
    match verdict.error {
        Some(SyncWindowError::Schedule { source, .. }) => {
            Some(Fault::Unreadable(source.to_string()))
        }
        Some(error) => Some(Fault::Unreadable(error.in_one_line())),
        None if !verdict.active.is_empty() => Some(Fault::NeverFires),
        None => None,
    }
}
