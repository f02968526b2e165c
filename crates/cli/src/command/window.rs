//! `tidegate window check`: may a change start, by a calendar in a file.

mod argocd;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use jiff::SignedDuration;
use tidegate_api::ChangeCalendar;
use tidegate_api::convert::calendar;
use tidegate_core::calendar::{Calendar, Passes, Subject, parse_duration};
use tidegate_core::change::ChangeType;

use super::change::change_type;
use crate::arguments::Format;
use crate::document::Document;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::moment;
use crate::session::Session;
use crate::view::window;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say whether a change may start, by a calendar in a file
    Check(Options),
}

/// Say whether a change may start, by a calendar in a file
///
/// Needs no cluster. Ends with 0 where the change may start, 1 where it may not,
/// and 2 where the file or an argument cannot be used; a calendar with any
/// mistake cannot be used, since a mistake shuts the gate.
///
/// With --semantics argocd it says instead whether Argo CD lets an Application
/// sync, by the sync windows of an AppProject.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A file with a ChangeCalendar; - reads standard input
    #[arg(long, value_name = "FILE", required_unless_present_any = argocd::OPTIONS)]
    calendar: Option<PathBuf>,
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
    #[arg(long = "for", value_name = "DURATION")]
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
            Self::Mixed(..) | Self::Missing(_) => {
                "ask with --calendar and --target, or with --semantics argocd, --project and \
                 --application"
            }
        };
        Some(hint.to_owned())
    }
}

pub(crate) fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    if options.argocd.semantics.is_some() {
        return argocd::run(options, session);
    }
    match judge(options, session) {
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

fn judge(options: &Options, session: &Session) -> Result<Exit, Failure> {
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
    let calendar = read(file)?;
    let subject = Subject {
        cluster,
        namespace,
        name,
        kind: options.change_type,
    };
    let passes = Passes {
        windows: options.passes.contains(&Pass::Windows),
        freezes: options.passes.contains(&Pass::Freezes),
    };
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

fn read(path: &Path) -> Result<Calendar, Failure> {
    let object: ChangeCalendar = Document::read(path, "ChangeCalendar")?.understood()?;
    let calendar = calendar::calendar(&object);
    let problems = calendar::problems(&object, &calendar);
    if problems.is_empty() {
        Ok(calendar)
    } else {
        Err(WindowError::Broken(problems).into())
    }
}
