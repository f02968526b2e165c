//! `tidegate window`: what a calendar says. `check` is here: may a change start.

mod argocd;
mod asked;
mod export;
mod lint;
mod list;
mod next;
mod source;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::SignedDuration;
use tidegate_core::calendar::{Subject, parse_duration};
use tidegate_core::change::ChangeType;

use super::change::change_type;
use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::moment;
use crate::session::Session;
use crate::view::window;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say whether a change may start
    Check(Options),
    /// Say when a change of some length would start
    Next(next::Options),
    /// List when changes may start, and draw the months
    List(list::Options),
    /// Say what is odd about a calendar, or about an Argo CD project's sync
    /// windows
    Lint(lint::Options),
    /// Write a calendar as an iCalendar feed or as Argo CD sync windows
    Export(export::Options),
}

/// Does it.
pub(crate) async fn dispatch(command: &Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Check(options) => run(options, session).await,
        Command::Next(options) => next::run(options, session).await,
        Command::List(options) => list::run(options, session).await,
        Command::Lint(options) => lint::run(options, session).await,
        Command::Export(options) => export::run(options, session).await,
    }
}

/// Say whether a change may start
///
/// Needs no cluster if the calendar is in a file. Ends with 0 where the change may start, 1 where it may not,
/// and 2 where the file or an argument cannot be used; a calendar with any
/// mistake cannot be used, since a mistake shuts the gate.
///
/// With --semantics argocd it says instead whether Argo CD lets an Application
/// sync, by the sync windows of an AppProject.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A file with a ChangeCalendar, - for standard input, or the name of one in
    /// the cluster
    #[arg(long, value_name = "FILE|NAME", required_unless_present_any = argocd::OPTIONS)]
    calendar: Option<PathBuf>,
    #[command(flatten)]
    feeds: source::FeedFiles,
    #[command(flatten)]
    labels: asked::Labels,
    /// Where the change lands
    #[arg(long, value_name = "CLUSTER/NAMESPACE[/APPLICATION]")]
    #[arg(required_unless_present_any = argocd::OPTIONS)]
    target: Option<String>,
    /// The type of the change
    #[arg(long = "type", value_name = "TYPE", default_value = "normal")]
    #[arg(conflicts_with = "semantics")]
    #[arg(value_parser = change_type())]
    change_type: ChangeType,
    /// When it would start; now unless given
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How long it takes, such as 40m: it may start only where it also fits
    #[arg(long = "for", visible_alias = "duration", value_name = "DURATION")]
    takes: Option<String>,
    /// What the policy lets an emergency pass; by itself only a freeze that
    /// exempts emergencies
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "WHAT",
        default_value = "freezes",
        conflicts_with = "semantics"
    )]
    passes: Vec<Pass>,
    #[command(flatten)]
    argocd: argocd::ArgoCdOptions,
}

/// What a policy lets an emergency pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pass {
    /// Closed windows
    Windows,
    /// Freezes that exempt emergencies
    Freezes,
    /// Nothing
    None,
}

/// Why the question cannot be judged.
#[derive(Debug, thiserror::Error)]
enum WindowError {
    /// Entries that cannot be used.
    #[error("{}", .0.join("; "))]
    Broken(Vec<String>),
    /// The target is not written as it should be.
    #[error("\"{0}\" is not a target")]
    Target(String),
    /// The duration is none.
    #[error("\"{text}\" is not a duration: {problem}")]
    Duration { text: String, problem: String },
    /// The time that is asked about is empty.
    #[error("--to is not after --from")]
    Span,
    /// Sync windows have no end.
    #[error("--to cannot be used with --format argocd")]
    ToOfArgoCd,
    /// What the two forms of the question have is mixed.
    #[error("{0} cannot be used {1} --semantics argocd")]
    Mixed(&'static str, &'static str),
    /// A form lacks an argument.
    #[error("{0} is missing")]
    Missing(&'static str),
}

impl Explain for WindowError {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Broken(_) => "correct these entries; until then the calendar shuts the gate",
            Self::Target(_) => "write CLUSTER/NAMESPACE or CLUSTER/NAMESPACE/APPLICATION",
            Self::Duration { .. } => "write for example 40m, 4h or 1h30m",
            Self::Span => "give an earlier --from or a later --to",
            Self::ToOfArgoCd => "leave it out; sync windows have no end",
            Self::Mixed(..) | Self::Missing(_) => {
                "ask with --calendar and --target, or with --semantics argocd, --project and \
                 --application"
            }
        };
        Some(hint.to_owned())
    }
}

async fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    if options.argocd.semantics.is_some() {
        return argocd::run(options, session);
    }
    match judge(options, session).await {
        Ok(exit) => Ok(exit),
        Err(failure) => {
            // Programs read the answer even where there is none.
            if session.printer.format() != Format::Table {
                session
                    .printer
                    .show(&window::unusable(failure.sentence()), String::new)?;
            }
            Err(failure)
        }
    }
}

async fn judge(options: &Options, session: &Session) -> Result<Exit, Failure> {
    if let Some(argument) = options.argocd.given() {
        return Err(WindowError::Mixed(argument, "without").into());
    }
    let asked = options.target.as_deref();
    let asked = asked.ok_or(WindowError::Missing("--target"))?;
    let file = options.calendar.as_deref();
    let file = file.ok_or(WindowError::Missing("--calendar"))?;
    let (cluster, namespace, name) = target(asked)?;
    let at = match &options.at {
        Some(text) => moment::parse(text, &session.zone)?,
        None => session.now(),
    };
    let needed = match &options.takes {
        Some(text) => parse_duration(text).map_err(|error| WindowError::Duration {
            text: text.clone(),
            problem: error.to_string(),
        })?,
        None => SignedDuration::ZERO,
    };
    let given = source::usable(file, &options.feeds, session).await?;
    let calendar = given.calendar;
    let labels = options.labels.known();
    let subject = Subject {
        cluster,
        namespace,
        name,
        labels: labels.as_ref(),
        kind: options.change_type,
    };
    let passes = asked::passing(&options.passes);
    let answer = window::answer(&calendar, &subject, passes, needed, at);
    let kind = match options.change_type {
        ChangeType::Emergency => "an emergency change".to_owned(),
        other => format!("a {other} change"),
    };
    let asked = format!("{kind} to {asked}");
    session
        .printer
        .show(&answer, || window::told(&answer, &asked, at, &session.zone))?;
    Ok(Exit::from_answer(answer.allowed))
}

/// Cluster, namespace, and perhaps an application.
fn target(text: &str) -> Result<(&str, &str, Option<&str>), WindowError> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        _ if parts.iter().any(|part| part.trim().is_empty()) => {
            Err(WindowError::Target(text.to_owned()))
        }
        [cluster, namespace] => Ok((cluster, namespace, None)),
        [cluster, namespace, name] => Ok((cluster, namespace, Some(name))),
        _ => Err(WindowError::Target(text.to_owned())),
    }
}
