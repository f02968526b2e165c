//! What the API server would say to a change, without doing it.

use serde_json::Value;
use tidegate_core::rollout::drift::drifted_fields;
use tidegate_core::target::TargetKey;

use super::Cluster;
use super::error::ClusterError;
use super::objects::Mode;
use super::record::Deployed;

/// What a dry run found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// What the API server refuses.
    pub refused: Vec<String>,
    /// Where what runs is not what was delivered last, in fields that the change
    /// touches.
    pub drifted: Vec<String>,
}

impl Cluster {
    /// Makes a server-side dry run of every object, and looks for drift.
    ///
    /// # Errors
    ///
    /// Only where the API server does not answer: what it refuses is found, not
    /// an error.
    pub async fn preview(
        &self,
        target: &TargetKey,
        approved: &[Value],
    ) -> Result<Found, ClusterError> {
        let record = self.record(target).await?;
        let mut found = Found::default();
        for object in approved {
            match self
                .preview_one(target, object, record.deployed.as_ref(), &mut found)
                .await
            {
                Ok(()) => {}
                Err(error) if error.is_passing() => return Err(error),
                Err(error) => found.refused.push(error.to_string()),
            }
        }
        Ok(found)
    }

    async fn preview_one(
        &self,
        target: &TargetKey,
        object: &Value,
        deployed: Option<&Deployed>,
        found: &mut Found,
    ) -> Result<(), ClusterError> {
        let placed = self.place_one(target, object).await?;
        self.apply(&placed.key, &placed.kind, &placed.manifest, Mode::DryRun)
            .await?;
        let Some(deployed) = deployed else {
            return Ok(());
        };
        let before = self.place(target, &deployed.objects).await?;
        let Some(before) = before.into_iter().find(|before| before.key == placed.key) else {
            return Ok(());
        };
        let Some(live) = self.get(&placed.key).await? else {
            found.drifted.push(format!("{} is gone", placed.key));
            return Ok(());
        };
        let fields = drifted_fields(&before.manifest, &placed.manifest, &live);
        found.drifted.extend(
            fields
                .into_iter()
                .map(|field| format!("{} {field}", placed.key)),
        );
        Ok(())
    }
}
