//! What to do next.

use tidegate_api::admission::restore;
use tidegate_core::lifecycle::{Phase, Status};

/// The command that helps a change on, with a remark where it needs one.
pub(crate) fn next(name: &str, status: &Status) -> String {
    let first = status
        .waiting_on
        .first()
        .map_or("", |waiting| waiting.reason.as_str());
    match first {
        "ApprovalsOwed" => return format!("tidegate approve {name}"),
        "ReviewOwed" => return format!("tidegate review {name} --findings …"),
        _ if status.phase.is_final() => return after_the_end(name, status.phase),
        _ => {}
    }
    match first {
        "ApprovalsMissing" => format!("tidegate approve {name}"),
        "CalendarShut" => exception(name, status),
        "Held" => format!("tidegate change hold {name} --release"),
        "IdentityUnproven" => restore(),
        "RequesterUnproven" => {
            format!("tidegate change cancel {name} --reason …        (then submit it again)")
        }
        "Refused" | "PolicySplit" => format!(
            "tidegate change cancel {name} --reason …        (then correct it and submit it again)"
        ),
        "Ungoverned" | "GovernedTwice" | "PolicyNotReady" | "CalendarMissing" => {
            "kubectl get changepolicies,changecalendars".to_owned()
        }
        "TicketTaken" | "TargetBusy" | "DependsOn" | "LimitReached" => {
            "tidegate change list --open".to_owned()
        }
        _ => format!("tidegate change watch {name}"),
    }
}

/// An exception that somebody can still approve is the only way on before a
/// freeze is over.
fn exception(name: &str, status: &Status) -> String {
    let mut exceptions = status.exceptions.iter();
    match exceptions.find(|exception| !exception.counts && !exception.over) {
        Some(exception) => format!("tidegate approve {name} --exception {}", exception.name),
        None => format!("tidegate change watch {name}"),
    }
}

fn after_the_end(name: &str, phase: Phase) -> String {
    let remark = match phase {
        Phase::Succeeded => {
            return format!("tidegate record {name}        (to undo it: tidegate rollback {name})");
        }
        Phase::Failed => "        (a person is needed: look at the targets)",
        Phase::Expired | Phase::Cancelled | Phase::Rejected => {
            "        (to try again submit it again; the new one gets a name of its own)"
        }
        _ => "        (what was done; correct it and submit it again)",
    };
    format!("tidegate record {name}{remark}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{examples, head};

    #[test]
    fn after_a_success_it_is_said_how_to_undo_it() {
        let change = examples::succeeded();
        assert_eq!(
            next("chg-1234", head::status(&change).unwrap()),
            "tidegate record chg-1234        (to undo it: tidegate rollback chg-1234)"
        );
    }
}
