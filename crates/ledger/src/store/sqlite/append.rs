//! Adding an entry to the end of the chain, once.

use jiff::Timestamp;
use sqlx::{Connection, SqliteConnection};

use super::row::{Row, select_rows};
use super::{AppendError, Ledger, StoredEntry};
use crate::entry::{ChangeRef, Entry, Event};
use crate::hash::Hash;
use crate::store::error::StorageError;

impl Ledger {
    /// Appends the event, or returns the entry written earlier under the kind
    /// and key of `event`.
    pub(super) async fn append(
        &self,
        at: Timestamp,
        change: &ChangeRef,
        event: Event,
    ) -> Result<Option<StoredEntry>, AppendError> {
        let names = [
            ("change name", change.name.as_str()),
            ("change UID", &change.uid),
            ("key", event.key()),
        ];
        if let Some((what, _)) = names.into_iter().find(|(_, name)| name.is_empty()) {
            return Err(AppendError::Unnamed { what });
        }
        let mut connection = self
            .writer
            .acquire()
            .await
            .map_err(|error| self.storage(error))?;
        let appended = self.append_on(&mut connection, at, change, event).await;
        // A connection keeps what it found when it was opened, a read-only file
        // for one. A new one sees that the cause is gone.
        if let Err(AppendError::Storage(error)) = &appended
            && !matches!(error, StorageError::Locked { .. })
            && self.is_file()
        {
            connection.close_on_drop();
        }
        appended
    }

    async fn append_on(
        &self,
        connection: &mut SqliteConnection,
        at: Timestamp,
        change: &ChangeRef,
        event: Event,
    ) -> Result<Option<StoredEntry>, AppendError> {
        // The write lock comes before the head is read: no other process can
        // append between the two and fork the chain.
        let mut transaction = connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|error| self.storage(error))?;
        if let Some(earlier) = self
            .find(&mut transaction, change, event.kind(), event.key())
            .await?
        {
            return Ok(Some(earlier));
        }
        if let Event::EffectEnded { key, .. } = &event
            && self
                .find(&mut transaction, change, Event::BEGUN, key)
                .await?
                .is_none()
        {
            return Err(AppendError::NeverBegun {
                change: change.name.clone(),
                key: key.clone(),
            });
        }
        let last: Option<Row> = sqlx::query_as(select_rows!("ORDER BY position DESC LIMIT 1"))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(|error| self.storage(error))?;
        let (index, previous) = match last {
            None => (0, Hash::ZERO),
            Some(row) => {
                let last = row.read()?;
                (last.entry.index + 1, last.hash)
            }
        };
        let entry = Entry {
            index,
            at,
            change: change.name.clone(),
            change_uid: change.uid.clone(),
            event,
            previous,
        };
        insert(&mut transaction, &entry, &entry.canonical()?)
            .await
            .map_err(|error| self.storage(error))?;
        transaction
            .commit()
            .await
            .map_err(|error| self.storage(error))?;
        Ok(None)
    }

    async fn find(
        &self,
        connection: &mut SqliteConnection,
        change: &ChangeRef,
        kind: &str,
        key: &str,
    ) -> Result<Option<StoredEntry>, AppendError> {
        let row: Option<Row> = sqlx::query_as(select_rows!(
            "WHERE change_uid = $1 AND kind = $2 AND once_key = $3"
        ))
        .bind(&change.uid)
        .bind(kind)
        .bind(key)
        .fetch_optional(connection)
        .await
        .map_err(|error| self.storage(error))?;
        Ok(row.as_ref().map(Row::read).transpose()?)
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    entry: &Entry,
    canonical: &[u8],
) -> Result<(), sqlx::Error> {
    let position = i64::try_from(entry.index).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(
        "INSERT INTO entries (position, change_name, change_uid, kind, once_key, entry, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(position)
    .bind(&entry.change)
    .bind(&entry.change_uid)
    .bind(entry.event.kind())
    .bind(entry.event.key())
    .bind(canonical)
    .bind(Hash::of(canonical).as_ref())
    .execute(connection)
    .await?;
    Ok(())
}
