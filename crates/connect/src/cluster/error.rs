//! Why a cluster did not do what it was asked.

use thiserror::Error;

/// Why a cluster did not do what it was asked.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// It answered no, and would answer no again.
    #[error("the API server refuses {object}: {message}")]
    Refused {
        /// What was to be done: `Deployment/api-gateway`.
        object: String,
        /// What the API server said.
        message: String,
    },
    /// It did not answer, or not now.
    #[error("the API server cannot do it now ({object}): {message}")]
    Unavailable {
        /// What was to be done.
        object: String,
        /// What went wrong.
        message: String,
    },
    /// Somebody else wrote at the same moment.
    #[error("{object} was written by somebody else at the same moment")]
    Conflict {
        /// What was to be written.
        object: String,
    },
    /// Tidegate's own record of a target does not read.
    #[error("the record of {target} in Secret {secret} does not read: {message}")]
    Record {
        /// The target.
        target: String,
        /// The Secret's name.
        secret: String,
        /// What is wrong.
        message: String,
    },
    /// An object cannot get to where it is wanted from where it is.
    #[error("{object}: {why}")]
    Stuck {
        /// What cannot: `Rollout/api-gateway`.
        object: String,
        /// Why.
        why: String,
    },
    /// Another change holds the target.
    #[error("it is held by {by}")]
    Held {
        /// The other change.
        by: String,
    },
}

impl ClusterError {
    /// Trying again without anything having changed may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Conflict { .. })
    }

    /// Sorts what the client says. 401 counts as passing: credentials are
    /// renewed. So do 409 at an apply, 429 and everything from 500 on, except
    /// what the API server answers to the apply of a malformed manifest: that is
    /// a 500 as well.
    pub(crate) fn from_kube(object: &str, error: &kube::Error) -> Self {
        let object = object.to_owned();
        match error {
            kube::Error::Api(status) => {
                let message = status.message.clone();
                match status.code {
                    500 if is_malformed(&message) => Self::Refused { object, message },
                    409 => Self::Conflict { object },
                    401 | 408 | 429 | 500.. => Self::Unavailable { object, message },
                    _ => Self::Refused { object, message },
                }
            }
            other => Self::Unavailable {
                object,
                message: brief(other),
            },
        }
    }
}

/// Whether an apply was answered so because the manifest has a field that its
/// kind does not have, or a value that does not read. Only the words tell it
/// from a fault of the API server (`structuredmerge.go` of its managed fields).
fn is_malformed(message: &str) -> bool {
    message.starts_with("failed to create typed patch object")
        || (message.starts_with("failed to convert new object")
            && message.contains("unable to convert unstructured object"))
}

/// The last cause says most: `connection refused`.
fn brief(error: &kube::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    fn sorted(code: u16, message: &str) -> ClusterError {
        let status = Status::failure(message, "").with_code(code);
        let error = kube::Error::Api(Box::new(status));
        ClusterError::from_kube("ConfigMap/settings", &error)
    }

    #[test]
    fn an_overloaded_server_is_asked_again_and_a_refusal_is_not() {
        for code in [401, 409, 429, 500, 503] {
            assert!(sorted(code, "not now").is_passing(), "{code}");
        }
        for code in [400, 403, 404, 422] {
            assert!(!sorted(code, "no").is_passing(), "{code}");
        }
    }

    #[test]
    fn a_malformed_manifest_is_a_refusal_although_it_is_answered_with_500() {
        for (answer, words) in [
            (
                "failed to create typed patch object (a/settings; /v1, Kind=ConfigMap): .dada: field not declared in schema",
                ".dada: field not declared in schema",
            ),
            (
                "failed to convert new object (a/data; /v1, Kind=PersistentVolumeClaim) to proper version: unable to convert unstructured object to /v1, Kind=PersistentVolumeClaim: quantities must match the regular expression",
                "quantities must match the regular expression",
            ),
        ] {
            let error = sorted(500, answer);
            assert!(!error.is_passing(), "{error}");
            assert!(error.to_string().contains(words), "{error}");
        }
        let webhook = "failed to convert new object (a/b; c/v1, Kind=D) to proper version: conversion webhook for c/v2, Kind=D failed: connection refused";
        assert!(sorted(500, webhook).is_passing());
    }
}
