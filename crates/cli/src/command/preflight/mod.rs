//! `tidegate preflight`: judges manifests before anybody approves them.

mod files;
mod waiver;

use std::path::PathBuf;

use clap::Args;
use clap::builder::TypedValueParser as _;
use tidegate_preflight::report::Outcome;
use tidegate_preflight::schema::{Definitions, Release, Tally, judge};
use tidegate_preflight::{Report, Waiver};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::view::preflight::text;

/// Judge manifests before anybody approves them
///
/// Holds each against the schemas of Kubernetes and what the API server checks by
/// hand, without a cluster. A kind of somebody else's is held against its
/// CustomResourceDefinition, from --crds or among the manifests; without one it is
/// not judged, and that counts: waive the check by its name, with a reason, to do
/// without.
///
/// Ends with 0 where every check passed, 1 where one failed, 2 where the input
/// cannot be read, and 3 where one could not judge everything.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A file of manifests, a folder of them, or - for the standard input
    #[arg(long, value_name = "FILE|DIR|-")]
    manifests: PathBuf,
    /// A file of CustomResourceDefinitions, or a folder of them
    #[arg(long, value_name = "FILE|DIR")]
    crds: Option<PathBuf>,
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
    let release = options.kubernetes_version;
    let mut tally = Tally::default();
    let mut definitions = Definitions::default();
    for file in options
        .crds
        .as_deref()
        .map_or(Ok(Vec::new()), files::read)?
    {
        let (read, findings) = Definitions::read(release, &file.manifests);
        definitions = definitions.and(read);
        tally.add_findings(file.findings);
        tally.add_findings(findings);
    }
    let files = files::read(&options.manifests)?;
    // What is to be delivered counts more than what is there; it is judged below.
    let delivered = files.iter().flat_map(|file| &file.manifests);
    let definitions = definitions.and(Definitions::read(release, delivered).0);
    for file in files {
        for manifest in &file.manifests {
            tally.add(judge(release, &definitions, manifest));
        }
        tally.add_findings(file.findings);
    }
    if tally.objects == 0 {
        session.printer.remark(&format!(
            "there is no manifest in {}",
            options.manifests.display()
        ));
    }
    let checks = vec![tally.report(release)];
    let report = Report { checks }.waived(&options.waive);
    session.printer.show(&report, || text(&report))?;
    Ok(match report.outcome() {
        Outcome::Passed => Exit::Yes,
        Outcome::Failed => Exit::No,
        Outcome::NotJudged => Exit::CannotJudge,
    })
}
