//! Releases of Kubernetes.

use std::fmt;
use std::str::FromStr;

/// A minor release of Kubernetes whose schemas are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    minor: u32,
}

/// Not a release, or none whose schemas are here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// Not two numbers.
    #[error("{0:?} is no version of Kubernetes; write it like 1.36")]
    NotAVersion(String),
    /// Too old or too new.
    #[error("there are no schemas of Kubernetes {given}; there are of {first} to {last}")]
    NotHere {
        /// What was asked for.
        given: String,
        /// The oldest that is here.
        first: Release,
        /// The newest that is here.
        last: Release,
    },
}

impl Release {
    /// The oldest whose schemas are here.
    pub const FIRST: Self = Self { minor: 32 };
    /// The newest whose schemas are here.
    pub const LATEST: Self = Self { minor: 36 };

    /// All whose schemas are here, the oldest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (Self::FIRST.minor..=Self::LATEST.minor).map(|minor| Self { minor })
    }

    /// Its position among those that are here.
    pub(crate) const fn position(self) -> u32 {
        self.minor - Self::FIRST.minor
    }

    pub(crate) const fn minor(self) -> u32 {
        self.minor
    }
}

impl Default for Release {
    fn default() -> Self {
        Self::LATEST
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "1.{}", self.minor)
    }
}

/// `1.36`, `v1.36`, `1.36.3` or what a cluster says of itself, `v1.36.3-eks-1`.
impl FromStr for Release {
    type Err = ReleaseError;

    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        let not_a_version = || ReleaseError::NotAVersion(text.to_owned());
        let mut parts = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
        let mut number = || parts.next().and_then(|part| part.parse::<u32>().ok());
        let (Some(major), Some(minor)) = (number(), number()) else {
            return Err(not_a_version());
        };
        let release = Self { minor };
        if major == 1 && (Self::FIRST..=Self::LATEST).contains(&release) {
            return Ok(release);
        }
        Err(ReleaseError::NotHere {
            given: text.to_owned(),
            first: Self::FIRST,
            last: Self::LATEST,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_as_people_and_clusters_write_them() {
        for text in ["1.36", "v1.36", "1.36.3", "v1.36.3-eks-1"] {
            assert_eq!(text.parse(), Ok(Release::LATEST), "{text}");
        }
        let old = "1.20".parse::<Release>().unwrap_err().to_string();
        assert!(old.contains("of 1.32 to 1.36"), "{old}");
        for text in ["", "latest", "1", "1.x"] {
            let error = text.parse::<Release>().unwrap_err();
            assert!(matches!(error, ReleaseError::NotAVersion(_)), "{text}");
        }
    }
}
