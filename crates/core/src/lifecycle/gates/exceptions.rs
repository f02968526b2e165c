//! Which exceptions let this change through a freeze.

use crate::calendar::Calendar;
use crate::calendar::exception::{Asking, ExceptionApproval, Verdict, granted};
use crate::lifecycle::context::Context;
use crate::lifecycle::facts::Source;
use crate::lifecycle::status::ExceptionState;
use crate::policy::Policy;

/// Judges the calendar's exceptions for this change. What was signed while
/// nothing proved by whom is as good as not signed.
pub(super) fn judge(
    context: &mut Context<'_>,
    policy: &Policy,
    calendar: &Calendar,
    source: &Source,
) -> Verdict {
    let identity = &context.facts.identity;
    let signed: Vec<ExceptionApproval> = context
        .facts
        .exception_approvals
        .iter()
        .filter(|signed| identity.proves(signed.at))
        .map(|signed| signed.approval.clone())
        .collect();
    let asking = Asking {
        change: context.name,
        requester: &context.request.requested_by,
        authors: &source.authors,
        people: &policy.approvals.people,
        protected: context.status.requester_proven && identity.proves_after().is_some(),
    };
    let verdict = granted(calendar, &asking, &signed, context.now);
    let counting = verdict.granted.iter().map(|granted| ExceptionState {
        name: granted.exception.to_string(),
        counts: true,
        note: format!(
            "passes freeze {} until {}",
            granted.freeze,
            context.moment(granted.until)
        ),
        over: false,
    });
    let refused = verdict.refused.iter().map(|refused| ExceptionState {
        name: refused.exception.to_string(),
        counts: false,
        note: refused.to_string(),
        over: refused.is_over(),
    });
    let exceptions = counting.chain(refused).collect();
    context.status.exceptions = exceptions;
    if let Some(end) = verdict.granted.iter().map(|granted| granted.until).min() {
        context.wake(end);
    }
    verdict
}
