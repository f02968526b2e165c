//! The digest: which manifests an approval is for, and what will run.
//!
//! # Definition, to the byte
//!
//! *Canonical JSON* is RFC 8785 (JCS) in UTF-8.
//!
//! **A target's digest** is the SHA-256 of the canonical JSON of one array that
//! holds every rendered object of the target, whole and unchanged. The array is
//! sorted by group, kind, namespace and name, each compared by its bytes:
//! * *group* is what stands before the `/` of `apiVersion`, empty for the core
//!   group (`v1`);
//! * *namespace* is `metadata.namespace`, empty when absent;
//! * objects equal in all four are sorted by the version in `apiVersion`, then
//!   by the bytes of their own canonical JSON.
//!
//! A target without objects has the SHA-256 of the two bytes `[]`.
//!
//! Where an Application of Argo CD delivers the target and has `ignoreDifferences`,
//! the digest is the SHA-256 of the canonical JSON of an array of two: the digest
//! above as 64 lower-case hex digits, and the list as the Application has it. What
//! it lists may run otherwise than it was approved.
//!
//! **A change's digest** is the SHA-256 of the canonical JSON of an array with
//! one element a target, sorted by cluster, namespace and name, each compared by
//! its bytes:
//!
//! ```json
//! [["CLUSTER","NAMESPACE","TARGET","THE TARGET'S DIGEST AS 64 LOWER-CASE HEX DIGITS"]]
//! ```
//!
//! Neither the order of objects nor the order of keys matters, and nothing but
//! the objects goes in: which tool rendered them belongs to the evidence.
//!
//! RFC 8785 writes every number as an IEEE 754 double, so two integers beyond
//! 2^53 − 1 could share one digest. An object with such an integer has none.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::rollout::field;
use crate::rollout::object::{ObjectError, ObjectKey};
use crate::target::TargetKey;

/// A SHA-256 over canonical manifests. Written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The SHA-256 of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first six hex digits, for people: `3f9c1a`. Never compare by it.
    pub fn short(&self) -> String {
        let [first, second, third, ..] = self.0;
        format!("{first:02x}{second:02x}{third:02x}")
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({self})")
    }
}

/// A text that is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a digest is 64 lower-case hex digits")]
pub struct ParseDigestError;

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(ParseDigestError);
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

/// Upper case is refused so that equal digests are equal texts everywhere.
fn hex_digit(digit: u8) -> Result<u8, ParseDigestError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(ParseDigestError),
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = ParseDigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Digest {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "SHA-256 over the canonical rendered manifests.",
            "pattern": "^[0-9a-f]{64}$",
        })
    }
}

/// Why objects have no digest. Holds no value of any object.
#[derive(Debug, Error)]
pub enum DigestError {
    /// Something rendered is not a Kubernetes object.
    #[error("object {position} of the rendered manifests cannot be identified")]
    Unidentified {
        /// Counted from 1.
        position: usize,
        /// What is missing.
        source: ObjectError,
    },
    /// An integer would lose digits in canonical JSON.
    #[error("{object} has an integer at {pointer} that canonical JSON cannot hold exactly")]
    InexactInteger {
        /// Which object: `Deployment/api-gateway`.
        object: String,
        /// Where in the object (RFC 6901).
        pointer: String,
    },
    /// Canonical JSON could not be written.
    #[error("{object} cannot be written as canonical JSON")]
    Canonical {
        /// Which object: `Deployment/api-gateway`.
        object: String,
        /// What the writer says.
        source: serde_json::Error,
    },
}

/// The digest of one target's rendered objects, in any order.
///
/// # Errors
/// When an object cannot be identified or written exactly.
pub fn target_digest(objects: &[Value]) -> Result<Digest, DigestError> {
    let mut rendered = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        let key = ObjectKey::of(object).map_err(|source| DigestError::Unidentified {
            position: index + 1,
            source,
        })?;
        if let Some(pointer) = inexact_integer(object, "") {
            return Err(DigestError::InexactInteger {
                object: key.to_string(),
                pointer,
            });
        }
        match serde_json_canonicalizer::to_vec(object) {
            Ok(bytes) => rendered.push((key, bytes)),
            Err(source) => {
                return Err(DigestError::Canonical {
                    object: key.to_string(),
                    source,
                });
            }
        }
    }
    rendered.sort_by(|(a, a_bytes), (b, b_bytes)| {
        a.cmp(b)
            .then_with(|| a.version.cmp(&b.version))
            .then_with(|| a_bytes.cmp(b_bytes))
    });
    let elements: Vec<Vec<u8>> = rendered.into_iter().map(|(_, bytes)| bytes).collect();
    Ok(Digest::of(
        &[b"[".as_slice(), &elements.join(&b','), b"]"].concat(),
    ))
}

/// The digest of one target's rendered objects, in any order, that an Application
/// delivers which ignores these differences.
///
/// # Errors
/// As [`target_digest`].
pub fn application_digest(objects: &[Value], ignored: &[Value]) -> Result<Digest, DigestError> {
    let rendered = target_digest(objects)?;
    if ignored.is_empty() {
        return Ok(rendered);
    }
    let both = Value::from(vec![
        Value::from(rendered.to_string()),
        Value::from(ignored),
    ]);
    let canonical = |source| DigestError::Canonical {
        object: "ignoreDifferences".to_owned(),
        source,
    };
    let bytes = serde_json_canonicalizer::to_vec(&both).map_err(canonical)?;
    Ok(Digest::of(&bytes))
}

/// The digest of a change over the digests of its targets.
pub fn change_digest(targets: &BTreeMap<TargetKey, Digest>) -> Digest {
    let mut rows: Vec<[String; 4]> = targets
        .iter()
        .map(|(target, digest)| {
            let TargetKey {
                cluster,
                namespace,
                name,
            } = target.clone();
            [cluster, namespace, name, digest.to_string()]
        })
        .collect();
    rows.sort();
    // Strings and arrays have only one compact form in serde_json, and it is the
    // canonical one; only numbers and the order of keys could differ.
    let array: Value = rows
        .into_iter()
        .map(|row| Value::from(row.to_vec()))
        .collect();
    Digest::of(array.to_string().as_bytes())
}

/// Where the first integer stands that a double cannot hold exactly: beyond
/// ±(2^53 − 1), RFC 7493 section 2.2.
fn inexact_integer(value: &Value, pointer: &str) -> Option<String> {
    const LARGEST: u64 = (1 << 53) - 1;
    match value {
        Value::Number(number) => {
            let magnitude = number
                .as_u64()
                .or_else(|| number.as_i64().map(i64::unsigned_abs));
            magnitude
                .is_some_and(|magnitude| magnitude > LARGEST)
                .then(|| pointer.to_owned())
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| inexact_integer(item, &format!("{pointer}/{index}"))),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(name, field)| inexact_integer(field, &field::pointer_to(pointer, name))),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests;
