//! Keys that are there twice.

use crate::Mark;

/// A key that is there twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// In which document, counted from 0.
    pub document: usize,
    /// Where in it.
    pub steps: Vec<Step>,
    /// Where the second is.
    pub mark: Mark,
}

/// A step down into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a field.
    Field(String),
    /// To an item, counted from 0.
    Item(usize),
}
