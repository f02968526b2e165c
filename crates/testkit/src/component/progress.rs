use std::{
    borrow::Cow,
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// Where a person sees that something is going on: a spinner on a terminal, plain lines elsewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    terminal: bool,
}

impl Progress {
    pub(super) fn on_standard_error() -> Self {
        Self {
            terminal: stderr().is_terminal(),
        }
    }

    /// Shows that `what` has begun.
    pub(super) fn step(self, what: impl Into<Cow<'static, str>>) -> Step {
        let what = what.into();
        let bar = if self.terminal {
            let bar = ProgressBar::new_spinner().with_message(what);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            Some(bar)
        } else {
            anstream::eprintln!("{what} …");
            None
        };
        Step {
            bar,
            begun: Instant::now(),
        }
    }
}

/// Something that is going on.
#[derive(Debug)]
pub(super) struct Step {
    bar: Option<ProgressBar>,
    begun: Instant,
}

impl Step {
    /// Shows that it is done, and how long it took.
    pub(super) fn done(mut self, what: &str) {
        self.clear();
        anstream::eprintln!("{what} in {} s", self.begun.elapsed().as_secs());
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.clear();
    }
}
