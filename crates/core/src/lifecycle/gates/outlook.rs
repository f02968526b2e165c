//! What the calendar says of a change.

use jiff::{SignedDuration, Timestamp, Zoned};

use super::{PREVIEW_AHEAD, emergency, exceptions};
use crate::calendar::exception::Refused;
use crate::calendar::{Calendar, Opening, Passes, Shut, Subject};
use crate::lifecycle::context::{Context, after};
use crate::lifecycle::facts::Source;
use crate::lifecycle::wait::WaitReason;
use crate::policy::Policy;

/// How often targets with windows of their own are asked for one they share.
const ROUNDS: usize = 1000;

/// What the calendar says of this change.
pub(super) enum Outlook {
    Open {
        closes_at: Option<Timestamp>,
    },
    TooShort {
        closes_at: Timestamp,
        opens_at: Option<Timestamp>,
        reason: WaitReason,
    },
    Shut {
        opens_at: Option<Timestamp>,
        reason: WaitReason,
    },
}

impl Outlook {
    /// When the change could start, as part of a sentence.
    pub(super) fn sentence(&self, context: &Context<'_>) -> String {
        match self {
            Self::Open { closes_at: None } => "it could start at once".to_owned(),
            Self::Open {
                closes_at: Some(close),
            } => {
                format!("a window is open until {}", context.moment(*close))
            }
            Self::Shut {
                opens_at: Some(at), ..
            } => {
                format!("the next window opens {}", context.moment(*at))
            }
            Self::TooShort { reason, .. }
            | Self::Shut {
                opens_at: None,
                reason,
            } => reason.to_string(),
        }
    }
}

/// Asks the calendar. An error is a calendar that is not there.
pub(super) fn outlook(
    context: &mut Context<'_>,
    policy: &Policy,
    source: &Source,
) -> Result<Outlook, WaitReason> {
    context.status.outlook = None;
    context.status.exceptions.clear();
    let Some(name) = &policy.calendar else {
        return Ok(Outlook::Open { closes_at: None });
    };
    let Some(calendar) = context.facts.calendars.get(name) else {
        return Err(WaitReason::CalendarMissing {
            calendar: name.clone(),
            policy: context.status.policy.clone().unwrap_or_default(),
        });
    };
    let rules = emergency(context, policy);
    let exceptions = exceptions::judge(context, policy, calendar, source);
    let passes = Passes {
        windows: rules.is_some_and(|rules| rules.passes_windows),
        freezes: rules.is_some_and(|rules| rules.passes_freezes),
        granted: &exceptions.granted,
        otherwise: policy.without_window,
    };
    let outlook = ask_calendar(context, calendar, passes, &exceptions.refused);
    context.status.outlook = Some(outlook.sentence(context));
    Ok(outlook)
}

/// All targets must be open at once: the change starts when the last opens, and
/// its time ends when the first closes.
fn ask_calendar(
    context: &mut Context<'_>,
    calendar: &Calendar,
    passes: Passes<'_>,
    refused: &[Refused],
) -> Outlook {
    let needed = context.request.expected_duration;
    let from = context
        .control
        .window
        .not_before
        .map_or(context.now, |at| at.max(context.now));
    let mut closes_at: Option<Timestamp> = None;
    let mut shut: Option<String> = None;
    let mut freezes: Vec<Shut> = Vec::new();
    let subjects: Vec<Subject<'_>> = context
        .request
        .targets
        .iter()
        .map(|target| Subject {
            cluster: &target.key.cluster,
            namespace: &target.key.namespace,
            name: Some(&target.key.name),
            labels: context.facts.labels.get(&target.key),
            kind: context.request.kind,
        })
        .collect();
    for subject in &subjects {
        let decision = calendar.decision(subject, passes, context.now);
        if decision.is_open() {
            closes_at = [closes_at, decision.closes_at].into_iter().flatten().min();
        } else if shut.is_none() {
            let sentences: Vec<String> = decision.shut.iter().map(ToString::to_string).collect();
            let mut sentence = sentences.join(" and ");
            let frozen = |reason: &Shut| matches!(reason, Shut::Freeze { .. });
            freezes = decision.shut.into_iter().filter(frozen).collect();
            if !freezes.is_empty() {
                for exception in refused {
                    sentence.push_str("; ");
                    sentence.push_str(&exception.to_string());
                }
            }
            shut = Some(sentence);
        }
    }
    if let Some(close) = closes_at {
        context.wake(close);
    }
    let lasts = closes_at.is_none_or(|close| after(from, needed) <= close);
    if shut.is_none() && lasts {
        if let Some(close) = closes_at {
            context.wake(close.checked_sub(needed).unwrap_or(close));
        }
        return Outlook::Open { closes_at };
    }
    let opening = common_opening(calendar, &subjects, passes, needed, from);
    let opens_at = opening.as_ref().map(|opening| opening.opens);
    if let Some(at) = opens_at {
        context.wake(at);
        context.wake(at.checked_sub(PREVIEW_AHEAD).unwrap_or(at));
    }
    let window = opening
        .as_ref()
        .and_then(|opening| opening.window.as_deref());
    let summary = match (waited_for(&freezes, opens_at), window) {
        (Some(name), _) => format!("freeze {name}"),
        (None, Some(name)) => format!("window {name}"),
        (None, None) => "the calendar".to_owned(),
    };
    let next = opening
        .as_ref()
        .map(|opening| format!("the next window opens {opening}"));
    match (shut, closes_at) {
        (None, Some(closes_at)) => {
            let close = context.moment(closes_at);
            let shut = if from < closes_at {
                format!(
                    "the window closes {close}, too soon for the {needed:#} it is expected to take"
                )
            } else {
                format!("the window closes {close}, before it is wanted")
            };
            let reason = WaitReason::Calendar {
                shut,
                summary,
                next,
            };
            Outlook::TooShort {
                closes_at,
                opens_at,
                reason,
            }
        }
        (shut, _) => {
            let shut = shut.unwrap_or_default();
            Outlook::Shut {
                opens_at,
                reason: WaitReason::Calendar {
                    shut,
                    summary,
                    next,
                },
            }
        }
    }
}

/// The freeze whose end lets the change start. None: a window has to open, too.
fn waited_for(freezes: &[Shut], opens_at: Option<Timestamp>) -> Option<&str> {
    freezes.iter().find_map(|freeze| match freeze {
        Shut::Freeze { name, until, .. } => {
            let end = until.as_ref().map(Zoned::timestamp);
            (opens_at.is_none() || end == opens_at).then_some(&**name)
        }
        _ => None,
    })
}

/// The first opening that all subjects share and that is long enough for the
/// change. Each may be shut when another opens, so the latest is asked of all
/// again until they agree. It is named after the window that opens last, and
/// ends when the first closes.
fn common_opening(
    calendar: &Calendar,
    subjects: &[Subject<'_>],
    passes: Passes<'_>,
    needed: SignedDuration,
    from: Timestamp,
) -> Option<Opening> {
    let mut last: Option<Opening> = None;
    for _ in 0..ROUNDS {
        let at = last.as_ref().map_or(from, |opening| opening.opens);
        let openings: Option<Vec<Opening>> = subjects
            .iter()
            .map(|subject| calendar.next_opening(subject, passes, needed, at))
            .collect();
        let openings = openings?;
        let closes = openings.iter().filter_map(|opening| opening.closes).min();
        let agreed = openings.len() == 1 || openings.iter().all(|opening| opening.opens == at);
        let latest = openings.into_iter().max_by_key(|opening| opening.opens)?;
        if agreed {
            let shared = last.unwrap_or(latest);
            return Some(Opening { closes, ..shared });
        }
        last = Some(latest);
    }
    None
}
