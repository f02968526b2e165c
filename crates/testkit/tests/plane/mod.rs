//! A control plane for one test, and waiting for what it does.

#![allow(dead_code, reason = "each test target uses a part of it")]

use std::time::Duration;

use kube::{
    Api,
    api::PostParams,
    runtime::wait::{Condition, await_condition},
};
use serde_json::Value;
use tidegate_testkit::control_plane::{ControlPlane, Options};
use tokio::time::timeout;

/// More than anything here takes; only a broken control plane meets it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) async fn start() -> ControlPlane {
    ControlPlane::start(Options::default()).await.unwrap()
}

pub(crate) async fn create<K>(api: &Api<K>, object: Value) -> kube::Result<K>
where
    K: Clone + std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned,
{
    let object = serde_json::from_value(object).unwrap();
    api.create(&PostParams::default(), &object).await
}

pub(crate) async fn wait<K>(api: &Api<K>, name: &str, condition: impl Condition<K>)
where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + 'static,
{
    timeout(PATIENCE, await_condition(api.clone(), name, condition))
        .await
        .unwrap_or_else(|_| panic!("{name} did not get there"))
        .unwrap();
}
