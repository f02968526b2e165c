//! What somebody announced: `Change: Upgrade api-gateway from v2.4.3 to v2.5.0`.

use std::fmt;

use thiserror::Error;

use super::reference::{Image, Version};

/// An image and the tags or digests that it goes from and to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// What it is called. None: the only one that changes.
    pub name: Option<String>,
    /// What it is. None: nobody said.
    pub from: Option<Version>,
    /// What it becomes.
    pub to: Version,
}

/// No announcement that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnnouncementError {
    /// There is no `from X to Y`.
    #[error("{0:?} does not say from what to what: write NAME from v1.0.0 to v1.1.0")]
    NoVersions(String),
    /// What it goes from or to is neither a tag nor a digest.
    #[error("{0:?} is neither a tag nor a digest")]
    NoVersion(String),
}

impl Announcement {
    /// Reads `api-gateway from v2.4.3 to v2.5.0`. What stands before the name is
    /// prose: of `Upgrade api-gateway` the last word counts. Without a word before
    /// `from` it names no image.
    ///
    /// # Errors
    ///
    /// It does not say from what to what.
    pub fn read(text: &str) -> Result<Self, AnnouncementError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let is = |at: usize, word: &str| {
            words
                .get(at)
                .is_some_and(|other| other.eq_ignore_ascii_case(word))
        };
        let from = (0..words.len())
            .rev()
            .find(|at| is(*at, "from") && is(*at + 2, "to"));
        let wrong = || AnnouncementError::NoVersions(text.to_owned());
        let from = from.ok_or_else(wrong)?;
        let version = |at: usize| {
            let word = words.get(at).copied().ok_or_else(wrong)?;
            let word = word.trim_matches(['`', '"', '\'', ',', ';', ')', '(']);
            let word = word.trim_end_matches('.');
            let read = word.parse();
            read.map_err(|_| AnnouncementError::NoVersion(word.to_owned()))
        };
        let name = from.checked_sub(1).and_then(|at| words.get(at));
        let name = name.map(|name| name.trim_matches(['`', '"', '\'', ',', ':']).to_owned());
        Ok(Self {
            name: name.filter(|name| !name.is_empty() && !is_verb(name)),
            from: Some(version(from + 1)?),
            to: version(from + 3)?,
        })
    }

    /// Those of a commit message: each line that begins with `Change:`. Lines that
    /// say something else of the change, without `from` and `to`, announce no image.
    ///
    /// # Errors
    ///
    /// What a line goes from or to is no tag.
    pub fn of_message(message: &str) -> Result<Vec<Self>, AnnouncementError> {
        let lines = message.lines().filter_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim()
                .eq_ignore_ascii_case("change")
                .then(|| value.trim())
        });
        let read = lines.map(Self::read);
        read.filter(|read| !matches!(read, Err(AnnouncementError::NoVersions(_))))
            .collect()
    }

    /// Whether it is about this image.
    pub(super) fn is_about(&self, image: &Image) -> bool {
        self.name
            .as_deref()
            .is_none_or(|name| image.is_called(name))
    }
}

/// `Upgrade from v1 to v2` names nothing.
fn is_verb(word: &str) -> bool {
    const VERBS: [&str; 12] = [
        "upgrade",
        "update",
        "bump",
        "change",
        "move",
        "go",
        "downgrade",
        "upgraded",
        "updated",
        "image",
        "tag",
        "version",
    ];
    VERBS.iter().any(|verb| word.eq_ignore_ascii_case(verb))
}

/// `api-gateway from v2.4.3 to v2.5.0`
impl fmt::Display for Announcement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(formatter, "{name} ")?;
        }
        if let Some(from) = &self.from {
            write!(formatter, "from {from} ")?;
        }
        write!(formatter, "to {}", self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(name: Option<&str>, from: &str, to: &str) -> Announcement {
        Announcement {
            name: name.map(ToOwned::to_owned),
            from: Some(from.parse().unwrap()),
            to: to.parse().unwrap(),
        }
    }

    #[test]
    fn the_name_is_the_word_before_from() {
        for (text, is) in [
            (
                "Upgrade api-gateway from v2.4.3 to v2.5.0",
                announced(Some("api-gateway"), "v2.4.3", "v2.5.0"),
            ),
            (
                "api-gateway from v2.4.3 to v2.5.0.",
                announced(Some("api-gateway"), "v2.4.3", "v2.5.0"),
            ),
            ("from v1 to v2", announced(None, "v1", "v2")),
            ("Upgrade from `v1` to `v2`", announced(None, "v1", "v2")),
            (
                "move away from old, shop/web from 1 to 2 (again)",
                announced(Some("shop/web"), "1", "2"),
            ),
        ] {
            assert_eq!(Announcement::read(text), Ok(is), "{text}");
        }
    }

    #[test]
    fn what_says_no_versions_is_none() {
        let error = |text| Announcement::read(text).unwrap_err().to_string();
        assert_eq!(
            error("Raise the replicas"),
            "\"Raise the replicas\" does not say from what to what: write NAME from v1.0.0 to v1.1.0"
        );
        assert_eq!(
            error("web from v1 to v/2"),
            "\"v/2\" is neither a tag nor a digest"
        );
    }

    #[test]
    fn a_message_announces_what_its_change_lines_say() {
        let message = "CHG-1234: Upgrade from v1 to v2\n\nChange: Upgrade web from v1 to v2\nRisk: Low\nChange: more replicas\n";
        let all = Announcement::of_message(message).unwrap();
        assert_eq!(all, [announced(Some("web"), "v1", "v2")]);
    }
}
