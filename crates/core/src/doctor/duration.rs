//! TG109: a duration that cannot be read or is not positive.

use super::{Finding, Project, Rule, Window};
use crate::sync_window::parse_duration;

pub(super) fn is_sound(window: &Window) -> bool {
    parse_duration(&window.duration.text).is_ok_and(|nanoseconds| nanoseconds > 0)
}

pub(super) fn look(project: &Project, window: &Window) -> Option<Finding> {
    let duration = &window.duration;
    let (what, why, fix) = match parse_duration(&duration.text) {
        Ok(nanoseconds) if nanoseconds > 0 => return None,
        Ok(_) => (
            "the window is never active".to_owned(),
            format!("its duration is `{}`, which Argo CD accepts", duration.text),
            "write how long it lasts, such as `4h`",
        ),
        Err(error) => (
            format!("the duration `{}` cannot be read", duration.text),
            format!("{error}; Argo CD then blocks every sync of what the window selects"),
            "write hours and minutes, such as `4h` or `1h30m`; a day is `24h`",
        ),
    };
    Some(
        project
            .place
            .finding(Rule::Duration, duration.line, what, why, fix),
    )
}
