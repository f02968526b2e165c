//! What the API server would say to the change.

use super::Shut;
use crate::lifecycle::context::Context;
use crate::lifecycle::facts::Rendered;
use crate::lifecycle::phase::Phase;
use crate::lifecycle::wait::WaitReason;

/// The API server took these manifests in a dry run, once.
pub(super) fn accepted(context: &mut Context<'_>, rendered: &Rendered) -> Result<(), Shut> {
    if context.status.accepted == Some(rendered.digest) {
        return Ok(());
    }
    let wait = |reason| Err(Shut::Waits(Phase::Assessing, vec![reason]));
    match context
        .facts
        .preview
        .as_ref()
        .filter(|preview| preview.digest == rendered.digest)
    {
        None => wait(WaitReason::Preview),
        Some(preview) if preview.refused.is_empty() => {
            context.status.accepted = Some(rendered.digest);
            Ok(())
        }
        Some(preview) => {
            context.wake(preview.stale_at());
            wait(WaitReason::Refused {
                problems: preview.refused.clone(),
            })
        }
    }
}

/// A dry run of exactly these manifests, made lately, that the API server took.
pub(super) fn fresh(
    context: &mut Context<'_>,
    rendered: &Rendered,
    due: bool,
    reasons: &mut Vec<WaitReason>,
) {
    match &context.facts.preview {
        Some(preview) if preview.digest == rendered.digest && context.now < preview.stale_at() => {
            let stale_at = preview.stale_at();
            if !preview.refused.is_empty() {
                reasons.push(WaitReason::Refused {
                    problems: preview.refused.clone(),
                });
                context.wake(stale_at);
            }
            if !preview.drifted.is_empty() {
                reasons.push(WaitReason::Drifted {
                    fields: preview.drifted.clone(),
                });
                context.wake(stale_at);
            }
        }
        None | Some(_) if due => reasons.push(WaitReason::Preview),
        None | Some(_) => {}
    }
}
