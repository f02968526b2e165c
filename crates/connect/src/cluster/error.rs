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
    /// renewed. So do 409 at an apply, 429 and everything from 500 on.
    pub(crate) fn from_kube(object: &str, error: &kube::Error) -> Self {
        let object = object.to_owned();
        match error {
            kube::Error::Api(status) => {
                let message = status.message.clone();
                match status.code {
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

/// The last cause says most: `connection refused`.
fn brief(error: &kube::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
