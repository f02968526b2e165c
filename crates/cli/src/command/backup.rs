//! `tidegate backup`: makes a change's backup now.

use clap::Args;
use jiff::Timestamp;
use kube::ResourceExt;
use serde_json::json;
use tidegate_api::{Change, convert};
use tidegate_core::lifecycle::{Phase, Status};
use tidegate_core::policy::{Backup, BackupRules};

use super::change::watch::follow;
use crate::arguments::Format;
use crate::cluster::Cluster;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::session::Session;
use crate::view::backup::{self as view, is_settled, is_usable};
use crate::view::head::status;

/// Make a change's backup now, in place of its time
///
/// While the change waits for approvals or for its time. The backup counts for the
/// start for as long as the policy lets it. Follows it, and ends with 0 when it is
/// usable. Of a change that has started it shows the backup that there is.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The change, such as chg-1234
    name: String,
    /// Ask for it, and do not wait
    #[arg(long)]
    no_wait: bool,
}

/// Why no backup is made.
#[derive(Debug, thiserror::Error)]
enum NoBackup {
    /// Its policy wants none.
    #[error("no backup is made for {name}: by policy {policy}, {reason}")]
    Waived {
        name: String,
        policy: String,
        reason: String,
    },
    /// Nobody knows yet what it is to protect.
    #[error("{name} is {phase}: a backup is made once it waits for approvals")]
    TooEarly { name: String, phase: Phase },
    /// It started without one, or ended before.
    #[error("{name} is {phase} and has no backup")]
    None { name: String, phase: Phase },
}

impl Explain for NoBackup {
    fn exit(&self) -> Exit {
        Exit::No
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Waived { .. } => None,
            Self::TooEarly { name, .. } => Some(format!("tidegate why {name}")),
            Self::None { name, .. } => Some(format!("tidegate change show {name}")),
        }
    }
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let cluster = session.cluster().await?;
    let change = cluster.change(&options.name.to_lowercase()).await?;
    let name = change.name_any();
    let now = Status::default();
    let status = status(&change).unwrap_or(&now);
    let phase = status.phase;
    if phase.is_running() || phase.is_final() {
        return shown(&change, status, &cluster, session).await;
    }
    if !matches!(phase, Phase::Approving | Phase::Scheduled) {
        return Err(NoBackup::TooEarly { name, phase }.into());
    }
    if let Some((policy, Backup::Waived { reason })) = policy(&cluster, status).await {
        let waived = NoBackup::Waived {
            name,
            policy,
            reason,
        };
        return Err(waived.into());
    }
    let requested_at = session.now();
    let spec = json!({ "backup": { "requestedAt": requested_at } });
    let change = cluster.patch_change(&name, &spec).await?;
    if options.no_wait {
        session
            .printer
            .show(&crate::cluster::presentable(&change), || {
                format!("a backup of {name} is asked for\n")
            })?;
        session
            .printer
            .next(&format!("tidegate change show {name}"));
        return Ok(Exit::Yes);
    }
    let end = |change: &Change| end(change, requested_at);
    let (change, exit) = Box::pin(follow(&cluster, change, session, end)).await?;
    tell(&change, &cluster, session).await?;
    session.printer.next(&format!("tidegate why {name}"));
    Ok(exit)
}

/// Of a change that has started or ended: what there is.
async fn shown(
    change: &Change,
    status: &Status,
    cluster: &Cluster,
    session: &Session,
) -> Result<Exit, Failure> {
    let (name, phase) = (change.name_any(), status.phase);
    if !status.backups.is_empty() {
        tell(change, cluster, session).await?;
        return Ok(Exit::from_answer(is_usable(status)));
    }
    let reason = status.backup.as_ref();
    let waived = reason.and_then(|told| told.strip_prefix("waived: "));
    Err(match (waived, &status.policy) {
        (Some(reason), Some(policy)) => NoBackup::Waived {
            name,
            policy: policy.clone(),
            reason: reason.to_owned(),
        },
        _ => NoBackup::None { name, phase },
    }
    .into())
}

/// Whether what was asked for is made, and usable.
fn end(change: &Change, requested_at: Timestamp) -> Option<Exit> {
    let status = status(change)?;
    // One that starts meanwhile makes its backup for that.
    let taken_up = status.backup_requested_at >= Some(requested_at) || status.phase.is_running();
    let over = (taken_up && is_settled(status)) || status.phase.is_final();
    over.then(|| Exit::from_answer(is_usable(status)))
}

async fn tell(change: &Change, cluster: &Cluster, session: &Session) -> Result<(), Failure> {
    let status = status(change);
    let mut rules = status
        .and_then(|status| status.plan.as_ref())
        .and_then(|plan| plan.backup.clone());
    if rules.is_none()
        && let Some(status) = status
    {
        rules = rules_now(cluster, status).await;
    }
    let velero = cluster.velero_namespaces().await;
    let answer = view::answer(change, rules.as_ref(), |cluster| velero.of(cluster));
    match session.printer.format() {
        Format::Table => session.printer.result(&view::text(change, &answer))?,
        _ => session.printer.stream(&answer)?,
    }
    Ok(())
}

async fn rules_now(cluster: &Cluster, status: &Status) -> Option<BackupRules> {
    let (_, backup) = policy(cluster, status).await?;
    backup.rules().cloned()
}

/// The policy that governs it, and what it says of backups. None: it may not be seen
/// or is not ready, which is for the controller to tell.
async fn policy(cluster: &Cluster, status: &Status) -> Option<(String, Backup)> {
    let name = status.policy.clone()?;
    let object = cluster.policy(&name).await?;
    let rules = convert::policy::policy(&object).rules.ok()?;
    Some((name, rules.backup))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::examples;

    fn waits(edit: impl FnOnce(&mut Status)) -> Change {
        let mut change = examples::succeeded();
        let status = &mut change.status.as_mut().unwrap().status;
        status.phase = Phase::Approving;
        status.backup_requested_at = Some(examples::now());
        edit(status);
        change
    }

    #[test]
    fn it_is_followed_until_what_was_asked_for_is_usable_or_not() {
        let asked = examples::now();
        assert_eq!(end(&waits(|_| {}), asked), Some(Exit::Yes));
        // One that was made before is not what was asked for.
        let before = waits(|status| status.backup_requested_at = None);
        assert_eq!(end(&before, asked), None);
        let under_way = waits(|status| status.backups[0].completed_at = None);
        assert_eq!(end(&under_way, asked), None);
        let unusable = waits(|status| {
            status.backups[0].completed_at = None;
            status.backups[0].unusable = Some("it was deleted".to_owned());
        });
        assert_eq!(end(&unusable, asked), Some(Exit::No));
        let failed = waits(|status| {
            status.phase = Phase::Failed;
            status.backups.clear();
        });
        assert_eq!(end(&failed, asked), Some(Exit::No));
    }
}
