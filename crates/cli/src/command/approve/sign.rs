//! What is signed, and by whom.

use serde_json::{Value, json};
use tidegate_api::{Approval, Change, ChangeSpec};
use tidegate_core::approval::Decision;
use tidegate_core::digest::Digest;
use tidegate_core::lifecycle::owed::Owed;
use tidegate_core::lifecycle::{Phase, Status};
use tidegate_core::revision::Revision;

use crate::cluster::Cluster;
use crate::exit::Exit;
use crate::failure::Explain;
use crate::failure::api::{ApiError, Asked};
use crate::output::paint::{QUIET, paint};
use crate::view::detail::undoes;
use crate::view::head;

/// The fewest digits that name a commit for a person.
const SHORTEST_REVISION: usize = 7;

/// Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignError {
    /// There are no manifests to look at yet.
    #[error(
        "{name} has no commit and no manifests yet, so there is nothing to sign{}",
        because(reason.as_deref())
    )]
    Nothing {
        name: String,
        reason: Option<String>,
    },
    /// It is over.
    #[error("{name} has ended {phase}, so nothing is left to sign")]
    Ended { name: String, phase: Phase },
    /// Nothing was done that could be reviewed.
    #[error("{name} owes no review: only an emergency does, once it has started")]
    NoReview { name: String },
    /// Somebody has made the review.
    #[error("{name} owes no review any more: {by} has reviewed it")]
    Reviewed { name: String, by: String },
    /// It is another commit now.
    #[error("{name} would now run {now}, not {seen}")]
    Moved {
        name: String,
        seen: String,
        now: Revision,
    },
    /// It was another commit.
    #[error("{name} ran {ran}, not {seen}")]
    RanOther {
        name: String,
        seen: String,
        ran: Revision,
    },
    /// A few digits could be any commit.
    #[error("\"{0}\" is too short to name a commit")]
    Short(String),
    /// The person said no.
    #[error("nothing was signed")]
    NotConfirmed,
}

fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}

impl Explain for SignError {
    fn exit(&self) -> Exit {
        match self {
            Self::Nothing { .. } => Exit::CannotJudge,
            Self::Short(_) => Exit::WrongInput,
            Self::Ended { .. }
            | Self::NoReview { .. }
            | Self::Reviewed { .. }
            | Self::Moved { .. }
            | Self::RanOther { .. }
            | Self::NotConfirmed => Exit::No,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Nothing { name, .. }
            | Self::Ended { name, .. }
            | Self::NoReview { name }
            | Self::Reviewed { name, .. } => Some(format!("tidegate why {name}")),
            Self::Moved { now, .. } => {
                Some(format!("look at {now} and sign that, or reject the change"))
            }
            Self::RanOther { ran, .. } => {
                Some(format!("look at {ran}, and sign what you find there"))
            }
            Self::Short(_) => Some(format!("give at least {SHORTEST_REVISION} digits")),
            Self::NotConfirmed => None,
        }
    }
}

/// What would run: the commit, the manifests, and what else is known.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// The change's status.
    pub(super) status: &'a Status,
    revision: &'a Revision,
    digest: Digest,
}

/// What there is to sign. `seen` is the commit the person looked at.
pub(super) fn subject<'a>(
    change: &'a Change,
    decision: Decision,
    seen: Option<&str>,
) -> Result<Subject<'a>, SignError> {
    let name = change.metadata.name.clone().unwrap_or_default();
    let status = head::status(change);
    let (Some(status), Some(revision), Some(digest)) = (
        status,
        status.and_then(|status| status.revision.as_ref()),
        status.and_then(|status| status.digest),
    ) else {
        let waiting = status.and_then(|status| status.waiting_on.first());
        return Err(SignError::Nothing {
            name,
            reason: waiting.map(|waiting| waiting.message.clone()),
        });
    };
    let owed = status.owed.as_ref();
    if decision == Decision::Reviewed {
        let Some(owed) = owed else {
            return Err(SignError::NoReview { name });
        };
        if let Some(review) = &owed.review {
            let by = review.by.clone();
            return Err(SignError::Reviewed { name, by });
        }
    }
    if status.phase.is_final() && owed.is_none_or(Owed::is_settled) {
        let phase = status.phase;
        return Err(SignError::Ended { name, phase });
    }
    match seen {
        Some(seen) if seen.len() < SHORTEST_REVISION => {
            return Err(SignError::Short(seen.to_owned()));
        }
        Some(seen) if !revision.as_str().starts_with(&seen.to_lowercase()) => {
            let (seen, revision) = (seen.to_owned(), revision.clone());
            return Err(if status.run.is_some() {
                SignError::RanOther {
                    name,
                    seen,
                    ran: revision,
                }
            } else {
                SignError::Moved {
                    name,
                    seen,
                    now: revision,
                }
            });
        }
        _ => {}
    }
    Ok(Subject {
        status,
        revision,
        digest,
    })
}

/// The groups to speak for: those that the policy asks for, where it can be
/// read; else all that are not the system's own.
pub(super) async fn groups(
    cluster: &Cluster,
    policy: Option<&str>,
    mine: &[String],
) -> Vec<String> {
    let policy = match policy {
        Some(name) => cluster.policy(name).await,
        None => None,
    };
    let asked: Option<Vec<String>> = policy.map(|policy| {
        let groups = policy.spec.approvals.groups.into_iter();
        let lead = policy.spec.emergency.map(|emergency| emergency.groups);
        groups
            .map(|group| group.name)
            .chain(lead.into_iter().flatten())
            .collect()
    });
    spoken_for(mine, asked.as_deref())
}

fn spoken_for(mine: &[String], asked: Option<&[String]>) -> Vec<String> {
    let speaks = |group: &&String| match asked {
        Some(asked) => asked.contains(group),
        None => !group.starts_with("system:"),
    };
    mine.iter().filter(speaks).cloned().collect()
}

/// A signature that is about to be made.
#[derive(Debug)]
pub(super) struct Signature<'a> {
    /// The change's name.
    pub(super) change: String,
    /// What is signed.
    pub(super) subject: Subject<'a>,
    /// Yes or no.
    pub(super) decision: Decision,
    /// The user, as the API server knows them.
    pub(super) approver: String,
    /// The groups they speak for.
    pub(super) groups: Vec<String>,
    /// What else they say.
    pub(super) comment: Option<String>,
}

impl Signature<'_> {
    /// What is about to be signed, for the person who signs.
    pub(super) fn told(&self, spec: &ChangeSpec) -> String {
        let word = match self.decision {
            Decision::Approved => "approves",
            Decision::Rejected => "rejects",
            Decision::Reviewed => "reviews",
        };
        let groups = match self.groups.as_slice() {
            [] => String::new(),
            groups => format!(" (for {})", groups.join(", ")),
        };
        let line = |name: &str, value: &dyn std::fmt::Display| {
            format!("  {} {value}\n", paint(QUIET, &format!("{name:<7}")))
        };
        let mut text = format!(
            "{}{groups} {word} {}: {}\n",
            self.approver, self.change, spec.title
        );
        let revision_is = self.subject.status.revision_is();
        text.push_str(&line(revision_is, self.subject.revision));
        text.push_str(&line("digest", &self.subject.digest));
        for target in &self.subject.status.targets {
            text.push_str(&line("target", &target.target));
        }
        // Whoever agrees to an undoing agrees to what it discards.
        if let Some(earlier) = &spec.rolls_back {
            text.push_str(&line("undoes", &undoes(earlier)));
        }
        text
    }

    /// Makes it. A name that is taken by an earlier word of the same person on
    /// the same manifests gives way to one that the API server chooses.
    pub(super) async fn make(&self, cluster: &Cluster) -> Result<Approval, ApiError> {
        let asked = Asked::to_write(
            format!("your word on change {}", self.change),
            &cluster.namespace,
        );
        let name = self.name();
        let named = self.object(&cluster.namespace, &json!({ "name": name }));
        match cluster.create(&named, false).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => {}
            other => return other.map_err(|error| cluster.explain(error, &asked)),
        }
        let unnamed = self.object(
            &cluster.namespace,
            &json!({ "generateName": format!("{name}-") }),
        );
        let made = cluster.create(&unnamed, false).await;
        made.map_err(|error| cluster.explain(error, &asked))
    }

    /// Readable, and the same for the same word: a repeated command is found out.
    fn name(&self) -> String {
        let user = Digest::of(self.approver.as_bytes()).short();
        format!("{}-{user}-{}", self.change, self.subject.digest.short())
    }

    fn object(&self, namespace: &str, metadata: &Value) -> Value {
        let mut metadata = metadata.clone();
        metadata["namespace"] = json!(namespace);
        let mut spec = json!({
            "change": self.change,
            "revision": self.subject.revision,
            "digest": self.subject.digest,
            "decision": self.decision,
            "approver": self.approver,
        });
        if !self.groups.is_empty() {
            spec["groups"] = json!(self.groups);
        }
        if let Some(comment) = &self.comment {
            spec["comment"] = json!(comment);
        }
        json!({
            "apiVersion": "tidegate.dev/v1alpha1",
            "kind": "Approval",
            "metadata": metadata,
            "spec": spec,
        })
    }
}

#[cfg(test)]
mod tests {
    use tidegate_api::change::{BackupOf, RollsBack};

    use super::*;
    use crate::view::examples;

    #[test]
    fn the_commit_that_was_looked_at_must_still_be_the_one() {
        let change = examples::approving();
        assert!(subject(&change, Decision::Approved, Some("9f1c2d3")).is_ok());
        assert!(subject(&change, Decision::Approved, Some("9F1C2D3E4B")).is_ok());
        let moved = subject(&change, Decision::Approved, Some("71d0be00")).unwrap_err();
        assert_eq!(moved.exit(), Exit::No);
        assert!(matches!(
            subject(&change, Decision::Approved, Some("9f1c")),
            Err(SignError::Short(_))
        ));
    }

    #[test]
    fn what_has_no_manifests_or_has_ended_cannot_be_signed() {
        let nothing = subject(&examples::unseen(), Decision::Approved, None).unwrap_err();
        assert_eq!(
            nothing.to_string(),
            "chg-1242 has no commit and no manifests yet, so there is nothing to sign"
        );
        let ended = subject(&examples::rolled_back(), Decision::Approved, None).unwrap_err();
        assert_eq!(
            ended.to_string(),
            "chg-1235 has ended RolledBack, so nothing is left to sign"
        );
    }

    #[test]
    fn people_speak_for_the_groups_that_are_asked_for() {
        let mine = ["sre-team", "payments", "system:authenticated"].map(String::from);
        let asked = ["sre-team".to_owned(), "sre-lead".to_owned()];
        assert_eq!(spoken_for(&mine, Some(&asked)), ["sre-team"]);
        assert_eq!(spoken_for(&mine, None), ["sre-team", "payments"]);
    }

    #[test]
    fn what_is_signed_is_shown_before() {
        let change = examples::approving();
        let signature = Signature {
            change: "chg-1241".to_owned(),
            subject: subject(&change, Decision::Approved, None).unwrap(),
            decision: Decision::Approved,
            approver: "priya".to_owned(),
            groups: vec!["sre-team".to_owned()],
            comment: None,
        };
        insta::assert_snapshot!(examples::plain(&signature.told(&change.spec)));
        assert_eq!(signature.name(), "chg-1241-44bcff-3f9c1a");

        let mut undoing = change.spec.clone();
        undoing.rolls_back = Some(RollsBack {
            change: "chg-1240".to_owned(),
            data: vec![BackupOf {
                cluster: "prod".to_owned(),
                backup: "pre-change-chg-1240-20261120-020000".to_owned(),
            }],
        });
        let told = examples::plain(&signature.told(&undoing));
        let undoes = "undoes  chg-1240, with the data of pre-change-chg-1240-20261120-020000 in prod; what was written since is discarded";
        assert!(told.contains(undoes), "{told}");
    }
}
