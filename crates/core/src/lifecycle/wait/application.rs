//! Why an Application of Argo CD keeps a change waiting, in sentences.

use std::fmt::{Formatter, Result};

use super::WaitReason;

/// Writes the reasons that are about an Application, and nothing for others.
pub(super) fn fmt(reason: &WaitReason, formatter: &mut Formatter<'_>) -> Result {
    match reason {
        WaitReason::ApplicationUnready {
            application,
            problem,
        } => write!(formatter, "Application {application} {problem}"),
        WaitReason::ApplicationBusy {
            application,
            by,
            message,
        } => {
            write!(
                formatter,
                "waits for the sync of Application {application} that {by} started"
            )?;
            if message.is_empty() {
                Ok(())
            } else {
                write!(formatter, ": {message}")
            }
        }
        WaitReason::ApplicationWindow {
            application,
            shut,
            next,
        } => {
            write!(
                formatter,
                "Argo CD does not allow a sync of Application {application} now: {shut}"
            )?;
            match next {
                Some(next) => write!(formatter, "; it does from {next} on"),
                None => formatter.write_str(
                    "; no later time is in sight, so the sync windows of its AppProject have to change",
                ),
            }
        }
        WaitReason::WindowsLifting {
            application,
            project,
            foreign,
        } => {
            let which = if *foreign {
                "that bind"
            } else {
                "that Tidegate published to"
            };
            write!(
                formatter,
                "waits until the sync windows {which} AppProject {project} are lifted for Application {application}"
            )
        }
        _ => Ok(()),
    }
}
