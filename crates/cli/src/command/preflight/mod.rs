//! `tidegate preflight`: judges manifests before anybody approves them.

mod files;
mod waiver;

use std::path::PathBuf;

use clap::Args;
use clap::builder::TypedValueParser as _;
use tidegate_preflight::report::Outcome;
use tidegate_preflight::schema::{Release, Tally, judge};
use tidegate_preflight::{Report, Waiver};

use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::OutputError;
use crate::session::Session;
use crate::view::preflight::{github, junit, markdown, sarif, text};

/// Judge manifests before anybody approves them
///
/// Holds each against the schemas of Kubernetes and what the API server checks by
/// hand, without a cluster. A kind of somebody else's is not judged, and that
/// counts: waive the check by its name, with a reason, to do without.
///
/// Writes with -o text, json, yaml, sarif, junit, markdown, and github for the
/// annotations of GitHub Actions.
///
/// Ends with 0 where every check passed, 1 where one failed, 2 where the input
/// cannot be read, and 3 where one could not judge everything.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A file of manifests, a folder of them, or - for the standard input
    #[arg(long, value_name = "FILE|DIR|-")]
    manifests: PathBuf,
    /// The release of Kubernetes that is to take them
    #[arg(long, value_name = "VERSION", default_value_t)]
    #[arg(value_parser = clap::builder::StringValueParser::new().try_map(|text| text.parse::<Release>()))]
    kubernetes_version: Release,
    /// Do without what a check cannot judge, for this reason
    #[arg(long, value_name = "CHECK=REASON")]
    #[arg(value_parser = clap::builder::StringValueParser::new().try_map(|text| waiver::parse(&text)))]
    waive: Vec<Waiver>,
}

pub(crate) fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    let mut tally = Tally::default();
    for file in files::read(&options.manifests)? {
        for manifest in &file.manifests {
            tally.add(judge(options.kubernetes_version, manifest));
        }
        tally.add_findings(file.findings);
    }
    if tally.objects == 0 {
        session.printer.remark(&format!(
            "there is no manifest in {}",
            options.manifests.display()
        ));
    }
    let checks = vec![tally.report(options.kubernetes_version)];
    let report = Report { checks }.waived(&options.waive);
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
        Format::Junit => {
            let document = junit::document(report).map_err(OutputError::Write)?;
            printer.result(&document)
        }
        Format::Markdown => printer.result(&markdown::summary(report)),
        Format::Github => printer.result(&github::commands(report)),
        Format::Table | Format::Json | Format::Yaml => printer.show(report, || text::text(report)),
    }
}
