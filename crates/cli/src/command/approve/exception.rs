//! Approving that a change passes a freeze.

use kube::{Api, ResourceExt as _};
use serde_json::json;
use tidegate_api::convert::calendar::{Feeds, calendar};
use tidegate_api::{Approval, Change, ChangeCalendar};
use tidegate_core::calendar::exception::Exception;
use tidegate_core::digest::Digest;

use crate::cluster::{Cluster, presentable};
use crate::exit::Exit;
use crate::failure::api::{ApiError, Asked};
use crate::failure::{Explain, Failure};
use crate::output::paint::{GOOD, STRONG, paint};
use crate::session::Session;
use crate::view::head;

/// There is no such exception to approve.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExceptionError {
    /// Nothing says which calendar.
    #[error("{change} is bound by no calendar, so there is no freeze to pass")]
    NoCalendar { change: String },
    /// The calendar has no such exception for the change.
    #[error("calendar {calendar} has no exception {name} for {change}{}", others(.known))]
    Unknown {
        calendar: String,
        name: String,
        change: String,
        known: Vec<String>,
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
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoCalendar { change } => Some(format!("tidegate why {change}")),
            Self::Unknown { calendar, .. } => Some(format!(
                "kubectl get changecalendar {calendar} -o yaml        (exceptions stand in spec.exceptions)"
            )),
        }
    }
}

/// Signs an exception as it is written now, in one's own name.
pub(super) async fn approve(
    name: &str,
    change: &Change,
    comment: Option<&str>,
    cluster: &Cluster,
    session: &Session,
) -> Result<Exit, Failure> {
    let of = change.name_any();
    let policy = head::status(change).and_then(|status| status.policy.clone());
    let policy = match &policy {
        Some(policy) => cluster.policy(policy).await,
        None => None,
    };
    let bound = policy.and_then(|policy| policy.spec.calendar);
    let bound = bound.ok_or_else(|| ExceptionError::NoCalendar { change: of.clone() })?;
    let object = read(cluster, &bound).await?;
    let calendar = calendar(&object, &Feeds::new());
    let exceptions = || {
        let of_change = |exception: &&Exception| exception.change.eq_ignore_ascii_case(&of);
        calendar.exceptions.usable().filter(of_change)
    };
    let found = exceptions().find(|exception| &*exception.name == name);
    let exception = found.ok_or_else(|| ExceptionError::Unknown {
        calendar: bound.clone(),
        name: name.to_owned(),
        change: of.clone(),
        known: exceptions().map(|known| known.name.to_string()).collect(),
    })?;
    let myself = cluster.myself().await?;
    let group = calendar.exceptions.by.as_deref().unwrap_or_default();
    let groups: Vec<&String> = myself.groups.iter().filter(|mine| *mine == group).collect();
    session.printer.remark(&format!(
        "{} lets {of} pass freeze {} until {}: {}\n",
        myself.username, exception.freeze, exception.until, exception.reason
    ));
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
                    "groups": groups,
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
    session.printer.show(&presentable(&made), || {
        let is_member = if groups.is_empty() {
            format!(", but you are not in {group}, so it does not count")
        } else {
            String::new()
        };
        format!(
            "{} your approval of exception {} is made{is_member}\n",
            paint(GOOD, "✓"),
            paint(STRONG, name)
        )
    })?;
    session.printer.next(&format!("tidegate why {of}"));
    Ok(Exit::from_answer(!groups.is_empty()))
}

async fn read(cluster: &Cluster, name: &str) -> Result<ChangeCalendar, ApiError> {
    let calendars: Api<ChangeCalendar> = Api::all(cluster.client());
    let asked = Asked::to_read(format!("calendar {name}"), &cluster.namespace);
    let read = calendars.get(name).await;
    read.map_err(|error| cluster.explain(error, &asked))
}
