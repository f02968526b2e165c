//! When to ask again for what could not be found out.
//!
//! A repository that comes back, a branch that is made or a ledger that is
//! unlocked sends no news, so a change that waits for it has to look again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// The first wait; each further one is twice as long.
const SHORTEST: SignedDuration = SignedDuration::from_secs(1);
/// The longest wait: a Git server is asked for one change once a minute.
const LONGEST: SignedDuration = SignedDuration::from_mins(1);

/// How long each change has waited in vain, by its uid.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    waits: Mutex<BTreeMap<String, Wait>>,
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    lasts: SignedDuration,
    until: Timestamp,
}

impl Patience {
    /// When to look again after a look at `now` found nothing. Looks that come
    /// earlier than they have to do not make the wait longer.
    pub(crate) fn look_again_at(&self, uid: &str, now: Timestamp) -> Timestamp {
        let mut waits = self.waits();
        let lasts = match waits.get(uid) {
            Some(wait) if now < wait.until => return wait.until,
            Some(wait) => (wait.lasts * 2).min(LONGEST),
            None => SHORTEST,
        };
        let until = now.checked_add(lasts).unwrap_or(Timestamp::MAX);
        waits.insert(uid.to_owned(), Wait { lasts, until });
        until
    }

    /// Everything was found.
    pub(crate) fn forget(&self, uid: &str) {
        self.waits().remove(uid);
    }

    fn waits(&self) -> MutexGuard<'_, BTreeMap<String, Wait>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_424_400 + second).unwrap()
    }

    #[test]
    fn each_look_in_vain_doubles_the_wait_up_to_a_minute() {
        let patience = Patience::default();
        let mut now = at(0);
        let mut waits = Vec::new();
        for _ in 0..8 {
            let next = patience.look_again_at("a", now);
            waits.push(next.duration_since(now).as_secs());
            now = next;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_look_that_comes_early_changes_nothing_and_success_begins_anew() {
        let patience = Patience::default();
        let first = patience.look_again_at("a", at(0));
        let second = patience.look_again_at("a", first);
        for _ in 0..10 {
            assert_eq!(patience.look_again_at("a", first), second);
        }
        assert_eq!(patience.look_again_at("b", first), at(2));
        patience.forget("a");
        assert_eq!(patience.look_again_at("a", at(100)), at(101));
    }
}
