//! Reading entries back, and verifying them.

use super::row::{Row, select_rows};
use super::{Filter, Ledger, ReadError, StoredEntry};
use crate::chain::{Head, Verifier};

pub(super) async fn entries(
    ledger: &Ledger,
    filter: Filter<'_>,
) -> Result<Vec<StoredEntry>, ReadError> {
    let query = match filter {
        Filter::All => sqlx::query_as(select_rows!("ORDER BY position")),
        Filter::ChangeName(name) => {
            sqlx::query_as(select_rows!("WHERE change_name = $1 ORDER BY position")).bind(name)
        }
        Filter::ChangeUid(uid) => {
            sqlx::query_as(select_rows!("WHERE change_uid = $1 ORDER BY position")).bind(uid)
        }
    };
    let rows: Vec<Row> = query
        .fetch_all(&ledger.readers)
        .await
        .map_err(|error| ledger.storage(error))?;
    Ok(rows.iter().map(Row::read).collect::<Result<_, _>>()?)
}

pub(super) async fn head(ledger: &Ledger) -> Result<Option<Head>, ReadError> {
    let last: Option<Row> = sqlx::query_as(select_rows!("ORDER BY position DESC LIMIT 1"))
        .fetch_optional(&ledger.readers)
        .await
        .map_err(|error| ledger.storage(error))?;
    let Some(row) = last else { return Ok(None) };
    let StoredEntry { entry, hash } = row.read()?;
    Ok(Some(Head {
        index: entry.index,
        hash,
    }))
}

pub(super) async fn verify(
    ledger: &Ledger,
    remembered: Option<Head>,
) -> Result<Option<Head>, ReadError> {
    let mut verifier = Verifier::new(remembered);
    // Negative positions included: nothing in the table may go unseen.
    let mut from = i64::MIN;
    loop {
        // In parts, since the whole record may not fit into memory.
        let rows: Vec<Row> = sqlx::query_as(select_rows!(
            "WHERE position >= $1 ORDER BY position LIMIT 256"
        ))
        .bind(from)
        .fetch_all(&ledger.readers)
        .await
        .map_err(|error| ledger.storage(error))?;
        let Some(last) = rows.last() else { break };
        from = last.position.saturating_add(1);
        for row in &rows {
            let entry = verifier.push(&row.entry, &row.hash)?;
            row.agrees_with(&entry)?;
        }
    }
    Ok(verifier.finish()?)
}
