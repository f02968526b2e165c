//! The object with another pin, and an operation that syncs it.

use serde_json::{Map, Value, json};

use super::Pin;
use super::application::Application;
use super::branch::BRANCH;
use crate::revision::Revision;

/// The information line of an operation that says which change asked for it.
pub const CHANGE: &str = "tidegate.dev/change";

/// The information line that names the effect, once in the life of a change.
pub const EFFECT: &str = "tidegate.dev/effect";

/// Who asks for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker<'a> {
    /// The change's name.
    pub change: &'a str,
    /// The effect's key.
    pub effect: &'a str,
}

/// Why a pin cannot be moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// The object has no source of this kind.
    #[error("Application {0} has no source that could be pinned")]
    NoSource(String),
}

/// The object with its sources pinned to this, and with an operation that syncs them.
/// The operation before is forgotten, as Argo CD does when it starts one
/// (`SetAppOperation` in `util/argo/argo.go`); that it has ended is the caller's to
/// know.
///
/// # Errors
///
/// The object has no such source.
pub fn move_pin(
    object: &Value,
    application: &Application,
    pin: &Pin,
    asker: Asker<'_>,
) -> Result<Value, PinError> {
    let mut moved = object.clone();
    let several = !application.spec.sources.is_empty();
    let texts = application.texts(pin);
    let nowhere = || PinError::NoSource(application.place());
    if texts.is_empty() {
        return Err(nowhere());
    }
    for (position, text) in texts {
        let pointer = if several {
            format!("/spec/sources/{position}")
        } else {
            "/spec/source".to_owned()
        };
        let source = moved.pointer_mut(&pointer).and_then(Value::as_object_mut);
        let source = source.ok_or_else(nowhere)?;
        source.insert("targetRevision".to_owned(), json!(text));
    }
    start(&mut moved, application, Some(pin), asker);
    Ok(moved)
}

/// The object with the sources that it had before, and with an operation that
/// syncs them. Parameters of the sources go back as well.
pub fn restore_sources(
    object: &Value,
    before: &Sources,
    asker: Asker<'_>,
) -> Result<Value, PinError> {
    let mut moved = object.clone();
    let Some(spec) = moved.get_mut("spec").and_then(Value::as_object_mut) else {
        return Err(PinError::NoSource("without a spec".to_owned()));
    };
    for (field, value) in [("source", &before.source), ("sources", &before.sources)] {
        match value {
            Some(value) => spec.insert(field.to_owned(), value.clone()),
            None => spec.remove(field),
        };
    }
    // An operation names what the sources say, whatever branch they are on.
    let mut restored = Application::read(&moved).unwrap_or_default();
    restored.metadata.annotations.remove(BRANCH);
    start(&mut moved, &restored, restored.pin().as_ref(), asker);
    Ok(moved)
}

/// The object with its operation stopped: Argo CD ends one that runs or is parked
/// when it finds it `Terminating`, and one that has not begun is taken back.
/// None: there is nothing to stop, or it is being stopped.
pub fn stop(object: &Value, application: &Application) -> Option<Value> {
    let mut stopped = object.clone();
    let state = application.status.operation_state.as_ref();
    match state.filter(|state| state.is_running()) {
        Some(state) if state.phase == "Terminating" => return None,
        Some(_) => {
            let phase = stopped.pointer_mut("/status/operationState/phase")?;
            *phase = json!("Terminating");
        }
        None => {
            stopped.as_object_mut()?.remove("operation")?;
        }
    }
    Some(stopped)
}

/// Whether an operation that has not ended syncs something else than this.
pub fn syncs_another(application: &Application, pin: &Pin) -> bool {
    let state = application.status.operation_state.as_ref();
    let revisions = match (
        state.filter(|state| state.is_running()),
        &application.operation,
    ) {
        (Some(state), _) => state.revisions(),
        (None, Some(operation)) => operation.sync.all(),
        (None, None) => return false,
    };
    let mut texts = application.texts(pin).into_iter();
    !revisions.is_empty() && !texts.all(|(_, text)| revisions.contains(&text))
}

/// The sources of an Application as they were written.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Sources {
    /// `spec.source`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Value>,
    /// `spec.sources`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Value>,
}

impl Sources {
    /// Those of this object.
    pub fn of(object: &Value) -> Self {
        let field = |name: &str| object.pointer(name).filter(|value| !value.is_null());
        Self {
            source: field("/spec/source").cloned(),
            sources: field("/spec/sources").cloned(),
        }
    }

    /// What they are pinned to, if they are pinned to something exact.
    pub fn pin(&self) -> Option<Pin> {
        let spec = json!({ "source": self.source, "sources": self.sources });
        let spec = match spec {
            Value::Object(mut fields) => {
                fields.retain(|_, value| !value.is_null());
                Value::Object(fields)
            }
            other => other,
        };
        Application::read(&json!({ "spec": spec })).ok()?.pin()
    }

    /// Whether these are the other ones but for what they point at.
    /// If not, they render to something else.
    pub fn differ_only_in_pin(&self, other: &Self) -> bool {
        self.without_pin() == other.without_pin()
    }

    /// These with the source that renders at this commit.
    pub(super) fn pointing_at(&self, revision: &Revision) -> Self {
        let mut there = self.clone();
        let several = there.sources.as_mut().and_then(Value::as_array_mut);
        let sources = match several {
            Some(several) => several.iter_mut().collect(),
            None => there.source.iter_mut().collect::<Vec<_>>(),
        };
        let names = |source: &Value, field: &str| {
            let text = source.get(field).and_then(Value::as_str);
            text.is_some_and(|text| !text.is_empty())
        };
        let renders = |source: &&mut Value| names(source, "path") || names(source, "chart");
        if let Some(fields) = sources
            .into_iter()
            .find(renders)
            .and_then(Value::as_object_mut)
        {
            fields.insert("targetRevision".to_owned(), json!(revision.as_str()));
        }
        there
    }

    fn without_pin(&self) -> Self {
        let mut bare = self.clone();
        let several = bare.sources.iter_mut().filter_map(Value::as_array_mut);
        for source in bare.source.iter_mut().chain(several.flatten()) {
            if let Some(fields) = source.as_object_mut() {
                fields.remove("targetRevision");
            }
        }
        bare
    }
}

/// Adds the operation: the Application's own options and retries, since an
/// operation inherits neither.
fn start(object: &mut Value, application: &Application, pin: Option<&Pin>, asker: Asker<'_>) {
    let policy = &application.spec.sync_policy;
    let mut sync = Map::new();
    let texts = pin.map_or_else(Vec::new, |pin| application.texts(pin));
    let at = |position: usize| texts.iter().find(|(pinned, _)| *pinned == position);
    if let Some((_, text)) = texts.first() {
        if application.spec.sources.is_empty() {
            sync.insert("revision".to_owned(), json!(text));
        } else {
            let sources = application.sources().iter().enumerate();
            let revisions: Vec<&str> = sources
                .map(|(position, source)| match at(position) {
                    Some((_, text)) => text,
                    None => source.target_revision.as_str(),
                })
                .collect();
            sync.insert("revisions".to_owned(), json!(revisions));
        }
    }
    let prune = policy
        .automated
        .as_ref()
        .is_some_and(|automated| automated.prune);
    if prune {
        sync.insert("prune".to_owned(), json!(true));
    }
    if !policy.sync_options.is_empty() {
        sync.insert("syncOptions".to_owned(), json!(policy.sync_options));
    }
    let mut operation = json!({
        "initiatedBy": { "username": "tidegate" },
        "info": [
            { "name": CHANGE, "value": asker.change },
            { "name": EFFECT, "value": asker.effect },
        ],
        "sync": sync,
    });
    if let (Some(retry), Some(operation)) = (&policy.retry, operation.as_object_mut()) {
        operation.insert("retry".to_owned(), retry.clone());
    }
    if let Some(fields) = object.as_object_mut() {
        fields.insert("operation".to_owned(), operation);
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("operationState");
    }
}
