//! `tidegate release`: an Application is given back.

use clap::Args;
use serde_json::Value;
use tidegate_core::argo_cd::Application;
use tidegate_core::argo_cd::adoption::{self, FOLLOWED};

use super::{ApplicationError, change, place};
use crate::cluster::presentable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Give an Application of Argo CD back: it follows what it followed before
///
/// With automated sync on, Argo CD then deploys whatever that points at.
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
        let patch = adoption::release(object, application);
        let patch = patch.map_err(|refusal| ApplicationError::Refused {
            place: place.to_string(),
            what: "given back",
            refusals: vec![refusal],
        })?;
        Ok((patch, ()))
    };
    let (written, application, ()) = change(&cluster, &place, options.dry_run, decide).await?;
    let annotations = &application.metadata.annotations;
    let followed = annotations.get(FOLLOWED).map_or("", String::as_str);
    let followed = if followed.is_empty() {
        "HEAD"
    } else {
        followed
    };
    let does = if options.dry_run {
        "would follow"
    } else {
        "follows"
    };
    session.printer.show(&presentable(&written), || {
        let mut text = format!("{place} {does} {followed} again\n");
        if application.is_automated() {
            text.push_str("automated sync is on: Argo CD deploys what that points at\n");
        }
        text
    })?;
    Ok(Exit::Yes)
}
