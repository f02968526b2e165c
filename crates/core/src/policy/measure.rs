//! A measured value, and whether it is good enough.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::lifecycle::facts::CheckResult;

/// A number that a measured value is compared with. Never `NaN`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "f64", into = "f64")]
pub struct Threshold(f64);

/// A threshold is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a threshold has to be a number")]
pub struct NotANumber;

impl Threshold {
    /// # Errors
    ///
    /// `NaN`, with which nothing compares, and infinity.
    pub fn new(value: f64) -> Result<Self, NotANumber> {
        if value.is_finite() {
            // So that equal thresholds have equal bits.
            Ok(Self(value + 0.0))
        } else {
            Err(NotANumber)
        }
    }
}

impl TryFrom<f64> for Threshold {
    type Error = NotANumber;

    fn try_from(value: f64) -> Result<Self, NotANumber> {
        Self::new(value)
    }
}

impl From<Threshold> for f64 {
    fn from(threshold: Threshold) -> Self {
        threshold.0
    }
}

// Without `NaN` equality is total.
impl Eq for Threshold {}

impl Hash for Threshold {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Judges what a query answered: every series has to be below and above what is
/// asked for. No series at all, and a value that is no number, say nothing yet:
/// what was rolled out may not have been measured.
pub fn judge(values: &[f64], below: Option<Threshold>, above: Option<Threshold>) -> CheckResult {
    if values.is_empty() {
        return CheckResult::Pending("the query answers with no series".to_owned());
    }
    for value in values {
        if value.is_nan() {
            return CheckResult::Pending("the query answers NaN".to_owned());
        }
        if let Some(limit) = below.filter(|limit| *value >= limit.0) {
            return CheckResult::Pending(format!("{value} is not below {limit}"));
        }
        if let Some(limit) = above.filter(|limit| *value <= limit.0) {
            return CheckResult::Pending(format!("{value} is not above {limit}"));
        }
    }
    CheckResult::Passed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(value: f64) -> Threshold {
        Threshold::new(value).unwrap()
    }

    #[test]
    fn every_series_has_to_be_within_what_is_asked_for() {
        assert_eq!(
            judge(&[0.001, 0.0], Some(limit(0.01)), None),
            CheckResult::Passed
        );
        assert_eq!(
            judge(&[0.001, 0.02], Some(limit(0.01)), None),
            CheckResult::Pending("0.02 is not below 0.01".to_owned())
        );
        assert_eq!(
            judge(&[3.0], None, Some(limit(3.0))),
            CheckResult::Pending("3 is not above 3".to_owned())
        );
        assert_eq!(
            judge(&[f64::INFINITY], None, Some(limit(3.0))),
            CheckResult::Passed
        );
    }

    #[test]
    fn what_was_not_measured_passes_nothing() {
        for values in [&[][..], &[f64::NAN][..]] {
            let judged = judge(values, Some(limit(1.0)), None);
            assert!(matches!(judged, CheckResult::Pending(_)), "{judged:?}");
        }
        assert_eq!(Threshold::new(f64::NAN), Err(NotANumber));
    }
}
