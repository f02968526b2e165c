//! One line of the record, and its exact bytes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::Hash;

/// The most bytes an entry may have in canonical form.
///
/// A tlog-tiles bundle (C2SP) gives the length of an entry in 16 bits, so a
/// longer one could never be published. Large things are kept elsewhere, and
/// the entry holds their digest.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// The change an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeRef {
    /// The name of the `Change` object, such as `chg-1234`.
    pub name: String,
    /// Its `metadata.uid`, which tells a change from a later one of its name.
    pub uid: String,
}

/// One line of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// Counts from 0, without gaps.
    pub index: u64,
    /// When it happened, by the clock of whoever wrote it; in JSON UTC, with as
    /// many digits of the second as needed.
    pub at: Timestamp,
    /// The name of the `Change` object, such as `chg-1234`.
    pub change: String,
    /// The `metadata.uid` of the `Change` object.
    pub change_uid: String,
    /// What happened.
    pub event: Event,
    /// The hash of the entry before, [`Hash::ZERO`] for the first.
    pub previous: Hash,
}

/// What an entry says.
///
/// No value may hold a secret: the record is read by many and never forgets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum Event {
    /// An effect is about to be performed.
    EffectBegun {
        /// Names the effect within its change.
        key: String,
        /// What is about to be done, and on which facts.
        effect: Value,
    },
    /// An effect that had begun is over.
    EffectEnded {
        /// The key it began under.
        key: String,
        /// How it ended, well or badly.
        outcome: Value,
    },
    /// A thing decided or seen: a phase entered, an approval counted or voided,
    /// a waiver.
    Recorded {
        /// Names the record within its change.
        key: String,
        /// The kind of thing, such as `phase` or `approvalCounted`.
        what: String,
        /// The thing itself, with its reason.
        detail: Value,
    },
}

/// An entry that cannot be written, or bytes that are not an entry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// Longer than [`MAX_ENTRY_BYTES`].
    #[error("the entry has {bytes} bytes, and {MAX_ENTRY_BYTES} is the most an entry may have")]
    TooLarge {
        /// Its length in canonical form.
        bytes: usize,
    },
    /// An integer that canonical JSON would round.
    #[error("the entry contains {number}, an integer that canonical JSON would round")]
    InexactInteger {
        /// The integer.
        number: serde_json::Number,
    },
    /// Not expressible as JSON, or not the JSON of an entry.
    #[error("not the JSON of a ledger entry")]
    Json(#[from] serde_json::Error),
    /// The JSON of an entry, but spelt in another way than RFC 8785 says.
    #[error("the entry is not in canonical form")]
    NotCanonical,
}

impl EntryError {
    /// What a person can do about it, in a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => {
                "Keep the large part outside the ledger and record its digest."
            }
            Self::InexactInteger { .. } => "Record the number as text.",
            Self::Json(_) => "Record plain JSON values, nested less than 100 deep.",
            Self::NotCanonical => {
                "Compare the ledger with a copy: this entry was not written by Tidegate."
            }
        }
    }
}

impl Event {
    /// The key that makes it unique among the events of its kind and change.
    pub fn key(&self) -> &str {
        match self {
            Self::EffectBegun { key, .. }
            | Self::EffectEnded { key, .. }
            | Self::Recorded { key, .. } => key,
        }
    }

    /// The kind, spelt as in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::EffectBegun { .. } => Self::BEGUN,
            Self::EffectEnded { .. } => Self::ENDED,
            Self::Recorded { .. } => Self::RECORDED,
        }
    }

    pub(crate) const BEGUN: &str = "effectBegun";
    pub(crate) const ENDED: &str = "effectEnded";
    pub(crate) const RECORDED: &str = "recorded";

    fn value(&self) -> &Value {
        match self {
            Self::EffectBegun { effect: value, .. }
            | Self::EffectEnded { outcome: value, .. }
            | Self::Recorded { detail: value, .. } => value,
        }
    }

    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::EffectBegun { effect: value, .. }
            | Self::EffectEnded { outcome: value, .. }
            | Self::Recorded { detail: value, .. } => value,
        }
    }
}

impl Entry {
    /// The bytes that are hashed and stored: RFC 8785 JSON, `previous` included.
    ///
    /// Whatever this returns, [`Entry::from_canonical`] reads. Numbers come back
    /// equal, though `1.0` comes back as `1`.
    pub fn canonical(&self) -> Result<Vec<u8>, EntryError> {
        exact_integers(self.event.value())?;
        let bytes = serde_json_canonicalizer::to_vec(self)?;
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLarge { bytes: bytes.len() });
        }
        // A reader accepts less than a writer (nesting, for one), and an entry
        // nobody can read must be refused before it is in the chain.
        Self::from_canonical(&bytes)?;
        Ok(bytes)
    }

    /// SHA-256 over [`Entry::canonical`].
    pub fn hash(&self) -> Result<Hash, EntryError> {
        Ok(Hash::of(&self.canonical()?))
    }

    /// Reads what [`Entry::canonical`] wrote, and refuses any other spelling of
    /// it: one entry has one hash.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, EntryError> {
        let entry: Self = serde_json::from_slice(bytes)?;
        if serde_json_canonicalizer::to_vec(&entry)? == bytes {
            Ok(entry)
        } else {
            Err(EntryError::NotCanonical)
        }
    }
}

fn exact_integers(value: &Value) -> Result<(), EntryError> {
    match value {
        // RFC 8785 writes every number as the nearest double, so beyond 2^53
        // most integers would silently become another one.
        Value::Number(number)
            if !number.is_f64()
                && serde_json_canonicalizer::to_string(number)? != number.to_string() =>
        {
            Err(EntryError::InexactInteger {
                number: number.clone(),
            })
        }
        Value::Array(values) => values.iter().try_for_each(exact_integers),
        Value::Object(members) => members.values().try_for_each(exact_integers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
