//! `tidegate change watch`: follows a change to its end.

mod screen;

use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use futures::{StreamExt, pin_mut};
use jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, watch_object};
use serde::Serialize;
use serde_json::Value;
use tidegate_api::Change;
use tidegate_core::lifecycle::status::Waiting;
use tidegate_core::lifecycle::{Phase, Status};

use crate::arguments::Format;
use crate::cluster::Cluster;
use crate::exit::Exit;
use crate::failure::api::{ApiError, Asked};
use crate::failure::{Explain, Failure};
use crate::session::Session;
use crate::view::head::{status, unseen};
use crate::view::news::news;
use crate::view::progress::progress;
use screen::Screen;

/// Every phase, as it is typed.
const PHASES: [&str; 14] = [
    "Draft",
    "Assessing",
    "Approving",
    "Scheduled",
    "BackingUp",
    "RollingOut",
    "Verifying",
    "RollingBack",
    "Succeeded",
    "RolledBack",
    "Failed",
    "Rejected",
    "Cancelled",
    "Expired",
];

/// Follow a change to its end
///
/// On a terminal it shows the progress in place; elsewhere it prints a line for
/// each news. Ends with 0 when the change has succeeded and 1 when it ended
/// otherwise; with --until, with 0 when it is in that phase.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The change, such as chg-1234
    name: String,
    /// Stop when it is in this phase
    #[arg(long, value_name = "PHASE", value_parser = phase())]
    until: Option<Phase>,
}

/// Nothing more will come.
#[derive(Debug, thiserror::Error)]
#[error("{0} was deleted")]
struct Gone(String);

impl Explain for Gone {
    fn exit(&self) -> Exit {
        Exit::No
    }

    fn hint(&self) -> Option<String> {
        Some(format!("tidegate record {} says what was done", self.0))
    }
}

fn phase() -> impl TypedValueParser<Value = Phase> {
    PossibleValuesParser::new(PHASES)
        .try_map(|text| serde_json::from_value::<Phase>(Value::String(text)))
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let cluster = session.cluster().await?;
    let change = cluster.change(&options.name).await?;
    let until = options.until;
    let until_end = |change: &Change| end(change, until);
    let (_, exit) = Box::pin(follow(&cluster, change, session, until_end)).await?;
    Ok(exit)
}

/// Shows a change until `end` says how that ends, and gives it as it is then.
pub(in crate::command) async fn follow(
    cluster: &Cluster,
    change: Change,
    session: &Session,
    end: impl Fn(&Change) -> Option<Exit>,
) -> Result<(Change, Exit), Failure> {
    let name = change.name_any();
    let mut change = change;
    let mut viewer = Viewer::new(session);
    viewer.look(&change)?;
    if status(&change).is_none() && !viewer.is_live() {
        let unseen = unseen(&change, session.now(), &session.zone);
        session.printer.remark(&format!("{name} {unseen}"));
    }
    let news = watch_object(cluster.changes(), &name).default_backoff();
    pin_mut!(news);
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    let mut troubled = false;
    loop {
        if let Some(exit) = end(&change) {
            return Ok((change, exit));
        }
        if session.printer.is_reader_gone() {
            return Ok((change, Exit::CannotJudge));
        }
        tokio::select! {
            _ = clock.tick(), if viewer.is_live() => viewer.look(&change)?,
            item = news.next() => match item {
                Some(Ok(Some(newer))) => {
                    troubled = false;
                    change = newer;
                    viewer.look(&change)?;
                }
                Some(Ok(None)) | None => return Err(Gone(name).into()),
                Some(Err(error)) => {
                    let asked = Asked::to_read(format!("change {name}"), &cluster.namespace);
                    let error = trouble(error, |error| cluster.explain(error, &asked))?;
                    if !std::mem::replace(&mut troubled, true) {
                        viewer.remark(&format!("{error}; trying again"));
                    }
                }
            },
        }
    }
}

/// Where it ends, and how.
fn end(change: &Change, until: Option<Phase>) -> Option<Exit> {
    let phase = status(change)?.phase;
    match until {
        Some(wanted) if wanted == phase => Some(Exit::Yes),
        _ if phase.is_final() => Some(Exit::from_answer(
            until.is_none() && phase == Phase::Succeeded,
        )),
        _ => None,
    }
}

/// What a watch complains of: something that passes, or the reason to give up.
fn trouble(
    error: watcher::Error,
    explain: impl FnOnce(kube::Error) -> ApiError,
) -> Result<String, ApiError> {
    let error = match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => explain(error),
        other => return Ok(other.to_string()),
    };
    if error.is_passing() {
        Ok(error.to_string())
    } else {
        Err(error)
    }
}

/// Shows a change to a person, or tells the news to whoever reads.
struct Viewer<'a> {
    session: &'a Session,
    screen: Option<Screen>,
    known: Option<Status>,
}

/// A piece of news for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct News<'a> {
    at: Timestamp,
    name: &'a str,
    phase: Phase,
    reason: &'a str,
    #[serde(rename = "news")]
    told: Vec<String>,
    waiting_on: &'a [Waiting],
}

impl<'a> Viewer<'a> {
    fn new(session: &'a Session) -> Self {
        Self {
            session,
            screen: session.printer.can_redraw().then(Screen::default),
            known: None,
        }
    }

    fn is_live(&self) -> bool {
        self.screen.is_some()
    }

    fn look(&mut self, change: &Change) -> Result<(), Failure> {
        let Session { printer, zone, .. } = self.session;
        let now = self.session.now();
        if let Some(screen) = &mut self.screen {
            if let Some((rows, text)) = screen.draw(&progress(change, now, zone)) {
                printer.redraw(rows, &text)?;
            }
            return Ok(());
        }
        let Some(status) = status(change) else {
            return Ok(());
        };
        let told = news(self.known.as_ref(), status);
        self.known = Some(status.clone());
        if told.is_empty() {
            return Ok(());
        }
        let name = change.metadata.name.as_deref().unwrap_or_default();
        if printer.format() == Format::Table {
            let clock = now
                .to_zoned(zone.clone())
                .strftime("%Y-%m-%d %H:%M:%S %Z")
                .to_string();
            for line in told {
                printer.result(&format!("{clock}  {name}  {line}\n"))?;
            }
            return Ok(());
        }
        let (phase, reason, waiting_on) = (status.phase, &status.reason, &status.waiting_on);
        Ok(printer.stream(&News {
            at: now,
            name,
            phase,
            reason,
            told,
            waiting_on,
        })?)
    }

    fn remark(&mut self, text: &str) {
        // What is drawn next begins below the remark.
        self.screen = self.screen.take().map(|_| Screen::default());
        self.session.printer.remark(text);
    }
}
