//! `tidegate record`: verifies the ledger and prints what it says.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use tidegate_ledger::{
    Broken, Filter, Head, Ledger, OpenError, OpenOptions, ReadError, StoredEntry,
};

use super::serve::directories;
use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::output::OutputError;
use crate::session::Session;
use crate::view::record;

/// Verify the record and print it
///
/// The whole record is verified first, whichever change is asked for. Ends with
/// 1 where it is broken.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The change whose entries to print, such as chg-1234; all unless given
    change: Option<String>,
    /// The ledger's file; the one that `serve` writes unless given
    #[arg(long, value_name = "FILE", env = "TIDEGATE_LEDGER")]
    ledger: Option<PathBuf>,
}

/// The answer for programs.
#[derive(Serialize)]
struct Answer {
    intact: bool,
    head: Option<Head>,
    entries: Vec<StoredEntry>,
}

/// The answer for programs where the record is broken.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BrokenAnswer {
    intact: bool,
    broken_at: u64,
    problem: String,
}

/// Why there is nothing to print.
#[derive(Debug, thiserror::Error)]
enum RecordError {
    /// The file cannot be opened.
    #[error("the record cannot be opened")]
    Open(#[source] OpenError),
    /// It cannot be read.
    #[error("the record cannot be read")]
    Read(#[source] ReadError),
    /// Somebody changed it.
    #[error(transparent)]
    Broken(Broken),
    /// Nothing is known of the change.
    #[error("the record has no entry of change {0}")]
    Unknown(String),
}

impl From<ReadError> for RecordError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Broken(broken) => Self::Broken(broken),
            other => Self::Read(other),
        }
    }
}

impl Explain for RecordError {
    fn exit(&self) -> Exit {
        match self {
            Self::Broken(_) => Exit::No,
            Self::Unknown(_)
            | Self::Open(
                OpenError::Missing { .. }
                | OpenError::Folder { .. }
                | OpenError::ForeignDatabase { .. },
            ) => Exit::WrongInput,
            Self::Open(_) | Self::Read(_) => Exit::CannotJudge,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Open(error) => error.hint().to_owned(),
            Self::Read(error) => error.hint().to_owned(),
            Self::Broken(broken) => broken.hint().to_owned(),
            Self::Unknown(_) => {
                "give the object's name, such as chg-1234; without a name all is printed".to_owned()
            }
        })
    }
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let path = match options.ledger {
        Some(path) => path,
        None => directories::ledger(&directories::data()?),
    };
    let how = for_reading();
    let ledger = Ledger::open_with(&path, &how)
        .await
        .map_err(RecordError::Open)?;
    let head = match ledger.verify(None).await.map_err(RecordError::from) {
        Err(RecordError::Broken(broken)) => return Err(told(broken, session)?),
        other => other?,
    };
    let filter = options
        .change
        .as_deref()
        .map_or(Filter::All, Filter::ChangeName);
    let entries = ledger.entries(filter).await.map_err(RecordError::from)?;
    ledger.close().await;
    if let (Some(change), true) = (&options.change, entries.is_empty()) {
        return Err(RecordError::Unknown(change.clone()).into());
    }
    let answer = Answer {
        intact: true,
        head,
        entries,
    };
    session.printer.show(&answer, || {
        record::record(&answer.entries, options.change.is_none(), &session.zone)
    })?;
    session.printer.remark(&match head {
        Some(head) => format!(
            "the record is intact: {} entries, the last is {}",
            head.index + 1,
            head.hash
        ),
        None => "the record is empty".to_owned(),
    });
    Ok(Exit::Yes)
}

#[expect(
    clippy::field_reassign_with_default,
    reason = "the options are non_exhaustive, so there is no literal of them"
)]
fn for_reading() -> OpenOptions {
    let mut options = OpenOptions::default();
    options.read_only = true;
    options
}

/// A broken record is an answer that programs read as well.
fn told(broken: Broken, session: &Session) -> Result<Failure, OutputError> {
    if session.printer.format() != Format::Table {
        let answer = BrokenAnswer {
            intact: false,
            broken_at: broken.index,
            problem: broken.what.to_string(),
        };
        session.printer.show(&answer, String::new)?;
    }
    Ok(RecordError::Broken(broken).into())
}
