//! Syncing the commit that was put on an Application's branch.

use serde_json::Value;
use tidegate_core::argo_cd::branch::operation::{restore, sync, without_branch};
use tidegate_core::argo_cd::pin::{self, Asker, Sources};
use tidegate_core::argo_cd::{Application, Pin};
use tidegate_core::branch::Branch;
use tidegate_core::change::ChangeType;
use tidegate_core::revision::Revision;

use super::write::{busy, is_asked_by};
use super::{ApplicationPlace, ArgoCd, Moved};
use crate::cluster::ClusterError;

/// A commit that is at a branch.
#[derive(Debug, Clone, Copy)]
pub struct OnBranch<'a> {
    /// The branch.
    pub branch: &'a Branch,
    /// The commit there.
    pub commit: &'a Revision,
}

impl ArgoCd {
    /// Starts a sync of the commit at the Application's branch. Doing it again
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// The API server; [`ClusterError::Conflict`] where somebody else wrote the
    /// Application at the same moment.
    pub async fn sync_branch(
        &self,
        place: &ApplicationPlace,
        repository: &str,
        on: OnBranch<'_>,
        kind: ChangeType,
        asker: Asker<'_>,
    ) -> Result<Moved, ClusterError> {
        let refused = |message: String| refused(place, message);
        let (object, application) = self.read(place).await?;
        if application.follows(on.branch) && is_asked_by(&application, asker) {
            return Ok(Moved::Before);
        }
        if let Some(busy) = busy(&application) {
            if syncs_by_itself(&application, on.commit) {
                // Argo CD was faster, and does the same.
                return Ok(Moved::Now);
            }
            if kind == ChangeType::Emergency && application.is_parked() {
                self.stop(place, &object, &application).await?;
            }
            return Ok(Moved::Busy(busy));
        }
        application.manifests(repository).map_err(refused)?;
        let to = (on.branch, on.commit);
        let moved = sync(&object, &application, to, asker);
        let moved = moved.map_err(|error| refused(error.to_string()))?;
        self.write(place, moved).await?;
        Ok(Moved::Now)
    }

    /// Gives the Application the sources that it had before, and starts a sync
    /// of the commit at its branch, as [`ArgoCd::restore`] does of a pin.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn restore_on_branch(
        &self,
        place: &ApplicationPlace,
        before: &Sources,
        commit: &Revision,
        asker: Asker<'_>,
    ) -> Result<Moved, ClusterError> {
        self.go_back(place, before, asker, |object| {
            restore(object, before, commit, asker)
        })
        .await
    }

    /// Lets the Application follow its branch again, with a sync of the commit
    /// there where one could begin now. A sync of anything else is stopped.
    /// Nothing is written if the Application changed since it was read.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn keep_on_branch(
        &self,
        place: &ApplicationPlace,
        object: &Value,
        on: OnBranch<'_>,
        asker: Asker<'_>,
        with_sync: bool,
    ) -> Result<(), ClusterError> {
        let refused = |message: String| refused(place, message);
        let application = Application::read(object).map_err(refused)?;
        let to = (on.branch, on.commit);
        let kept = sync(object, &application, to, asker);
        let mut kept = kept.map_err(|error| refused(error.to_string()))?;
        if !with_sync && let Some(fields) = kept.as_object_mut() {
            let stopped = pin::syncs_another(&application, &Pin::Commit(on.commit.clone()))
                .then(|| pin::stop(object, &application))
                .flatten();
            let before = stopped.as_ref().unwrap_or(object);
            for field in ["operation", "status"] {
                match before.get(field) {
                    Some(before) => fields.insert(field.to_owned(), before.clone()),
                    None => fields.remove(field),
                };
            }
        }
        self.write(place, kept).await
    }

    /// Takes away an annotation that says of an Application that its pin is on a
    /// branch, which it is not.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn forget_branch(
        &self,
        place: &ApplicationPlace,
        object: &Value,
    ) -> Result<(), ClusterError> {
        self.write(place, without_branch(object)).await
    }
}

/// Whether Argo CD itself syncs exactly this commit.
fn syncs_by_itself(application: &Application, commit: &Revision) -> bool {
    let state = application.status.operation_state.as_ref();
    state
        .filter(|state| state.is_running())
        .is_some_and(|state| {
            let asked = &state.operation;
            asked.initiated_by.automated && asked.sync.all() == [commit.as_str()]
        })
}

fn refused(place: &ApplicationPlace, message: String) -> ClusterError {
    ClusterError::Refused {
        object: place.to_string(),
        message,
    }
}
