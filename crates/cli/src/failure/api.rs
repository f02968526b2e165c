//! What the API server answers, in words that help.

use std::error::Error;

use kube::core::Status;

use super::{Explain, told};
use crate::exit::Exit;

/// What was asked of the API server, for the sentence about its failure.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    what: String,
    /// None: it belongs to the whole cluster.
    namespace: Option<String>,
    writes: bool,
}

impl Asked {
    /// To see something: `change chg-1234`.
    pub(crate) fn to_read(what: impl Into<String>, namespace: &str) -> Self {
        Self {
            what: what.into(),
            namespace: Some(namespace.to_owned()),
            writes: false,
        }
    }

    /// To see something that is in no namespace: `calendar production`.
    pub(crate) fn to_read_of_cluster(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            namespace: None,
            writes: false,
        }
    }

    /// To create or change something.
    pub(crate) fn to_write(what: impl Into<String>, namespace: &str) -> Self {
        Self {
            writes: true,
            ..Self::to_read(what, namespace)
        }
    }
}

/// Why the API server did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// The kubeconfig cannot be read, or names nothing usable.
    #[error("the kubeconfig cannot be used: {problem}")]
    Configuration { problem: String },
    /// No connection.
    #[error("cannot reach the API server at {server}: {problem}")]
    Unreachable { server: String, problem: String },
    /// The credentials are missing, wrong or too old.
    #[error("the API server at {server} does not know who you are")]
    Unauthenticated { server: String },
    /// RBAC says no.
    #[error("you have no permission: {sentence}")]
    Forbidden { sentence: String, writes: bool },
    /// There is no such object.
    #[error("there is no {what} in {}", place(namespace.as_deref()))]
    NotFound {
        what: String,
        namespace: Option<String>,
    },
    /// There is no such namespace.
    #[error("there is no namespace {namespace}")]
    NoNamespace { namespace: String },
    /// The cluster has none of Tidegate's definitions.
    #[error("Tidegate is not installed in the cluster at {server}")]
    NotInstalled { server: String },
    /// An admission policy or webhook says no.
    #[error("{what} is refused: {sentence}")]
    Refused { what: String, sentence: String },
    /// The object itself is wrong.
    #[error("{what} is not valid: {sentence}")]
    Invalid { what: String, sentence: String },
    /// The name is taken.
    #[error("{what} exists already")]
    Exists { what: String },
    /// Anything else.
    #[error("the API server could not answer: {sentence}")]
    Other { sentence: String },
}

impl ApiError {
    /// Translates what `kube` says. `server` is the API server's URL.
    pub(crate) fn new(error: kube::Error, asked: &Asked, server: &str) -> Self {
        match error {
            kube::Error::Api(status) => Self::answered(&status, asked, server),
            kube::Error::SerdeError(error) => Self::Other {
                sentence: format!("its answer cannot be read: {error}"),
            },
            other => Self::Unreachable {
                server: server.to_owned(),
                problem: deepest(&other),
            },
        }
    }

    /// Translates an answer of the API server.
    pub(crate) fn answered(status: &Status, asked: &Asked, server: &str) -> Self {
        let what = asked.what.clone();
        let message = &status.message;
        match status.code {
            401 => Self::Unauthenticated {
                server: server.to_owned(),
            },
            403 if message.contains(" cannot ") && message.contains("User \"") => Self::Forbidden {
                sentence: after(message, "is forbidden: ").to_owned(),
                writes: asked.writes,
            },
            403 => Self::Refused {
                what,
                sentence: refusal(message),
            },
            404 if message.starts_with("namespaces \"") => Self::NoNamespace {
                namespace: asked.namespace.clone().unwrap_or_default(),
            },
            404 if names_an_object(status) => Self::NotFound {
                what,
                namespace: asked.namespace.clone(),
            },
            404 => Self::NotInstalled {
                server: server.to_owned(),
            },
            409 if status.is_already_exists() => Self::Exists { what },
            400 if message.contains("denied request") || message.contains("denied the request") => {
                Self::Refused {
                    what,
                    sentence: refusal(message),
                }
            }
            400 | 422 => Self::Invalid {
                what,
                sentence: faults(status),
            },
            _ => Self::Other {
                sentence: message.clone(),
            },
        }
    }

    /// Whether asking again later may help.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Other { .. })
    }
}

impl Explain for ApiError {
    fn exit(&self) -> Exit {
        match self {
            Self::Refused { .. } | Self::Exists { .. } | Self::Forbidden { writes: true, .. } => {
                Exit::No
            }
            Self::Invalid { .. } | Self::NotFound { .. } | Self::NoNamespace { .. } => {
                Exit::WrongInput
            }
            Self::Configuration { .. }
            | Self::Unreachable { .. }
            | Self::Unauthenticated { .. }
            | Self::Forbidden { writes: false, .. }
            | Self::NotInstalled { .. }
            | Self::Other { .. } => Exit::CannotJudge,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Configuration { .. } => {
                "set KUBECONFIG or give --kubeconfig and --context; `kubectl config get-contexts` lists them"
            }
            Self::Unreachable { .. } => {
                "check that it runs, and that --context names the cluster you mean"
            }
            Self::Unauthenticated { .. } => {
                "log in again, or choose another context with --context"
            }
            Self::Forbidden { sentence, writes } => role(sentence, *writes),
            Self::NotFound {
                namespace: Some(_), ..
            } => "tidegate change list shows what there is; -n chooses another namespace",
            Self::NotFound {
                namespace: None, ..
            } => "kubectl get changepolicies,changecalendars shows what there is",
            Self::NoNamespace { .. } => {
                "tidegate crds --rbac | kubectl apply --server-side -f - makes it; -n chooses another"
            }
            Self::NotInstalled { .. } => {
                "tidegate crds | kubectl apply --server-side -f - installs it; --context chooses another cluster"
            }
            Self::Exists { .. } => "give another metadata.name, or look at it with tidegate why",
            Self::Invalid { .. } => "correct it and try again; nothing was changed",
            Self::Refused { .. } | Self::Other { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

fn place(namespace: Option<&str>) -> String {
    namespace.map_or_else(
        || "the cluster".to_owned(),
        |namespace| format!("namespace {namespace}"),
    )
}

/// Which of the shipped roles is missing, by what the API server says of it.
fn role(sentence: &str, writes: bool) -> &'static str {
    if !writes && sentence.ends_with("at the cluster scope") {
        "ask an administrator for a ClusterRoleBinding to the ClusterRole tidegate-viewer; a RoleBinding does not reach policies and calendars, which are in no namespace"
    } else if !writes {
        "ask an administrator to bind you to the ClusterRole tidegate-viewer"
    } else if sentence.contains("\"approvals\"") {
        "ask an administrator to bind you to the ClusterRole tidegate-approver"
    } else {
        "ask an administrator to bind you to the ClusterRole tidegate-requester"
    }
}

/// What follows the last `marker`, or the whole text.
fn after<'a>(text: &'a str, marker: &str) -> &'a str {
    text.rsplit_once(marker).map_or(text, |(_, rest)| rest)
}

/// The sentence of whoever refused, without the API server's introduction.
fn refusal(message: &str) -> String {
    for marker in ["denied request: ", "denied the request: ", "is forbidden: "] {
        if let Some((_, sentence)) = message.split_once(marker) {
            return sentence.to_owned();
        }
    }
    message.to_owned()
}

/// A 404 for an object names it; one for an unknown kind does not.
fn names_an_object(status: &Status) -> bool {
    status
        .details
        .as_ref()
        .is_some_and(|details| !details.name.is_empty())
}

/// Every fault that the API server found, each with its field.
fn faults(status: &Status) -> String {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let faults: Vec<String> = causes
        .map(|cause| {
            let fault = fault(&cause.message);
            match cause.field.as_str() {
                "" | "<nil>" | "spec" => fault.to_owned(),
                // The schema's own sentences begin with the field.
                field if fault.starts_with(field) => fault.to_owned(),
                field => format!("{field}: {fault}"),
            }
        })
        .collect();
    if faults.is_empty() {
        after(&status.message, "strict decoding error: ").to_owned()
    } else {
        faults.join("; ")
    }
}

/// A rule's own sentence stands behind the value that broke it, which may be
/// the whole object.
fn fault(message: &str) -> &str {
    match message.strip_prefix("Invalid value: ") {
        Some(rest) => ["\": ", "}: ", "]: "]
            .iter()
            .filter_map(|end| rest.split_once(end))
            .map(|(_, sentence)| sentence)
            .min_by_key(|sentence| std::cmp::Reverse(sentence.len()))
            .unwrap_or(rest),
        None => message,
    }
}

/// The innermost cause says what happened; the outer ones only where.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut innermost: &(dyn Error + 'static) = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    match told(innermost) {
        text if text.is_empty() => "no answer".to_owned(),
        text => text,
    }
}

#[cfg(test)]
mod tests;
