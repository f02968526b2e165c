//! `tidegate change list`: the board.

use clap::Args;
use kube::api::ListParams;
use serde::Serialize;
use tidegate_api::Change;

use crate::cluster::presentable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::failure::api::Asked;
use crate::session::Session;
use crate::view::board::board;
use crate::view::head::status;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Leave out changes that have ended
    #[arg(long)]
    open: bool,
}

/// A list as `kubectl get -o json` writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    api_version: &'static str,
    kind: &'static str,
    items: Vec<Change>,
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let cluster = session.cluster().await?;
    let asked = Asked::to_read("list of changes", &cluster.namespace);
    let listed = cluster.changes().list(&ListParams::default()).await;
    let mut changes = listed
        .map_err(|error| cluster.explain(error, &asked))?
        .items;
    if options.open {
        changes.retain(|change| status(change).is_none_or(|status| !status.phase.is_final()));
    }
    changes.sort_by(|one, other| {
        let key = |change: &Change| {
            let created = change
                .metadata
                .creation_timestamp
                .as_ref()
                .map(|created| created.0);
            (created, change.metadata.name.clone())
        };
        key(one).cmp(&key(other))
    });
    if changes.is_empty() {
        let which = if options.open {
            "open changes"
        } else {
            "changes"
        };
        let none = format!("no {which} in namespace {}", cluster.namespace);
        session.printer.remark(&none);
        session.printer.next("tidegate change new --help");
    }
    let list = List {
        api_version: "v1",
        kind: "List",
        items: changes.iter().map(presentable).collect(),
    };
    session.printer.show(&list, || {
        if changes.is_empty() {
            String::new()
        } else {
            board(&changes, session.now())
        }
    })?;
    Ok(Exit::Yes)
}
