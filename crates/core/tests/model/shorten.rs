//! A history that breaks an invariant, without what has no part in it.

use super::action::{Action, enabled};
use super::oracle::Breach;
use super::setting::Setting;
use super::state::State;
use super::take::take;

/// Leaves out one action after the other for as long as the same invariant is
/// broken.
pub(crate) fn shorten(setting: &Setting, mut actions: Vec<Action>, invariant: u8) -> Vec<Action> {
    loop {
        let before = actions.len();
        for position in (0..before).rev() {
            let mut fewer = actions.clone();
            if position >= fewer.len() {
                continue;
            }
            fewer.remove(position);
            if let Some((breach, length)) = breaks(setting, &fewer)
                && breach.invariant == invariant
            {
                fewer.truncate(length);
                actions = fewer;
            }
        }
        if actions.len() == before {
            return actions;
        }
    }
}

/// What these actions break, and after how many of them. None: nothing, or one
/// of them cannot happen where it stands.
fn breaks(setting: &Setting, actions: &[Action]) -> Option<(Breach, usize)> {
    let mut state = State::first(setting);
    for (position, action) in actions.iter().enumerate() {
        let is_possible = |other: &Action| match (action, other) {
            (Action::Advance(_), Action::Advance(_)) => true,
            _ => action == other,
        };
        if !enabled(setting, &state).iter().any(is_possible) {
            return None;
        }
        match take(setting, &state, *action) {
            Ok(next) => state = next,
            Err(breach) => return Some((breach, position + 1)),
        }
    }
    None
}
