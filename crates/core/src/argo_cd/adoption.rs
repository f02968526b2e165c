//! Taking an Application, and giving it back.
//!
//! A person gives it: who may write the Application may adopt it. That it is
//! adopted stands in an annotation, which holds what it followed before.

use serde_json::{Value, json};

use super::Pin;
use super::application::Application;
use super::branch::BRANCH;

/// The annotation of an adopted Application: what it followed before, such as
/// `main`.
pub const FOLLOWED: &str = "tidegate.dev/followed";

/// The annotation by which Argo CD knows which Application made an object.
const TRACKING: &str = "argocd.argoproj.io/tracking-id";

/// Who would overwrite the pin.
#[derive(Debug, Clone, PartialEq)]
pub enum Parent {
    /// An `ApplicationSet` made it; its object, if it could be read.
    ApplicationSet(String, Option<Value>),
    /// Another Application deploys it; its object, if it could be read.
    Application(String, Option<Value>),
}

/// Something that keeps an Application from being adopted, or given back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Refusal {
    /// What is the case.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

pub(super) fn refusal(what: impl Into<String>, remedy: impl Into<String>) -> Refusal {
    Refusal {
        what: what.into(),
        remedy: remedy.into(),
    }
}

impl Application {
    /// It was given to Tidegate.
    pub fn is_adopted(&self) -> bool {
        self.metadata.annotations.contains_key(FOLLOWED)
    }

    /// The name and kind of whoever made the Application, if anything did.
    pub fn parent(&self) -> Option<(&'static str, String)> {
        let set = self
            .metadata
            .owner_references
            .iter()
            .find(|owner| owner.kind == "ApplicationSet");
        if let Some(set) = set {
            return Some(("ApplicationSet", set.name.clone()));
        }
        // `parent:argoproj.io/Application:argocd/child`; a parent in another
        // namespace is written as `namespace_parent`.
        let tracking = self.metadata.annotations.get(TRACKING)?;
        let (parent, _) = tracking.split_once(':')?;
        Some(("Application", parent.replace('_', "/")))
    }
}

/// Everything that keeps an Application from being adopted, and what it would be
/// pinned to.
///
/// # Errors
///
/// All that was found, not only the first.
pub fn examine(application: &Application, parent: Option<&Parent>) -> Result<Pin, Vec<Refusal>> {
    let several = !application.spec.sources.is_empty();
    let overwritten = parent.and_then(|parent| overwrites(parent, several));
    judge(application, overwritten)
}

/// Everything that keeps an Application from being adopted, whatever it is to
/// follow, with what its parent would do about that.
pub(super) fn judge(
    application: &Application,
    overwritten: Option<Refusal>,
) -> Result<Pin, Vec<Refusal>> {
    let mut refusals = Vec::new();
    if application.is_adopted() {
        return Err(vec![refusal(
            "it is adopted already",
            "nothing is to be done; `tidegate release` gives it back",
        )]);
    }
    if application.metadata.deletion_timestamp.is_some() {
        refusals.push(refusal("it is being deleted", "adopt another"));
    }
    if let Err(why) = application.rendered_from() {
        refusals.push(refusal(
            why,
            "see `docs/guide/argo-cd.md` for what Tidegate can deliver",
        ));
    }
    refusals.extend(settled(application));
    refusals.extend(overwritten);
    let live = application.live_pin();
    refusals.extend(range(application, live.as_ref()));
    if live.is_none() {
        refusals.push(refusal(
            "Argo CD does not say which commit or version runs",
            "sync it, and try again",
        ));
    }
    match live {
        Some(pin) if refusals.is_empty() => Ok(pin),
        _ => Err(refusals),
    }
}

/// A range of versions is nothing to pin: what it stands for moves by itself.
fn range(application: &Application, live: Option<&Pin>) -> Option<Refusal> {
    let range = application.follows_versions()?;
    let runs = match live {
        Some(Pin::Chart { version, .. }) => format!("{version}, which runs now"),
        Some(Pin::Commit(_)) | None => "the exact version that runs".to_owned(),
    };
    Some(refusal(
        format!("its chart follows the versions {range:?}, and a new one would go out by itself"),
        format!("set targetRevision to {runs}, and try again"),
    ))
}

/// What runs becomes what to go back to, so it has to be good.
fn settled(application: &Application) -> Vec<Refusal> {
    let status = &application.status;
    let mut refusals = Vec::new();
    let running = status
        .operation_state
        .as_ref()
        .is_some_and(super::application::OperationState::is_running);
    if running || application.operation.is_some() {
        refusals.push(refusal(
            "a sync of it has not ended",
            "wait for the sync to end, and try again",
        ));
    }
    if status.sync.status != "Synced" {
        let said = said(&status.sync.status);
        refusals.push(refusal(
            format!("it is {said}, not Synced, so what runs is not what its commit says"),
            "sync it, and try again",
        ));
    }
    if status.health.status != "Healthy" {
        let said = said(&status.health.status);
        refusals.push(refusal(
            format!("it is {said}, not Healthy, and would be what a failed change goes back to"),
            "mend it, and try again",
        ));
    }
    refusals
}

fn said(status: &str) -> &str {
    if status.is_empty() { "Unknown" } else { status }
}

/// Where the pin is: in one of several sources, or in the only one.
fn source_pointer(several: bool) -> &'static str {
    if several {
        "/spec/sources"
    } else {
        "/spec/source/targetRevision"
    }
}

/// Why a parent would put the pin back, if it would. `several`: it is in one of several
/// sources.
fn overwrites(parent: &Parent, several: bool) -> Option<Refusal> {
    let pin = source_pointer(several);
    let (Parent::ApplicationSet(name, object) | Parent::Application(name, object)) = parent;
    let kind = parent.kind();
    let what = format!("{kind} {name} made it and would put back what it points at");
    let Some(object) = object else {
        return Some(refusal(
            format!("{kind} {name} made it, and cannot be read"),
            "let somebody adopt it who may read that",
        ));
    };
    match parent {
        Parent::ApplicationSet(..) => {
            let followed = annotation_pointer(FOLLOWED);
            let spared = ignores_source(parent, object, several)
                && (ignored(parent, object).contains(&followed) || preserves(object, FOLLOWED));
            (!spared).then(|| {
                refusal(
                    what,
                    format!("let `ignoreApplicationDifferences` of {kind} {name} name the pointers {pin} and {followed}"),
                )
            })
        }
        Parent::Application(..) => {
            let spared = ignores_source(parent, object, several);
            (!spared).then(|| {
                refusal(
                    what,
                    format!("let `ignoreDifferences` of Application {name} name kind Application with the pointer {pin}, with the sync option RespectIgnoreDifferences=true"),
                )
            })
        }
    }
}

impl Parent {
    /// Its kind.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::ApplicationSet(..) => "ApplicationSet",
            Self::Application(..) => "Application",
        }
    }
}

/// The JSON pointers at which a parent leaves its Applications alone.
pub(super) fn ignored(parent: &Parent, object: &Value) -> Vec<String> {
    match parent {
        Parent::ApplicationSet(..) => pointers(object, "/spec/ignoreApplicationDifferences"),
        Parent::Application(..) => pointers(object, "/spec/ignoreDifferences"),
    }
}

/// Whether a parent leaves alone what its Applications point at.
pub(super) fn ignores_source(parent: &Parent, object: &Value, several: bool) -> bool {
    let pin = source_pointer(several);
    let is_source = |pointer: &String| {
        pointer == "/spec" || pointer == pin || (!several && pointer == "/spec/source")
    };
    let respects = match parent {
        Parent::ApplicationSet(..) => true,
        Parent::Application(..) => object
            .pointer("/spec/syncPolicy/syncOptions")
            .and_then(Value::as_array)
            .is_some_and(|options| {
                options
                    .iter()
                    .any(|option| option == "RespectIgnoreDifferences=true")
            }),
    };
    respects && ignored(parent, object).iter().any(is_source)
}

/// The JSON pointer to an annotation.
pub(super) fn annotation_pointer(annotation: &str) -> String {
    format!("/metadata/annotations/{}", annotation.replace('/', "~1"))
}

/// The JSON pointers of all entries that can concern an Application.
fn pointers(object: &Value, field: &str) -> Vec<String> {
    let entries = object.pointer(field).and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .filter(|entry| {
            entry
                .get("kind")
                .and_then(Value::as_str)
                .is_none_or(|kind| kind == "Application")
        })
        .filter_map(|entry| entry.get("jsonPointers").and_then(Value::as_array))
        .flatten()
        .filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}

pub(super) fn preserves(set: &Value, annotation: &str) -> bool {
    set.pointer("/spec/preservedFields/annotations")
        .and_then(Value::as_array)
        .is_some_and(|kept| kept.iter().any(|one| one == annotation))
}

/// The patch (a JSON merge patch with the resource version) that adopts: the pin
/// and what was followed before. A merge patch replaces lists whole, so several
/// sources are written whole.
pub fn adopt(object: &Value, application: &Application, pin: &Pin) -> Value {
    let followed = application.followed();
    let texts = application.texts(pin);
    let text = texts
        .iter()
        .find(|(position, _)| Some(*position) == followed);
    let annotations = json!({ FOLLOWED: application.pointed_at() });
    point(
        object,
        application,
        text.map_or("", |(_, text)| text),
        &annotations,
    )
}

/// The patch that gives it back: it follows what it followed before.
///
/// # Errors
///
/// It was never adopted.
pub fn release(object: &Value, application: &Application) -> Result<Value, Refusal> {
    let Some(followed) = application.metadata.annotations.get(FOLLOWED) else {
        return Err(refusal("it is not adopted", "nothing is to be done"));
    };
    let mut annotations = json!({ FOLLOWED: null });
    if application.metadata.annotations.contains_key(BRANCH) {
        annotations[BRANCH] = Value::Null;
    }
    Ok(point(object, application, followed, &annotations))
}

/// The patch that lets the source that renders point at something else.
pub(super) fn point(
    object: &Value,
    application: &Application,
    points_at: &str,
    annotations: &Value,
) -> Value {
    let spec = if application.spec.sources.is_empty() {
        json!({ "source": { "targetRevision": points_at } })
    } else {
        let mut sources = object
            .pointer("/spec/sources")
            .cloned()
            .unwrap_or(Value::Null);
        let followed = application.followed();
        let source = followed.and_then(|position| sources.get_mut(position));
        if let Some(source) = source.and_then(Value::as_object_mut) {
            source.insert("targetRevision".to_owned(), json!(points_at));
        }
        json!({ "sources": sources })
    };
    json!({
        "metadata": {
            "resourceVersion": object.pointer("/metadata/resourceVersion"),
            "annotations": annotations,
        },
        "spec": spec,
    })
}
