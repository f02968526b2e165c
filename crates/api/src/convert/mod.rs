//! From what people write to what the core decides on.

pub mod approval;
pub mod calendar;
pub mod change;
pub mod policy;
mod source;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use tidegate_core::calendar::parse_duration;

/// A field that cannot be read. Its `Display` names the field and says what to
/// write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldError {
    /// The field's path in the object: `spec.stages[1].share`.
    pub field: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

fn wrong(field: impl Into<String>, problem: impl Into<String>) -> FieldError {
    FieldError {
        field: field.into(),
        problem: problem.into(),
    }
}

/// A positive duration such as `40m`.
fn duration(field: &str, text: &str) -> Result<SignedDuration, FieldError> {
    let parsed = parse_duration(text).map_err(|error| wrong(field, error.to_string()))?;
    if parsed.is_positive() {
        Ok(parsed)
    } else {
        Err(wrong(
            field,
            format!("{text} is not longer than nothing; write for example 10m"),
        ))
    }
}

fn duration_or(
    field: &str,
    text: Option<&str>,
    otherwise: SignedDuration,
) -> Result<SignedDuration, FieldError> {
    text.map_or(Ok(otherwise), |text| duration(field, text))
}

/// The moment the API server stored an object.
fn created_at(time: Option<&Time>) -> Timestamp {
    time.map_or(Timestamp::UNIX_EPOCH, |time| time.0)
}
