use std::time::Duration;

/// How an object store treats its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// It does what it is asked.
    Serves,
    /// It closes every connection without an answer, at once, also those that are open.
    Refuses,
    /// It does what it is asked, and begins with it only after this long.
    Late(Duration),
    /// It answers everything with 500 and does nothing.
    Fails,
    /// It answers with 507 whoever wants to write, as a store does whose disk is full, and lets others read.
    Full,
}
