//! From a [`crate::ChangePolicy`] to [`tidegate_core::policy::Policy`].
//!
//! What a policy asks for and Tidegate cannot do yet is a problem, and a policy
//! with a problem is not Ready: nothing starts under it.

use jiff::SignedDuration;
use tidegate_core::approval::People;
use tidegate_core::calendar::{Glob, Otherwise, Selector};
use tidegate_core::policy::{
    ApprovalRules, Check, EmergencyRules, ForeignWindows, GroupRule, OnWindowClose, Plan, Policy,
    PolicyFact, Revert, Threshold, Verification,
};
use tidegate_core::rollout::prune::PruneAllowance;

use super::{FieldError, duration, duration_or, wrong};
use crate::change_policy::{self as raw, ChangePolicy, ChangePolicySpec};

mod backup;
mod stages;

use backup::backup;
use stages::stages;

const ROLLBACK_WITHIN: SignedDuration = SignedDuration::from_mins(10);
const LATER_WITHIN: SignedDuration = SignedDuration::from_hours(24);
const REVIEW_WITHIN: SignedDuration = SignedDuration::from_hours(5 * 24);
const VERIFICATION_WITHIN: SignedDuration = SignedDuration::from_mins(30);

/// Reads a policy, with everything that is wrong with it.
pub fn policy(object: &ChangePolicy) -> PolicyFact {
    let governs = selector(&object.spec.governs).map_err(|error| error.to_string());
    let mut problems = Vec::new();
    let rules = rules(&object.spec, &mut problems);
    PolicyFact {
        name: object.metadata.name.clone().unwrap_or_default(),
        governs,
        rules: match rules {
            Some(rules) if problems.is_empty() => Ok(rules),
            _ => Err(problems.iter().map(ToString::to_string).collect()),
        },
    }
}

fn selector(governs: &raw::Governs) -> Result<Selector, FieldError> {
    let globs = |field: &str, texts: &[String]| {
        texts
            .iter()
            .map(|text| {
                Glob::parse(text)
                    .map_err(|error| wrong(format!("spec.governs.{field}"), error.to_string()))
            })
            .collect::<Result<Vec<_>, _>>()
    };
    if governs.clusters.is_empty()
        && governs.namespaces.is_empty()
        && governs.applications.is_empty()
    {
        return Err(wrong(
            "spec.governs",
            "selects nothing in particular; name namespaces, clusters or applications",
        ));
    }
    Ok(Selector {
        clusters: globs("clusters", &governs.clusters)?,
        namespaces: globs("namespaces", &governs.namespaces)?,
        applications: globs("applications", &governs.applications)?,
        ..Selector::default()
    })
}

/// Notes a problem and goes on, so that people see all of them at once.
fn keep<T>(result: Result<T, FieldError>, problems: &mut Vec<FieldError>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn not_yet(field: &str, what: &str) -> FieldError {
    wrong(
        field,
        format!("{what} is not implemented yet; leave it out"),
    )
}

fn rules(spec: &ChangePolicySpec, problems: &mut Vec<FieldError>) -> Option<Policy> {
    if !spec.checks.is_empty() {
        problems.push(not_yet(
            "spec.checks",
            &format!("checking {}", spec.checks.join(", ")),
        ));
    }
    let approvals = approvals(&spec.approvals, problems);
    let emergency = spec
        .emergency
        .as_ref()
        .map(|emergency| self::emergency(emergency, problems));
    let backup = backup(&spec.backup, problems);
    let stages = stages(&spec.stages, problems);
    let verification = verification(spec.verification.as_ref(), problems);
    let rollback_within = keep(
        duration_or(
            "spec.rollbackWithin",
            spec.rollback_within.as_deref(),
            ROLLBACK_WITHIN,
        ),
        problems,
    );
    let prune = spec.prune.unwrap_or_default();
    let revert = revert(spec.after_rollback.unwrap_or_default(), problems);
    Some(Policy {
        calendar: spec.calendar.clone(),
        without_window: match spec.without_window {
            None | Some(raw::WithoutWindow::Shut) => Otherwise::Shut,
            Some(raw::WithoutWindow::Open) => Otherwise::Open,
        },
        approvals: approvals?,
        backup: backup?,
        plan: Plan {
            stages: stages?,
            on_window_close: match spec.on_window_close {
                None | Some(raw::OnWindowClose::Finish) => OnWindowClose::Finish,
                Some(raw::OnWindowClose::Rollback) => OnWindowClose::Rollback,
            },
            foreign_windows: match spec.foreign_windows {
                None | Some(raw::ForeignWindows::Respect) => ForeignWindows::Respect,
                Some(raw::ForeignWindows::Lift) => ForeignWindows::Lift,
            },
            whole_kinds: spec.whole_kinds.clone(),
            prune: PruneAllowance {
                claims: prune.claims,
                namespaces: prune.namespaces,
                ..PruneAllowance::default()
            },
            backup: None,
            rollback_within: rollback_within?,
            revert: revert?,
            verification: verification?,
        },
        emergency: match emergency {
            None => None,
            Some(rules) => Some(rules?),
        },
        max_running: spec.max_running,
    })
}

fn approvals(approvals: &raw::Approvals, problems: &mut Vec<FieldError>) -> Option<ApprovalRules> {
    if let Some(owners) = &approvals.owners {
        problems.push(not_yet(
            "spec.approvals.owners",
            &format!("asking code owners ({owners})"),
        ));
    }
    for name in &approvals.not_by {
        match name.as_str() {
            "author" | "requester" => {}
            "lastPusher" => problems.push(not_yet("spec.approvals.notBy", "lastPusher")),
            other => problems.push(wrong(
                "spec.approvals.notBy",
                format!("{other} is nobody Tidegate knows; write author, requester or lastPusher"),
            )),
        }
    }
    if approvals.count == 0 {
        problems.push(wrong(
            "spec.approvals.count",
            "at least one person has to approve",
        ));
    }
    let valid_for = match &approvals.valid_for {
        None => None,
        Some(text) => Some(keep(duration("spec.approvals.validFor", text), problems)?),
    };
    Some(ApprovalRules {
        count: approvals.count,
        groups: approvals
            .groups
            .iter()
            .map(|group| GroupRule {
                name: group.name.clone(),
                count: group.count,
            })
            .collect(),
        only: Vec::new(),
        valid_for,
        people: People::new(
            approvals
                .people
                .iter()
                .map(|person| person.names.as_slice()),
        ),
    })
}

fn emergency(emergency: &raw::Emergency, problems: &mut Vec<FieldError>) -> Option<EmergencyRules> {
    let approvals = emergency.approvals.clone().unwrap_or_default();
    if approvals.now == 0 {
        problems.push(wrong(
            "spec.emergency.approvals.now",
            "at least one person has to approve an emergency before it starts",
        ));
    }
    if emergency.groups.is_empty() {
        problems.push(wrong(
            "spec.emergency.groups",
            "name the groups whose members may let an emergency start",
        ));
    }
    for passed in &emergency.passes {
        if !matches!(passed.as_str(), "windows" | "freezes") {
            problems.push(wrong(
                "spec.emergency.passes",
                format!("{passed} is nothing an emergency could pass; write windows or freezes"),
            ));
        }
    }
    let passes = |what: &str| emergency.passes.iter().any(|passed| passed == what);
    let later_within = duration_or(
        "spec.emergency.approvals.laterWithin",
        approvals.later_within.as_deref(),
        LATER_WITHIN,
    );
    let review_within = duration_or(
        "spec.emergency.reviewWithin",
        emergency.review_within.as_deref(),
        REVIEW_WITHIN,
    );
    Some(EmergencyRules {
        now: approvals.now,
        later: approvals.later,
        later_within: keep(later_within, problems)?,
        groups: emergency.groups.clone(),
        passes_windows: passes("windows"),
        passes_freezes: passes("freezes"),
        review_within: keep(review_within, problems)?,
    })
}

fn revert(after: raw::AfterRollback, problems: &mut Vec<FieldError>) -> Option<Revert> {
    match after.revert {
        raw::Revert::None => Some(Revert::None),
        raw::Revert::Branch => Some(Revert::Branch),
        raw::Revert::Commit => Some(Revert::Commit),
        raw::Revert::PullRequest => {
            problems.push(wrong(
                "spec.afterRollback.revert",
                "opening pull requests is not implemented yet; write branch, and open it from there",
            ));
            None
        }
    }
}

fn verification(
    verification: Option<&raw::Verification>,
    problems: &mut Vec<FieldError>,
) -> Option<Verification> {
    let Some(verification) = verification else {
        return Some(Verification {
            within: VERIFICATION_WITHIN,
            checks: Vec::new(),
        });
    };
    let within = keep(
        duration_or(
            "spec.verification.within",
            verification.within.as_deref(),
            VERIFICATION_WITHIN,
        ),
        problems,
    );
    let checks: Vec<Option<Check>> = verification
        .checks
        .iter()
        .enumerate()
        .map(|(position, check)| check_of(check, position, problems))
        .collect();
    Some(Verification {
        within: within?,
        checks: checks.into_iter().collect::<Option<_>>()?,
    })
}

fn check_of(check: &raw::Check, position: usize, problems: &mut Vec<FieldError>) -> Option<Check> {
    let field = format!("spec.verification.checks[{position}]");
    match check {
        raw::Check {
            workloads: Some(workloads),
            http: None,
            job: None,
            prometheus: None,
        } => {
            let text = &workloads.healthy_for;
            let healthy_for = keep(
                duration(&format!("{field}.workloads.healthyFor"), text),
                problems,
            )?;
            Some(Check::Workloads { healthy_for })
        }
        raw::Check {
            workloads: None,
            http: Some(http),
            job: None,
            prometheus: None,
        } => Some(Check::Http {
            url: http.url.clone(),
            status: http.status.unwrap_or(200),
        }),
        raw::Check {
            workloads: None,
            http: None,
            job: Some(job),
            prometheus: None,
        } => Some(Check::Job {
            image: job.image.clone(),
            command: job.command.clone(),
        }),
        raw::Check {
            workloads: None,
            http: None,
            job: None,
            prometheus: Some(prometheus),
        } => {
            let field = format!("{field}.prometheus");
            let limit = |name: &str, value: Option<f64>| {
                let read = value.map(Threshold::new).transpose();
                read.map_err(|error| wrong(format!("{field}.{name}"), error.to_string()))
            };
            let below = keep(limit("below", prometheus.below), problems)?;
            let above = keep(limit("above", prometheus.above), problems)?;
            if below.is_none() && above.is_none() {
                problems.push(wrong(field.clone(), "give below or above, or both"));
                return None;
            }
            let holds_for = prometheus.holds_for.as_deref();
            let holds_for = holds_for.map(|text| duration(&format!("{field}.for"), text));
            let holds_for = keep(holds_for.transpose(), problems)?;
            Some(Check::Prometheus {
                connection: prometheus.connection.clone(),
                query: prometheus.query.clone(),
                below,
                above,
                holds_for,
            })
        }
        raw::Check { .. } => {
            problems.push(wrong(
                field,
                "must be exactly one of workloads, http, job and prometheus",
            ));
            None
        }
    }
}

#[cfg(test)]
mod tests;
