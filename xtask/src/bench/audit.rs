//! What the API server's audit log says.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use tidegate_testkit::control_plane::User;

use super::Measured;

/// The requests that matter here, in the order of the log.
pub(super) struct Audit {
    requests: Vec<Request>,
}

/// A request and what it says of an Application or a Change.
pub(super) struct Request {
    /// When the API server received it.
    pub(super) at: Timestamp,
    pub(super) by: Who,
    pub(super) verb: String,
    /// With its subresource, such as `changes/status`.
    pub(super) resource: String,
    pub(super) uri: String,
    name: String,
    said: Said,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Tidegate,
    ArgoCd,
}

/// What was written.
#[derive(Default)]
struct Said {
    /// The operation of an Application: for what it was asked, in a few words of
    /// whoever asked.
    operation: Option<String>,
    /// `status.operationState.phase` of an Application.
    operation_phase: Option<String>,
    /// It has ended, or waits for a retry.
    finished: bool,
    /// `status.phase` of a Change.
    phase: Option<String>,
}

impl Audit {
    pub(super) fn read(path: &Path) -> Measured<Self> {
        let mut requests = Vec::new();
        for line in BufReader::new(File::open(path)?).split(b'\n') {
            let line = line?;
            // The last line may be half written, and others are not asked for.
            let Ok(event) = serde_json::from_slice::<Value>(&line) else {
                continue;
            };
            requests.extend(request(&event));
        }
        requests.sort_by_key(|request| request.at);
        Ok(Self { requests })
    }

    /// The first operation that Tidegate asked for from an instant on. To stop
    /// one is a write with the same operation again.
    pub(super) fn asked_sync(&self, application: &str, from: Timestamp) -> Option<Timestamp> {
        self.operation(Who::Tidegate, application, from)
    }

    /// The first that Argo CD asked of itself.
    pub(super) fn automated_sync(&self, application: &str, from: Timestamp) -> Option<Timestamp> {
        self.operation(Who::ArgoCd, application, from)
    }

    fn operation(&self, by: Who, application: &str, from: Timestamp) -> Option<Timestamp> {
        let mut before = None;
        for request in self.of_application(by, application) {
            let Some(operation) = &request.said.operation else {
                continue;
            };
            let is_new = by != Who::Tidegate || before != Some(operation);
            if is_new && request.at >= from {
                return Some(request.at);
            }
            before = Some(operation);
        }
        None
    }

    /// When Argo CD first wrote from an instant on that an operation runs.
    pub(super) fn taken_up(&self, application: &str, from: Timestamp) -> Option<Timestamp> {
        let mut written = self.of_application(Who::ArgoCd, application);
        written
            .find(|request| {
                request.said.operation_phase.as_deref() == Some("Running") && request.at >= from
            })
            .map(|request| request.at)
    }

    /// The last end of an operation before an instant.
    pub(super) fn ended(&self, application: &str, before: Timestamp) -> Option<Timestamp> {
        let written = self.of_application(Who::ArgoCd, application);
        written
            .filter(|request| {
                let ended = ["Succeeded", "Failed", "Error"];
                let phase = request.said.operation_phase.as_deref();
                request.said.finished
                    && phase.is_some_and(|phase| ended.contains(&phase))
                    && request.at < before
            })
            .map(|request| request.at)
            .last()
    }

    /// When a change was first written to be in a phase.
    pub(super) fn phase(&self, change: &str, phase: &str) -> Option<Timestamp> {
        let mut written = self
            .requests
            .iter()
            .filter(|request| request.resource.starts_with("changes") && request.name == change);
        written
            .find(|request| request.said.phase.as_deref() == Some(phase))
            .map(|request| request.at)
    }

    /// When Tidegate first asked for this object to be made.
    pub(super) fn made(&self, resource: &str, name: &str) -> Option<Timestamp> {
        let mut made = self.requests.iter().filter(|request| {
            request.by == Who::Tidegate
                && request.verb == "create"
                && request.resource == resource
                && request.name == name
        });
        made.next().map(|request| request.at)
    }

    /// What Tidegate asked the API server in a time.
    pub(super) fn by_tidegate(&self, time: &Range<Timestamp>) -> impl Iterator<Item = &Request> {
        self.requests
            .iter()
            .filter(|request| request.by == Who::Tidegate && time.contains(&request.at))
    }

    fn of_application(&self, by: Who, application: &str) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(move |request| {
            request.by == by && request.resource == "applications" && request.name == application
        })
    }
}

fn request(event: &Value) -> Option<Request> {
    let text = |pointer: &str| {
        event
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let user = text("/user/username");
    let by = [(User::Tidegate, Who::Tidegate), (User::ArgoCd, Who::ArgoCd)];
    let (_, by) = by.into_iter().find(|(known, _)| known.name() == user)?;
    // A watch may never end.
    let told = match text("/verb") {
        "watch" => "ResponseStarted",
        _ => "ResponseComplete",
    };
    if text("/stage") != told {
        return None;
    }
    let answer = event
        .pointer("/responseStatus/code")
        .and_then(Value::as_u64);
    let resource = match text("/objectRef/subresource") {
        "" => text("/objectRef/resource").to_owned(),
        part => format!("{}/{part}", text("/objectRef/resource")),
    };
    let written = answer.is_none_or(|code| code < 300);
    let said = if written {
        said(event)
    } else {
        Said::default()
    };
    Some(Request {
        at: text("/requestReceivedTimestamp").parse().ok()?,
        by,
        verb: text("/verb").to_owned(),
        resource,
        uri: text("/requestURI").to_owned(),
        name: text("/objectRef/name").to_owned(),
        said,
    })
}

fn said(event: &Value) -> Said {
    let Some(object) = event.pointer("/requestObject") else {
        return Said::default();
    };
    let state = object
        .pointer("/status/operationState")
        .or_else(|| patched(object, "/status/operationState"));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let is_there = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    Said {
        operation: object
            .pointer("/operation")
            .filter(|operation| !operation.is_null())
            .map(|operation| operation["info"].to_string()),
        operation_phase: text(state.and_then(|state| state.get("phase"))),
        finished: is_there(state.and_then(|state| state.get("finishedAt"))),
        phase: text(object.pointer("/status/phase")),
    }
}

/// What a JSON patch puts somewhere, as Argo CD writes the state of an operation
/// (RFC 6902).
fn patched<'a>(patch: &'a Value, path: &str) -> Option<&'a Value> {
    let steps = patch.as_array()?;
    let step = steps
        .iter()
        .find(|step| step.get("path").and_then(Value::as_str) == Some(path))?;
    step.get("value")
}
