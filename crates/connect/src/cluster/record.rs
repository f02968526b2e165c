//! Tidegate's record of one target: what runs there, who holds it, and what to
//! go back to. It is a Secret in Tidegate's own namespace, because manifests may
//! hold secrets, and it survives Tidegate.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{ListParams, ObjectMeta, PostParams};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidegate_core::argo_cd::Pin;
use tidegate_core::argo_cd::pin::Sources;
use tidegate_core::backup::data::DataWork;
use tidegate_core::branch::Branch;
use tidegate_core::digest::Digest;
use tidegate_core::revision::Revision;
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::rollout::stage::Before;
use tidegate_core::target::TargetKey;

use super::Cluster;
use super::error::ClusterError;

/// The record of one target.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Who holds the target. None: nobody.
    pub holder: Option<Holder>,
    /// What was delivered last. None: nothing by Tidegate.
    pub deployed: Option<Deployed>,
    /// What the holder goes back to when it fails.
    pub previous: Option<Previous>,
    /// What an adopted Application of Argo CD is to point at.
    pub pin: Option<Pin>,
    /// The branch that the pin is on. None: the Application itself names it.
    pub branch: Option<Branch>,
    /// The commit that the holder put on the branch.
    pub carried: Option<Revision>,
    /// What the holder stopped and kept to bring data back.
    pub data: Option<DataWork>,
    resource_version: Option<String>,
}

/// A change that holds a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its name.
    pub change: String,
    /// Its identity.
    pub uid: String,
}

/// A revision that was delivered and verified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployed {
    /// By which change.
    pub change: String,
    /// Its commit.
    pub revision: Revision,
    /// Over its manifests, of this target alone.
    pub digest: Digest,
    /// Its manifests.
    pub objects: Vec<Value>,
}

/// What to go back to, taken before the first write of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Previous {
    /// The commit. None: it was taken from what ran, or is a chart of a Helm
    /// repository without values from Git.
    pub revision: Option<Revision>,
    /// The manifests to apply.
    pub objects: Vec<Value>,
    /// What the change brings that was not there, to be deleted on the way back.
    pub absent: Vec<ObjectKey>,
    /// How each Deployment of the change stood.
    pub workloads: Vec<Workload>,
    /// What each Rollout of the change ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollouts: Vec<Ran>,
    /// Where Argo CD delivers: the sources that the Application had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<Sources>,
}

/// How a Deployment stood before a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// Which.
    pub key: ObjectKey,
    /// What of it ran.
    pub before: Before,
    /// How many of its pods were ready.
    pub ready: u32,
}

/// What a Rollout of Argo Rollouts ran before a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// Which.
    pub key: ObjectKey,
    /// The hash of the pods that had gone through all its steps.
    pub pods: String,
}

impl Previous {
    /// The hash of the pods that a Rollout ran. None: it did not run.
    pub fn pods_of(&self, key: &ObjectKey) -> Option<&str> {
        let ran = self.rollouts.iter().find(|ran| ran.key == *key)?;
        Some(&ran.pods)
    }

    /// How a Deployment stood. One that nobody wrote down did not run.
    pub fn workload(&self, key: &ObjectKey) -> (Before, u32) {
        self.workloads
            .iter()
            .find(|workload| workload.key == *key)
            .map_or((Before::NothingServed, 0), |workload| {
                (workload.before, workload.ready)
            })
    }
}

/// The record's name: lower-case, short, and different for every target.
fn secret_name(target: &TargetKey) -> String {
    let hash = Digest::of(target.to_string().as_bytes()).to_string();
    let short = hash.get(..20).unwrap_or(&hash);
    format!("tidegate-target-{short}")
}

impl Cluster {
    fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.home.clone(), &self.namespace)
    }

    /// Reads the record of a target. One that was never written is empty.
    ///
    /// # Errors
    ///
    /// The API server, or a record that does not read.
    pub async fn record(&self, target: &TargetKey) -> Result<Record, ClusterError> {
        let name = secret_name(target);
        let secret = self
            .secrets()
            .get_opt(&name)
            .await
            .map_err(|error| ClusterError::from_kube(&format!("Secret/{name}"), &error))?;
        let Some(secret) = secret else {
            return Ok(Record::default());
        };
        let data = secret.data.unwrap_or_default();
        let broken = |message: String| ClusterError::Record {
            target: target.to_string(),
            secret: name.clone(),
            message,
        };
        Ok(Record {
            holder: unpack(&data, "holder").map_err(broken)?,
            deployed: unpack(&data, "deployed").map_err(broken)?,
            previous: unpack(&data, "previous").map_err(broken)?,
            pin: unpack(&data, "pin").map_err(broken)?,
            branch: unpack(&data, "branch").map_err(broken)?,
            carried: unpack(&data, "carried").map_err(broken)?,
            data: unpack(&data, "data").map_err(broken)?,
            resource_version: secret.metadata.resource_version,
        })
    }

    /// The targets whose Application of Argo CD is adopted, as they are written:
    /// `cluster/namespace/name`.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn pinned_targets(&self) -> Result<Vec<String>, ClusterError> {
        let ours = ListParams::default()
            .labels("app.kubernetes.io/name=tidegate")
            .fields("type=tidegate.dev/target");
        let records = self.secrets().list(&ours).await;
        let records =
            records.map_err(|error| ClusterError::from_kube("the records of targets", &error))?;
        let name = |secret: Secret| {
            let data = secret.data?;
            data.contains_key("pin").then_some(())?;
            String::from_utf8(data.get("target")?.0.clone()).ok()
        };
        Ok(records.items.into_iter().filter_map(name).collect())
    }

    /// Writes the record if nobody wrote it since it was read.
    pub(super) async fn write_record(
        &self,
        target: &TargetKey,
        record: &Record,
    ) -> Result<(), ClusterError> {
        let name = secret_name(target);
        let mut data = BTreeMap::new();
        let broken = |message: String| ClusterError::Record {
            target: target.to_string(),
            secret: name.clone(),
            message,
        };
        data.insert(
            "target".to_owned(),
            ByteString(target.to_string().into_bytes()),
        );
        pack(&mut data, "holder", record.holder.as_ref()).map_err(broken)?;
        pack(&mut data, "deployed", record.deployed.as_ref()).map_err(broken)?;
        pack(&mut data, "previous", record.previous.as_ref()).map_err(broken)?;
        pack(&mut data, "pin", record.pin.as_ref()).map_err(broken)?;
        pack(&mut data, "branch", record.branch.as_ref()).map_err(broken)?;
        pack(&mut data, "carried", record.carried.as_ref()).map_err(broken)?;
        pack(&mut data, "data", record.data.as_ref()).map_err(broken)?;
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(self.namespace.clone()),
                resource_version: record.resource_version.clone(),
                labels: Some(BTreeMap::from([(
                    "app.kubernetes.io/name".to_owned(),
                    "tidegate".to_owned(),
                )])),
                ..ObjectMeta::default()
            },
            type_: Some("tidegate.dev/target".to_owned()),
            data: Some(data),
            ..Secret::default()
        };
        let parameters = PostParams::default();
        let written = if record.resource_version.is_some() {
            self.secrets().replace(&name, &parameters, &secret).await
        } else {
            self.secrets().create(&parameters, &secret).await
        };
        written
            .map(|_| ())
            .map_err(|error| ClusterError::from_kube(&format!("Secret/{name}"), &error))
    }
}

fn pack<T: Serialize>(
    data: &mut BTreeMap<String, ByteString>,
    key: &str,
    value: Option<&T>,
) -> Result<(), String> {
    let Some(value) = value else { return Ok(()) };
    let json = serde_json::to_vec(value).map_err(|error| error.to_string())?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(&json)
        .map_err(|error| error.to_string())?;
    let packed = encoder.finish().map_err(|error| error.to_string())?;
    data.insert(key.to_owned(), ByteString(packed));
    Ok(())
}

/// The most that a record unpacks to.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

fn unpack<T: DeserializeOwned>(
    data: &BTreeMap<String, ByteString>,
    key: &str,
) -> Result<Option<T>, String> {
    let Some(packed) = data.get(key) else {
        return Ok(None);
    };
    let mut json = Vec::new();
    GzDecoder::new(packed.0.as_slice())
        .take(MOST_BYTES)
        .read_to_end(&mut json)
        .map_err(|error| format!("{key}: {error}"))?;
    serde_json::from_slice(&json)
        .map(Some)
        .map_err(|error| format!("{key}: {error}"))
}
