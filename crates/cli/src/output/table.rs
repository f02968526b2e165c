//! Columns, for people.

use anstyle::Style;
use comfy_table::{ContentArrangement, Table};

use super::paint::paint;

/// How far apart columns are.
const GAP: u16 = 3;

/// One cell.
pub(crate) struct Cell {
    text: String,
    style: Style,
}

/// A cell; nothing to say is a dash.
pub(crate) fn cell(text: impl Into<String>) -> Cell {
    painted(Style::new(), text)
}

/// A cell with a meaning.
pub(crate) fn painted(style: Style, text: impl Into<String>) -> Cell {
    let text = text.into();
    let text = if text.is_empty() {
        "-".to_owned()
    } else {
        text
    };
    Cell { text, style }
}

/// Lines up rows below their headings. No line is cut: whoever reads a table in
/// a narrow window or a pipe still gets all of it.
pub(crate) fn table(headings: &[&str], rows: &[Vec<Cell>]) -> String {
    let mut grid = Table::new();
    grid.set_content_arrangement(ContentArrangement::Disabled);
    grid.load_style(comfy_table::presets::NOTHING);
    grid.force_no_tty();
    grid.set_header(headings.iter().copied());
    for row in rows {
        grid.add_row(row.iter().map(|cell| one_line(&cell.text)));
    }
    for column in grid.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    let mut lines = grid.lines();
    let mut text = String::new();
    text.extend(
        lines
            .next()
            .map(|heading| format!("{}\n", heading.trim_end())),
    );
    for (line, row) in lines.zip(rows) {
        text.push_str(dress(&line, row).trim_end());
        text.push('\n');
    }
    text
}

/// Puts the styles on after the widths are known, since a style has none.
fn dress(line: &str, row: &[Cell]) -> String {
    let mut rest = line;
    let mut dressed = String::new();
    for cell in row {
        let text = one_line(&cell.text);
        let Some((before, after)) = rest.split_once(&text) else {
            continue;
        };
        dressed.push_str(before);
        dressed.push_str(&paint(cell.style, &text));
        rest = after;
    }
    dressed + rest
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
