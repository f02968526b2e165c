//! Taking a target, and giving it free.

use serde_json::{Value, json};
use tidegate_core::argo_cd::pin::Sources;
use tidegate_core::argo_cd::{Move, Pin};
use tidegate_core::argo_rollouts::stable_pods;
use tidegate_core::branch::Branch;
use tidegate_core::digest::Digest;
use tidegate_core::revision::Revision;
use tidegate_core::rollout::baseline::capture;
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::rollout::stage::Before;
use tidegate_core::target::TargetKey;

use super::Cluster;
use super::error::ClusterError;
use super::objects::Mode;
use super::place::Placed;
use super::record::{Deployed, Holder, Previous, Ran, Record, Workload};

/// What an Application of Argo CD points at.
#[derive(Debug, Clone)]
pub struct Pinned {
    /// A commit, or a chart's version.
    pub pin: Pin,
    /// The branch that the commit is on. None: the Application itself names it.
    pub branch: Option<Branch>,
    /// Its sources.
    pub sources: Sources,
    /// Where it is on a branch: the commit that was approved for what stands there,
    /// which has the same content. None: nobody knows one.
    pub content: Option<Revision>,
}

/// What runs in a target from now on.
#[derive(Debug, Clone, Copy)]
pub struct Concluded<'a> {
    /// The commit, or the digest of a chart.
    pub revision: &'a Revision,
    /// Over the manifests, of this target alone.
    pub digest: Digest,
    /// The manifests.
    pub objects: &'a [Value],
    /// What the change moved of an Application's pin.
    pub moved: Move<'a>,
}

impl Cluster {
    /// Takes the target for `holder` by compare-and-set, and stores what to go
    /// back to. Taking it again changes nothing: what to go back to is what
    /// there was before the first write.
    ///
    /// `application` is what is gone back to where Argo CD delivers.
    ///
    /// `is_open` says whether a change with this uid still exists and has not
    /// ended; a holder that has is passed over.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Held`] where another open change holds it.
    pub async fn claim(
        &self,
        target: &TargetKey,
        holder: &Holder,
        approved: &[Value],
        application: Option<&Pinned>,
        is_open: impl Fn(&Holder) -> bool,
    ) -> Result<Value, ClusterError> {
        let mut record = self.record(target).await?;
        match &record.holder {
            Some(other) if other.uid != holder.uid && is_open(other) => {
                return Err(ClusterError::Held {
                    by: other.change.clone(),
                });
            }
            Some(same) if same.uid == holder.uid && record.previous.is_some() => {
                let mut told = json!({ "again": true });
                if let Some(previous) = &record.previous {
                    told["previous"] = json!(in_words(previous));
                }
                tell_content(&mut told, application);
                return Ok(told);
            }
            _ => {}
        }
        let placed = self.place(target, approved).await?;
        let mut previous = self
            .previous(target, &placed, record.deployed.as_ref())
            .await?;
        if let Some(pinned) = application {
            // What somebody slipped in is nothing to go back to.
            if record
                .pin
                .as_ref()
                .is_some_and(|pin| *pin != pinned.pin || record.branch != pinned.branch)
            {
                return Err(ClusterError::Unavailable {
                    object: target.to_string(),
                    message: format!(
                        "somebody moved its pin to {}, which is being put right",
                        pinned.pin.short()
                    ),
                });
            }
            record.pin = Some(pinned.pin.clone());
            record.branch.clone_from(&pinned.branch);
            previous.revision = pinned.pin.commit().cloned();
            previous.application = Some(pinned.sources.clone());
        }
        let mut told = json!({
            "previous": in_words(&previous),
            "objects": previous.objects.len(),
            "new": previous.absent.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        tell_content(&mut told, application);
        record.holder = Some(holder.clone());
        record.carried = None;
        record.data = None;
        record.previous = Some(previous);
        self.write_record(target, &record).await?;
        Ok(told)
    }

    /// What runs now, as it can be applied again: the revision delivered last
    /// and, for objects it does not have, what is live.
    async fn previous(
        &self,
        target: &TargetKey,
        approved: &[Placed],
        deployed: Option<&Deployed>,
    ) -> Result<Previous, ClusterError> {
        let live = self.get_all(approved).await?;
        let mut objects = deployed.map_or_else(Vec::new, |deployed| deployed.objects.clone());
        let known: Vec<ObjectKey> = self
            .place(target, &objects)
            .await?
            .into_iter()
            .map(|object| object.key)
            .collect();
        let mut absent = Vec::new();
        for (object, live) in approved.iter().zip(&live) {
            match live {
                None => absent.push(object.key.clone()),
                Some(live) if !known.contains(&object.key) => objects.push(capture(live)),
                Some(_) => {}
            }
        }
        let rollouts = approved
            .iter()
            .zip(&live)
            .filter_map(|(object, live)| {
                let pods = live.as_ref().and_then(stable_pods)?.to_owned();
                let key = object.key.clone();
                Some(Ran { key, pods })
            })
            .collect();
        let mut workloads = Vec::new();
        for (object, live) in approved.iter().zip(&live) {
            if !object.key.is("apps", "Deployment") {
                continue;
            }
            let dry_run = self
                .apply(&object.key, &object.kind, &object.manifest, Mode::DryRun)
                .await?;
            let ready = live
                .as_ref()
                .and_then(|live| live.pointer("/status/readyReplicas"))
                .and_then(Value::as_u64)
                .and_then(|ready| u32::try_from(ready).ok())
                .unwrap_or(0);
            workloads.push(Workload {
                key: object.key.clone(),
                before: Before::of(live.as_ref(), &dry_run),
                ready,
            });
        }
        let revision = deployed.map(|deployed| deployed.revision.clone());
        Ok(Previous {
            revision,
            objects,
            absent,
            workloads,
            rollouts,
            application: None,
        })
    }

    /// Gives the target free; with `deployed` records what runs there now.
    /// Giving free what another holds changes nothing.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn release(
        &self,
        target: &TargetKey,
        holder: &Holder,
        deployed: Option<Concluded<'_>>,
    ) -> Result<Value, ClusterError> {
        let mut record = self.record(target).await?;
        if record
            .holder
            .as_ref()
            .is_none_or(|other| other.uid != holder.uid)
        {
            return Ok(json!({ "again": true }));
        }
        if let Some(concluded) = &deployed {
            let carried = record.carried.clone().map(Pin::Commit);
            let before = record.previous.as_ref();
            let before = before.and_then(|previous| previous.application.as_ref()?.pin());
            let moved = before.and_then(|pin| pin.moved(concluded.moved));
            if let Some(pin) = carried.or(moved) {
                record.pin = Some(pin);
            }
            record.deployed = Some(Deployed {
                change: holder.change.clone(),
                revision: concluded.revision.clone(),
                digest: concluded.digest,
                objects: concluded.objects.to_vec(),
            });
        }
        record.holder = None;
        record.previous = None;
        record.carried = None;
        record.data = None;
        self.write_record(target, &record).await?;
        Ok(json!({ "deployed": deployed.map(|concluded| concluded.revision.as_str()) }))
    }

    /// Remembers what an adopted Application is to point at, or nothing any
    /// more. What is remembered already is not written again.
    ///
    /// # Errors
    ///
    /// The API server; [`ClusterError::Conflict`] where somebody else wrote the
    /// record at the same moment.
    pub async fn remember_pin(
        &self,
        target: &TargetKey,
        record: &Record,
        pin: Option<&Pin>,
    ) -> Result<(), ClusterError> {
        if record.pin.as_ref() == pin {
            return Ok(());
        }
        let mut record = record.clone();
        record.pin = pin.cloned();
        if pin.is_none() {
            record.branch = None;
        }
        self.write_record(target, &record).await
    }
}

/// What is gone back to: a pin, a commit, or what ran where nobody knows which.
fn in_words(previous: &Previous) -> String {
    let pin = previous.application.as_ref().and_then(Sources::pin);
    match (pin, &previous.revision) {
        (Some(pin), _) => pin.to_string(),
        (None, Some(revision)) => revision.to_string(),
        (None, None) => "what ran".to_owned(),
    }
}

/// A commit on a branch was made there; whoever undoes a change goes to the one that
/// was approved.
fn tell_content(told: &mut Value, application: Option<&Pinned>) {
    if let Some(content) = application.and_then(|pinned| pinned.content.as_ref()) {
        told["content"] = json!(content);
    }
}
