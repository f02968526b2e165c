//! Names of images, as the grammar of container registries has them
//! (`distribution/reference`).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The name of an image: `registry.example.com:5000/shop/api-gateway:v2.5.0@sha256:…`.
///
/// Nothing is added: a name without a registry has none, and one without a tag and
/// a digest is what [`is_mutable`](Self::is_mutable) calls mutable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image {
    registry: Option<String>,
    repository: String,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

/// A tag: at most 128 letters, digits, `_`, `.` and `-`, the first no `.` or `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

/// A digest: `sha256:` and 64 hexadecimal digits, or one of another algorithm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

/// What tells one image of a name from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// By its tag.
    Tag(Tag),
    /// By its digest.
    Digest(Digest),
}

/// What is wrong with the name of an image.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImageError {
    /// There is nothing.
    #[error("the name of an image is empty")]
    Empty,
    /// The part before the first `/` is no host.
    #[error("{0:?} is no registry")]
    Registry(String),
    /// The path is none.
    #[error(
        "{0:?} is no repository: it has lower case letters, digits, and between them . _ - and /"
    )]
    Repository(String),
    /// The part behind the `:`.
    #[error("{0:?} is no tag: it has at most 128 letters, digits, . _ and -")]
    Tag(String),
    /// The part behind the `@`.
    #[error("{0:?} is no digest: it is sha256: and 64 hexadecimal digits")]
    Digest(String),
}

impl Image {
    /// The registry with its port, if it names one.
    pub fn registry(&self) -> Option<&str> {
        self.registry.as_deref()
    }

    /// The path in the registry: `shop/api-gateway`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The last part of the path, by which people call it: `api-gateway`.
    pub fn short(&self) -> &str {
        let last = self.repository.rsplit('/').next();
        last.unwrap_or(&self.repository)
    }

    /// Registry and path, without tag and digest.
    pub fn name(&self) -> String {
        match &self.registry {
            Some(registry) => format!("{registry}/{}", self.repository),
            None => self.repository.clone(),
        }
    }

    /// The tag, if it has one.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, if it has one. Where it has, the tag says nothing.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Whether it is meant to be another one tomorrow: the tag `latest`, or neither
    /// tag nor digest, which is the same.
    pub fn is_mutable(&self) -> bool {
        let tag = self.tag.as_ref().map(Tag::as_str);
        self.digest.is_none() && matches!(tag, None | Some("latest"))
    }

    /// Whether it is named by this tag or digest.
    pub fn is_version(&self, version: &Version) -> bool {
        match version {
            Version::Tag(tag) => self.tag.as_ref() == Some(tag),
            Version::Digest(digest) => self.digest.as_ref() == Some(digest),
        }
    }

    /// Whether somebody who says this name means this image: all of its name, the
    /// end of its path, or its last part.
    pub fn is_called(&self, name: &str) -> bool {
        let full = self.name();
        full == name
            || full
                .strip_suffix(name)
                .is_some_and(|before| before.ends_with('/'))
    }
}

impl Tag {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Digest {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let mut bytes = text.bytes();
        let starts = bytes.next().is_some_and(is_word);
        let is_tag = starts && bytes.all(|byte| is_word(byte) || byte == b'.' || byte == b'-');
        if is_tag && text.len() <= 128 {
            Ok(Self(text.to_owned()))
        } else {
            Err(ImageError::Tag(text.to_owned()))
        }
    }
}

impl FromStr for Digest {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ImageError::Digest(text.to_owned());
        let (algorithm, hex) = text.split_once(':').ok_or_else(wrong)?;
        let enough = match algorithm {
            "sha256" => hex.len() == 64,
            "sha512" => hex.len() == 128,
            _ => hex.len() >= 32,
        };
        let starts = algorithm
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphabetic());
        let is_algorithm = starts
            && algorithm
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+._-".contains(&byte));
        let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        if enough && is_algorithm && is_hex {
            Ok(Self(text.to_owned()))
        } else {
            Err(wrong())
        }
    }
}

impl FromStr for Version {
    type Err = ImageError;

    /// A digest is the one that has a `:`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains(':') {
            text.parse().map(Self::Digest)
        } else {
            text.parse().map(Self::Tag)
        }
    }
}

impl FromStr for Image {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(ImageError::Empty);
        }
        let (text, digest) = match text.split_once('@') {
            Some((before, digest)) => (before, Some(digest.parse()?)),
            None => (text, None),
        };
        // The colon of a port stands before a slash.
        let (name, tag) = match text.rsplit_once(':') {
            Some((before, tag)) if !tag.contains('/') => (before, Some(tag.parse()?)),
            _ => (text, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((first, rest)) if is_host(first) => (Some(first), rest),
            _ => (None, name),
        };
        if let Some(registry) = registry.filter(|registry| !is_registry(registry)) {
            return Err(ImageError::Registry(registry.to_owned()));
        }
        if !repository.split('/').all(is_part) || name.len() > 255 {
            return Err(ImageError::Repository(repository.to_owned()));
        }
        Ok(Self {
            registry: registry.map(ToOwned::to_owned),
            repository: repository.to_owned(),
            tag,
            digest,
        })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(formatter),
            Self::Digest(digest) => digest.fmt(formatter),
        }
    }
}

impl fmt::Display for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name())?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(formatter, "@{digest}")?;
        }
        Ok(())
    }
}

/// Whether the part before the first `/` is a host and no part of a path.
fn is_host(first: &str) -> bool {
    first == "localhost"
        || first.contains(['.', ':'])
        || first.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        // An address of IPv6.
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if address.parse::<std::net::Ipv6Addr>().is_ok() => (
                "localhost",
                port.strip_prefix(':').or(port.is_empty().then_some("0")),
            ),
            _ => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, Some("0")),
        },
    };
    let is_label = |label: &str| {
        let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        ends(label.bytes().next())
            && ends(label.bytes().next_back())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_port = port.is_some_and(|port| {
        port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_port && host.split('.').all(is_label)
}

/// Letters and digits, between them one `.`, one or two `_`, or any number of `-`.
fn is_part(part: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut between = String::new();
    let mut was_word = false;
    for letter in part.chars() {
        if u8::try_from(letter).is_ok_and(is_word) {
            let may = matches!(between.as_str(), "" | "." | "_" | "__")
                || between.chars().all(|letter| letter == '-');
            if !may || (!was_word && !between.is_empty()) {
                return false;
            }
            between.clear();
            was_word = true;
        } else if matches!(letter, '.' | '_' | '-') {
            between.push(letter);
        } else {
            return false;
        }
    }
    was_word && between.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn names_are_read_and_written_as_they_are() {
        let with_digest = format!("registry.example.com:5000/shop/web:v1@sha256:{HEX}");
        for (text, registry, repository, tag) in [
            ("web", None, "web", None),
            ("web:v1", None, "web", Some("v1")),
            ("library/web:v1", None, "library/web", Some("v1")),
            ("localhost/web", Some("localhost"), "web", None),
            ("localhost:5000/web", Some("localhost:5000"), "web", None),
            (
                "registry.example.com/a/b__c/d-e.f:1_2",
                Some("registry.example.com"),
                "a/b__c/d-e.f",
                Some("1_2"),
            ),
            (
                "[fd00::1]:5000/web:v1",
                Some("[fd00::1]:5000"),
                "web",
                Some("v1"),
            ),
            (
                &with_digest,
                Some("registry.example.com:5000"),
                "shop/web",
                Some("v1"),
            ),
        ] {
            let image: Image = text.parse().unwrap();
            assert_eq!(image.registry(), registry, "{text}");
            assert_eq!(image.repository(), repository, "{text}");
            assert_eq!(image.tag().map(Tag::as_str), tag, "{text}");
            assert_eq!(image.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_name_says_what_is_wrong() {
        let table = [
            ("", "the name of an image is empty"),
            ("web:", "\"\" is no tag"),
            ("web:.1", "\".1\" is no tag"),
            ("web:v 1", "\"v 1\" is no tag"),
            ("Web:v1", "\"Web\" is no repository"),
            ("web//api", "\"web//api\" is no repository"),
            ("web/", "\"web/\" is no repository"),
            ("a/b._c", "\"a/b._c\" is no repository"),
            ("-a", "\"-a\" is no repository"),
            (
                "registry.example.com:http/web",
                "\"registry.example.com:http\" is no registry",
            ),
            (
                "https://registry.example.com/web",
                "\"https:\" is no registry",
            ),
            ("registry..com/web", "\"registry..com\" is no registry"),
            ("web@sha256:12", "\"sha256:12\" is no digest"),
            ("web@v1", "\"v1\" is no digest"),
            ("${IMAGE}", "\"${IMAGE}\" is no repository"),
        ];
        for (text, message) in table {
            let error = text.parse::<Image>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }

    #[test]
    fn only_latest_and_nothing_are_meant_to_change() {
        let digest = format!("web:latest@sha256:{HEX}");
        for (text, is_mutable) in [
            ("web", true),
            ("web:latest", true),
            ("web:v1", false),
            (&digest, false),
        ] {
            assert_eq!(
                text.parse::<Image>().unwrap().is_mutable(),
                is_mutable,
                "{text}"
            );
        }
    }

    #[test]
    fn an_image_is_called_by_the_end_of_its_path() {
        let image: Image = "registry.example.com/shop/web:v1".parse().unwrap();
        for (name, is) in [
            ("web", true),
            ("shop/web", true),
            ("registry.example.com/shop/web", true),
            ("eb", false),
            ("op/web", false),
            ("", false),
        ] {
            assert_eq!(image.is_called(name), is, "{name}");
        }
    }
}
