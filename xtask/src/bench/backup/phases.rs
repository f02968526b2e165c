//! When objects of Velero came into which phase.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::{StreamExt as _, pin_mut};
use jiff::Timestamp;
use kube::api::DynamicObject;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, ResourceExt as _};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// By object and phase.
type Moments = BTreeMap<(String, String), Timestamp>;

/// Watches until it is dropped.
pub(super) struct Phases {
    moments: Arc<Mutex<Moments>>,
    task: JoinHandle<()>,
}

impl Phases {
    /// Begins; what happens after this is seen.
    pub(super) async fn watch(api: Api<DynamicObject>) -> Self {
        let moments = Arc::default();
        let (ready, is_ready) = oneshot::channel();
        let task = tokio::spawn(note(api, Arc::clone(&moments), ready));
        // It fails only if the task has ended, and then nothing is seen.
        let _ = is_ready.await;
        Self { moments, task }
    }

    /// When this object was first seen in this phase.
    pub(super) fn first(&self, name: &str, phase: &str) -> Option<Timestamp> {
        let moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name.to_owned(), phase.to_owned());
        moments.get(&key).copied()
    }
}

impl Drop for Phases {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn note(api: Api<DynamicObject>, moments: Arc<Mutex<Moments>>, ready: oneshot::Sender<()>) {
    let events = watcher(api, watcher::Config::default()).default_backoff();
    pin_mut!(events);
    let mut ready = Some(ready);
    while let Some(event) = events.next().await {
        let now = Timestamp::now();
        match event {
            Ok(Event::InitDone) => {
                if let Some(ready) = ready.take() {
                    // Nobody waits any more if this fails.
                    let _ = ready.send(());
                }
            }
            Ok(Event::Apply(object) | Event::InitApply(object)) => {
                let phase = object.data.pointer("/status/phase").and_then(Value::as_str);
                let key = (object.name_any(), phase.unwrap_or_default().to_owned());
                let mut moments = moments.lock().unwrap_or_else(PoisonError::into_inner);
                moments.entry(key).or_insert(now);
            }
            // The watch is set up again by itself.
            Ok(Event::Init | Event::Delete(_)) | Err(_) => {}
        }
    }
}
