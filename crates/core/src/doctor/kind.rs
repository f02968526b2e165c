//! TG101: a kind that Argo CD does not know.

use super::{Finding, Project, Rule, Window};

pub(super) fn look(project: &Project, window: &Window) -> Option<Finding> {
    if window.is_allow() || window.is_deny() {
        return None;
    }
    let written = &window.kind.text;
    let what = "the window does nothing";
    let why = if written.is_empty() {
        "it has no kind, and Argo CD passes over it without a word".to_owned()
    } else {
        format!(
            "its kind is `{written}`, Argo CD knows only `allow` and `deny` in just these letters, \
             and passes over others without a word"
        )
    };
    let fix = match written.trim().to_ascii_lowercase().as_str() {
        known @ ("allow" | "deny") => format!("write `kind: {known}`"),
        _ => "write `kind: allow` or `kind: deny`".to_owned(),
    };
    Some(
        project
            .place
            .finding(Rule::Kind, window.kind.line, what, why, fix),
    )
}
