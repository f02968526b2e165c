//! The record of every effect: entries, chain, verification, storage.
//!
//! An [`Entry`] says what began, how it ended or what was decided. Its
//! canonical JSON contains the hash of the entry before it, so that the entries
//! form a chain which [`chain::verify`] checks without any storage. A
//! [`Ledger`] keeps them in SQLite, each exactly once whatever crashes.

mod hash;

pub mod chain;
pub mod entry;
pub mod store;

pub use chain::{Broken, Fault, Head};
pub use entry::{ChangeRef, Entry, EntryError, Event};
pub use hash::{Hash, ParseHashError};
pub use store::error::{AppendError, OpenError, ReadError, StorageError};
pub use store::sqlite::{Ledger, OpenOptions};
pub use store::{Begun, EffectRecord, Ended, Filter, Recorded, StoredEntry};
