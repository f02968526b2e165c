use std::{
    borrow::Cow,
    io::{IsTerminal, Write, stderr, stdout},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

const HEADING: Style = Style::new().bold();
const PERSON: Style = AnsiColor::Cyan.on_default().bold();
const COMMAND: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Sentences are broken so that they can be read without moving one's head.
const WIDTH: usize = 88;

/// Tells the story: headings, sentences, what people type and what they get, each told apart.
///
/// Everything goes to standard output, in colour only on a terminal that wants it. While something is waited for a
/// terminal shows a spinner; elsewhere there is one line. A reader that has gone is no error.
#[derive(Debug)]
pub(super) struct Narrator {
    spinner: Mutex<Option<ProgressBar>>,
}

impl Narrator {
    pub(super) const fn new() -> Self {
        Self {
            spinner: Mutex::new(None),
        }
    }

    /// Whether the programs of the story should use colours.
    pub(super) fn wants_colour() -> bool {
        AutoStream::choice(&stdout()) != ColorChoice::Never
    }

    /// Begins an act.
    pub(super) fn heading(&self, text: &str) {
        let rule = "─".repeat(text.chars().count());
        self.write(&format!(
            "\n\n{HEADING}{text}{HEADING:#}\n{QUIET}{rule}{QUIET:#}"
        ));
    }

    /// Says what to look at, as a paragraph.
    pub(super) fn say(&self, text: &str) {
        self.write(&format!("\n{}", wrapped(text)));
    }

    /// Shows what somebody types.
    pub(super) fn command(&self, person: &str, line: &str) {
        self.write(&format!(
            "\n{PERSON}{person} ›{PERSON:#} {COMMAND}{line}{COMMAND:#}"
        ));
    }

    /// Shows a line of what they get.
    pub(super) fn output(&self, line: &str) {
        self.write(format!("    {line}").trim_end());
    }

    /// Remarks on what happens beside it.
    pub(super) fn aside(&self, line: &str) {
        self.write(&format!("  {QUIET}·{QUIET:#} {line}"));
    }

    /// Says that something holds in the cluster itself, or does not.
    pub(super) fn verdict(&self, holds: bool, line: &str) {
        let (style, sign) = if holds { (GOOD, "✓") } else { (BAD, "✗") };
        self.write(&format!("  {style}{sign} {line}{style:#}"));
    }

    /// Shows that something is waited for, until the guard is dropped.
    pub(super) fn waiting(&self, what: impl Into<Cow<'static, str>>) -> Waiting<'_> {
        let what = what.into();
        if stderr().is_terminal() && stdout().is_terminal() {
            let bar = ProgressBar::new_spinner().with_message(what);
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            *self.spinner.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
        } else {
            self.aside(&format!("{what} …"));
        }
        Waiting { narrator: self }
    }

    fn write(&self, text: &str) {
        let print = || {
            // Nobody is left to tell that nobody reads.
            let _ = writeln!(anstream::stdout(), "{text}");
        };
        let spinner = self.spinner.lock().unwrap_or_else(PoisonError::into_inner);
        match spinner.as_ref() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn stop_waiting(&self) {
        let spinner = self
            .spinner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(bar) = spinner {
            bar.finish_and_clear();
        }
    }
}

/// Something is waited for.
#[derive(Debug)]
pub(super) struct Waiting<'a> {
    narrator: &'a Narrator,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.narrator.stop_waiting();
    }
}

/// Breaks lines between words; a word that is longer stands alone.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().filter(|line| {
            line.is_empty() || line.chars().count() + 1 + word.chars().count() <= WIDTH
        });
        match last {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let text = wrapped(&"waits ".repeat(40));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(text.split_whitespace().count(), 40);
        let address = format!("see {}", "x".repeat(WIDTH + 1));
        assert_eq!(wrapped(&address).lines().count(), 2);
    }
}
