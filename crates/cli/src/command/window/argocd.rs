//! The same question asked of Argo CD: may an Application sync, by the sync
//! windows of its AppProject.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Deserialize;
use tidegate_core::sync_window::{Application, SyncWindow, SyncWindows, Trigger};

use super::WindowError;
use crate::arguments::Format;
use crate::document::{Document, DocumentError};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment;
use crate::session::Session;
use crate::view::sync_window::{self, Asked};

/// The API of both objects.
const VERSION: &str = "argoproj.io/v1alpha1";

/// Arguments that no calendar is needed beside.
pub(super) const OPTIONS: [&str; 5] = [
    "semantics",
    "project",
    "application",
    "manual",
    "operation_started_at",
];

/// Ask what Argo CD decides instead
#[derive(Debug, Args)]
#[command(next_help_heading = "What Argo CD decides")]
pub(super) struct ArgoCdOptions {
    /// Whose rules hold
    #[arg(long, value_enum, value_name = "WHOSE")]
    pub(super) semantics: Option<Semantics>,
    /// A file with an AppProject; the windows of global projects are not known
    #[arg(long, value_name = "FILE")]
    project: Option<PathBuf>,
    /// A file with an Application
    #[arg(long, value_name = "FILE")]
    application: Option<PathBuf>,
    /// A person starts the sync
    #[arg(long)]
    manual: bool,
    /// When a sync that is under way began, which may then go on
    #[arg(long, value_name = "TIME")]
    operation_started_at: Option<String>,
}

/// Whose rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Semantics {
    /// Exactly what Argo CD 3.5 and later decide
    Argocd,
}

impl ArgoCdOptions {
    /// One of the arguments that mean something here only.
    pub(super) fn given(&self) -> Option<&'static str> {
        [
            ("--project", self.project.is_some()),
            ("--application", self.application.is_some()),
            ("--manual", self.manual),
            (
                "--operation-started-at",
                self.operation_started_at.is_some(),
            ),
        ]
        .into_iter()
        .find_map(|(argument, given)| given.then_some(argument))
    }
}

pub(super) fn run(options: &super::Options, session: &Session) -> Result<Exit, Failure> {
    match judge(options, session) {
        Ok(exit) => Ok(exit),
        Err(failure) => {
            // Programs read the answer even where there is none.
            if session.printer.format() != Format::Table {
                let answer = sync_window::unusable(failure.sentence());
                session.printer.show(&answer, String::new)?;
            }
            Err(failure)
        }
    }
}

fn judge(options: &super::Options, session: &Session) -> Result<Exit, Failure> {
    if let Some(argument) = of_calendar(options) {
        return Err(WindowError::Mixed(argument, "with").into());
    }
    let own = &options.argocd;
    let project = own.project.as_deref();
    let project = project.ok_or(WindowError::Missing("--project"))?;
    let file = own.application.as_deref();
    let file = file.ok_or(WindowError::Missing("--application"))?;
    let time = |text: &String| moment::parse(text, &session.zone);
    let at = match &options.at {
        Some(text) => time(text)?,
        None => session.now(),
    };
    let started: Option<Timestamp> = own.operation_started_at.as_ref().map(time).transpose()?;
    let windows = windows(project)?;
    let application = application(file)?;
    let trigger = if own.manual {
        Trigger::Manual
    } else {
        Trigger::Automatic
    };
    let decision = SyncWindows::load(&windows).decision(&application, trigger, started, at);
    let answer = sync_window::answer(decision);
    let asked = Asked {
        application: &application.name,
        trigger,
        at,
    };
    session.printer.show(&answer, || {
        sync_window::told(&answer, &asked, &session.zone)
    })?;
    Ok(Exit::from_answer(answer.allowed))
}

/// One of the arguments that mean something to a calendar only.
fn of_calendar(options: &super::Options) -> Option<&'static str> {
    [
        ("--calendar", options.calendar.is_some()),
        ("--target", options.target.is_some()),
        ("--for", options.takes.is_some()),
    ]
    .into_iter()
    .find_map(|(argument, given)| given.then_some(argument))
}

fn windows(path: &Path) -> Result<Vec<SyncWindow>, DocumentError> {
    Document::read_of(path, VERSION, "AppProject")?.part("/spec/syncWindows")
}

fn application(path: &Path) -> Result<Application, DocumentError> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Destination {
        name: Option<String>,
        server: Option<String>,
        namespace: Option<String>,
    }
    let document = Document::read_of(path, VERSION, "Application")?;
    let name: String = document.part("/metadata/name")?;
    if name.is_empty() {
        return Err(document.without("metadata.name"));
    }
    let destination: Destination = document.part("/spec/destination")?;
    Ok(Application {
        name,
        destination_namespace: destination.namespace.unwrap_or_default(),
        destination_name: destination.name.unwrap_or_default(),
        destination_server: destination.server.unwrap_or_default(),
    })
}
