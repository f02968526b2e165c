//! What an Application is pinned to.
//!
//! A folder of a Git repository is pinned to a commit. A chart of a Helm repository is
//! pinned to a version, and to a commit as well where its values come from Git.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Application;
use crate::revision::Revision;

/// Between a chart's version and the commit of its values.
const WITH_VALUES: &str = " with values of ";

/// What an Application is pinned to. Two are equal if Argo CD deploys the same from
/// them, as far as what an Application says can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Pin {
    /// A commit of the Git repository that it deploys from.
    Commit(Revision),
    /// A chart of a Helm repository.
    Chart {
        /// Its version.
        version: ChartVersion,
        /// The commit that its values come from. None: they come from no repository.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        values: Option<Revision>,
    },
}

/// What a change moves of a pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move<'a> {
    /// The commit, of the manifests or of a chart's values.
    Commit(&'a Revision),
    /// The version of the chart.
    Version(&'a ChartVersion),
}

impl Pin {
    /// The commit in it, if there is one.
    pub fn commit(&self) -> Option<&Revision> {
        match self {
            Self::Commit(commit) => Some(commit),
            Self::Chart { values, .. } => values.as_ref(),
        }
    }

    /// The pin with this moved. None: it has nothing of that kind.
    pub fn moved(&self, to: Move<'_>) -> Option<Self> {
        match (self, to) {
            (Self::Commit(_), Move::Commit(commit)) => Some(Self::Commit(commit.clone())),
            (
                Self::Chart {
                    version,
                    values: Some(_),
                },
                Move::Commit(commit),
            ) => Some(Self::Chart {
                version: version.clone(),
                values: Some(commit.clone()),
            }),
            (Self::Chart { values, .. }, Move::Version(version)) => Some(Self::Chart {
                version: version.clone(),
                values: values.clone(),
            }),
            (Self::Commit(_), Move::Version(_)) | (Self::Chart { .. }, Move::Commit(_)) => None,
        }
    }

    /// Reads what `Display` wrote. None: it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(commit) = Revision::parse(text) {
            return Some(Self::Commit(commit));
        }
        let (version, values) = match text.split_once(WITH_VALUES) {
            Some((version, values)) => (version, Some(Revision::parse(values).ok()?)),
            None => (text, None),
        };
        Some(Self::Chart {
            version: ChartVersion::parse(version).ok()?,
            values,
        })
    }

    /// For people: `9f1c2d3`, or `1.4.2 with values of 9f1c2d3`.
    pub fn short(&self) -> String {
        match self {
            Self::Commit(commit) => commit.short().to_owned(),
            Self::Chart {
                version,
                values: None,
            } => version.to_string(),
            Self::Chart {
                version,
                values: Some(values),
            } => format!("{version}{WITH_VALUES}{}", values.short()),
        }
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit(commit) => write!(formatter, "{commit}"),
            Self::Chart {
                version,
                values: None,
            } => write!(formatter, "{version}"),
            Self::Chart {
                version,
                values: Some(values),
            } => write!(formatter, "{version}{WITH_VALUES}{values}"),
        }
    }
}

/// The exact version of a chart: `1.4.2`, `v1.4.2-rc.1` (Semantic Versioning 2.0.0,
/// with the `v` that Helm allows).
///
/// A range such as `1.x` is none: what it stands for changes with every release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct ChartVersion(String);

/// A text is no [`ChartVersion`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not the exact version of a chart: give one such as 1.4.2")]
pub struct ChartVersionError(String);

impl ChartVersion {
    /// Reads an exact version.
    ///
    /// # Errors
    ///
    /// It is a range, or cut short, or nothing.
    pub fn parse(text: &str) -> Result<Self, ChartVersionError> {
        let refused = || ChartVersionError(text.to_owned());
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, build) = match rest.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (rest, None),
        };
        let (numbers, before) = match rest.split_once('-') {
            Some((numbers, before)) => (numbers, Some(before)),
            None => (rest, None),
        };
        let is_number = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|digit| digit.is_ascii_digit())
                && (part == "0" || !part.starts_with('0'))
        };
        let is_label = |label: &str| {
            label.split('.').all(|part| {
                let mut bytes = part.bytes();
                !part.is_empty() && bytes.all(|byte| byte == b'-' || byte.is_ascii_alphanumeric())
            })
        };
        let parts: Vec<&str> = numbers.split('.').collect();
        let is_exact = parts.len() == 3 && parts.into_iter().all(is_number);
        if is_exact && [build, before].into_iter().flatten().all(is_label) && text.len() <= 256 {
            Ok(Self(text.to_owned()))
        } else {
            Err(refused())
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChartVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for ChartVersion {
    type Error = ChartVersionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ChartVersion> for String {
    fn from(version: ChartVersion) -> Self {
        version.0
    }
}

/// Which of an Application's sources are pinned, by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pinned {
    /// The source in Git: of the manifests, or of a chart's values.
    git: Option<usize>,
    /// The source in a Helm repository.
    chart: Option<usize>,
}

impl Application {
    fn pinned(&self) -> Pinned {
        let sources = self.sources();
        let chart = sources.iter().position(|source| !source.chart.is_empty());
        let git = match chart {
            None => sources.iter().position(|source| !source.path.is_empty()),
            Some(chart) => sources
                .get(chart)
                .and_then(|chart| self.values_of(chart).next()),
        };
        Pinned { git, chart }
    }

    /// What it is pinned to, if it is pinned to something exact. Where the pin is on
    /// a branch that is what Argo CD found there last.
    pub fn pin(&self) -> Option<Pin> {
        if let Some(branch) = self.branch() {
            return self.live_pin().filter(|_| self.follows(&branch));
        }
        self.pin_of(|position| {
            let source = self.sources().get(position)?;
            Some(source.target_revision.as_str())
        })
    }

    /// What runs, as far as Argo CD says so: what it was compared with last.
    pub fn live_pin(&self) -> Option<Pin> {
        let sync = &self.status.sync;
        self.pin_of(|position| {
            let of_several = sync.revisions.get(position);
            Some(of_several.unwrap_or(&sync.revision).as_str())
        })
    }

    /// The commit that runs, as far as Argo CD says so.
    pub fn live_revision(&self) -> Option<Revision> {
        self.live_pin()?.commit().cloned()
    }

    /// Lets the source that is followed point at something else.
    pub(super) fn point_at(&mut self, revision: &str) {
        let position = self.followed();
        let spec = &mut self.spec;
        let sources = if spec.sources.is_empty() {
            spec.source.as_mut_slice()
        } else {
            spec.sources.as_mut_slice()
        };
        if let Some(source) = position.and_then(|position| sources.get_mut(position)) {
            revision.clone_into(&mut source.target_revision);
        }
    }

    fn pin_of<'a>(&'a self, text: impl Fn(usize) -> Option<&'a str>) -> Option<Pin> {
        let Pinned { git, chart } = self.pinned();
        let commit = git.map(|git| Revision::parse(text(git)?).ok());
        match (chart, commit) {
            (None, None) | (_, Some(None)) => None,
            (None, Some(Some(commit))) => Some(Pin::Commit(commit)),
            (Some(chart), commit) => Some(Pin::Chart {
                version: ChartVersion::parse(text(chart)?).ok()?,
                values: commit.flatten(),
            }),
        }
    }

    /// The pin's text at the position of each source that is pinned.
    pub(super) fn texts<'a>(&self, pin: &'a Pin) -> Vec<(usize, &'a str)> {
        let Pinned { git, chart } = self.pinned();
        let (version, commit) = match pin {
            Pin::Commit(commit) => (None, Some(commit)),
            Pin::Chart { version, values } => (Some(version), values.as_ref()),
        };
        let version = chart.zip(version.map(ChartVersion::as_str));
        let commit = git.zip(commit.map(Revision::as_str));
        version.into_iter().chain(commit).collect()
    }

    /// What the source points at that a change of a commit moves, or else its chart: a
    /// commit or a version, or anything else that Argo CD resolves again and again.
    pub fn pointed_at(&self) -> &str {
        let Pinned { git, chart } = self.pinned();
        let source = git
            .or(chart)
            .and_then(|position| self.sources().get(position));
        source.map_or("", |source| source.target_revision.as_str())
    }

    /// All that it points at, for people: `main`, or `1.x with values of main`.
    pub fn points_at(&self) -> String {
        let Pinned { git, chart } = self.pinned();
        let text = |position: usize| {
            let source = self.sources().get(position);
            source.map_or("", |source| source.target_revision.as_str())
        };
        match (chart, git) {
            (Some(chart), Some(git)) => format!("{} with values of {}", text(chart), text(git)),
            (Some(position), None) | (None, Some(position)) => text(position).to_owned(),
            (None, None) => String::new(),
        }
    }

    /// What its chart of a Helm repository points at: a version, or a range of them.
    pub fn chart_version(&self) -> Option<&str> {
        let chart = self.sources().get(self.pinned().chart?)?;
        Some(&chart.target_revision)
    }

    /// The range of versions that its chart follows, where it is not exact.
    pub fn follows_versions(&self) -> Option<&str> {
        let is_range = |version: &&str| ChartVersion::parse(version).is_err();
        self.chart_version().filter(is_range)
    }

    /// The position of the source that adoption pins and release lets go: the one in
    /// Git, or else the chart.
    pub(super) fn followed(&self) -> Option<usize> {
        let Pinned { git, chart } = self.pinned();
        git.or(chart)
    }

    /// Whether what it was compared with last is this.
    pub fn is_compared_with(&self, pin: &Pin) -> bool {
        let sync = &self.status.sync;
        let texts = self.texts(pin);
        let is_there = |(position, text): &(usize, &str)| match sync.revisions.get(*position) {
            Some(revision) => revision == text,
            None => sync.revision == *text,
        };
        !texts.is_empty() && texts.iter().all(is_there)
    }
}
