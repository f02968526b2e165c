//! Which stream, which format, which colour.
//!
//! Results go to standard output, everything else to standard error. A reader
//! that has gone is no error: what is left to say is not said, and the exit
//! code stays what it is.

pub(crate) mod paint;
pub(crate) mod table;

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use crate::arguments::{Color, Format};
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use paint::{BAD, QUIET, paint};

/// Where results and remarks go.
pub(crate) struct Printer {
    format: Format,
    out: RefCell<Box<dyn Write>>,
    err: RefCell<Box<dyn Write>>,
    reader_gone: Cell<bool>,
    documents: Cell<u32>,
}

/// The result cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// The stream takes nothing more, and not because its reader has gone.
    #[error("the result cannot be written")]
    Write(#[source] io::Error),
    /// It has no JSON or YAML form.
    #[error("the result has no form in JSON")]
    Json(#[source] serde_json::Error),
    /// It has no YAML form.
    #[error("the result has no form in YAML")]
    Yaml(#[source] serde_saphyr::SerializeError),
}

impl Explain for OutputError {
    fn exit(&self) -> Exit {
        Exit::CannotJudge
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Write(_) => {
                Some("check the file or device that standard output goes to".to_owned())
            }
            Self::Json(_) | Self::Yaml(_) => Some("use -o table".to_owned()),
        }
    }
}

impl Printer {
    /// Writes to the streams of this process.
    pub(crate) fn new(format: Format, color: Color) -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let choose = |automatic| match color {
            Color::Auto => automatic,
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Never => ColorChoice::Never,
        };
        let out = AutoStream::new(io::stdout(), choose(AutoStream::choice(&stdout)));
        let err = AutoStream::new(io::stderr(), choose(AutoStream::choice(&stderr)));
        Self::with_streams(format, Box::new(out), Box::new(err))
    }

    fn with_streams(format: Format, out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Self {
            format,
            out: RefCell::new(out),
            err: RefCell::new(err),
            reader_gone: Cell::new(false),
            documents: Cell::new(0),
        }
    }

    /// How results are wanted.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Whether lines may be drawn again in place.
    pub(crate) fn can_redraw(&self) -> bool {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        self.format == Format::Table && io::stdout().is_terminal() && !is_dumb
    }

    /// Whether somebody can be asked.
    pub(crate) fn can_ask() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether nobody reads the result any more.
    pub(crate) fn is_reader_gone(&self) -> bool {
        self.reader_gone.get()
    }

    /// Writes a result as it is.
    pub(crate) fn result(&self, text: &str) -> Result<(), OutputError> {
        if self.reader_gone.get() {
            return Ok(());
        }
        let mut out = self.out.borrow_mut();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.reader_gone.set(true);
                Ok(())
            }
            Err(error) => Err(OutputError::Write(error)),
        }
    }

    /// Writes a text in place of the last `rows` rows of a terminal, with colours
    /// or without.
    pub(crate) fn redraw(&self, rows: usize, text: &str) -> Result<(), OutputError> {
        if rows > 0 && !self.reader_gone.get() {
            // ECMA-48: cursor up (CUU) and erase to the end of the page (ED). The
            // stream would take them out together with the colours.
            write!(io::stdout(), "\u{1b}[{rows}A\u{1b}[J").map_err(OutputError::Write)?;
        }
        self.result(text)
    }

    /// Writes a result for people or for programs, as wanted.
    pub(crate) fn show<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), OutputError> {
        match self.format {
            // Only `preflight` takes the last three, and writes them itself.
            Format::Table | Format::Junit | Format::Markdown | Format::Github | Format::Digests => {
                self.result(&text())
            }
            Format::Json | Format::Sarif => {
                let json = serde_json::to_string_pretty(value).map_err(OutputError::Json)?;
                self.result(&format!("{json}\n"))
            }
            Format::Yaml => self.document(value),
        }
    }

    /// Writes one of several results for programs: a line of JSON, or a document
    /// of YAML.
    pub(crate) fn stream<T: Serialize>(&self, value: &T) -> Result<(), OutputError> {
        match self.format {
            Format::Json | Format::Sarif => {
                let json = serde_json::to_string(value).map_err(OutputError::Json)?;
                self.result(&format!("{json}\n"))
            }
            _ => self.document(value),
        }
    }

    /// Writes a YAML document, set apart from one before it.
    pub(crate) fn document<T: Serialize>(&self, value: &T) -> Result<(), OutputError> {
        let yaml = serde_saphyr::to_string(value).map_err(OutputError::Yaml)?;
        let before = if self.documents.replace(1) == 0 {
            ""
        } else {
            "---\n"
        };
        self.result(&format!("{before}{}\n", yaml.trim_end()))
    }

    /// Says something that is not the result.
    pub(crate) fn remark(&self, text: &str) {
        let mut err = self.err.borrow_mut();
        // Nobody is left to tell that nobody listens.
        let _ = writeln!(err, "{}", text.trim_end()).and_then(|()| err.flush());
    }

    /// Asks for an answer on the same line.
    pub(crate) fn ask(&self, question: &str) {
        let mut err = self.err.borrow_mut();
        // As above.
        let _ = write!(err, "{question} ").and_then(|()| err.flush());
    }

    /// Says what to do next.
    pub(crate) fn next(&self, command: &str) {
        self.remark(&format!("{} {command}", paint(QUIET, "next:")));
    }

    /// Says why a command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        let mut text = format!("{} {}", paint(BAD, "error:"), failure.sentence());
        if let Some(hint) = failure.hint() {
            text = format!("{text}\n{} {hint}", paint(QUIET, "hint:"));
        }
        self.remark(&text);
    }
}

#[cfg(test)]
mod tests;
