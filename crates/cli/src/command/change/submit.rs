//! `tidegate change submit`: hands a change to the API server.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use tidegate_api::{Change, ChangeSpec, convert};
use tidegate_core::lifecycle::Phase;

use crate::cluster::{Cluster, presentable};
use crate::document::Document;
use crate::exit::Exit;
use crate::failure::api::{ApiError, Asked};
use crate::failure::{Explain, Failure};
use crate::session::Session;
use crate::view::head::status;

/// How many attempts at one ticket get a name by themselves.
const ATTEMPTS: u32 = 99;

/// Submit a change from a file
///
/// Fills in who requests it, and without a name derives one from the ticket:
/// chg-1234, and chg-1234-2 for a second attempt when the first has ended.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The file with the change; - reads standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Let the API server judge it and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// A change about to be submitted.
pub(in crate::command) struct Submission {
    object: Value,
    /// Its name follows the ticket, and a later attempt gets another.
    derived: bool,
}

impl Submission {
    /// A change whose name was made from its ticket.
    pub(in crate::command) fn derived(object: Value) -> Self {
        Self {
            object,
            derived: true,
        }
    }
}

/// What the person has to correct before the API server is asked.
#[derive(Debug, thiserror::Error)]
pub(in crate::command) enum SubmitError {
    /// A field that can never work.
    #[error(transparent)]
    Field(convert::FieldError),
    /// No name follows from this ticket.
    #[error("ticket \"{0}\" is not one: it has letters, a dash and a number")]
    Ticket(String),
    /// An earlier attempt is still under way.
    #[error("{name} has the same ticket and is {phase}")]
    UnderWay {
        /// The earlier attempt.
        name: String,
        /// Where it is.
        phase: Phase,
    },
    /// It is meant for another namespace.
    #[error("the file says namespace {file}, and you work in {here}")]
    Elsewhere {
        /// What the file says.
        file: String,
        /// What the command line says.
        here: String,
    },
    /// Nobody tries so often.
    #[error("ticket {0} has had {ATTEMPTS} attempts")]
    TooMany(String),
}

impl Explain for SubmitError {
    fn exit(&self) -> Exit {
        match self {
            Self::UnderWay { .. } | Self::TooMany(_) => Exit::No,
            Self::Field(_) | Self::Ticket(_) | Self::Elsewhere { .. } => Exit::WrongInput,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Field(_) => None,
            Self::Ticket(_) => Some("write for example CHG-1234".to_owned()),
            Self::UnderWay { name, .. } => Some(format!(
                "tidegate why {name}; to replace it: tidegate change cancel {name} --reason …"
            )),
            Self::Elsewhere { file, .. } => Some(format!("give -n {file}, or correct the file")),
            Self::TooMany(_) => Some("open a new ticket".to_owned()),
        }
    }
}

/// The name that follows from a ticket: `chg-1234` of `CHG-1234`.
pub(in crate::command) fn name_of(ticket: &str) -> Result<String, SubmitError> {
    let usable = ticket.starts_with(|first: char| first.is_ascii_alphabetic())
        && ticket.ends_with(|last: char| last.is_ascii_digit())
        && ticket.len() <= 63
        && ticket
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if usable {
        Ok(ticket.to_lowercase())
    } else {
        Err(SubmitError::Ticket(ticket.to_owned()))
    }
}

/// The first name that is free of those that follow from a ticket's own.
///
/// # Errors
///
/// An earlier attempt has not ended, or there were too many.
pub(in crate::command) fn next_name(base: &str, there: &[Change]) -> Result<String, SubmitError> {
    for attempt in 1..=ATTEMPTS {
        let name = attempted(base, attempt);
        let mut there = there.iter();
        let earlier = there.find(|change| change.metadata.name.as_deref() == Some(&name));
        let Some(earlier) = earlier else {
            return Ok(name);
        };
        let phase = status(earlier).map_or(Phase::Draft, |status| status.phase);
        if !phase.is_final() {
            return Err(SubmitError::UnderWay { name, phase });
        }
    }
    Err(SubmitError::TooMany(base.to_uppercase()))
}

/// `chg-1234`, then `chg-1234-2`.
fn attempted(base: &str, attempt: u32) -> String {
    match attempt {
        1 => base.to_owned(),
        _ => format!("{base}-{attempt}"),
    }
}

/// What neither the API server's schema nor a person would notice before the
/// controller does. Which clusters there are only the controller knows.
pub(super) fn check(spec: &ChangeSpec) -> Result<(), SubmitError> {
    let mut anywhere = spec.clone();
    for target in &mut anywhere.targets {
        target.cluster = None;
    }
    convert::change::request(&anywhere, "here")
        .map(|_| ())
        .map_err(SubmitError::Field)
}

pub(crate) async fn run(options: Options, session: &Session) -> Result<Exit, Failure> {
    let mut document = Document::read(&options.file, "Change")?;
    let object = &mut document.object;
    in_namespace(object, &session.global.namespace)?;
    if object["spec"].is_object() && object["spec"]["requestedBy"].is_null() {
        object["spec"]["requestedBy"] = json!("");
    }
    let change: Change = document.understood()?;
    check(&change.spec)?;
    let mut object = document.object;
    let derived = object["metadata"]["name"].is_null();
    if derived {
        object["metadata"]["name"] = json!(name_of(&change.spec.ticket)?);
    }
    submit(Submission { object, derived }, options.dry_run, session).await
}

/// Fills in the namespace. One that the file names is never overruled.
fn in_namespace(object: &mut Value, here: &str) -> Result<(), SubmitError> {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    match object["metadata"]["namespace"].as_str() {
        Some(other) if other != here => Err(SubmitError::Elsewhere {
            file: other.to_owned(),
            here: here.to_owned(),
        }),
        _ => {
            object["metadata"]["namespace"] = json!(here);
            Ok(())
        }
    }
}

/// Hands it to the API server, as the person at the keyboard.
pub(in crate::command) async fn submit(
    submission: Submission,
    dry_run: bool,
    session: &Session,
) -> Result<Exit, Failure> {
    let Submission {
        mut object,
        derived,
    } = submission;
    let cluster = session.cluster().await?;
    let requester = object.pointer("/spec/requestedBy").and_then(Value::as_str);
    if requester.is_none_or(str::is_empty) {
        object["spec"]["requestedBy"] = json!(cluster.myself().await?.username);
    }
    let change = create(&cluster, object, derived, dry_run).await?;
    let name = change.metadata.name.clone().unwrap_or_default();
    session.printer.show(&presentable(&change), || {
        let what = if dry_run {
            "would be submitted"
        } else {
            "is submitted"
        };
        format!(
            "{name} {what} by {}: {}\n",
            change.spec.requested_by, change.spec.title
        )
    })?;
    if !dry_run {
        session.printer.next(&format!("tidegate why {name}"));
    }
    Ok(Exit::Yes)
}

/// Creates the object under the first name that is free, where the earlier
/// attempts have ended.
async fn create(
    cluster: &Cluster,
    mut object: Value,
    derived: bool,
    dry_run: bool,
) -> Result<Change, Failure> {
    let base = object["metadata"]["name"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    for attempt in 1..=ATTEMPTS {
        let name = attempted(&base, attempt);
        object["metadata"]["name"] = json!(name);
        let asked = Asked::to_write(format!("change {name}"), &cluster.namespace);
        let created = cluster.create(&object, dry_run).await;
        let refused = match created.map_err(|error| cluster.explain(error, &asked)) {
            Ok(change) => return Ok(change),
            Err(ApiError::Exists { .. }) if derived => cluster.change(&name).await?,
            Err(other) => return Err(other.into()),
        };
        let phase = status(&refused).map_or(Phase::Draft, |status| status.phase);
        if !phase.is_final() {
            return Err(SubmitError::UnderWay { name, phase }.into());
        }
    }
    Err(SubmitError::TooMany(base.to_uppercase()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_filled_in_and_never_overruled() {
        let mut object = json!({ "kind": "Change" });
        in_namespace(&mut object, "tidegate").unwrap();
        assert_eq!(object["metadata"]["namespace"], "tidegate");
        assert!(in_namespace(&mut object, "tidegate").is_ok());
        let error = in_namespace(&mut object, "elsewhere").unwrap_err();
        assert_eq!(
            error.hint().as_deref(),
            Some("give -n tidegate, or correct the file")
        );
    }

    #[test]
    fn the_name_follows_the_ticket() {
        assert_eq!(name_of("CHG-1234").unwrap(), "chg-1234");
        assert_eq!(name_of("CHG0031245").unwrap(), "chg0031245");
        for ticket in ["", "1234", "CHG-", "CHG 12", "CHG-12/../x", "ÄND-12"] {
            assert_eq!(
                name_of(ticket).unwrap_err().exit(),
                Exit::WrongInput,
                "{ticket}"
            );
        }
    }
}
