//! The numbers, in lines.

use super::quantity::Quantity;
use crate::finding::Place;

/// One resource of one quota.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The ResourceQuota.
    pub quota: String,
    /// The resource, as quotas name it.
    pub resource: String,
    /// What is used now. None: that is not known.
    pub used: Option<Quantity>,
    /// How much more it will be once the change is there.
    pub steady: Quantity,
    /// How much more than that it is at most on the way.
    pub surge: Quantity,
    /// What other approved changes take.
    pub reserved: Quantity,
    /// The most there may be.
    pub hard: Quantity,
    /// The change makes something that is charged this; otherwise nothing is refused.
    pub creates: bool,
    /// It is not known what is there now, so how much more it will be is told as if
    /// nothing were.
    pub is_bound: bool,
    /// Where a person wrote how much there may be.
    pub place: Option<Place>,
}

impl Row {
    /// What there is once the change is there, with all reservations.
    pub fn end(&self) -> Option<Quantity> {
        Some(self.used?.plus(self.reserved).plus(self.steady))
    }

    /// The most there is at once.
    pub fn peak(&self) -> Option<Quantity> {
        Some(self.end()?.plus(self.surge).max(self.end()?))
    }

    /// By how much that is too much.
    pub fn short(&self) -> Option<Quantity> {
        let over = self.peak()?.minus(self.hard);
        (over.is_positive() && self.creates).then_some(over)
    }
}

/// A line for each row, in columns. Which quota is told where there are several.
pub(crate) fn lines(rows: &[Row]) -> Vec<String> {
    let mut quotas = rows.iter().map(|row| &row.quota);
    let first = quotas.next();
    let is_one = quotas.all(|other| Some(other) == first);
    let is_reserved = rows.iter().any(|row| !row.reserved.is_zero());
    let cells = |row: &Row| {
        let told = |amount: Quantity| amount.told(&row.resource);
        let signed = |amount: Quantity| {
            let sign = if amount < Quantity::ZERO { "" } else { "+" };
            format!("{sign}{}", told(amount))
        };
        let mut cells = vec![if is_one {
            row.resource.clone()
        } else {
            format!("{}: {}", row.quota, row.resource)
        }];
        let used = row.used.map_or_else(|| "?".to_owned(), told);
        cells.push(format!("used {used}"));
        let steady = if row.is_bound { "at most" } else { "steady" };
        cells.push(format!("{} {steady}", signed(row.steady)));
        cells.push(format!("{} surge", signed(row.surge)));
        if is_reserved {
            cells.push(format!("{} reserved", signed(row.reserved)));
        }
        cells.push(format!("of {}", told(row.hard)));
        if let Some(short) = row.short() {
            let bound = if row.is_bound { "up to " } else { "" };
            cells.push(format!("→ short by {bound}{}", told(short)));
        }
        cells
    };
    let table: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = table.iter().filter_map(|cells| cells.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths);
        let padded = padded.map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("   ").trim_end().to_owned()
    };
    table.iter().map(line).collect()
}
