//! Until changes are somewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use kube::Api;
use kube::api::ListParams;
use tidegate_api::Change;
use tidegate_core::lifecycle::Phase;
use tokio::time::Instant;

use super::Measured;
use super::installation::{Installation, NAMESPACE};

/// No measurement takes longer.
const PATIENCE: Duration = Duration::from_mins(10);

/// How often to look. As an administrator, whose reads are not counted.
const LOOK: Duration = Duration::from_secs(1);

impl Installation {
    /// Waits until these changes are all in this phase.
    pub(super) async fn until(&self, names: &[String], phase: Phase) -> Measured<()> {
        let api: Api<Change> = Api::namespaced(self.admin.clone(), NAMESPACE);
        let begun = Instant::now();
        loop {
            let mut phases: BTreeMap<String, usize> = BTreeMap::new();
            let mut reasons = Vec::new();
            for change in api.list(&ListParams::default()).await?.items {
                let name = change.metadata.name.unwrap_or_default();
                if !names.contains(&name) {
                    continue;
                }
                let status = change.status.unwrap_or_default().status;
                *phases.entry(status.phase.to_string()).or_default() += 1;
                if status.phase.is_final() && status.phase != phase {
                    return Err(format!("{name} is {}: {}", status.phase, status.reason).into());
                }
                if status.phase != phase {
                    reasons.push(format!("{name}: {}", status.reason));
                }
            }
            if phases.get(&phase.to_string()) == Some(&names.len()) {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("not all became {phase}: {phases:?}; {reasons:?}").into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
