//! What stands in a Rollout's status (`RolloutStatus` in
//! `pkg/apis/rollouts/v1alpha1/types.go` of Argo Rollouts 1.10).

use serde_json::Value;

use crate::rollout::field;

/// Why a canary stopped at a step.
const AT_STEP: &str = "CanaryPauseStep";

/// The status of a Rollout as its controller last wrote it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State<'a> {
    rollout: &'a Value,
}

/// What a Rollout does at the step that it is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pausing {
    /// It has stopped there.
    Stopped,
    /// It is about to stop, or does something else.
    NotYet,
    /// It had stopped, and somebody let it go on.
    Resumed,
}

impl<'a> State<'a> {
    /// None: the controller has not seen the object as it is now. Its generation
    /// is a text here, other than in every built-in kind.
    pub(crate) fn of(rollout: &'a Value) -> Option<Self> {
        let generation = rollout
            .pointer("/metadata/generation")
            .and_then(Value::as_u64)?;
        let observed = field::text(rollout, "/status/observedGeneration")?;
        (observed.parse() == Ok(generation)).then_some(Self { rollout })
    }

    fn hash(self, pointer: &str) -> Option<&'a str> {
        field::text(self.rollout, pointer).filter(|hash| !hash.is_empty())
    }

    /// The hash of the pods that it is to run.
    pub(crate) fn current(self) -> Option<&'a str> {
        self.hash("/status/currentPodHash")
    }

    /// All of it is out and all steps are done.
    pub(crate) fn is_full(self) -> bool {
        let stable = self.hash("/status/stableRS");
        stable.is_some() && stable == self.current()
    }

    /// Somebody let it skip all steps that are left.
    pub(crate) fn skips_all(self) -> bool {
        field::is_true(self.rollout, "/status/promoteFull")
    }

    /// The position of the step that it is at.
    pub(crate) fn step(self) -> Option<usize> {
        let step = field::count(self.rollout, "/status/currentStepIndex")?;
        usize::try_from(step).ok()
    }

    /// Why it has stopped, for each reason there is.
    pub(crate) fn pauses(self) -> impl Iterator<Item = &'a str> {
        let pauses = field::items(self.rollout, "/status/pauseConditions").iter();
        pauses.filter_map(|pause| field::text(pause, "/reason"))
    }

    /// What it does where it is. Without a reason to stop, that its controller
    /// still counts it as paused means that somebody took the reason away.
    pub(crate) fn pausing(self) -> Pausing {
        if self.pauses().any(|reason| reason == AT_STEP) {
            Pausing::Stopped
        } else if field::is_true(self.rollout, "/status/controllerPause")
            && self.pauses().next().is_none()
        {
            Pausing::Resumed
        } else {
            Pausing::NotYet
        }
    }

    /// A reason to stop other than the step: its analysis told neither.
    pub(crate) fn other_pause(self) -> Option<&'a str> {
        self.pauses().find(|reason| *reason != AT_STEP)
    }

    /// Its controller's own judgement. None: it has not made one.
    pub(crate) fn phase(self) -> Option<&'a str> {
        self.hash("/status/phase")
    }

    /// What its controller says of that.
    pub(crate) fn message(self) -> Option<&'a str> {
        self.hash("/status/message")
    }

    /// Why it gets no further by itself, in its controller's words: it was
    /// aborted, its analysis failed, or it made no progress for too long.
    pub(crate) fn failure(self) -> Option<String> {
        if self.phase() == Some("Degraded") {
            let message = self.message().unwrap_or("its controller finds it Degraded");
            return Some(message.to_owned());
        }
        field::is_true(self.rollout, "/status/abort").then(|| "it was aborted".to_owned())
    }
}
