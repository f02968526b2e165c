//! Whether rollouts get to their end with the room that there is.

use super::movement::{Movement, Vector, Way, at};
use super::quantity::Quantity;
use super::workload::pods_of;

/// How a rollout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All pods are new.
    Done,
    /// So many are, and no more fit.
    Stuck {
        /// How many new ones there are.
        new: i64,
    },
    /// It is too long to follow.
    Unfollowed,
}

/// How many rounds are followed. Each brings up or takes down a pod.
const MOST_ROUNDS: usize = 20_000;

/// A workload on its way.
struct Course<'a> {
    movement: &'a Movement,
    /// Old pods.
    old: i64,
    /// Old pods that are wanted still.
    old_wanted: i64,
    /// New pods that are wanted by now.
    wanted: i64,
    /// New pods.
    new: i64,
}

/// Lets all rollouts of a namespace go on at once for as long as they can, taking
/// turns in this order, and tells how each ends.
///
/// What goes is counted as gone: a pod that is refused meanwhile is tried again.
pub(crate) fn follow(movements: &[&Movement], used: &[Quantity], hard: &[Quantity]) -> Vec<Ending> {
    let mut used: Vector = used.to_vec();
    go_on(movements, &mut used, hard)
}

fn go_on(movements: &[&Movement], used: &mut Vector, hard: &[Quantity]) -> Vec<Ending> {
    let begin = |movement| Course::begin(movement, used, hard);
    let mut courses: Vec<Course<'_>> = movements.iter().copied().map(begin).collect();
    for _ in 0..MOST_ROUNDS {
        let mut moved = false;
        for course in &mut courses {
            moved |= course.step(used, hard);
        }
        if !moved {
            return courses.iter().map(Course::ending).collect();
        }
    }
    vec![Ending::Unfollowed; courses.len()]
}

/// How one ends that begins when all others are at theirs.
fn late(movements: &[&Movement], position: usize, used: &[Quantity], hard: &[Quantity]) -> Ending {
    let mut used: Vector = used.to_vec();
    let others = movements.iter().enumerate();
    let others = others.filter(|(other, _)| *other != position);
    let others: Vec<&Movement> = others.map(|(_, one)| *one).collect();
    go_on(&others, &mut used, hard);
    let own: Vec<&Movement> = movements.get(position).copied().into_iter().collect();
    let endings = go_on(&own, &mut used, hard);
    endings.first().copied().unwrap_or(Ending::Done)
}

impl<'a> Course<'a> {
    fn begin(movement: &'a Movement, used: &mut Vector, hard: &[Quantity]) -> Self {
        let mut course = Self {
            movement,
            old: movement.old,
            old_wanted: movement.old,
            wanted: 0,
            new: 0,
        };
        let goes = match movement.way {
            // Scaled down before anything is replaced.
            Way::Kept | Way::Rolling { .. } | Way::Beside | Way::InPlace => {
                (course.old - movement.new).max(0)
            }
            Way::Recreate | Way::Passing => course.old,
        };
        course.take_down(goes, used);
        if matches!(movement.way, Way::Rolling { .. }) && movement.old > 0 {
            course.old_wanted = movement.new;
            course.bring_up_old(used, hard);
        }
        course
    }

    /// Does what can be done now. Whether anything was.
    fn step(&mut self, used: &mut Vector, hard: &[Quantity]) -> bool {
        let target = self.movement.new;
        match self.movement.way {
            Way::Kept | Way::Recreate | Way::Passing => {
                self.wanted = match self.movement.way {
                    Way::Kept => (target - self.old).max(0),
                    _ => target,
                };
                self.bring_up(used, hard) > 0
            }
            Way::Beside => {
                self.wanted = target;
                let came = self.bring_up(used, hard);
                let goes = if self.new == target { self.old } else { 0 };
                self.take_down(goes, used);
                came + goes > 0
            }
            Way::InPlace => {
                let missing = (target - self.old).max(0);
                self.wanted = self.wanted.max(missing);
                if self.bring_up(used, hard) > 0 {
                    return true;
                }
                // The next is taken down only once those before are there again.
                if self.new < self.wanted || self.old == 0 {
                    return false;
                }
                self.take_down(1, used);
                self.wanted += 1;
                true
            }
            Way::Rolling { surge, unavailable } => {
                let more = (target + surge - self.wanted - self.old_wanted)
                    .min(target - self.wanted)
                    .max(0);
                self.wanted += more;
                let came = self.bring_up(used, hard) + self.bring_up_old(used, hard);
                let least = target - unavailable;
                // Old ones that never came up are given up first.
                let given_up = (self.old_wanted + self.new - least)
                    .min(self.old_wanted - self.old)
                    .max(0);
                self.old_wanted -= given_up;
                let goes = (self.old + self.new - least).min(self.old).max(0);
                self.take_down(goes, used);
                more + came + given_up + goes > 0
            }
        }
    }

    fn take_down(&mut self, count: i64, used: &mut Vector) {
        self.old -= count;
        self.old_wanted -= count;
        for (row, used) in used.iter_mut().enumerate() {
            *used = used.minus(at(&self.movement.old_pod, row).times(count));
        }
    }

    /// Brings up as many as are wanted and fit. How many those are.
    fn bring_up(&mut self, used: &mut Vector, hard: &[Quantity]) -> i64 {
        let wanted = self.wanted - self.new;
        let count = bring_up(wanted, &self.movement.new_pod, used, hard);
        self.new += count;
        count
    }

    /// The same of old ones: a Deployment that grows does so before it rolls out.
    fn bring_up_old(&mut self, used: &mut Vector, hard: &[Quantity]) -> i64 {
        let wanted = self.old_wanted - self.old;
        let count = bring_up(wanted, &self.movement.old_pod, used, hard);
        self.old += count;
        count
    }

    fn ending(&self) -> Ending {
        let target = self.movement.new;
        let is_done = match self.movement.way {
            Way::Kept => self.old + self.new >= target,
            // One at a time does as well, only later.
            Way::Passing => self.new >= target.min(1),
            _ => self.old == 0 && self.new >= target,
        };
        if is_done {
            Ending::Done
        } else {
            Ending::Stuck { new: self.new }
        }
    }
}

/// Brings up as many pods as fit, and tells how many those are.
fn bring_up(wanted: i64, pod: &[Quantity], used: &mut Vector, hard: &[Quantity]) -> i64 {
    let mut count = wanted.max(0);
    for (row, used) in used.iter().enumerate() {
        let room = at(hard, row).minus(*used);
        if let Some(fit) = room.holds(at(pod, row)) {
            count = count.min(fit);
        }
    }
    for (row, used) in used.iter_mut().enumerate() {
        *used = used.plus(at(pod, row).times(count));
    }
    count
}

/// How each ends at worst, whichever of them is the last to get what is left, or
/// begins when the others are done.
pub(crate) fn worst(movements: &[&Movement], used: &[Quantity], hard: &[Quantity]) -> Vec<Ending> {
    let mut worst = vec![Ending::Done; movements.len()];
    // More at once than this compete in one order only.
    let turns = movements.len().clamp(1, 32);
    for turn in 0..turns {
        if !worst.contains(&Ending::Done) {
            break;
        }
        let mut order: Vec<usize> = (0..movements.len()).collect();
        order.rotate_left(turn.min(movements.len()));
        let turned: Vec<&Movement> = order
            .iter()
            .filter_map(|position| movements.get(*position).copied())
            .collect();
        for (position, ending) in order.iter().zip(follow(&turned, used, hard)) {
            if let Some(worst) = worst.get_mut(*position)
                && *worst == Ending::Done
            {
                *worst = ending;
            }
        }
    }
    for (position, worst) in worst.iter_mut().enumerate().take(turns) {
        if *worst == Ending::Done {
            *worst = late(movements, position, used, hard);
        }
    }
    worst
}

/// How many a number or a percentage of a whole is; what is left over counts, or
/// does not.
pub(crate) fn share(text: &str, whole: i64, up: bool) -> Option<i64> {
    let Some(percent) = text.strip_suffix('%') else {
        return text.parse().ok();
    };
    let percent: i64 = percent.parse().ok()?;
    let product = percent.checked_mul(whole)?;
    let rest = if up { 99 } else { 0 };
    Some(product.checked_add(rest)?.div_euclid(100))
}

/// How many more and fewer a rollout may have: neither would be none at all.
pub(crate) fn fenceposts(surge: &str, unavailable: &str, replicas: i64) -> Option<Way> {
    let surge = pods_of(share(surge, replicas, true)?);
    let unavailable = pods_of(share(unavailable, replicas, false)?);
    Some(Way::Rolling {
        surge,
        unavailable: match (surge, unavailable) {
            (0, 0) => 1,
            _ => unavailable.min(replicas),
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tidegate_core::rollout::object::ObjectKey;

    use super::*;

    fn way() -> impl Strategy<Value = Way> {
        prop_oneof![
            Just(Way::Kept),
            Just(Way::Beside),
            Just(Way::InPlace),
            Just(Way::Recreate),
            Just(Way::Passing),
            (0..6_i64, 0..6_i64).prop_map(|(surge, unavailable)| Way::Rolling {
                surge,
                unavailable: if surge == 0 {
                    unavailable.max(1)
                } else {
                    unavailable
                },
            }),
        ]
    }

    prop_compose! {
        fn movement()(
            way in way(),
            old in 0..20_i64,
            new in 0..20_i64,
            old_pod in 0..5_i64,
            new_pod in 0..5_i64,
        ) -> Movement {
            Movement {
                key: ObjectKey {
                    group: "apps".to_owned(),
                    version: "v1".to_owned(),
                    kind: "Deployment".to_owned(),
                    namespace: None,
                    name: "web".to_owned(),
                },
                place: None,
                way: if old == 0 && way != Way::Passing { Way::Kept } else { way },
                // Those that pass are counted apart from those that ran before.
                old: if way == Way::Passing { 0 } else { old },
                new,
                old_pod: vec![Quantity::whole(old_pod)],
                new_pod: vec![Quantity::whole(new_pod)],
                surge_text: String::new(),
                unavailable_text: String::new(),
                grace: 30,
            }
        }
    }

    proptest! {
        #[test]
        fn the_peak_is_never_below_the_beginning_or_the_end(movement in movement()) {
            prop_assert!(movement.surge(0) >= Quantity::ZERO);
            prop_assert!(movement.crest(0) >= Quantity::ZERO);
            let peak = movement.begin(0).plus(movement.crest(0));
            prop_assert!(peak >= movement.begin(0).plus(movement.steady(0)));
            prop_assert!(peak >= movement.begin(0));
        }

        /// With all room there is every rollout gets to its end, is charged there what
        /// was counted, and never more on the way than was counted.
        #[test]
        fn nothing_is_charged_beyond_the_peak(movement in movement()) {
            let hard = [Quantity::whole(1_000_000)];
            let mut used = vec![movement.begin(0)];
            let peak = movement.begin(0).plus(movement.crest(0));
            let mut course = Course::begin(&movement, &mut used, &hard);
            let mut rounds = 0;
            loop {
                prop_assert!(at(&used, 0) <= peak, "{} of {peak}", at(&used, 0));
                if !course.step(&mut used, &hard) {
                    break;
                }
                rounds += 1;
                prop_assert!(rounds < 1000);
            }
            prop_assert_eq!(course.ending(), Ending::Done);
            let end = match movement.way {
                Way::Passing => movement.surge(0),
                _ => movement.end(0),
            };
            prop_assert_eq!(at(&used, 0), end);
        }

        /// With room for the peak of all together, each gets to its end.
        #[test]
        fn room_for_all_peaks_is_enough(movements in prop::collection::vec(movement(), 1..5)) {
            let movements: Vec<&Movement> = movements.iter().collect();
            let sum = |of: fn(&Movement) -> Quantity| {
                movements.iter().map(|one| of(one)).fold(Quantity::ZERO, Quantity::plus)
            };
            let used = sum(|one| one.begin(0));
            let hard = used.plus(sum(|one| one.crest(0)));
            for ending in worst(&movements, &[used], &[hard]) {
                prop_assert_eq!(ending, Ending::Done);
            }
        }
    }

    #[test]
    fn shares_are_rounded_as_kubernetes_does() {
        for (text, of, up, is) in [
            ("25%", 4, true, Some(1)),
            ("25%", 3, true, Some(1)),
            ("25%", 3, false, Some(0)),
            ("100%", 3, false, Some(3)),
            ("150%", 3, true, Some(5)),
            ("2", 100, true, Some(2)),
            ("many", 1, true, None),
        ] {
            assert_eq!(share(text, of, up), is, "{text} of {of}");
        }
    }
}
