//! Several units at a time.

use std::{
    cmp::Reverse,
    collections::VecDeque,
    io::{self, Write},
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Instant,
};

use super::{Durations, Tally, unit::Unit};

/// How many units run at one time on each processor. Nearly all of a test against the real control plane is waiting:
/// for pods, for leases, for Argo CD. With three, claims of volumes were seen to wait for longer than a test does.
const AT_ONCE: usize = 2;

/// Runs all of them, those that take longest first. What one prints is passed on when it has ended, so that it is not
/// mixed with what others print.
pub(super) fn run(
    mut units: Vec<Unit<'_>>,
    durations: &mut Durations,
    output: &mut impl Write,
) -> io::Result<Tally> {
    units.sort_by_cached_key(|unit| Reverse(durations.of(&unit.name())));
    let left = Mutex::new(VecDeque::from(units));
    let next = || {
        left.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let (ended, all) = mpsc::channel();
    let mut tally = Tally::default();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE * processors {
            let (ended, next) = (ended.clone(), &next);
            scope.spawn(move || {
                while let Some(unit) = next() {
                    let begun = Instant::now();
                    let result = unit.run();
                    // Nobody listens any more only if the output cannot be written.
                    if ended.send((unit.name(), begun.elapsed(), result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(ended);
        for (unit, took, result) in all {
            let (ran, printed) = result?;
            writeln!(output, "\n     Ran {unit}")?;
            output.write_all(&printed)?;
            output.flush()?;
            durations.set(unit, took);
            tally += ran;
        }
        Ok(tally)
    })
}
