//! Approving that a change passes a freeze.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use kube::{Api, ResourceExt as _};
use serde_json::json;
use tidegate_api::convert::calendar::{Feeds, calendar};
use tidegate_api::{Approval, Change, ChangeCalendar};
use tidegate_core::approval::Decision;
use tidegate_core::calendar::Calendar;
use tidegate_core::calendar::exception::Exception;
use tidegate_core::calendar::render::moment;
use tidegate_core::digest::Digest;
use tidegate_core::lifecycle::{Phase, Status};

use super::sign::SignError;
use super::{confirmed, verdict};
use crate::cluster::{Cluster, Myself};
use crate::exit::Exit;
use crate::failure::api::{ApiError, Asked};
use crate::failure::{Explain, Failure};
use crate::output::Printer;
use crate::output::paint::{STRONG, paint};
use crate::session::Session;
use crate::view::head;

/// There is no such exception to approve.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExceptionError {
    /// Nothing says which calendar.
    #[error("{change} is bound by no calendar, so there is no freeze to pass")]
    NoCalendar { change: String },
    /// It is past every freeze.
    #[error("{change} is {phase}, and a freeze stops only what has not started")]
    Started { change: String, phase: Phase },
    /// The calendar has no such exception for the change.
    #[error("calendar {calendar} has no exception {name} for {change}{}", others(.known))]
    Unknown {
        calendar: String,
        name: String,
        change: String,
        known: Vec<String>,
    },
    /// It is there, and nobody can approve it.
    #[error("calendar {calendar} has an error: {problem}")]
    Broken { calendar: String, problem: String },
    /// Its time is over.
    #[error("exception {name} is over since {since}")]
    Over {
        calendar: String,
        name: String,
        since: String,
    },
    /// The approval would not count.
    #[error("you ({user}) are not in {group}, and only its members approve exception {name}")]
    NotInGroup {
        name: String,
        user: String,
        group: String,
    },
}

fn others(known: &[String]) -> String {
    if known.is_empty() {
        String::new()
    } else {
        format!("; it has {}", known.join(", "))
    }
}

impl Explain for ExceptionError {
    fn exit(&self) -> Exit {
        match self {
            Self::NoCalendar { .. } | Self::Unknown { .. } => Exit::WrongInput,
            Self::Started { .. }
            | Self::Broken { .. }
            | Self::Over { .. }
            | Self::NotInGroup { .. } => Exit::No,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoCalendar { change } | Self::Started { change, .. } => {
                Some(format!("tidegate why {change}"))
            }
            Self::Unknown { calendar, .. } => Some(format!(
                "kubectl get changecalendar {calendar} -o yaml        (exceptions stand in spec.exceptions)"
            )),
            Self::Broken { calendar, .. } => {
                Some(format!("correct it in changecalendar {calendar}"))
            }
            Self::Over { calendar, .. } => Some(format!(
                "set a later `until` in changecalendar {calendar}, and approve it then"
            )),
            Self::NotInGroup { group, .. } => {
                Some(format!("ask somebody of {group}; nothing was signed"))
            }
        }
    }
}

/// Signs an exception as it is written now, in one's own name.
pub(super) async fn approve(
    name: &str,
    change: &Change,
    comment: Option<&str>,
    yes: bool,
    cluster: &Cluster,
    session: &Session,
) -> Result<Exit, Failure> {
    let of = change.name_any();
    let status = head::status(change);
    not_started(&of, status)?;
    let policy = match status.and_then(|status| status.policy.as_deref()) {
        Some(policy) => cluster.readable_policy(policy).await?.spec.calendar,
        None => None,
    };
    let bound = policy.ok_or_else(|| ExceptionError::NoCalendar { change: of.clone() })?;
    let object = read(cluster, &bound).await?;
    let calendar = calendar(&object, &Feeds::new());
    let zone = TimeZoneDatabase::bundled().get(&object.spec.time_zone);
    let zone = zone.unwrap_or_else(|_| session.zone.clone());
    let exception = usable(&calendar, &bound, name, &of, session.now(), &zone)?;
    if counts_already(status, name) {
        let text = format!("exception {name} of {of} is approved already, and it counts\n");
        session.printer.result(&text)?;
        return Ok(Exit::Yes);
    }
    let myself = cluster.myself().await?;
    let group = calendar.exceptions.by.as_deref().unwrap_or_default();
    is_member(name, &myself, group)?;
    session.printer.remark(&format!(
        "{} (for {group}) lets {of} pass freeze {} until {}: {}\n",
        myself.username,
        exception.freeze,
        moment(exception.until, &zone),
        exception.reason
    ));
    if !yes && Printer::can_ask() && !confirmed(Decision::Approved, session)? {
        return Err(SignError::NotConfirmed.into());
    }
    let user = Digest::of(myself.username.as_bytes()).short();
    let made: Approval = cluster
        .create(
            &json!({
                "apiVersion": "tidegate.dev/v1alpha1",
                "kind": "Approval",
                "metadata": {
                    "generateName": format!("{of}-{name}-{user}-"),
                    "namespace": cluster.namespace,
                },
                "spec": {
                    "change": of,
                    "exception": {
                        "calendar": bound,
                        "name": name,
                        "digest": exception.digest.to_string(),
                    },
                    "decision": "Approved",
                    "approver": myself.username,
                    "groups": [group],
                    "comment": comment,
                },
            }),
            false,
        )
        .await
        .map_err(|error| {
            let what = format!("your word on exception {name}");
            cluster.explain(error, &Asked::to_write(what, &cluster.namespace))
        })?;
    let verdict = verdict::of_exception(cluster, name, status, &made).await;
    let (name, of) = (paint(STRONG, name), paint(STRONG, &of));
    let what = format!("approval of exception {name} for {of}");
    verdict.show(&what, &made, session)
}

/// A change that is under way or over needs no exception any more.
fn not_started(change: &str, status: Option<&Status>) -> Result<(), Failure> {
    let change = change.to_owned();
    match status.map(|status| status.phase) {
        Some(phase) if phase.is_final() => Err(SignError::Ended {
            name: change,
            phase,
        }
        .into()),
        Some(phase) if phase.is_running() => Err(ExceptionError::Started { change, phase }.into()),
        _ => Ok(()),
    }
}

/// The exception, if an approval could make it count.
fn usable<'a>(
    calendar: &'a Calendar,
    bound: &str,
    name: &str,
    change: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<&'a Exception, ExceptionError> {
    let exceptions = || {
        let of_change = |exception: &&'a Exception| exception.change.eq_ignore_ascii_case(change);
        calendar.exceptions.usable().filter(of_change)
    };
    let Some(exception) = exceptions().find(|exception| &*exception.name == name) else {
        let mut broken = calendar.exceptions.broken();
        return Err(match broken.find(|broken| broken.name() == name) {
            Some(problem) => ExceptionError::Broken {
                calendar: bound.to_owned(),
                problem: problem.to_string(),
            },
            None => ExceptionError::Unknown {
                calendar: bound.to_owned(),
                name: name.to_owned(),
                change: change.to_owned(),
                known: exceptions().map(|known| known.name.to_string()).collect(),
            },
        });
    };
    if now >= exception.until {
        return Err(ExceptionError::Over {
            calendar: bound.to_owned(),
            name: name.to_owned(),
            since: moment(exception.until, zone),
        });
    }
    Ok(exception)
}

fn is_member(name: &str, myself: &Myself, group: &str) -> Result<(), ExceptionError> {
    if myself.groups.iter().any(|mine| mine == group) {
        return Ok(());
    }
    Err(ExceptionError::NotInGroup {
        name: name.to_owned(),
        user: myself.username.clone(),
        group: group.to_owned(),
    })
}

fn counts_already(status: Option<&Status>, name: &str) -> bool {
    let mut exceptions = status.iter().flat_map(|status| &status.exceptions);
    exceptions.any(|exception| exception.counts && exception.name == name)
}

async fn read(cluster: &Cluster, name: &str) -> Result<ChangeCalendar, ApiError> {
    let calendars: Api<ChangeCalendar> = Api::all(cluster.client());
    let asked = Asked::to_read_of_cluster(format!("calendar {name}"));
    let read = calendars.get(name).await;
    read.map_err(|error| cluster.explain(error, &asked))
}
