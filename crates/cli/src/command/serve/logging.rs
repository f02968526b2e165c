//! The controller's log.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::TryInitError;

use crate::arguments::Color;
use crate::exit::Exit;
use crate::failure::Explain;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// A line for people
    Text,
    /// An object a line for programs
    Json,
}

/// The log cannot be written as asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogError {
    /// The filter is none.
    #[error("\"{filter}\" does not say what to log")]
    Filter { filter: String, source: ParseError },
    /// Something else writes a log already.
    #[error("the log cannot be started")]
    Start(#[source] TryInitError),
}

impl Explain for LogError {
    fn exit(&self) -> Exit {
        match self {
            Self::Filter { .. } => Exit::WrongInput,
            Self::Start(_) => Exit::CannotJudge,
        }
    }

    fn hint(&self) -> Option<String> {
        Some("write for example info, debug or tidegate_server=debug".to_owned())
    }
}

/// Logs to standard error from here on.
pub(super) fn start(format: LogFormat, filter: &str, color: Color) -> Result<(), LogError> {
    use tracing_subscriber::util::SubscriberInitExt as _;

    let wanted = EnvFilter::try_new(filter).map_err(|source| LogError::Filter {
        filter: filter.to_owned(),
        source,
    })?;
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let ansi = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => std::io::stderr().is_terminal() && !no_color,
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(wanted)
        .with_writer(std::io::stderr)
        .with_ansi(ansi);
    match format {
        LogFormat::Text => log.finish().try_init(),
        LogFormat::Json => log.json().flatten_event(true).finish().try_init(),
    }
    .map_err(LogError::Start)
}
