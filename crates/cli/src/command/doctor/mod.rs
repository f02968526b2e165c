//! `tidegate doctor`: mistakes in a repository and a cluster that fail in
//! silence.

mod cluster;
mod delivery;
mod files;
mod object;
mod rollbacks;

use std::path::PathBuf;

use clap::Args;
use tidegate_core::doctor::{self, Severity};

use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::view::doctor::{sarif, text};

/// Find mistakes in sync windows and deliveries that fail in silence
///
/// Reads the YAML files under a folder, and the cluster if --context or
/// --kubeconfig names one. Files that are no Kubernetes objects and templates of
/// Helm are passed over. Nothing is written.
///
/// How Applications are delivered is judged where it is installed: in the
/// cluster that is named, and with --delivery in the files too. That is branches
/// that are followed, rollbacks that are refused, retries that outlive their
/// window, drift that stays, and AppProjects that restrict nothing (TG115 to
/// TG120).
///
/// Writes with -o text, json or sarif. Ends with 0 where no error was found, 1
/// where one was, 2 where the path cannot be read, and 3 where the cluster that
/// is named cannot be reached or does not let you list its namespaces,
/// AppProjects and Applications. Each finding has a page under docs/doctor.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A folder, such as the root of a repository, or a file
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Judge in the files how Applications are delivered, too
    ///
    /// Reads documents and scripts beside the YAML files, for
    /// `argocd app rollback`.
    #[arg(long)]
    delivery: bool,
}

pub(crate) async fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    let mut reading = files::read(&options.path, options.delivery)?;
    let mut looked = text::Looked {
        files: reading.files,
        projects: None,
    };
    if session.global.context.is_some() || session.global.kubeconfig.is_some() {
        let seen = cluster::read(&session.cluster().await?, &mut reading.inventory).await?;
        if seen.projects.is_none() {
            session.printer.remark(
                "the cluster has no Argo CD, so only its namespaces were looked at beside the files",
            );
        }
        looked.projects = seen.projects;
    } else if looked.files == 0 {
        session.printer.remark(&format!(
            "there is no YAML file under {}, so nothing was looked at",
            options.path.display()
        ));
    }
    let mut findings = doctor::examine(&reading.inventory, session.now());
    findings.append(&mut reading.findings);
    findings.sort_by(|one, other| one.place().cmp(&other.place()));
    if session.printer.format() == Format::Sarif {
        session.printer.show(&sarif::log(&findings), String::new)?;
    } else {
        let report = text::report(&findings);
        session
            .printer
            .show(&report, || text::told(&findings, looked))?;
    }
    let is_error = |finding: &doctor::Finding| finding.rule.severity() == Severity::Error;
    Ok(Exit::from_answer(!findings.iter().any(is_error)))
}
