//! Stopping what uses the claims of a target, removing them, and starting it
//! again, so that their data can be brought back.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::StorageClass;
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use tidegate_core::backup::data::{
    ClaimSeen, DataSeen, DataWork, Kept, KeptVolume, Live, Ran, Stopped, survey,
};
use tidegate_core::backup::{ClaimKey, Volume};
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::target::TargetKey;

use super::Cluster;
use super::error::ClusterError;
use super::objects::FIELD_MANAGER;
use super::record::Holder;

/// What can run pods, and the pods.
const WORKLOADS: [(&str, &str, &str); 9] = [
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "StatefulSet"),
    ("apps", "v1", "DaemonSet"),
    ("apps", "v1", "ReplicaSet"),
    ("batch", "v1", "Job"),
    ("batch", "v1", "CronJob"),
    ("argoproj.io", "v1alpha1", "Rollout"),
    ("", "v1", "ReplicationController"),
    ("", "v1", "Pod"),
];

/// The label with the restore that made an object (Velero,
/// `pkg/apis/velero/v1/labels_annotations.go`).
const RESTORE_NAME: &str = "velero.io/restore-name";

/// What is of a change, and of a target of it, in one namespace.
#[derive(Debug, Default)]
pub struct Owned {
    /// Of all targets of the change.
    pub of_change: BTreeSet<ObjectKey>,
    /// Of this target.
    pub of_target: BTreeSet<ObjectKey>,
}

impl Cluster {
    /// Finds what uses claims whose data a backup has, by what that says of its
    /// `volumes`, and remembers it. What was found before in the same round counts.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Stuck`] where it cannot be brought back without harm to
    /// others; the API server; the holder has lost the target.
    pub async fn find_data(
        &self,
        target: &TargetKey,
        holder: &Holder,
        round: u32,
        owned: &Owned,
        volumes: &[Volume],
    ) -> Result<DataWork, ClusterError> {
        let mut record = self.held(target, holder).await?;
        if let Some(known) = record.data.as_ref().filter(|known| known.round == round) {
            return Ok(known.clone());
        }
        let namespace = &target.namespace;
        let mut workloads = Vec::new();
        for kind in WORKLOADS {
            workloads.extend(self.list_if_served(kind, namespace).await?);
        }
        let live = Live {
            workloads: &workloads,
            of_change: &owned.of_change,
            of_target: &owned.of_target,
        };
        let found = survey(namespace, live, volumes).map_err(|why| ClusterError::Stuck {
            object: target.to_string(),
            why,
        })?;
        let mut claims = Vec::new();
        for claim in found.claims {
            let volume = self.volume_of(&claim).await?;
            claims.push(Kept { claim, volume });
        }
        let work = DataWork {
            round,
            stopped: found.stopped,
            claims,
        };
        record.data = Some(work.clone());
        self.write_record(target, &record).await?;
        Ok(work)
    }

    /// Keeps the volumes whatever becomes of their claims, and then stops what uses
    /// them: a `StatefulSet` may delete its claims when it is scaled down.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn stop(&self, work: &DataWork) -> Result<(), ClusterError> {
        for volume in work.claims.iter().filter_map(|kept| kept.volume.as_ref()) {
            self.reclaim(&volume.name, "Retain").await?;
        }
        for stopped in &work.stopped {
            self.run(stopped, false).await?;
        }
        Ok(())
    }

    /// Deletes the claims whose volumes are kept.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn remove_claims(&self, work: &DataWork) -> Result<(), ClusterError> {
        for kept in &work.claims {
            let ClaimKey { namespace, name } = &kept.claim;
            let claims: Api<PersistentVolumeClaim> =
                Api::namespaced(self.client.clone(), namespace);
            match claims.delete(name, &DeleteParams::default()).await {
                Ok(_) => {}
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                Err(error) => {
                    let what = format!("claim {}", kept.claim);
                    return Err(ClusterError::from_kube(&what, &error));
                }
            }
        }
        Ok(())
    }

    /// Starts again what was stopped and what nobody has started since.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn start(&self, work: &DataWork) -> Result<(), ClusterError> {
        for stopped in &work.stopped {
            self.run(stopped, true).await?;
        }
        Ok(())
    }

    /// Lets the volumes that were kept go as their class has it.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn discard_volumes(&self, work: &DataWork) -> Result<(), ClusterError> {
        for volume in work.claims.iter().filter_map(|kept| kept.volume.as_ref()) {
            self.reclaim(&volume.name, &volume.reclaimed).await?;
        }
        Ok(())
    }

    /// What was remembered of the target's data.
    ///
    /// # Errors
    ///
    /// The API server; the holder has lost the target.
    pub async fn data_work(
        &self,
        target: &TargetKey,
        holder: &Holder,
    ) -> Result<Option<DataWork>, ClusterError> {
        Ok(self.held(target, holder).await?.data)
    }

    /// How far the bringing back of a target's data is.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn data_seen(
        &self,
        target: &TargetKey,
        work: DataWork,
    ) -> Result<DataSeen, ClusterError> {
        let (mut started, mut users, mut claims) = (Vec::new(), Vec::new(), Vec::new());
        if !work.claims.is_empty() {
            started = self.started(&work).await?;
            users = self.users(target, &work).await?;
            claims = self.claims_seen(target, &work).await?;
        }
        Ok(DataSeen {
            work: Some(work),
            started,
            users,
            claims,
            velero: String::new(),
        })
    }

    /// What was stopped and runs again.
    async fn started(&self, work: &DataWork) -> Result<Vec<String>, ClusterError> {
        let mut started = Vec::new();
        for stopped in &work.stopped {
            let live = self.get(&stopped.key).await?;
            if live.is_some_and(|live| runs(&live)) {
                started.push(format!("{} was started by somebody else", stopped.key));
            }
        }
        Ok(started)
    }

    /// Pods that use the claims.
    async fn users(
        &self,
        target: &TargetKey,
        work: &DataWork,
    ) -> Result<Vec<String>, ClusterError> {
        let mut users = Vec::new();
        let pods = self.list_if_served(("", "v1", "Pod"), &target.namespace);
        for pod in pods.await? {
            let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str);
            if matches!(text("/status/phase"), Some("Succeeded" | "Failed")) {
                continue;
            }
            let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array);
            let used = volumes.into_iter().flatten().find_map(|volume| {
                let claim = volume.pointer("/persistentVolumeClaim/claimName")?;
                let mut claims = work.claims.iter();
                claims.find(|kept| claim.as_str() == Some(&kept.claim.name))
            });
            if let (Some(used), Some(name)) = (used, text("/metadata/name")) {
                users.push(format!("pod {name} still uses claim {}", used.claim));
            }
        }
        Ok(users)
    }

    async fn claims_seen(
        &self,
        target: &TargetKey,
        work: &DataWork,
    ) -> Result<Vec<ClaimSeen>, ClusterError> {
        let namespace = &target.namespace;
        let api: Api<PersistentVolumeClaim> = Api::namespaced(self.client.clone(), namespace);
        let found = api.list(&ListParams::default()).await;
        let found = found.map_err(|error| {
            ClusterError::from_kube(&format!("claims of namespace {namespace}"), &error)
        })?;
        let mut seen = Vec::new();
        for claim in found.items {
            let name = claim.metadata.name.clone().unwrap_or_default();
            if !work.claims.iter().any(|kept| kept.claim.name == name) {
                continue;
            }
            let phase = claim
                .status
                .as_ref()
                .and_then(|status| status.phase.clone());
            let phase = phase.unwrap_or_else(|| "Pending".to_owned());
            let is_ready = phase == "Bound" || self.waits_for_pod(&claim).await?;
            seen.push(ClaimSeen {
                key: ClaimKey {
                    namespace: namespace.clone(),
                    name,
                },
                is_going: claim.metadata.deletion_timestamp.is_some(),
                restore: claim
                    .metadata
                    .labels
                    .and_then(|labels| labels.get(RESTORE_NAME).cloned()),
                is_ready,
                phase,
            });
        }
        Ok(seen)
    }

    /// Whether a claim gets its volume only with its first pod (Kubernetes, "Volume
    /// Binding Mode").
    async fn waits_for_pod(&self, claim: &PersistentVolumeClaim) -> Result<bool, ClusterError> {
        let class = claim.spec.as_ref();
        let Some(name) = class.and_then(|spec| spec.storage_class_name.as_deref()) else {
            return Ok(false);
        };
        let api: Api<StorageClass> = Api::all(self.client.clone());
        let class = api.get_opt(name).await;
        let class = class
            .map_err(|error| ClusterError::from_kube(&format!("StorageClass/{name}"), &error))?;
        let mode = class.and_then(|class| class.volume_binding_mode);
        Ok(mode.as_deref() == Some("WaitForFirstConsumer"))
    }

    /// The volume of a claim. None: it has none, or is gone.
    async fn volume_of(&self, claim: &ClaimKey) -> Result<Option<KeptVolume>, ClusterError> {
        let claims: Api<PersistentVolumeClaim> =
            Api::namespaced(self.client.clone(), &claim.namespace);
        let found = claims.get_opt(&claim.name).await;
        let found =
            found.map_err(|error| ClusterError::from_kube(&format!("claim {claim}"), &error))?;
        let volume = found.and_then(|claim| claim.spec?.volume_name);
        let Some(name) = volume.filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let volumes: Api<PersistentVolume> = Api::all(self.client.clone());
        let volume = volumes.get_opt(&name).await;
        let volume = volume.map_err(|error| ClusterError::from_kube(&name, &error))?;
        let reclaimed = volume.and_then(|volume| volume.spec?.persistent_volume_reclaim_policy);
        Ok(Some(KeptVolume {
            name,
            reclaimed: reclaimed.unwrap_or_else(|| "Retain".to_owned()),
        }))
    }

    /// What becomes of a volume whose claim goes.
    async fn reclaim(&self, volume: &str, policy: &str) -> Result<(), ClusterError> {
        let volumes: Api<PersistentVolume> = Api::all(self.client.clone());
        let spec = json!({ "spec": { "persistentVolumeReclaimPolicy": policy } });
        let (parameters, patch) = (parameters(), Patch::Merge(&spec));
        match volumes.patch(volume, &parameters, &patch).await {
            Ok(_) => Ok(()),
            // A volume that is gone cannot be kept, nor need it be let go.
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(error) => {
                let what = format!("PersistentVolume/{volume}");
                Err(ClusterError::from_kube(&what, &error))
            }
        }
    }

    /// Stops it, or lets it run as before if nobody else has meanwhile.
    async fn run(&self, stopped: &Stopped, again: bool) -> Result<(), ClusterError> {
        let key = &stopped.key;
        let Some(live) = self.get(key).await? else {
            return Ok(());
        };
        if runs(&live) == again {
            return Ok(());
        }
        let spec = match (stopped.ran, again) {
            (Ran::Replicas(replicas), true) => json!({ "replicas": replicas }),
            (Ran::Replicas(_), false) => json!({ "replicas": 0 }),
            (Ran::Scheduled, _) => json!({ "suspend": !again }),
        };
        let kind = self.kinds.find(&self.client, key).await?;
        let api = self.api(&kind, key.namespace.as_deref());
        let spec = json!({ "spec": spec });
        let (parameters, patch) = (parameters(), Patch::Merge(&spec));
        let written = api.patch(&key.name, &parameters, &patch).await;
        written
            .map(drop)
            .map_err(|error| ClusterError::from_kube(&key.to_string(), &error))
    }
}

/// Whether it has, or makes, pods.
fn runs(workload: &Value) -> bool {
    if workload.get("kind").and_then(Value::as_str) == Some("CronJob") {
        return workload.pointer("/spec/suspend") != Some(&Value::Bool(true));
    }
    let replicas = workload.pointer("/spec/replicas").and_then(Value::as_u64);
    replicas != Some(0)
}

fn parameters() -> PatchParams {
    PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    }
}
