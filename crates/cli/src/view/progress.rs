//! How far a change is, drawn again with every news.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use tidegate_api::Change;
use tidegate_core::lifecycle::explain::Mark;
use tidegate_core::lifecycle::status::Run;
use tidegate_core::lifecycle::{Phase, Status};
use tidegate_core::policy::{Plan, Stage};

use super::{head, span};
use crate::output::paint::{QUIET, STRONG, of_phase, paint, sign};

/// How many characters a bar has.
const BAR: i64 = 10;

/// One step of a change, as one line.
struct Step {
    mark: Mark,
    name: String,
    text: String,
}

fn step(mark: Mark, name: impl Into<String>, text: impl Into<String>) -> Step {
    Step {
        mark,
        name: name.into(),
        text: text.into(),
    }
}

/// The change and its steps, a line each.
pub(crate) fn progress(change: &Change, now: Timestamp, zone: &TimeZone) -> Vec<String> {
    let name = paint(STRONG, &change.name_any());
    let title = &change.spec.title;
    let Some(status) = head::status(change) else {
        return vec![
            format!("{name} {title}"),
            format!("  {} {}", sign(Mark::Note), head::unseen(change, now, zone)),
        ];
    };
    let phase = paint(of_phase(status.phase), &status.phase.to_string());
    let closes = status
        .run
        .as_ref()
        .filter(|_| status.phase.is_running())
        .and_then(|run| run.closes_at)
        .map(|at| {
            paint(
                QUIET,
                &format!(" · window closes {}", span::when(at, now, zone)),
            )
        });
    let steps = steps(status, now, zone);
    let width = steps
        .iter()
        .map(|step| step.name.chars().count())
        .max()
        .unwrap_or(0);
    let mut lines = vec![format!(
        "{name} {title} · {phase}{}",
        closes.unwrap_or_default()
    )];
    lines.extend(steps.iter().map(|step| {
        let line = format!("  {} {:<width$}  {}", sign(step.mark), step.name, step.text);
        line.trim_end().to_owned()
    }));
    lines
}

fn steps(status: &Status, now: Timestamp, zone: &TimeZone) -> Vec<Step> {
    let mut steps = Vec::new();
    if let (Some(run), Some(plan)) = (&status.run, &status.plan) {
        let backup = status.backup.iter();
        steps.extend(backup.map(|backup| step(Mark::Holds, "backup", backup)));
        let stages = plan.stages.iter().enumerate();
        steps.extend(stages.map(|(position, stage)| stage_step(status, run, stage, position, now)));
        steps.push(verification(status, run, plan, now, zone));
        steps.extend(way_back(status, run));
    } else {
        let phase = status.phase.to_string().to_lowercase();
        let waits = status.waiting_on.iter();
        steps.extend(waits.map(|waiting| step(Mark::UnderWay, &phase, &waiting.message)));
    }
    if status.phase.is_final() && status.phase != Phase::RolledBack {
        let mark = if status.phase == Phase::Succeeded {
            Mark::Holds
        } else {
            Mark::Missing
        };
        steps.push(step(mark, "end", &status.reason));
    }
    steps
}

fn stage_step(status: &Status, run: &Run, stage: &Stage, position: usize, now: Timestamp) -> Step {
    let at = run.stage as usize;
    if position < at {
        return step(
            Mark::Holds,
            &stage.name,
            format!("{} out and healthy", stage.extent()),
        );
    }
    if position > at || status.phase == Phase::BackingUp {
        return step(Mark::Note, &stage.name, "");
    }
    match (&run.retreat, run.healthy_since) {
        (Some(retreat), _) => step(Mark::Missing, &stage.name, &retreat.why),
        (None, Some(since)) => {
            let soaked = now
                .duration_since(since)
                .max(SignedDuration::ZERO)
                .min(stage.soak);
            let text = format!(
                "{} {} soaking {} of {}",
                stage.extent(),
                bar(soaked, stage.soak),
                span::exact(soaked),
                span::exact(stage.soak)
            );
            step(Mark::UnderWay, &stage.name, text)
        }
        (None, None) => {
            let waits = status.waiting_on.first();
            let text = waits.map_or("going out", |waiting| waiting.message.as_str());
            step(
                Mark::UnderWay,
                &stage.name,
                format!("{} {text}", stage.extent()),
            )
        }
    }
}

/// `███████░░░`
fn bar(done: SignedDuration, whole: SignedDuration) -> String {
    let full = match whole.as_secs() {
        0 => BAR,
        seconds => (done.as_secs() * BAR / seconds).clamp(0, BAR),
    };
    (0..BAR)
        .map(|position| if position < full { '█' } else { '░' })
        .collect()
}

fn verification(status: &Status, run: &Run, plan: &Plan, now: Timestamp, zone: &TimeZone) -> Step {
    let within = plan.verification.within;
    let Some(since) = run.verifying_since else {
        return step(
            Mark::Note,
            "verify",
            format!("within {}", span::exact(within)),
        );
    };
    let passed = run.checks.iter().filter(|check| check.passed).count();
    let mut parts = vec![format!("{passed} of {} checks passed", run.checks.len())];
    let open = run.checks.iter().find(|check| !check.passed);
    parts.extend(open.map(|check| match check.message.as_str() {
        "" => check.name.clone(),
        message => format!("{}: {message}", check.name),
    }));
    let mark = match (status.phase, open) {
        (Phase::Verifying, _) => Mark::UnderWay,
        (_, None) => Mark::Holds,
        (_, Some(_)) => Mark::Missing,
    };
    let deadline = since
        .checked_add(within)
        .ok()
        .filter(|_| mark == Mark::UnderWay);
    parts.extend(deadline.map(|at| format!("until {}", span::when(at, now, zone))));
    step(mark, "verify", parts.join(" · "))
}

fn way_back(status: &Status, run: &Run) -> Option<Step> {
    let retreat = run.retreat.as_ref()?;
    Some(match status.phase {
        Phase::RolledBack | Phase::Cancelled if !run.touched => {
            step(Mark::Holds, "rollback", "nothing had been changed")
        }
        Phase::RolledBack | Phase::Cancelled => step(
            Mark::Holds,
            "rollback",
            "the previous revision runs and is healthy",
        ),
        Phase::Failed => step(Mark::Missing, "rollback", &status.reason),
        _ => step(Mark::UnderWay, "rollback", &retreat.why),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::examples;

    fn drawn(change: &Change) -> String {
        let lines = progress(change, examples::now(), &examples::zone());
        examples::plain(&lines.join("\n"))
    }

    #[test]
    fn a_soaking_stage_shows_how_long_it_still_takes() {
        insta::assert_snapshot!(drawn(&examples::rolling_out()));
    }

    #[test]
    fn verification_shows_what_has_not_passed() {
        insta::assert_snapshot!(drawn(&examples::verifying()));
    }

    #[test]
    fn the_way_back_shows_where_it_broke() {
        insta::assert_snapshot!(drawn(&examples::rolled_back()));
    }

    #[test]
    fn before_the_start_it_shows_what_is_missing() {
        insta::assert_snapshot!(drawn(&examples::approving()));
        insta::assert_snapshot!("nobody_has_looked", drawn(&examples::unseen()));
    }
}
