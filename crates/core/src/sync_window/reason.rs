//! Why a sync is allowed or not, as a person reads it.

use std::fmt::Write as _;

use super::Loaded;
use super::gate::{Actives, Gate};
use super::window::Kind;

/// How many windows are named one by one.
const NAMED: usize = 5;

/// One sentence without a full stop.
pub(super) fn sentence(
    gate: &Gate<'_>,
    actives: Actives,
    active: &[usize],
    overruns: bool,
) -> String {
    let is_active = |position: usize| active.contains(&position);
    let named = |kind: Kind, wanted: &dyn Fn(usize, &Loaded) -> bool| {
        let windows = gate.selected();
        names(windows.filter(|(at, window)| window.kind == kind && wanted(*at, window)))
    };
    let denies = || named(Kind::Deny, &|at, _| is_active(at));
    let allows = || named(Kind::Allow, &|_, _| true);
    let goes_on = ", but a sync that started while it was allowed may go on";
    let mut text = if gate.selected.is_empty() {
        "no sync window selects the application".to_owned()
    } else if actives.deny && gate.allows(actives, false) {
        format!("{}, but a manual sync may pass", denies().be("active"))
    } else if actives.deny && overruns {
        format!("{}{goes_on}", denies().be("active"))
    } else if actives.deny {
        // Of those that are active, the ones that stand in the way.
        let blocks = |at, window: &Loaded| is_active(at) && !(gate.manual && window.manual);
        named(Kind::Deny, &blocks).be("active")
    } else if actives.allow {
        named(Kind::Allow, &|at, _| is_active(at)).be("active")
    } else if !gate.allows.any {
        let inactive = named(Kind::Deny, &|_, _| true);
        if inactive.count == 0 {
            "no sync window with an effect selects the application".to_owned()
        } else {
            inactive.be("not active")
        }
    } else if gate.allows(actives, false) {
        format!("{}, but a manual sync may pass", allows().be("not active"))
    } else if overruns {
        format!("{}{goes_on}", allows().be("not active"))
    } else {
        allows().be("not active")
    };
    for (position, window) in gate.selected() {
        if let Some(kind) = &window.odd_kind {
            // Writing to a string does not fail.
            let _ = write!(
                text,
                "; window {position} has no effect, because its kind `{kind}` is neither allow nor deny"
            );
        }
    }
    text
}

/// Windows to be named in a sentence.
struct Names {
    text: String,
    count: usize,
}

impl Names {
    fn be(self, state: &str) -> String {
        let verb = if self.count == 1 { "is" } else { "are" };
        format!("{} {verb} {state}", self.text)
    }
}

fn names<'a>(windows: impl Iterator<Item = (usize, &'a Loaded)>) -> Names {
    let names: Vec<String> = windows.map(|(at, window)| name(at, window)).collect();
    let count = names.len();
    let (shown, more) = names.split_at(count.min(NAMED));
    let text = match (shown, more) {
        ([one], []) => one.clone(),
        ([first @ .., last], []) => format!("{} and {last}", first.join(", ")),
        (shown, more) => format!("{} and {} more windows", shown.join(", "), more.len()),
    };
    Names { text, count }
}

fn name(position: usize, window: &Loaded) -> String {
    let kind = match window.kind {
        Kind::Allow => "allow",
        Kind::Deny => "deny",
        Kind::Other => "sync",
    };
    if window.description.is_empty() {
        format!("{kind} window {position}")
    } else {
        let description = window.description.split_whitespace();
        let description = description.collect::<Vec<_>>().join(" ");
        format!("{kind} window {position} ({description})")
    }
}
