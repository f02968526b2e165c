//! What is new about a change since it was last looked at, a line each.

use tidegate_core::approval::Decision;
use tidegate_core::lifecycle::Status;
use tidegate_core::lifecycle::status::Run;
use tidegate_core::policy::Plan;

/// What `now` says that `before` did not. Nothing is told twice.
pub(crate) fn news(before: Option<&Status>, now: &Status) -> Vec<String> {
    let none = Status::default();
    let known = before.unwrap_or(&none);
    let mut lines = Vec::new();
    if known.digest != now.digest
        && let (Some(revision), Some(digest)) = (&now.revision, &now.digest)
    {
        lines.push(format!(
            "{} {} renders to {}",
            now.revision_is(),
            revision.short(),
            digest.short()
        ));
    }
    for approval in now
        .approvals
        .iter()
        .filter(|approval| !known.approvals.contains(approval))
    {
        let said = match approval.decision {
            Decision::Approved => "approval",
            Decision::Rejected => "rejection",
            Decision::Reviewed => "review",
        };
        lines.push(if approval.counts {
            format!("{said} by {} counts", approval.approver)
        } else {
            format!(
                "{said} by {} does not count: {}",
                approval.approver, approval.note
            )
        });
    }
    if let (Some(run), Some(plan)) = (&now.run, &now.plan) {
        stages(known.run.as_ref(), run, plan, &mut lines);
        checks(known.run.as_ref(), run, &mut lines);
    }
    if before.is_none() || known.phase != now.phase {
        lines.push(match now.reason.as_str() {
            "" => now.phase.to_string(),
            reason => format!("{}: {reason}", now.phase),
        });
    }
    let waiting = now.waiting_on.iter().map(|waiting| &waiting.message);
    let is_the_reason = before.is_none() || known.phase != now.phase;
    let told: Vec<&String> = known
        .waiting_on
        .iter()
        .map(|waiting| &waiting.message)
        .collect();
    let is_told =
        |message: &String| told.contains(&message) || (is_the_reason && *message == now.reason);
    lines.extend(waiting.filter(|message| !is_told(message)).cloned());
    lines
}

fn stages(known: Option<&Run>, run: &Run, plan: &Plan, lines: &mut Vec<String>) {
    let reached = known.map_or(0, |known| known.stage);
    let passed = plan
        .stages
        .iter()
        .take(run.stage as usize)
        .skip(reached as usize);
    lines.extend(passed.map(|stage| format!("stage {} is out and healthy", stage.name)));
    let is_new = known.is_none_or(|known| known.stage != run.stage || !known.touched);
    if let Some(stage) = plan.stages.get(run.stage as usize)
        && is_new
        && run.touched
        && run.retreat.is_none()
    {
        lines.push(format!(
            "stage {} goes out to {}",
            stage.name,
            stage.extent()
        ));
    }
}

fn checks(known: Option<&Run>, run: &Run, lines: &mut Vec<String>) {
    let passed_before = |name: &str| {
        known.is_some_and(|known| {
            known
                .checks
                .iter()
                .any(|check| check.passed && check.name == name)
        })
    };
    let passed = run
        .checks
        .iter()
        .filter(|check| check.passed && !passed_before(&check.name));
    lines.extend(passed.map(|check| format!("check {} passed", check.name)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::examples;

    fn status(change: &tidegate_api::Change) -> Status {
        change.status.clone().unwrap().status
    }

    #[test]
    fn a_change_seen_for_the_first_time_tells_all() {
        insta::assert_snapshot!(news(None, &status(&examples::approving())).join("\n"));
    }

    #[test]
    fn a_stage_is_told_when_it_goes_out_and_when_it_holds() {
        let now = status(&examples::rolling_out());
        let mut before = now.clone();
        if let Some(run) = &mut before.run {
            run.stage = 0;
        }
        before.waiting_on.clear();
        insta::assert_snapshot!(news(Some(&before), &now).join("\n"));
    }

    #[test]
    fn the_end_is_told_once() {
        let now = status(&examples::rolled_back());
        let mut before = now.clone();
        before.phase = tidegate_core::lifecycle::Phase::RollingBack;
        assert_eq!(news(Some(&before), &now).len(), 1);
        assert_eq!(news(Some(&now), &now), Vec::<String>::new());
    }
}
