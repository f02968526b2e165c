//! Whether Argo CD leaves an Application alone.

use super::Application;
use super::application::OperationState;

/// The annotation by which Argo CD does nothing to an Application, whatever it
/// syncs by itself (Argo CD, "Skip Application Reconcile"). Unlike its sync policy
/// it is nothing that an Application of Applications would put right.
pub const PAUSED: &str = "argocd.argoproj.io/skip-reconcile";

impl Application {
    /// Argo CD does nothing to it.
    pub fn is_paused(&self) -> bool {
        let value = self.metadata.annotations.get(PAUSED);
        value.is_some_and(|value| {
            matches!(value.as_str(), "true" | "True" | "TRUE" | "t" | "T" | "1")
        })
    }

    /// A sync of it runs, or is asked for.
    pub fn is_syncing(&self) -> bool {
        let state = self.status.operation_state.as_ref();
        self.operation.is_some() || state.is_some_and(OperationState::is_running)
    }
}
