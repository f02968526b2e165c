//! How the pods of one workload change.

use super::quantity::Quantity;
use crate::finding::Place;
use tidegate_core::rollout::object::ObjectKey;

/// Amounts of all resources of all quotas of a namespace, in the same order.
pub(crate) type Vector = Vec<Quantity>;

/// How pods are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// They stay; only their number changes.
    Kept,
    /// New ones come up beside old ones, so many more than wanted, and so many fewer
    /// may be available.
    Rolling {
        /// How many more.
        surge: i64,
        /// How many fewer.
        unavailable: i64,
    },
    /// All new ones come up beside all old ones, which go then.
    Beside,
    /// Each makes room for the one that takes its place.
    InPlace,
    /// All old ones go before a new one comes.
    Recreate,
    /// They come, do something and are done.
    Passing,
}

/// The pods of one workload, before and after.
#[derive(Debug, Clone)]
pub(crate) struct Movement {
    pub(crate) key: ObjectKey,
    pub(crate) place: Option<Place>,
    pub(crate) way: Way,
    /// How many there are.
    pub(crate) old: i64,
    /// How many there will be.
    pub(crate) new: i64,
    /// What an old one is charged.
    pub(crate) old_pod: Vector,
    /// What a new one is charged.
    pub(crate) new_pod: Vector,
    /// What was written of surge and unavailability: `maxSurge 25% of 4`.
    pub(crate) surge_text: String,
    /// As written, or its default.
    pub(crate) unavailable_text: String,
    /// How long an old pod may take to end, in seconds.
    pub(crate) grace: i64,
}

impl Movement {
    /// What they are charged in the end beyond what they are now.
    pub(crate) fn steady(&self, row: usize) -> Quantity {
        match self.way {
            Way::Passing => Quantity::ZERO.minus(at(&self.old_pod, row).times(self.old)),
            _ => self.end(row).minus(self.begin(row)),
        }
    }

    /// The most they are charged at once beyond the end: what has begun to end and
    /// what ends by itself is not in it.
    pub(crate) fn surge(&self, row: usize) -> Quantity {
        let (old, new) = (at(&self.old_pod, row), at(&self.new_pod, row));
        let most = match self.way {
            Way::Kept | Way::Recreate => return Quantity::ZERO,
            Way::Passing => return new.times(self.new),
            // What is missing comes first, and then each takes another's place.
            Way::InPlace => {
                let kept = self.old.min(self.new);
                old.times(kept).plus(new.times(self.new - kept))
            }
            Way::Rolling { .. } | Way::Beside if self.old == 0 => return Quantity::ZERO,
            Way::Beside => old.plus(new).times(self.new),
            // The old ones are brought to the wanted number first.
            Way::Rolling { surge, .. } => {
                let beside = surge.min(self.new);
                old.max(new)
                    .times(self.new)
                    .plus(old.min(new).times(beside))
            }
        };
        if most > self.begin(row).max(self.end(row)) {
            most.minus(self.end(row))
        } else {
            Quantity::ZERO
        }
    }

    /// What it is charged at most at once, beyond what it is now.
    pub(crate) fn crest(&self, row: usize) -> Quantity {
        let end = match self.way {
            Way::Passing => Quantity::ZERO,
            _ => self.end(row),
        };
        let most = end.plus(self.surge(row)).max(self.begin(row));
        most.minus(self.begin(row))
    }

    /// What its old pods are charged that may be ending at once.
    pub(crate) fn ending(&self, row: usize) -> Quantity {
        let count = match self.way {
            Way::Rolling { surge, unavailable } => (surge + unavailable).min(self.old),
            Way::Beside => self.old,
            _ => 0,
        };
        at(&self.old_pod, row).times(count)
    }

    /// Whether it makes pods that are charged this.
    pub(crate) fn creates(&self, row: usize) -> bool {
        let makes = match self.way {
            Way::Kept => self.new > self.old,
            _ => self.new > 0,
        };
        makes && at(&self.new_pod, row).is_positive()
    }

    pub(crate) fn begin(&self, row: usize) -> Quantity {
        at(&self.old_pod, row).times(self.old)
    }

    pub(crate) fn end(&self, row: usize) -> Quantity {
        let new = at(&self.new_pod, row);
        match self.way {
            // Those that are there stay as they are charged.
            Way::Kept if self.new >= self.old => {
                self.begin(row).plus(new.times(self.new - self.old))
            }
            Way::Kept => at(&self.old_pod, row).times(self.new),
            _ => new.times(self.new),
        }
    }
}

/// One amount of a vector.
pub(crate) fn at(vector: &[Quantity], row: usize) -> Quantity {
    vector.get(row).copied().unwrap_or_default()
}
