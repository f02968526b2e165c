//! `tidegate preflight`: judges manifests before anybody approves them.

mod check;
mod environment;
mod files;
mod input;
mod render;
mod repository;
mod surroundings;
mod words;

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use clap::builder::TypedValueParser as _;
use tidegate_preflight::images::{Announcement, Wants};
use tidegate_preflight::report::Outcome;
use tidegate_preflight::schema::Release;
use tidegate_preflight::{Check, Report, Target, Waiver};

use self::words::Also;
use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::output::OutputError;
use crate::session::Session;
use crate::view::preflight::{digests, github, junit, markdown, sarif, text};

/// Judge manifests before anybody approves them
///
/// Renders every overlay and chart below the paths, or with --base those that
/// changed since, or takes manifests as they are, and makes these checks: schema,
/// quota, policy, diff, parity, images and refs. A cluster is asked where --context or
/// --kubeconfig names one. What a check cannot judge counts: waive it by its name, with
/// a reason, to do without, or say with --checks which you want.
///
/// Writes with -o text, json, yaml, sarif, junit, markdown, digests (one and its
/// target a line, for commit statuses), and github for the annotations of GitHub
/// Actions.
///
/// Ends with 0 where every check passed, 1 where one failed, 2 where the input
/// cannot be read, and 3 where one could not judge everything.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Overlays, charts, or folders of them; the repository unless given
    #[arg(value_name = "PATH", conflicts_with = "manifests")]
    paths: Vec<PathBuf>,
    /// Judge only what differs from this branch, tag or commit, from where they parted
    #[arg(long, value_name = "REV", conflicts_with = "manifests")]
    base: Option<String>,
    /// A file of manifests, a folder of them, or - for the standard input, as they are
    #[arg(long, value_name = "FILE|DIR|-")]
    manifests: Option<PathBuf>,
    /// A file of CustomResourceDefinitions, or a folder of them, beside those of the
    /// repository and the cluster
    #[arg(long, value_name = "FILE|DIR")]
    crds: Option<PathBuf>,
    /// A file of policies with their bindings and parameters, or a folder of them,
    /// beside those of the repository and the cluster
    #[arg(long, value_name = "FILE|DIR")]
    policies: Option<PathBuf>,
    /// The release of Kubernetes that is to take them
    #[arg(long, value_name = "VERSION", default_value_t)]
    #[arg(value_parser = clap::builder::StringValueParser::new().try_map(|text| text.parse::<Release>()))]
    kubernetes_version: Release,
    /// Only these checks; all of them unless given
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    #[arg(value_parser = clap::builder::StringValueParser::new().try_map(|text| words::check(&text)))]
    checks: Vec<Check>,
    /// The namespace of manifests that name none
    #[arg(long, value_name = "NAMESPACE", default_value = "default")]
    into: String,
    /// What the ticket says of images: "web from v1.0.0 to v1.1.0"; the commit messages
    /// since --base unless given
    #[arg(long, value_name = "TEXT")]
    #[arg(value_parser = clap::builder::StringValueParser::new().try_map(|text| Announcement::read(&text)))]
    announced: Vec<Announcement>,
    /// How an image has to be written
    #[arg(long, value_name = "HOW", default_value = "anything")]
    #[arg(value_parser = clap::builder::StringValueParser::new().try_map(|text| words::wants(&text)))]
    images: Wants,
    /// Do without what a check cannot judge, for this reason
    #[arg(long, value_name = "CHECK=REASON")]
    #[arg(value_parser = clap::builder::StringValueParser::new().try_map(|text| words::parse(&text)))]
    waive: Vec<Waiver>,
    /// Write the report into a file as well, behind what it has: markdown=summary.md
    #[arg(long, value_name = "FORMAT=FILE")]
    #[arg(value_parser = clap::builder::StringValueParser::new().try_map(|text| words::also(&text)))]
    also: Vec<Also>,
    /// The kustomize program; the one in PATH unless given
    #[arg(long, env = "TIDEGATE_KUSTOMIZE", value_name = "FILE")]
    kustomize: Option<PathBuf>,
    /// The helm program, which only charts need; the one in PATH unless given
    #[arg(long, env = "TIDEGATE_HELM", value_name = "FILE")]
    helm: Option<PathBuf>,
}

pub(crate) async fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    let input = input::gather(options).await?;
    if input.is_empty() {
        session.printer.remark(&input::nothing(options));
    }
    let is_named = session.global.context.is_some() || session.global.kubeconfig.is_some();
    let surroundings = if is_named {
        let client = session.cluster().await?.client();
        Some(surroundings::look(client, &options.into, &input).await?)
    } else {
        None
    };
    let targets = input.targets.iter().map(Target::judged).collect();
    let checks = check::all(options, &input, surroundings.as_ref());
    let report = Report { targets, checks }.waived(&options.waive);
    for other in &options.also {
        also(&report, other)?;
    }
    show(&report, session)?;
    Ok(match report.outcome() {
        Outcome::Passed => Exit::Yes,
        Outcome::Failed => Exit::No,
        Outcome::NotJudged => Exit::CannotJudge,
    })
}

fn show(report: &Report, session: &Session) -> Result<(), OutputError> {
    let printer = &session.printer;
    match printer.format() {
        Format::Sarif => printer.show(&sarif::log(report), String::new),
        Format::Junit | Format::Markdown | Format::Github | Format::Digests => {
            let written = written(report, printer.format()).map_err(OutputError::Write)?;
            printer.result(&written)
        }
        Format::Table | Format::Json | Format::Yaml => printer.show(report, || text::text(report)),
    }
}

/// The report as a text of this form; for YAML, JSON is one.
fn written(report: &Report, format: Format) -> io::Result<String> {
    Ok(match format {
        Format::Table => text::text(report),
        Format::Json | Format::Yaml => serde_json::to_string_pretty(report)?,
        Format::Sarif => serde_json::to_string_pretty(&sarif::log(report))?,
        Format::Junit => junit::document(report)?,
        Format::Markdown => markdown::summary(report),
        Format::Github => github::commands(report),
        Format::Digests => digests::lines(report),
    })
}

/// Writes the report into a file as well, after what is there.
fn also(report: &Report, also: &Also) -> Result<(), NotWritten> {
    let failed = |source| NotWritten {
        path: also.file.clone(),
        source,
    };
    let text = written(report, also.format).map_err(failed)?;
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&also.file);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(failed)
}

/// A report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written", path.display())]
struct NotWritten {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl Explain for NotWritten {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        Some("--also takes a form and a file: markdown=summary.md".to_owned())
    }
}
