//! Rules in CEL that the API server itself applies to the objects.

use serde_json::{Value, json};

/// Fields of a Change's spec that may follow after submission. Every other
/// field is frozen, whatever it is: the rule is made from the schema, so a
/// field added later is frozen without anybody thinking of it.
const MAY_FOLLOW: [&str; 4] = ["backup", "cancel", "hold", "window"];

/// One rule over the whole spec of a Change. Neither adding nor removing an
/// optional field goes unnoticed.
///
/// CEL's optional types would say it shorter, but the API server cannot bound
/// the cost of comparing them and refuses the rule.
pub(crate) fn frozen_spec(spec: &Value) -> Value {
    let fields = spec.pointer("/properties").and_then(Value::as_object);
    let required = spec.pointer("/required").and_then(Value::as_array);
    let is_required = |field: &str| {
        required.is_some_and(|required| required.iter().any(|name| name.as_str() == Some(field)))
    };
    let comparisons: Vec<String> = fields
        .into_iter()
        .flat_map(|fields| fields.keys())
        .filter(|field| !MAY_FOLLOW.contains(&field.as_str()))
        .map(|field| {
            if is_required(field) {
                format!("self.{field} == oldSelf.{field}")
            } else {
                unchanged(field)
            }
        })
        .collect();
    json!({
        "rule": comparisons.join(" && "),
        "message": "the spec is frozen at submission: only cancel, hold, backup and, with a reason, window may follow; cancel this Change and submit another",
    })
}

/// An optional field is there, or not, as it was.
fn unchanged(field: &str) -> String {
    format!(
        "has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})"
    )
}

/// The other rules of a Change's spec.
pub(crate) fn change_spec() -> Vec<Value> {
    vec![
        json!({
            "rule": format!(
                "({}) || (has(self.window) && has(self.window.reason) && self.window.reason != '' && (!has(oldSelf.window) || !has(oldSelf.window.reason) || self.window.reason != oldSelf.window.reason))",
                unchanged("window"),
            ),
            "message": "moving the window needs a new window.reason",
        }),
        json!({
            "rule": "!has(oldSelf.cancel) || (has(self.cancel) && self.cancel == oldSelf.cancel)",
            "message": "a cancellation cannot be taken back; submit the change again",
        }),
        json!({
            "rule": "!has(oldSelf.backup) || (has(self.backup) && self.backup.requestedAt >= oldSelf.backup.requestedAt)",
            "message": "a backup that was asked for cannot be taken back; a later requestedAt asks for another",
        }),
        json!({
            "rule": "self.type != 'standard'",
            "message": "type standard needs a template and there are none yet; use normal",
        }),
        json!({
            "rule": "!has(self.window) || !has(self.window.notBefore) || !has(self.window.notAfter) || self.window.notBefore < self.window.notAfter",
            "message": "window.notBefore must be earlier than window.notAfter",
        }),
    ]
}

/// The rules of a Change's source.
pub(crate) fn change_source() -> Vec<Value> {
    vec![
        json!({
            "rule": "!has(self.pullRequest)",
            "message": "pull requests need a forge connection, which does not exist yet: give revision or ref",
        }),
        json!({
            "rule": "[has(self.revision), has(self.ref), has(self.version)].filter(given, given).size() == 1",
            "message": "give exactly one of revision (a full commit SHA), ref (a branch or tag) and version (of a chart)",
        }),
        json!({
            "rule": "has(self.chart) == has(self.version)",
            "message": "chart and version belong together: a chart of a Helm repository in one version",
        }),
        json!({
            "rule": "!has(self.version) || self.version.matches('^v?(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)([-+][0-9A-Za-z.+-]+)?$')",
            "message": "version must be the exact version of a chart, such as 1.4.2: what a range stands for changes with every release",
        }),
        json!({
            "rule": "!has(self.chart) || (self.chart.matches('^[A-Za-z0-9][A-Za-z0-9._-]*$') && (self.repository.startsWith('https://') || self.repository.startsWith('http://') || self.repository.startsWith('oci://')))",
            "message": "a chart has a name, and its repository is the URL of a Helm repository: https://… or oci://…",
        }),
        json!({
            "rule": "!has(self.revision) || self.revision.matches('^([0-9a-f]{40}|[0-9a-f]{64})$')",
            "message": "revision must be a full commit SHA of 40 or 64 lower-case hexadecimal digits; for a branch or tag use ref",
        }),
        json!({
            "rule": "!self.repository.startsWith('-') && (!has(self.ref) || !self.ref.startsWith('-'))",
            "message": "neither repository nor ref may begin with a dash",
        }),
    ]
}

/// The rules of one of a Change's targets.
pub(crate) fn change_target() -> Vec<Value> {
    vec![
        json!({
            "rule": "has(self.path) != has(self.application)",
            "message": "give either the overlay's path or, where Argo CD delivers, the application",
        }),
        json!({
            "rule": "!has(self.application) || self.application == self.name || self.application.endsWith('/' + self.name)",
            "message": "a target that Argo CD delivers has the name of its application",
        }),
        json!({
            "rule": "!has(self.path) || !(self.path.startsWith('/') || self.path.split('/').exists(part, part == '..'))",
            "message": "path is relative to the repository's root and stays inside it",
        }),
    ]
}

/// An Approval never changes.
pub(crate) fn approval_spec() -> Vec<Value> {
    vec![
        json!({
            "rule": "self == oldSelf",
            "message": "an Approval cannot be edited: write another one",
        }),
        json!({
            "rule": "has(self.exception) ? !has(self.revision) && !has(self.digest) && self.decision == 'Approved' : has(self.revision) && has(self.digest)",
            "message": "give revision and digest, or approve an exception",
        }),
        json!({
            "rule": "self.decision != 'Reviewed' || (has(self.comment) && self.comment != '')",
            "message": "a review says in its comment what was found",
        }),
    ]
}

/// The rules of a calendar entry.
pub(crate) fn calendar_entry() -> Vec<Value> {
    vec![
        json!({
            "rule": "[has(self.schedule), has(self.from), has(self.dates) && self.dates.size() > 0, has(self.ical)].filter(given, given).size() == 1",
            "message": "give exactly one of schedule (with duration), from (with to), dates and ical",
        }),
        json!({
            "rule": "has(self.from) == has(self.to)",
            "message": "from goes with to",
        }),
        json!({
            "rule": "!has(self.startTime) || (has(self.dates) && self.dates.size() > 0)",
            "message": "startTime goes with dates",
        }),
        json!({
            "rule": "has(self.duration) == (has(self.schedule) || has(self.startTime))",
            "message": "duration goes with schedule, or with dates and startTime",
        }),
    ]
}

/// The rule of a calendar: its exceptions need somebody to approve them.
pub(crate) fn calendar_spec() -> Vec<Value> {
    vec![json!({
        "rule": "!has(self.exceptions) || self.exceptions.size() == 0 || has(self.exceptionsBy)",
        "message": "exceptions need exceptionsBy, the group whose members may approve them",
    })]
}

/// The rules of a calendar's feed.
pub(crate) fn calendar_feed() -> Vec<Value> {
    vec![json!({
        "rule": "self.url.startsWith('https://') || self.url.startsWith('http://')",
        "message": "url begins with https:// or http://",
    })]
}

/// The rule of a calendar's windows: a window has nobody to exempt.
pub(crate) fn calendar_window() -> Vec<Value> {
    vec![json!({
        "rule": "!has(self.exempt)",
        "message": "only a freeze has exemptions",
    })]
}

/// The rules of a policy's check.
pub(crate) fn policy_check() -> Vec<Value> {
    vec![json!({
        "rule": "[has(self.workloads), has(self.http), has(self.job), has(self.prometheus)].filter(given, given).size() == 1",
        "message": "a check is exactly one of workloads, http, job and prometheus",
    })]
}

/// The rules of a policy's backup.
pub(crate) fn policy_backup() -> Vec<Value> {
    vec![json!({
        "rule": "!has(self.provider) || self.provider != 'none' || (has(self.reason) && self.reason != '')",
        "message": "provider none needs a reason, which is recorded with every change",
    })]
}
