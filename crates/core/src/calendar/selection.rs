//! What a calendar has to say about one subject, whatever the time.

use jiff::Timestamp;

use super::entry::{BrokenEntry, Entry};
use super::passes::{Granted, Otherwise, Passes};
use super::selector::Subject;
use super::{Calendar, Effect, Shut};
use crate::change::ChangeType;

/// An entry that selects the subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selected<'a> {
    pub(super) entry: &'a Entry,
    /// It is a freeze that lets the subject through.
    pub(super) exempt: bool,
    /// It is a freeze that lets this one change through for a time.
    pub(super) granted: Option<&'a Granted>,
}

impl Selected<'_> {
    pub(super) fn is_window(&self) -> bool {
        self.entry.effect == Effect::Allow
    }

    /// Whether it is a freeze that holds the subject, perhaps only from
    /// [`Selected::from`] on.
    pub(super) fn holds(&self) -> bool {
        self.entry.effect == Effect::Deny && !self.exempt
    }

    /// From when on a freeze holds the subject, if an exception keeps it from
    /// doing so before.
    pub(super) fn from(&self) -> Option<Timestamp> {
        self.granted.map(|granted| granted.until)
    }
}

/// The entries that select a subject, and what follows from them alone.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    pub(super) entries: Vec<Selected<'a>>,
    broken: Vec<&'a BrokenEntry>,
    pub(super) needs_window: bool,
    without_entry: bool,
    calendar: &'a str,
}

impl Calendar {
    pub(super) fn select<'a>(&'a self, subject: &Subject<'_>, passes: Passes<'a>) -> Selection<'a> {
        let mut entries = Vec::with_capacity(self.entries.len());
        let mut broken = Vec::new();
        for entry in &self.entries {
            match entry {
                Ok(entry) if entry.selector.selects(subject, entry.effect) => {
                    entries.push(Selected {
                        entry,
                        exempt: is_exempt(entry, subject, passes),
                        granted: match entry.effect {
                            Effect::Deny => passes.exception(&entry.name),
                            Effect::Allow => None,
                        },
                    });
                }
                Err(entry) if entry.may_select(subject) => broken.push(entry.as_ref()),
                Ok(_) | Err(_) => {}
            }
        }
        let needs_window = !(subject.kind == ChangeType::Emergency && passes.windows);
        let has_windows = self.has_windows();
        let by_window = entries.iter().any(Selected::is_window);
        let selected = by_window || (!has_windows && !entries.is_empty());
        let open = passes.otherwise == Otherwise::Open;
        Selection {
            entries,
            needs_window: needs_window && has_windows && (by_window || !open),
            without_entry: needs_window && !selected && !open && broken.is_empty(),
            broken,
            calendar: &self.name,
        }
    }
}

fn is_exempt(entry: &Entry, subject: &Subject<'_>, passes: Passes<'_>) -> bool {
    // An exemption for certain targets whatever the change is no favour to
    // emergencies, so no policy needs to grant it.
    let granted = subject.kind != ChangeType::Emergency || passes.freezes;
    let exempt = &entry.exempt;
    entry.effect == Effect::Deny
        && (exempt.covers_target(subject) || granted && exempt.covers_type(subject))
}

impl Selection<'_> {
    /// What shuts the gate at all times.
    pub(super) fn shut(&self) -> Vec<Shut> {
        let mut shut: Vec<Shut> = self
            .broken
            .iter()
            .map(|broken| Shut::Broken {
                entry: broken.name.clone(),
                error: broken.error.clone(),
            })
            .collect();
        if self.without_entry {
            shut.push(Shut::NoEntry {
                calendar: self.calendar.into(),
            });
        }
        shut
    }

    pub(super) fn is_shut(&self) -> bool {
        self.without_entry || !self.broken.is_empty()
    }
}
