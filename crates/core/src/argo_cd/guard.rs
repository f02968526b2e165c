//! Whether an adopted Application still points at what it should.

use super::{Application, Pin};

/// What is to be done about an Application that no change is at work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Nothing.
    Fine,
    /// It was adopted: what it is pinned to is remembered.
    Adopted(Pin),
    /// Somebody moved the pin without a change: it is put back, and people are
    /// told.
    Moved {
        /// What it points at now.
        to: String,
        /// What it should point at.
        back: Pin,
    },
    /// It was given back: nothing is remembered any more.
    Released,
}

/// Judges an Application by what Tidegate remembers of its pin.
///
/// While a change holds it nothing is done here: that change sees to the pin.
pub fn guard(application: &Application, remembered: Option<&Pin>, is_held: bool) -> Guard {
    if is_held || application.metadata.deletion_timestamp.is_some() {
        return Guard::Fine;
    }
    match (application.is_adopted(), remembered, application.pin()) {
        (false, None, _) | (true, None, None) => Guard::Fine,
        (false, Some(_), _) => Guard::Released,
        (true, None, Some(pin)) => Guard::Adopted(pin),
        (true, Some(remembered), Some(pin)) if *remembered == pin => Guard::Fine,
        (true, Some(remembered), _) => Guard::Moved {
            to: application.points_at(),
            back: remembered.clone(),
        },
    }
}
