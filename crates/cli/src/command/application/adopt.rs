//! `tidegate adopt`: an Application of Argo CD becomes Tidegate's to deliver.

use clap::Args;
use serde_json::Value;
use tidegate_core::argo_cd::branch::adoption::adopt as adopt_by_branch;
use tidegate_core::argo_cd::{Application, adoption};

use super::{ApplicationError, branch, change, parent, place};
use crate::cluster::presentable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Pin an Application of Argo CD, so that it changes by approved changes only
///
/// What runs now becomes the first revision to go back to. Automated sync and
/// self-heal stay as they are, and keep the pinned commit.
///
/// With --branch the Application follows a branch of its own, on which Tidegate
/// puts a commit for every change and every way back.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The Application: api-gateway, or NAMESPACE/NAME where it is not in argocd
    name: String,
    /// Keep the pin on this branch of the repository, as a commit for each change
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let cluster = session.cluster().await?;
    let place = place(&options.name);
    let branch = options.branch.as_deref().map(branch::read).transpose()?;
    let decide = async |object: &Value, application: &Application| {
        let parent = parent::find(&cluster, application).await?;
        let parent = parent.as_ref();
        let examined = match &branch {
            None => adoption::examine(application, parent),
            Some(branch) => branch::examine(&cluster, application, parent, branch).await?,
        };
        let pin = examined.map_err(|refusals| ApplicationError::Refused {
            place: place.to_string(),
            what: "adopted",
            refusals,
        })?;
        let patch = match &branch {
            None => adoption::adopt(object, application, &pin),
            Some(branch) => adopt_by_branch(object, application, branch),
        };
        Ok((patch, pin))
    };
    let (written, application, pin) = change(&cluster, &place, options.dry_run, decide).await?;
    let followed = match application.points_at().as_str() {
        "" => "HEAD".to_owned(),
        other => other.to_owned(),
    };
    let is = if options.dry_run { "would be" } else { "is" };
    let on = branch.as_ref().map(|branch| format!(" on branch {branch}"));
    let on = on.unwrap_or_default();
    session.printer.show(&presentable(&written), || {
        let mut text = format!(
            "{place} {is} pinned to {pin}{on}, which runs now\nit followed {followed}; from now on it changes by approved changes only\n"
        );
        if !application.is_automated() {
            text.push_str("automated sync is off: what somebody changes in the cluster stays changed\n");
        }
        text
    })?;
    let next = if options.dry_run {
        let by = branch.as_ref().map(|branch| format!(" --branch {branch}"));
        format!("tidegate adopt {}{}", options.name, by.unwrap_or_default())
    } else {
        let namespace = &application.spec.destination.namespace;
        format!(
            "tidegate change new --target {}@{namespace} …",
            options.name
        )
    };
    session.printer.next(&next);
    Ok(Exit::Yes)
}
