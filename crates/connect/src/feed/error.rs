//! Why a text could not be fetched.

use std::time::Duration;

use http::StatusCode;

/// Why a text could not be fetched. Of the URL it tells the host and the port;
/// what the other side sent is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchFailure {
    /// Not an `http` or `https` URL with a host.
    #[error("the URL is no http or https URL with a host")]
    InvalidUrl,
    /// Another status than 200.
    #[error("{host} answered {got}")]
    Status {
        /// Who was asked.
        host: String,
        /// The status that came.
        got: StatusCode,
    },
    /// Not all of it came in time.
    #[error("{host} did not send all of it within {} s", .limit.as_secs_f32())]
    TimedOut {
        /// Who was asked.
        host: String,
        /// How long it might have taken.
        limit: Duration,
    },
    /// More than [`super::LONGEST`] bytes.
    #[error("{host} sent more than 5 MiB")]
    TooLong {
        /// Who was asked.
        host: String,
    },
    /// Not text.
    #[error("{host} sent what is not UTF-8 text")]
    NotUtf8 {
        /// Who was asked.
        host: String,
    },
    /// Redirected to where it is not followed.
    #[error("{host} cannot be followed: {reason}")]
    Redirect {
        /// Who was asked first.
        host: String,
        /// Why not.
        reason: String,
    },
    /// Nothing there, or no connection that can be trusted.
    #[error("{host} cannot be connected to: {reason}")]
    Connect {
        /// Who was asked.
        host: String,
        /// The innermost reason.
        reason: String,
    },
    /// Something there that does not answer in HTTP, or breaks off.
    #[error("{host} gave no valid answer: {reason}")]
    Answer {
        /// Who was asked.
        host: String,
        /// The innermost reason.
        reason: String,
    },
    /// This side cannot make requests, for want of certificates for example.
    #[error("an HTTP client could not be set up: {0}")]
    Client(String),
}
