//! `tidegate adopt`: an Application of Argo CD becomes Tidegate's to deliver.

use clap::Args;
use serde_json::Value;
use tidegate_core::argo_cd::{Application, adoption};

use super::{ApplicationError, change, parent, place};
use crate::cluster::presentable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Pin an Application of Argo CD, so that it changes by approved changes only
///
/// What runs now becomes the first revision to go back to. Automated sync and
/// self-heal stay as they are, and keep the pinned commit.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The Application: api-gateway, or NAMESPACE/NAME where it is not in argocd
    name: String,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let cluster = session.cluster().await?;
    let place = place(&options.name);
    let decide = async |object: &Value, application: &Application| {
        let parent = parent::find(&cluster, application).await?;
        let examined = adoption::examine(application, parent.as_ref());
        let pin = examined.map_err(|refusals| ApplicationError::Refused {
            place: place.to_string(),
            what: "adopted",
            refusals,
        })?;
        let patch = adoption::adopt(object, application, &pin);
        Ok((patch, pin))
    };
    let (written, application, pin) = change(&cluster, &place, options.dry_run, decide).await?;
    let followed = match application.points_at().as_str() {
        "" => "HEAD".to_owned(),
        other => other.to_owned(),
    };
    let is = if options.dry_run { "would be" } else { "is" };
    session.printer.show(&presentable(&written), || {
        let mut text = format!(
            "{place} {is} pinned to {pin}, which runs now\nit followed {followed}; from now on it changes by approved changes only\n"
        );
        if !application.is_automated() {
            text.push_str("automated sync is off: what somebody changes in the cluster stays changed\n");
        }
        text
    })?;
    let next = if options.dry_run {
        format!("tidegate adopt {}", options.name)
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
