//! `tidegate rollback`: undoes a change.

mod commands;
mod draft;
mod plan;
mod refused;
#[cfg(test)]
mod tests;
mod undoing;

use clap::{Args, ValueEnum};
use kube::ResourceExt;
use kube::api::ListParams;
use tidegate_api::Change;
use tidegate_api::change::BackupOf;

use self::plan::{cancel, plan};
use self::undoing::{Undoing, Wish, undoing};
use super::change::submit::{Submission, name_of, next_name, submit};
use crate::arguments::Format;
use crate::cluster::{Cluster, presentable};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::failure::api::{ApiError, Asked};
use crate::session::Session;
use crate::view::rollback::{self as view, Plan};

/// Undo a change
///
/// A change that runs is called off, and what is half out goes back. For one that
/// has ended a change of its own is submitted, which brings back what ran before,
/// with approvals and a record of its own. Says first what it does.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The change, such as chg-1234
    name: String,
    /// What comes back: the revision alone, or the data of the change's backup as
    /// well, which discards all data written since
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = To::Revision)]
    to: To,
    /// Undo only this target of a change that has ended; may be given several times
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,
    /// Why
    #[arg(long)]
    reason: Option<String>,
    /// Submit the undoing as an emergency
    #[arg(long)]
    emergency: bool,
    /// Say what would be done, with what a person would type for each step, and do
    /// nothing
    #[arg(long)]
    dry_run: bool,
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// What ran before
    Revision,
    /// What ran before, and the data of the backup
    Backup,
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let cluster = session.cluster().await?;
    let change = cluster.change(&options.name.to_lowercase()).await?;
    let wish = Wish {
        data: options.to == To::Backup,
        targets: options.targets,
        reason: options.reason,
        emergency: options.emergency,
    };
    let base = name_of(&change.spec.ticket)?;
    let mut undoing = undoing(&change, &wish, &base, session.now(), &session.zone)?;
    let others = all(&cluster).await?;
    if let Undoing::Submit(change) = &mut undoing {
        change.metadata.name = Some(next_name(&base, &others)?);
        change.spec.requested_by = cluster.myself().await?.username;
    }
    let velero = cluster.velero_namespaces().await;
    let plan = plan(&change, &undoing, &others, &|cluster| velero.of(cluster));
    if options.dry_run {
        session.printer.show(&plan, || view::whole(&plan))?;
        session
            .printer
            .remark("nothing is done: this was a dry run");
        return Ok(Exit::Yes);
    }
    tell(&plan, session)?;
    match undoing {
        Undoing::CallOff { reason, data } => {
            call_off(&change, &reason, &data, &cluster, session).await
        }
        Undoing::Submit(mut change) => {
            change.metadata.name = Some(base);
            let object = serde_json::to_value(&change).map_err(crate::output::OutputError::Json)?;
            submit(Submission::derived(object), false, session).await
        }
    }
}

/// What programs read is the object alone.
fn tell(plan: &Plan, session: &Session) -> Result<(), Failure> {
    if session.printer.format() == Format::Table {
        session.printer.result(&view::short(plan))?;
    }
    Ok(())
}

async fn call_off(
    change: &Change,
    reason: &str,
    data: &[BackupOf],
    cluster: &Cluster,
    session: &Session,
) -> Result<Exit, Failure> {
    let name = change.name_any();
    let change = cluster.patch_change(&name, &cancel(reason, data)).await?;
    session.printer.show(&presentable(&change), || {
        format!("{name} is called off; what is half out goes back\n")
    })?;
    session
        .printer
        .next(&format!("tidegate change watch {name}"));
    Ok(Exit::Yes)
}

async fn all(cluster: &Cluster) -> Result<Vec<Change>, ApiError> {
    let asked = Asked::to_read("list of changes", &cluster.namespace);
    let listed = cluster.changes().list(&ListParams::default()).await;
    Ok(listed
        .map_err(|error| cluster.explain(error, &asked))?
        .items)
}
