//! Where the record is kept, and what a store answers.

pub mod error;
pub mod sqlite;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::entry::Entry;
use crate::hash::Hash;

/// The answer to the beginning of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It is in the ledger now.
    New,
    /// It was there before: the effect may have been performed, in part or in
    /// whole, whether or not its end is there too.
    Already,
}

/// The answer to the end of an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// It is in the ledger now.
    New,
    /// It was there before, with this outcome, which stays.
    Already(Value),
}

/// The answer to a record of what was decided or seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is in the ledger now.
    New,
    /// Its key was there before; what was recorded then stays.
    Already,
}

/// What the ledger knows about one effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectRecord {
    /// What was to be done.
    pub effect: Value,
    /// When it was about to start.
    pub began_at: Timestamp,
    /// When and how it ended; `None` while it runs, or after a crash.
    pub ended: Option<(Timestamp, Value)>,
}

/// An entry and its hash.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredEntry {
    /// What was written.
    pub entry: Entry,
    /// SHA-256 over its canonical bytes.
    pub hash: Hash,
}

/// Which entries to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter<'a> {
    /// All of them.
    All,
    /// Those of every change that ever had this name, such as `chg-1234`.
    ChangeName(&'a str),
    /// Those of the one change with this `metadata.uid`.
    ChangeUid(&'a str),
}
