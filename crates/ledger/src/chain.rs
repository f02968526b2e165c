//! The chain of hashes through the entries, and what a break of it means.
//!
//! Each entry contains the hash of the one before, so an edit, a removal, an
//! insertion or another order shows at the first entry it touches. A record
//! cut off at its end is a shorter true record: only a [`Head`] remembered
//! elsewhere shows that.

use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::hash::Hash;

/// The last entry of a chain, which stands for all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The index of the last entry.
    pub index: u64,
    /// Its hash.
    pub hash: Hash,
}

/// Where a chain is broken, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the record is broken at entry {index}: {what}")]
pub struct Broken {
    /// The index at which it was noticed; what is before it holds.
    pub index: u64,
    /// What does not hold there.
    pub what: Fault,
}

/// What does not hold at a broken place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The entry or its hash was edited.
    #[error("its content does not match its hash")]
    Altered,
    /// Not an entry, or not in canonical form, although the hash matches.
    #[error("its content is not a ledger entry in canonical form")]
    NotAnEntry,
    /// Something was removed, inserted or reordered.
    #[error("the entry in this place says it is entry {says}")]
    Displaced {
        /// The index in the entry.
        says: u64,
    },
    /// An entry before it was replaced.
    #[error("it does not follow from the entry before it")]
    Unlinked,
    /// A stored copy of one of its fields says something else than the entry.
    #[error("the column {column} says something else than the entry")]
    Misfiled {
        /// The column of the store.
        column: &'static str,
    },
    /// An effect ended that had not begun.
    #[error("it ends an effect that never began")]
    NeverBegun,
    /// The remembered head is gone.
    #[error("it was here before, and the record now ends before it")]
    Missing,
    /// The remembered head is another entry now.
    #[error("another entry was here before")]
    Replaced,
}

impl Broken {
    /// What a person can do about it, in a sentence.
    pub fn hint(&self) -> &'static str {
        "Keep the file as evidence, find out who could write to it, and restore the ledger from a backup."
    }
}

/// Verifies a chain entry by entry, for callers that read it in parts.
#[derive(Debug)]
pub struct Verifier {
    head: Option<Head>,
    remembered: Option<Head>,
}

impl Verifier {
    /// Starts before the first entry. `remembered` is a head seen earlier, which
    /// must still be part of the chain.
    pub fn new(remembered: Option<Head>) -> Self {
        Self {
            head: None,
            remembered,
        }
    }

    /// Verifies the next entry, given its stored bytes and its stored hash.
    pub fn push(&mut self, bytes: &[u8], stored_hash: &[u8]) -> Result<Entry, Broken> {
        let (index, previous) = match self.head {
            None => (0, Hash::ZERO),
            Some(head) => (head.index + 1, head.hash),
        };
        let broken = |what| Broken { index, what };
        let hash = Hash::of(bytes);
        if hash.as_ref() != stored_hash {
            return Err(broken(Fault::Altered));
        }
        let entry = Entry::from_canonical(bytes).map_err(|_| broken(Fault::NotAnEntry))?;
        if entry.index != index {
            return Err(broken(Fault::Displaced { says: entry.index }));
        }
        if entry.previous != previous {
            return Err(broken(Fault::Unlinked));
        }
        if self
            .remembered
            .is_some_and(|remembered| remembered.index == index && remembered.hash != hash)
        {
            return Err(broken(Fault::Replaced));
        }
        self.head = Some(Head { index, hash });
        Ok(entry)
    }

    /// The head after the last entry, `None` of an empty chain; broken if the
    /// remembered head was not reached.
    pub fn finish(self) -> Result<Option<Head>, Broken> {
        let end = self.head.map_or(0, |head| head.index + 1);
        match self.remembered {
            Some(remembered) if remembered.index >= end => Err(Broken {
                index: remembered.index,
                what: Fault::Missing,
            }),
            _ => Ok(self.head),
        }
    }
}

/// Verifies a whole chain of (stored bytes, stored hash), first entry first.
///
/// Returns its head, `None` of an empty chain. With a `remembered` head, which
/// may be the last or an earlier one, truncation and a rewritten chain are found
/// too.
pub fn verify<Bytes, StoredHash>(
    rows: impl IntoIterator<Item = (Bytes, StoredHash)>,
    remembered: Option<Head>,
) -> Result<Option<Head>, Broken>
where
    Bytes: AsRef<[u8]>,
    StoredHash: AsRef<[u8]>,
{
    let mut verifier = Verifier::new(remembered);
    for (bytes, stored_hash) in rows {
        verifier.push(bytes.as_ref(), stored_hash.as_ref())?;
    }
    verifier.finish()
}

#[cfg(test)]
mod tests;
