//! What keeps a pod from being ready.

use serde_json::Value;

use super::Health;
use crate::rollout::field;

/// Why a pod is not ready.
pub(super) struct Trouble {
    /// Waiting will not help.
    pub(super) is_final: bool,
    /// Names the pod, when found by [`worst`].
    pub(super) text: String,
}

impl Trouble {
    fn passing(text: impl Into<String>) -> Self {
        Self {
            is_final: false,
            text: text.into(),
        }
    }
}

/// A pod of its own.
pub(super) fn judge(pod: &Value) -> Health {
    if field::text(pod, "/status/phase") == Some("Succeeded") {
        return Health::Healthy;
    }
    match trouble(pod) {
        None => Health::Healthy,
        Some(trouble) if trouble.is_final => Health::Failed(trouble.text),
        Some(trouble) => Health::Progressing(trouble.text),
    }
}

/// The first final trouble among these pods, else the first passing one.
pub(super) fn worst<'a>(pods: impl Iterator<Item = &'a Value>) -> Option<Trouble> {
    let mut first = None;
    for pod in pods {
        let Some(mut trouble) = trouble(pod) else {
            continue;
        };
        let name = field::text(pod, "/metadata/name").unwrap_or_default();
        trouble.text = format!("pod {name}: {}", trouble.text);
        if trouble.is_final {
            return Some(trouble);
        }
        first.get_or_insert(trouble);
    }
    first
}

fn trouble(pod: &Value) -> Option<Trouble> {
    let phase = field::text(pod, "/status/phase").unwrap_or("Pending");
    if phase == "Failed" {
        return Some(failed(pod));
    }
    if field::has_condition(pod, "Ready", "True") {
        return None;
    }
    let found = waiting_container(pod)
        .or_else(|| unschedulable(pod))
        .or_else(|| unready_container(pod))
        .or_else(|| closed_gate(pod))
        .unwrap_or_else(|| Trouble::passing(format!("it is {phase} and not ready")));
    Some(found)
}

/// A pod whose node took it away is replaced and says nothing about its revision.
fn failed(pod: &Value) -> Trouble {
    let status = pod.get("status").unwrap_or(&Value::Null);
    let explanation = field::shortened(&field::explanation(status));
    let is_disrupted = field::has_condition(pod, "DisruptionTarget", "True")
        || field::text(pod, "/status/reason") == Some("Evicted");
    if is_disrupted {
        return Trouble::passing(format!("it was taken from its node ({explanation})"));
    }
    let ended = containers(pod).find_map(|container| {
        let state = container.pointer("/state/terminated")?;
        (field::count(state, "/exitCode") != Some(0)).then(|| named(container, &exit(state)))
    });
    let why = ended.unwrap_or(explanation);
    let text = if why.is_empty() {
        "it failed".to_owned()
    } else {
        format!("it failed: {why}")
    };
    Trouble {
        is_final: true,
        text,
    }
}

/// A container that cannot be started, or no longer is.
fn waiting_container(pod: &Value) -> Option<Trouble> {
    let mut first = None;
    for container in containers(pod) {
        let Some(reason) = field::text(container, "/state/waiting/reason") else {
            continue;
        };
        // The usual way to the first start.
        if matches!(reason, "ContainerCreating" | "PodInitializing") {
            continue;
        }
        // The kubelet backs off only after it has tried in vain more than once.
        let is_final = matches!(
            reason,
            "CrashLoopBackOff" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull"
        );
        let mut text = format!("{reason}{}", restarts(container));
        if let Some(last) = container.pointer("/lastState/terminated") {
            text = format!("{text}, {}", exit(last));
        } else if let Some(message) = field::text(container, "/state/waiting/message") {
            text = format!("{text} ({})", field::shortened(message));
        }
        let trouble = Trouble {
            is_final,
            text: named(container, &text),
        };
        if is_final {
            return Some(trouble);
        }
        first.get_or_insert(trouble);
    }
    first
}

fn unschedulable(pod: &Value) -> Option<Trouble> {
    let condition = field::condition(pod, "PodScheduled")?;
    if field::text(condition, "/status") != Some("False") {
        return None;
    }
    let message = field::shortened(&field::explanation(condition));
    Some(Trouble::passing(format!(
        "it cannot be scheduled ({message})"
    )))
}

fn unready_container(pod: &Value) -> Option<Trouble> {
    field::items(pod, "/status/containerStatuses")
        .iter()
        .find_map(|container| {
            if field::is_true(container, "/ready") {
                return None;
            }
            let state = match container.pointer("/state/terminated") {
                Some(state) => exit(state),
                None if container.pointer("/state/running").is_some() => {
                    format!("not ready{}", restarts(container))
                }
                None => return None,
            };
            Some(Trouble::passing(named(container, &state)))
        })
}

/// Source: <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate>
fn closed_gate(pod: &Value) -> Option<Trouble> {
    field::items(pod, "/spec/readinessGates")
        .iter()
        .filter_map(|gate| field::text(gate, "/conditionType"))
        .find(|gate| !field::has_condition(pod, gate, "True"))
        .map(|gate| Trouble::passing(format!("readiness gate {gate} is not true")))
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .flat_map(|pointer| field::items(pod, pointer))
}

fn named(container: &Value, text: &str) -> String {
    format!(
        "container {}: {text}",
        field::text(container, "/name").unwrap_or_default()
    )
}

fn restarts(container: &Value) -> String {
    match field::count(container, "/restartCount") {
        None | Some(0) => String::new(),
        Some(1) => " after 1 restart".to_owned(),
        Some(count) => format!(" after {count} restarts"),
    }
}

fn exit(terminated: &Value) -> String {
    let code = terminated
        .pointer("/exitCode")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    match field::text(terminated, "/reason") {
        Some(reason) => format!("exit code {code} ({reason})"),
        None => format!("exit code {code}"),
    }
}
