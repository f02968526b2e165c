//! What became of a calendar's publishing, in the words of its condition.

use jiff::Timestamp;
use tidegate_core::calendar::export::Export;

use super::RETRY;
use crate::argo_cd::Place;

/// So many sentences of one sort are shown.
const SHOWN: usize = 5;

/// What became of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// It was written.
    Done,
    /// It was so already.
    Same,
    /// Git manages it, and says what the calendar says.
    InGit,
    /// Git manages it, and says something else.
    GitDiffers,
    /// There is no such project.
    Missing,
    /// The API server refused, or is away.
    Failed(String),
}

/// What the calendar is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) published: bool,
    pub(super) reason: &'static str,
    pub(super) message: String,
    /// When to do it again though nothing has changed.
    pub(super) again_at: Option<Timestamp>,
}

impl Outcome {
    pub(super) fn no_argo_cd() -> Self {
        let message = "this cluster has no AppProjects (appprojects.argoproj.io); install Argo CD here, or remove spec.publish";
        Self::not("NoArgoCD", message.to_owned())
    }

    pub(super) fn unreadable(problem: &str) -> Self {
        Self::not(
            "Unreadable",
            format!("AppProjects cannot be read: {problem}"),
        )
    }

    /// Nothing of it may be written: Argo CD would open what the calendar shuts.
    pub(super) fn refused(export: &Export) -> Self {
        let refused = export.refused.iter();
        let why = shown(refused.map(|refused| format!("{}: {}", refused.entry, refused.why)));
        let message = format!(
            "nothing was written, and what was written before stays, since Argo CD's sync windows cannot say it: {why}"
        );
        Self {
            again_at: export.next_export_at,
            ..Self::not("Refused", message)
        }
    }

    pub(super) fn of(
        calendar: &str,
        export: &Export,
        written: &[(Place, Written)],
        now: Timestamp,
    ) -> Self {
        let mut problems = Vec::new();
        let mut reason = None;
        let mut again_at = export.next_export_at;
        for (place, written) in written {
            let (why, problem) = match written {
                Written::Done | Written::Same | Written::InGit => continue,
                Written::GitDiffers => (
                    "GitManaged",
                    format!(
                        "Git manages AppProject {place}; commit what `tidegate window export --calendar {calendar} --format argocd` prints"
                    ),
                ),
                Written::Missing => ("ProjectMissing", format!("there is no AppProject {place}")),
                Written::Failed(problem) => {
                    let retry = now.checked_add(RETRY).ok();
                    again_at = again_at.into_iter().chain(retry).min();
                    let problem = format!("AppProject {place} cannot be written: {problem}");
                    ("NotWritten", problem)
                }
            };
            reason.get_or_insert(why);
            problems.push(problem);
        }
        if let Some(reason) = reason {
            return Self {
                again_at,
                ..Self::not(reason, shown(problems.into_iter()))
            };
        }
        let places = shown(written.iter().map(|(place, _)| place.to_string()));
        let count = match export.windows.len() {
            1 => "1 sync window".to_owned(),
            count => format!("{count} sync windows"),
        };
        let mut message = format!("{count} in {places}");
        if !export.differences.is_empty() {
            let differences = shown(export.differences.iter().cloned());
            message.push_str("; Argo CD will answer otherwise than the calendar: ");
            message.push_str(&differences);
        }
        Self {
            published: true,
            reason: "Published",
            message,
            again_at,
        }
    }

    fn not(reason: &'static str, message: String) -> Self {
        Self {
            published: false,
            reason,
            message,
            again_at: None,
        }
    }
}

/// The first few, and how many more there are.
fn shown(sentences: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = sentences.collect();
    let more = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all.join("; ")
}
