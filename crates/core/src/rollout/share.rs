//! How much of a workload a stage may reach.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A share of a workload's replicas: 1 % to 100 %, in whole percent. Written `10%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Share(u8);

/// A text or number that is not a share.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a share is a whole percentage from 1% to 100%")]
pub struct ShareError;

impl Share {
    /// All replicas.
    pub const FULL: Self = Self(100);

    /// The share of this many percent.
    ///
    /// # Errors
    /// When it is 0 or more than 100.
    pub fn new(percent: u8) -> Result<Self, ShareError> {
        if (1..=100).contains(&percent) {
            Ok(Self(percent))
        } else {
            Err(ShareError)
        }
    }

    /// In percent.
    pub fn percent(self) -> u8 {
        self.0
    }

    /// How many of these replicas it is: rounded up, so at least one where there
    /// is one, and never more than there are.
    pub fn of(self, replicas: u32) -> u32 {
        let exact = (u64::from(replicas) * u64::from(self.0)).div_ceil(100);
        u32::try_from(exact).unwrap_or(replicas)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}%", self.0)
    }
}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_suffix('%').ok_or(ShareError)?;
        // `u8` also reads `+5` and `05`, which the schema refuses.
        if !digits.starts_with(|first: char| ('1'..='9').contains(&first)) {
            return Err(ShareError);
        }
        digits.parse().map_err(|_| ShareError).and_then(Self::new)
    }
}

impl From<Share> for String {
    fn from(share: Share) -> Self {
        share.to_string()
    }
}

impl TryFrom<String> for Share {
    type Error = ShareError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Share {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A share of a workload's replicas, in whole percent: 10%.",
            "pattern": "^(100|[1-9][0-9]?)%$",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rounds_up() {
        let table = [
            (10, 10, 1),
            (10, 11, 2),
            (50, 10, 5),
            (50, 3, 2),
            (1, 10, 1),
            (1, 1, 1),
            (100, 10, 10),
            (10, 0, 0),
            (100, u32::MAX, u32::MAX),
        ];
        for (percent, replicas, pods) in table {
            assert_eq!(
                Share::new(percent).unwrap().of(replicas),
                pods,
                "{percent}% of {replicas}"
            );
        }
    }

    #[test]
    fn reads_only_what_it_writes() {
        assert_eq!("10%".parse::<Share>().unwrap().to_string(), "10%");
        assert_eq!("100%".parse(), Ok(Share::FULL));
        for wrong in [
            "0%", "101%", "10", "%", "-1%", "+5%", "05%", "1.5%", " 5%", "300%", "5 %",
        ] {
            assert_eq!(wrong.parse::<Share>(), Err(ShareError), "{wrong}");
        }
        assert_eq!(Share::new(0), Err(ShareError));
        assert_eq!(Share::new(101), Err(ShareError));
    }

    proptest! {
        #[test]
        fn is_at_least_one_and_never_more_than_there_are(percent in 1..=100_u8, replicas in 1..u32::MAX) {
            let pods = Share::new(percent).unwrap().of(replicas);
            prop_assert!((1..=replicas).contains(&pods));
        }

        #[test]
        fn a_larger_share_is_never_fewer_pods(a in 1..=100_u8, b in 1..=100_u8, replicas: u32) {
            let (small, large) = (a.min(b), a.max(b));
            prop_assert!(Share::new(small).unwrap().of(replicas) <= Share::new(large).unwrap().of(replicas));
        }
    }
}
