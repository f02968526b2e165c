//! A row of the table and the entry in it.

use crate::chain::{Broken, Fault};
use crate::entry::Entry;
use crate::hash::Hash;
use crate::store::StoredEntry;

/// A row as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) position: i64,
    change_name: String,
    change_uid: String,
    kind: String,
    once_key: String,
    pub(super) entry: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

/// `SELECT` of all columns of [`Row`], with the rest of the statement.
macro_rules! select_rows {
    ($rest:literal) => {
        concat!(
            "SELECT position, change_name, change_uid, kind, once_key, entry, hash FROM entries ",
            $rest
        )
    };
}
pub(super) use select_rows;

impl Row {
    /// The entry, compared with its hash and with the columns beside it.
    pub(super) fn read(&self) -> Result<StoredEntry, Broken> {
        let broken = |what| Broken {
            index: self.position.try_into().unwrap_or(0),
            what,
        };
        let hash = Hash::of(&self.entry);
        if hash.as_ref() != self.hash {
            return Err(broken(Fault::Altered));
        }
        let entry = Entry::from_canonical(&self.entry).map_err(|_| broken(Fault::NotAnEntry))?;
        self.agrees_with(&entry)?;
        Ok(StoredEntry { entry, hash })
    }

    /// A column that lies would hide its entry from look-ups, and let an effect
    /// be written twice.
    pub(super) fn agrees_with(&self, entry: &Entry) -> Result<(), Broken> {
        let columns = [
            ("position", i64::try_from(entry.index) == Ok(self.position)),
            ("change_name", entry.change == self.change_name),
            ("change_uid", entry.change_uid == self.change_uid),
            ("kind", entry.event.kind() == self.kind),
            ("once_key", entry.event.key() == self.once_key),
        ];
        match columns.iter().find(|(_, agrees)| !agrees) {
            None => Ok(()),
            Some((column, _)) => Err(Broken {
                index: entry.index,
                what: Fault::Misfiled { column },
            }),
        }
    }
}
