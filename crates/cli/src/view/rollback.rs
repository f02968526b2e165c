//! What an undoing does, in numbered steps.

use std::fmt::Write as _;

use serde::Serialize;
use tidegate_api::Change;

use crate::output::paint::{QUIET, paint};

/// What an undoing does.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    /// The change that is undone.
    pub(crate) undoes: String,
    /// In one sentence.
    pub(crate) summary: String,
    /// In order.
    pub(crate) steps: Vec<Step>,
    /// What else to know first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// The change that would be submitted. None: the one that runs is called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) submits: Option<Box<Change>>,
}

/// One step, and what a person would type for it.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// What is done.
    pub(crate) what: String,
    /// What a person would type. Words in capitals are to be filled in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) commands: Vec<String>,
}

/// The steps alone.
pub(crate) fn short(plan: &Plan) -> String {
    written(plan, false)
}

/// The steps, with what a person would type for each.
pub(crate) fn whole(plan: &Plan) -> String {
    written(plan, true)
}

fn written(plan: &Plan, with_commands: bool) -> String {
    let mut text = format!("{}\n\n", plan.summary);
    for (position, step) in plan.steps.iter().enumerate() {
        // To write to a text never fails.
        let _ = writeln!(text, "  {:>2}  {}", position + 1, step.what);
        for command in step.commands.iter().filter(|_| with_commands) {
            let _ = writeln!(text, "        {}", paint(QUIET, command));
        }
    }
    for note in &plan.notes {
        let _ = writeln!(text, "\n  note: {note}");
    }
    text.push('\n');
    text
}
