use std::{collections::BTreeMap, mem};

use futures::{StreamExt, pin_mut};
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, Client, ResourceExt,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event, watcher},
    },
};
use tokio::{sync::watch, task::JoinHandle};

use super::services::Service;

/// The pods of a service at one moment: the old version's and the new one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// Old pods that serve: ready, and not on their way out.
    pub(super) old_ready: usize,
    /// New pods, ready or not.
    pub(super) new: usize,
    /// New pods that serve.
    pub(super) new_ready: usize,
}

impl Counts {
    /// Pods that serve, of whichever version.
    pub(super) const fn serving(self) -> usize {
        self.old_ready + self.new_ready
    }
}

/// What was seen since the watch began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// How it is now.
    pub(super) now: Counts,
    /// The fewest old pods that served at any moment.
    pub(super) fewest_old: usize,
    /// The fewest pods that served at any moment.
    pub(super) fewest_serving: usize,
    /// The most new pods there were at any moment.
    pub(super) most_new: usize,
}

impl Seen {
    const fn first(now: Counts) -> Self {
        Self {
            now,
            fewest_old: now.old_ready,
            fewest_serving: now.serving(),
            most_new: now.new,
        }
    }

    fn then(self, now: Counts) -> Self {
        Self {
            now,
            fewest_old: self.fewest_old.min(now.old_ready),
            fewest_serving: self.fewest_serving.min(now.serving()),
            most_new: self.most_new.max(now.new),
        }
    }
}

/// Counts the pods of a service at every change of any of them, until it is dropped.
#[derive(Debug)]
pub(super) struct PodWatch {
    seen: watch::Receiver<Option<Seen>>,
    task: JoinHandle<()>,
}

impl PodWatch {
    /// Begins to count. A pod is old if it runs `old_image`, and new if it runs any other.
    pub(super) async fn start(
        client: Client,
        namespace: &str,
        service: Service,
        old_image: String,
    ) -> Self {
        let pods: Api<Pod> = Api::namespaced(client, namespace);
        let (sender, mut seen) = watch::channel(None);
        let task = tokio::spawn(count(pods, service, old_image, sender));
        // It fails only if the task has ended, and then there is nothing to see.
        let _ = seen.wait_for(Option::is_some).await;
        Self { seen, task }
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Seen {
        self.seen
            .borrow()
            .unwrap_or_else(|| Seen::first(Counts::default()))
    }
}

impl Drop for PodWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn count(
    pods: Api<Pod>,
    service: Service,
    old_image: String,
    seen: watch::Sender<Option<Seen>>,
) {
    let labels = format!("app.kubernetes.io/name={}", service.name());
    let events = watcher(pods, watcher::Config::default().labels(&labels)).default_backoff();
    pin_mut!(events);
    let mut known: BTreeMap<String, Pod> = BTreeMap::new();
    let mut listed = BTreeMap::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => {
                listed.clear();
                continue;
            }
            Ok(Event::InitApply(pod)) => {
                listed.insert(pod.name_any(), pod);
                continue;
            }
            Ok(Event::InitDone) => known = mem::take(&mut listed),
            Ok(Event::Apply(pod)) => {
                known.insert(pod.name_any(), pod);
            }
            Ok(Event::Delete(pod)) => {
                known.remove(&pod.name_any());
            }
            // The watch is set up again by itself.
            Err(_) => continue,
        }
        let now = counts(known.values(), &old_image);
        seen.send_modify(|seen| {
            *seen = Some(seen.map_or_else(|| Seen::first(now), |seen| seen.then(now)));
        });
    }
}

fn counts<'a>(pods: impl Iterator<Item = &'a Pod>, old_image: &str) -> Counts {
    let mut counts = Counts::default();
    for pod in pods {
        let is_old = image(pod) == Some(old_image);
        counts.new += usize::from(!is_old && pod.metadata.deletion_timestamp.is_none());
        counts.new_ready += usize::from(!is_old && serves(pod));
        counts.old_ready += usize::from(is_old && serves(pod));
    }
    counts
}

fn image(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.containers.first()?.image.as_deref()
}

/// Whether a Service sends requests to it.
fn serves(pod: &Pod) -> bool {
    let mut conditions = pod
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    pod.metadata.deletion_timestamp.is_none()
        && conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(image: &str, ready: bool, leaving: bool) -> Pod {
        let ready = if ready { "True" } else { "False" };
        let mut pod = json!({
            "metadata": {"name": "a"},
            "spec": {"containers": [{"name": "a", "image": image}]},
            "status": {"conditions": [{"type": "Ready", "status": ready}]},
        });
        if leaving {
            pod["metadata"]["deletionTimestamp"] = json!("2026-11-24T00:00:00Z");
        }
        serde_json::from_value(pod).unwrap()
    }

    #[test]
    fn a_pod_serves_while_it_is_ready_and_stays() {
        let pods = [
            pod("old", true, false),
            pod("old", true, true),
            pod("old", false, false),
            pod("new", true, false),
            pod("new", false, false),
        ];
        let expected = Counts {
            old_ready: 1,
            new: 2,
            new_ready: 1,
        };
        assert_eq!(counts(pods.iter(), "old"), expected);
    }

    #[test]
    fn a_dip_is_remembered() {
        let at = |old_ready| Counts {
            old_ready,
            new: 1,
            new_ready: 0,
        };
        let seen = Seen::first(at(3)).then(at(2)).then(at(3));
        assert_eq!(
            (seen.now.old_ready, seen.fewest_old, seen.fewest_serving),
            (3, 2, 2)
        );
    }
}
