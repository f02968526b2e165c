//! `tidegate change new`: writes a change from flags.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::Value;
use tidegate_api::change::{Source, Tested, Window};
use tidegate_api::{Change, ChangeSpec};
use tidegate_core::change::{ChangeType, Risk};

use super::change_type;
use super::draft::TypedTarget;
use super::submit::{Submission, name_of, submit};
use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::moment;
use crate::session::Session;

/// Write a change from flags, and perhaps submit it
///
/// Prints the change as YAML, into a file with -f, or submits it at once with
/// --submit. The requester is who the API server says you are.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true))]
pub(crate) struct Options {
    /// The ticket, such as CHG-1234
    #[arg(long)]
    ticket: String,
    /// One line that says what it is for
    #[arg(long)]
    title: String,
    /// The type of the change
    #[arg(long = "type", value_name = "TYPE", default_value = "normal", value_parser = change_type())]
    change_type: ChangeType,
    /// Where the manifests come from: a URL that Git can fetch, or that of a Helm
    /// repository
    #[arg(long, value_name = "URL")]
    repository: String,
    /// A full commit SHA
    #[arg(long, value_name = "SHA", group = "source")]
    revision: Option<String>,
    /// A branch or tag; when it moves, approvals no longer count
    #[arg(long = "ref", value_name = "NAME", group = "source")]
    reference: Option<String>,
    /// A chart of a Helm repository in one version, such as api-gateway@1.4.2
    #[arg(long, value_name = "NAME@VERSION", group = "source", value_parser = chart)]
    chart: Option<(String, String)>,
    /// Where the change lands; may be given several times
    #[arg(
        long = "target",
        value_name = "NAME=PATH|APPLICATION[@[CLUSTER/]NAMESPACE]",
        required = true
    )]
    targets: Vec<TypedTarget>,
    /// The namespace of every target that names none
    #[arg(long, value_name = "NAMESPACE")]
    into: Option<String>,
    /// How much harm it could do
    #[arg(long, default_value = "Medium", value_parser = risk())]
    risk: Risk,
    /// How it is undone, in words
    #[arg(long, default_value = "Previous revision")]
    rollback: String,
    /// Who would notice, in words
    #[arg(long)]
    impact: Option<String>,
    /// How long it takes, such as 40m
    #[arg(long, value_name = "DURATION")]
    expected_duration: Option<String>,
    /// Where and on which day it was tested, such as staging@2026-04-07
    #[arg(long, value_name = "ENVIRONMENT@DAY", value_parser = tested)]
    tested: Option<Tested>,
    /// A change that must have succeeded before; may be given several times
    #[arg(long, value_name = "CHANGE")]
    depends_on: Vec<String>,
    /// It does not start earlier
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// It has expired when it has not started by then
    #[arg(long, value_name = "TIME")]
    not_after: Option<String>,
    /// The file to write, which must not exist yet
    #[arg(short, long, value_name = "FILE", conflicts_with = "submit")]
    file: Option<PathBuf>,
    /// Submit it at once
    #[arg(long)]
    submit: bool,
}

/// The file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the change cannot be written to {}", path.display())]
struct FileError {
    path: PathBuf,
    source: io::Error,
}

impl Explain for FileError {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        Some("give a file that does not exist yet, in a folder that you may write".to_owned())
    }
}

/// The change cannot be written as YAML.
#[derive(Debug, thiserror::Error)]
#[error("the change has no form in YAML")]
struct FormError(#[source] serde_saphyr::SerializeError);

impl Explain for FormError {
    fn exit(&self) -> Exit {
        Exit::CannotJudge
    }

    fn hint(&self) -> Option<String> {
        Some("use -o json".to_owned())
    }
}

pub(crate) async fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    let mut change = draft(options, session)?;
    if options.submit {
        let object = serde_json::to_value(&change).map_err(crate::output::OutputError::Json)?;
        return submit(Submission::derived(object), false, session).await;
    }
    change.spec.requested_by = requester(session).await;
    match &options.file {
        Some(path) => {
            let yaml = serde_saphyr::to_string(&change).map_err(FormError)?;
            write_new(path, &yaml).map_err(|source| FileError {
                path: path.clone(),
                source,
            })?;
            session
                .printer
                .remark(&format!("written to {}", path.display()));
            session
                .printer
                .next(&format!("tidegate change submit -f {}", path.display()));
        }
        None if session.printer.format() == Format::Json => {
            session.printer.show(&change, String::new)?;
        }
        None => session.printer.document(&change)?,
    }
    Ok(Exit::Yes)
}

fn draft(options: &Options, session: &Session) -> Result<Change, Failure> {
    let edge = |text: &Option<String>| {
        text.as_ref()
            .map(|text| moment::parse(text, &session.zone))
            .transpose()
    };
    let window = Window {
        not_before: edge(&options.not_before)?,
        not_after: edge(&options.not_after)?,
        reason: None,
    };
    let spec = ChangeSpec {
        ticket: options.ticket.clone(),
        change_type: options.change_type,
        title: options.title.clone(),
        requested_by: String::new(),
        source: Source {
            repository: options.repository.clone(),
            revision: options.revision.clone(),
            reference: options.reference.clone(),
            chart: options.chart.as_ref().map(|(name, _)| name.clone()),
            version: options.chart.as_ref().map(|(_, version)| version.clone()),
            pull_request: None,
        },
        targets: options
            .targets
            .iter()
            .map(|target| target.target(options.into.as_ref()))
            .collect::<Result<_, _>>()?,
        risk: options.risk,
        impact: options.impact.clone(),
        rollback: options.rollback.clone(),
        tested: options.tested.clone(),
        expected_duration: options.expected_duration.clone(),
        depends_on: options.depends_on.clone(),
        rolls_back: None,
        backup: None,
        window: (window != Window::default()).then_some(window),
        cancel: None,
        hold: None,
    };
    super::submit::check(&spec)?;
    let mut change = Change::new(&name_of(&options.ticket)?, spec);
    change.metadata.namespace = Some(session.global.namespace.clone());
    Ok(change)
}

/// Who the API server says we are; nobody where it cannot be asked, since a
/// draft can be written without a cluster.
async fn requester(session: &Session) -> String {
    let asked = async { session.cluster().await?.myself().await };
    match asked.await {
        Ok(myself) => myself.username,
        Err(error) => {
            session.printer.remark(&format!(
                "note: requestedBy is left empty, because {error}; submit fills it in"
            ));
            String::new()
        }
    }
}

fn write_new(path: &Path, yaml: &str) -> io::Result<()> {
    File::create_new(path)?.write_all(yaml.as_bytes())
}

fn risk() -> impl TypedValueParser<Value = Risk> {
    PossibleValuesParser::new(["Low", "Medium", "High", "Critical"])
        .try_map(|text| serde_json::from_value::<Risk>(Value::String(text)))
}

fn chart(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('@').filter(|(name, _)| !name.is_empty());
    let (name, version) = parts.ok_or("write NAME@VERSION, such as api-gateway@1.4.2")?;
    Ok((name.to_owned(), version.to_owned()))
}

fn tested(text: &str) -> Result<Tested, String> {
    let wrong = || "write ENVIRONMENT@DAY, such as staging@2026-04-07".to_owned();
    let (environment, on) = text.split_once('@').ok_or_else(wrong)?;
    let day: jiff::civil::Date = on.parse().map_err(|_| wrong())?;
    if environment.is_empty() {
        return Err(wrong());
    }
    Ok(Tested {
        environment: environment.to_owned(),
        date: day.to_string(),
        evidence: None,
    })
}
