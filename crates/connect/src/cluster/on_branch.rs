//! What the record of a target says of a pin that is on a branch.

use tidegate_core::argo_cd::Pin;
use tidegate_core::branch::Branch;
use tidegate_core::revision::Revision;
use tidegate_core::target::TargetKey;

use super::Cluster;
use super::error::ClusterError;
use super::record::{Holder, Record};

impl Cluster {
    /// Remembers the branch of an adopted Application, and the commit there. What
    /// is remembered already is not written again.
    ///
    /// # Errors
    ///
    /// The API server; [`ClusterError::Conflict`] where somebody else wrote the
    /// record at the same moment.
    pub async fn remember_branch(
        &self,
        target: &TargetKey,
        record: &Record,
        branch: &Branch,
        commit: &Revision,
    ) -> Result<(), ClusterError> {
        let pin = Pin::Commit(commit.clone());
        if record.branch.as_ref() == Some(branch) && record.pin.as_ref() == Some(&pin) {
            return Ok(());
        }
        let mut record = record.clone();
        record.branch = Some(branch.clone());
        record.pin = Some(pin);
        self.write_record(target, &record).await
    }

    /// Remembers the commit that the holder put on the branch.
    ///
    /// # Errors
    ///
    /// The API server; the holder has lost the target.
    pub async fn remember_carried(
        &self,
        target: &TargetKey,
        holder: &Holder,
        commit: &Revision,
    ) -> Result<(), ClusterError> {
        let mut record = self.held(target, holder).await?;
        if record.carried.as_ref() == Some(commit) {
            return Ok(());
        }
        record.carried = Some(commit.clone());
        self.write_record(target, &record).await
    }

    /// Remembers the commit with which the holder went back: from now on it is
    /// what the branch is to be at.
    ///
    /// # Errors
    ///
    /// The API server; the holder has lost the target.
    pub async fn remember_way_back(
        &self,
        target: &TargetKey,
        holder: &Holder,
        commit: &Revision,
    ) -> Result<(), ClusterError> {
        let mut record = self.held(target, holder).await?;
        let pin = Some(Pin::Commit(commit.clone()));
        if record.pin == pin {
            return Ok(());
        }
        record.pin = pin;
        self.write_record(target, &record).await
    }

    pub(super) async fn held(
        &self,
        target: &TargetKey,
        holder: &Holder,
    ) -> Result<Record, ClusterError> {
        let record = self.record(target).await?;
        match &record.holder {
            Some(found) if found.uid == holder.uid => Ok(record),
            Some(other) => Err(ClusterError::Held {
                by: other.change.clone(),
            }),
            None => Err(ClusterError::Refused {
                object: target.to_string(),
                message: format!("{} does not hold it any more", holder.change),
            }),
        }
    }
}
