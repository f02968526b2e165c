//! Colours, by what they mean.

use anstyle::{AnsiColor, Style};
use tidegate_core::lifecycle::Phase;
use tidegate_core::lifecycle::explain::Mark;

/// What holds or went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is missing or went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is under way.
pub(crate) const BUSY: Style = AnsiColor::Cyan.on_default();
/// What waits for somebody or for its time.
pub(crate) const WAITING: Style = AnsiColor::Yellow.on_default();
/// What need not be read.
pub(crate) const QUIET: Style = Style::new().dimmed();
/// What it is about.
pub(crate) const STRONG: Style = Style::new().bold();

/// The text in a style. The stream takes the style out where it is not wanted.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// How a phase stands.
pub(crate) fn of_phase(phase: Phase) -> Style {
    match phase {
        Phase::Succeeded => GOOD,
        Phase::RolledBack | Phase::Failed | Phase::Rejected | Phase::RollingBack => BAD,
        Phase::Cancelled | Phase::Expired => QUIET,
        Phase::BackingUp | Phase::RollingOut | Phase::Verifying => BUSY,
        Phase::Draft | Phase::Assessing | Phase::Approving | Phase::Scheduled => WAITING,
    }
}

/// The sign before a line.
pub(crate) fn sign(mark: Mark) -> String {
    let style = match mark {
        Mark::Holds => GOOD,
        Mark::Missing => BAD,
        Mark::UnderWay => BUSY,
        Mark::Note => QUIET,
    };
    paint(style, mark.sign())
}
