//! What a change may pass, as its policy and its approvals say.

use std::sync::Arc;

use jiff::Timestamp;

/// What is decided for a target that no window is written for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Otherwise {
    /// It stays shut, so that a mistyped selector opens nothing.
    #[default]
    Shut,
    /// It is open outside of freezes.
    Open,
}

/// An exception whose approval has been established by
/// [`granted`](super::exception::granted).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The exception's name.
    pub exception: Arc<str>,
    /// The change that it is for.
    pub change: Arc<str>,
    /// The freeze that lets this change through.
    pub freeze: Arc<str>,
    /// The first instant at which it no longer does.
    pub until: Timestamp,
}

/// What a change may pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passes<'a> {
    /// An emergency needs no open window, nor any window at all. It says
    /// nothing about other kinds of change.
    pub windows: bool,
    /// An emergency may use the exemption that a freeze makes for its type. A
    /// freeze that makes none holds it nevertheless.
    pub freezes: bool,
    /// The exceptions that were granted to this change, of whatever kind it is.
    pub granted: &'a [Granted],
    /// What is decided where no window is written for the target.
    pub otherwise: Otherwise,
}

impl<'a> Passes<'a> {
    /// The exception for a freeze; of several the one that lasts longest.
    pub(super) fn exception(&self, freeze: &str) -> Option<&'a Granted> {
        self.granted
            .iter()
            .filter(|granted| &*granted.freeze == freeze)
            .max_by_key(|granted| granted.until)
    }
}
