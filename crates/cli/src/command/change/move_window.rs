//! `tidegate change move`: moves the time a change is wanted at.

use clap::Args;
use serde_json::{Map, Value, json};

use super::open;
use crate::cluster::presentable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment::{self, MomentError};
use crate::session::Session;

/// Move the time a change is wanted at
///
/// The calendar and every approval count as before. An edge that is not given
/// stays; `none` takes it away.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("edges").required(true).multiple(true))]
pub(crate) struct Options {
    /// The change, such as chg-1234
    name: String,
    /// It does not start earlier
    #[arg(long, value_name = "TIME", group = "edges")]
    not_before: Option<String>,
    /// It has expired when it has not started by then
    #[arg(long, value_name = "TIME", group = "edges")]
    not_after: Option<String>,
    /// Why; every move needs a new reason
    #[arg(long)]
    reason: String,
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let window = window(&options, session)?;
    let cluster = session.cluster().await?;
    open(&cluster.change(&options.name).await?)?;
    let change = cluster
        .patch_change(&options.name, &json!({ "window": window }))
        .await?;
    session.printer.show(&presentable(&change), || {
        format!("{} is moved\n", options.name)
    })?;
    session
        .printer
        .next(&format!("tidegate why {}", options.name));
    Ok(Exit::Yes)
}

/// The fields to change. In a merge patch null takes a field away (RFC 7396).
fn window(options: &Options, session: &Session) -> Result<Map<String, Value>, MomentError> {
    let mut window = Map::new();
    for (field, text) in [
        ("notBefore", &options.not_before),
        ("notAfter", &options.not_after),
    ] {
        match text.as_deref() {
            None => {}
            Some("none") => {
                window.insert(field.to_owned(), Value::Null);
            }
            Some(text) => {
                let at = moment::parse(text, &session.zone)?;
                window.insert(field.to_owned(), json!(at));
            }
        }
    }
    window.insert("reason".to_owned(), json!(options.reason));
    Ok(window)
}
