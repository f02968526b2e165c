//! TG102: a time zone that does not exist.

use jiff::tz::TimeZoneDatabase;

use super::{Finding, Project, Rule, Window};
use crate::sync_window::is_time_zone;

pub(super) fn look(project: &Project, window: &Window) -> Option<Finding> {
    let written = &window.time_zone.text;
    if is_time_zone(written) {
        return None;
    }
    // This database does not mind capitals.
    let meant = TimeZoneDatabase::bundled().get(written.trim()).ok();
    let meant = meant.as_ref().and_then(|zone| zone.iana_name());
    let fix = match meant {
        Some(name) => format!("write `timeZone: {name}`"),
        None => "write a name of the IANA database, such as Europe/Zurich".to_owned(),
    };
    let finding = project.place.finding(
        Rule::TimeZone,
        window.time_zone.line,
        format!("the time zone `{written}` does not exist"),
        "Argo CD takes UTC instead without a word, so the window is active at other hours than \
         it says",
        fix,
    );
    Some(finding)
}
