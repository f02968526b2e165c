use std::{
    borrow::Cow,
    io::{IsTerminal, Write, stderr, stdout},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use super::lines::{broken, wrapped};

const HEADING: Style = Style::new().bold();
const PERSON: Style = AnsiColor::Cyan.on_default().bold();
const COMMAND: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

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

    /// Shows a line of what they get. On a terminal a long one is broken, and the rest of it set in.
    pub(super) fn output(&self, line: &str) {
        let line = format!("    {line}");
        match terminal_width() {
            Some(width) => self.write(broken(line.trim_end(), width).trim_end()),
            None => self.write(line.trim_end()),
        }
    }

    /// Shows a line that is to be copied, never broken.
    pub(super) fn verbatim(&self, line: &str) {
        self.write(&format!("    {line}"));
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

    /// Shows that something is waited for, until the guard is dropped: a spinner on a terminal, one line elsewhere.
    pub(super) fn waiting(&self, what: impl Into<Cow<'static, str>>) -> Waiting<'_> {
        let what = what.into();
        if !is_terminal() {
            self.aside(&format!("{what} …"));
        }
        self.spinning(what)
    }

    /// The same where other lines tell enough elsewhere.
    pub(super) fn spinning(&self, what: impl Into<Cow<'static, str>>) -> Waiting<'_> {
        if is_terminal() {
            let bar = ProgressBar::new_spinner().with_message(what);
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            *self.spinner.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
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

/// A person looks at it live.
fn is_terminal() -> bool {
    stderr().is_terminal() && stdout().is_terminal()
}

/// How many characters fit into a line of the terminal.
fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stdout()).ok()?;
    (size.ws_col > 40).then(|| usize::from(size.ws_col))
}
