//! Whether Argo CD allows a sync at an instant.

use jiff::Timestamp;

use super::gate::{Actives, Gate};
use super::moment::Moment;
use super::{Application, SyncWindowError, SyncWindows, Trigger, edges, reason};

/// What Argo CD answers, and no more than that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The sync is allowed.
    pub allowed: bool,
    /// Why Argo CD cannot judge it; then it is not allowed.
    pub error: Option<SyncWindowError>,
    /// The windows that select the application, as positions from zero.
    pub matched: Vec<usize>,
    /// Those of them that are active, of whatever kind; none where there is an
    /// error.
    pub active: Vec<usize>,
}

/// What Argo CD answers, why, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// See [`Verdict::allowed`].
    pub allowed: bool,
    /// See [`Verdict::error`].
    pub error: Option<SyncWindowError>,
    /// See [`Verdict::matched`].
    pub matched: Vec<usize>,
    /// See [`Verdict::active`].
    pub active: Vec<usize>,
    /// Why it is allowed or not, in one sentence without a full stop.
    pub reason: String,
    /// Where the sync is not allowed, the edge after which it is; `None` if
    /// there is none within five years. At the edge itself it may not be
    /// allowed yet. What is open for a single instant does not count.
    pub next_opening: Option<Timestamp>,
    /// Where the sync is allowed, the edge after which it is not; `None` if
    /// there is none within five years. What is shut for a single instant, such
    /// as between two windows that touch, does not count.
    pub closes_at: Option<Timestamp>,
}

/// How the windows that concern an application stand.
#[derive(Debug, Default)]
struct Standing {
    active: Vec<usize>,
    actives: Actives,
    /// The sync is allowed only because it is under way.
    overruns: bool,
}

impl SyncWindows {
    /// Whether Argo CD allows a sync of the application at an instant.
    ///
    /// `operation_started_at` is when the sync began, for one that is under
    /// way. Argo CD keeps it in whole seconds.
    pub fn verdict(
        &self,
        application: &Application,
        trigger: Trigger,
        operation_started_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Verdict {
        let judged = Gate::new(self, application, trigger, operation_started_at);
        let gate = match judged {
            Ok(gate) => gate,
            Err(error) => return Verdict::failed(Vec::new(), error),
        };
        match standing(&gate, Moment::of(at)) {
            Ok(standing) => Verdict {
                allowed: gate.allows(standing.actives, false) || standing.overruns,
                error: None,
                matched: gate.selected,
                active: standing.active,
            },
            Err(error) => Verdict::failed(gate.selected, error),
        }
    }

    /// Whether Argo CD allows a sync of the application at an instant, with the
    /// reason and the next edge. The arguments are those of
    /// [`SyncWindows::verdict`].
    ///
    /// The edge holds as long as neither the windows nor the time zones change.
    /// With windows that toggle every minute for months it is looked for
    /// only so far, and then missing.
    pub fn decision(
        &self,
        application: &Application,
        trigger: Trigger,
        operation_started_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Decision {
        let gate = match Gate::new(self, application, trigger, operation_started_at) {
            Ok(gate) => gate,
            Err(error) => return Decision::failed(Vec::new(), error),
        };
        let at = Moment::of(at);
        let standing = match standing(&gate, at) {
            Ok(standing) => standing,
            Err(error) => return Decision::failed(gate.selected, error),
        };
        let allowed = gate.allows(standing.actives, false) || standing.overruns;
        // The answer for now stands even if a later one cannot be given.
        let edge = edges::find(self, &gate, at, !allowed).unwrap_or_default();
        let edge = edge.and_then(Moment::timestamp);
        Decision {
            allowed,
            error: None,
            reason: reason::sentence(&gate, standing.actives, &standing.active, standing.overruns),
            matched: gate.selected,
            active: standing.active,
            next_opening: edge.filter(|_| !allowed),
            closes_at: edge.filter(|_| allowed),
        }
    }
}

fn standing(gate: &Gate<'_>, at: Moment) -> Result<Standing, SyncWindowError> {
    let mut active = Vec::with_capacity(gate.selected.len());
    let actives = gate.active(at.second, at, |position| active.push(position))?;
    Ok(Standing {
        active,
        actives,
        overruns: gate.overruns(actives, at.second)?,
    })
}

impl Verdict {
    fn failed(matched: Vec<usize>, error: SyncWindowError) -> Self {
        Self {
            allowed: false,
            error: Some(error),
            matched,
            active: Vec::new(),
        }
    }
}

impl Decision {
    fn failed(matched: Vec<usize>, error: SyncWindowError) -> Self {
        Self {
            allowed: false,
            reason: format!(
                "{}, which blocks every sync of the application",
                error.in_one_line()
            ),
            error: Some(error),
            matched,
            active: Vec::new(),
            next_opening: None,
            closes_at: None,
        }
    }
}
