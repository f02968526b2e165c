//! All changes at a glance.

use jiff::Timestamp;
use kube::ResourceExt;
use tidegate_api::Change;

use super::head::status;
use super::span;
use crate::output::paint::{QUIET, STRONG, of_phase};
use crate::output::table::{Cell, cell, painted, table};

const HEADINGS: [&str; 8] = [
    "NAME",
    "TYPE",
    "RISK",
    "PHASE",
    "TARGETS",
    "WAITING ON",
    "NEXT",
    "AGE",
];

/// One row for each change, in the order given.
pub(crate) fn board(changes: &[Change], now: Timestamp) -> String {
    let rows: Vec<Vec<Cell>> = changes.iter().map(|change| row(change, now)).collect();
    table(&HEADINGS, &rows)
}

fn row(change: &Change, now: Timestamp) -> Vec<Cell> {
    let board = change
        .status
        .as_ref()
        .map(|status| status.board.clone())
        .unwrap_or_default();
    let (phase, waiting) = match status(change) {
        Some(status) => (
            painted(of_phase(status.phase), status.phase.to_string()),
            board.waiting_on,
        ),
        None => (painted(QUIET, ""), "the controller".to_owned()),
    };
    let targets = if board.targets.is_empty() {
        targets(change)
    } else {
        board.targets
    };
    let created = change.metadata.creation_timestamp.as_ref();
    let age = created.map(|created| span::short(now.duration_since(created.0)));
    vec![
        painted(STRONG, change.name_any()),
        cell(change.spec.change_type.to_string()),
        cell(change.spec.risk.to_string()),
        phase,
        cell(targets),
        cell(waiting),
        cell(board.next),
        cell(age.unwrap_or_default()),
    ]
}

/// The first target, and how many more there are.
fn targets(change: &Change) -> String {
    match change.spec.targets.as_slice() {
        [] => String::new(),
        [only] => only.name.clone(),
        [first, others @ ..] => format!("{} +{}", first.name, others.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::examples;

    #[test]
    fn the_board_says_what_everything_waits_for() {
        let changes = [
            examples::scheduled(),
            examples::rolled_back(),
            examples::verifying(),
            examples::approving(),
            examples::unseen(),
        ];
        insta::assert_snapshot!(examples::plain(&board(&changes, examples::now())));
    }
}
