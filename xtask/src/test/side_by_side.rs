//! Tests against the real control plane, several test targets at a time.
//!
//! Most of such a test is waiting: for pods, for leases, for Argo CD. One target after the other would leave the machine
//! idle most of the time.

use std::{
    collections::VecDeque,
    io::{self, Write},
    path::Path,
    process::Stdio,
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use super::{Pass, Tally, Targets};

/// How many targets run at one time, each with one control plane: five programs that want a processor now and then.
const AT_ONCE: usize = 3;

/// Runs every target that needs the real control plane in the workspace at `root`. What a target prints is passed on
/// when it has ended, so that it is not mixed with what others print; `errors` is where cargo's own messages go.
pub(super) fn run(
    targets: &Targets,
    root: &Path,
    output: &mut impl Write,
    errors: fn() -> Stdio,
) -> io::Result<Tally> {
    let built = Pass::build(targets).run(root, output, errors())?;
    if built.failed > 0 {
        return Ok(built);
    }
    let left: VecDeque<&str> = targets.real.iter().map(String::as_str).collect();
    let left = Mutex::new(left);
    let next = || {
        left.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    };
    let (ended, all) = mpsc::channel();
    let mut tally = built;
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            let (ended, next) = (ended.clone(), &next);
            scope.spawn(move || {
                while let Some(target) = next() {
                    let mut printed = Vec::new();
                    let result = Pass::of_target(target).run(root, &mut printed, Stdio::null());
                    // Nobody listens any more only if the output cannot be written.
                    if ended.send((target, result, printed)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(ended);
        for (target, result, printed) in all {
            writeln!(output, "\n     Ran {target}")?;
            output.write_all(&printed)?;
            output.flush()?;
            tally += result?;
        }
        Ok(tally)
    })
}
