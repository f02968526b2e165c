//! Fixed changes for the tests of what people read.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde_json::{Value, json};
use tidegate_api::Change;

const REVISION: &str = "9f1c2d3e4b5a69788796a5b4c3d2e1f001122334";
const BEFORE: &str = "71d0be2e4b5a69788796a5b4c3d2e1f001122334";
const DIGEST: &str = "3f9c1a0000000000000000000000000000000000000000000000000000000000";

/// The text without colours.
pub(crate) fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// When the examples are looked at.
pub(crate) fn now() -> Timestamp {
    "2026-11-24T10:42:00Z".parse().unwrap()
}

/// Where they are looked at.
pub(crate) fn zone() -> TimeZone {
    TimeZoneDatabase::bundled().get("Europe/Zurich").unwrap()
}

fn change(
    name: &str,
    title: &str,
    change_type: &str,
    risk: &str,
    created: &str,
    status: &Value,
) -> Change {
    let mut object = json!({
        "apiVersion": "tidegate.dev/v1alpha1",
        "kind": "Change",
        "metadata": {
            "name": name, "namespace": "tidegate", "generation": 1,
            "creationTimestamp": created,
        },
        "spec": {
            "ticket": name.to_uppercase(),
            "type": change_type,
            "title": title,
            "requestedBy": "dana@example.com",
            "source": {
                "repository": "https://git.example.com/apps/gitops.git",
                "revision": REVISION,
            },
            "targets": [{
                "name": "api-gateway", "cluster": "prod", "namespace": "production",
                "path": "services/api-gateway/overlays/production",
            }],
            "risk": risk,
            "rollback": "Previous revision",
            "expectedDuration": "40m",
        },
    });
    if !status.is_null() {
        object["status"] = status.clone();
        object["status"]["observedGeneration"] = json!(1);
        object["status"]["transitions"] = json!(3);
        object["status"]["attempts"] = json!(0);
    }
    serde_json::from_value(object).unwrap()
}

fn rendered(status: &Value) -> Value {
    let mut all = json!({
        "policy": "production",
        "revision": REVISION,
        "digest": DIGEST,
        "renderedBy": "kustomize v5.8.1",
        "reason": "",
    });
    for (key, value) in status.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

/// Of three approvals one counts, and of the two that are needed one is missing.
pub(crate) fn approving() -> Change {
    let status = rendered(&json!({
        "phase": "Approving", "phaseSince": "2026-11-24T10:02:00Z",
        "reason": "its manifests are accepted",
        "requesterProven": true,
        "agreement": { "have": 1, "need": 2 },
        "approvals": [
            { "approver": "ana", "decision": "Approved", "at": "2026-11-24T10:15:00Z", "counts": false,
              "note": "approved manifests 71d0be; the same commit now renders to 3f9c1a" },
            { "approver": "lea", "decision": "Approved", "at": "2026-11-24T10:20:00Z", "counts": true, "note": "" },
            { "approver": "dana", "decision": "Approved", "at": "2026-11-24T10:21:00Z", "counts": false,
              "note": "wrote a commit of this change" },
        ],
        "outlook": "the next window opens Thu 2026-11-26 02:00 CET",
        "waitingOn": [{
            "reason": "ApprovalsMissing", "summary": "1 of 2 approvals",
            "message": "waits for a second approval of 3f9c1a, 1 from @sre-team; 2 approvals were made that do not count",
        }],
        "board": { "targets": "api-gateway", "waitingOn": "1 of 2 approvals", "next": "" },
    }));
    change(
        "chg-1241",
        "Move sessions to Redis 8",
        "normal",
        "High",
        "2026-11-24T10:02:00Z",
        &status,
    )
}

/// It waits for its window.
pub(crate) fn scheduled() -> Change {
    let status = rendered(&json!({
        "phase": "Scheduled", "phaseSince": "2026-11-24T08:42:00Z",
        "waitingOn": [{
            "reason": "CalendarShut", "summary": "window tue-thu-night",
            "message": "window tue-thu-night is not open; the next window opens Thu 2026-11-26 02:00 CET, closes 06:00",
        }],
        "board": {
            "targets": "api-gateway", "waitingOn": "window tue-thu-night", "next": "Thu 02:00 CET",
        },
    }));
    change(
        "chg-1234",
        "Upgrade api-gateway to v2.5.0",
        "normal",
        "Medium",
        "2026-11-24T07:42:00Z",
        &status,
    )
}

fn plan() -> Value {
    json!({
        "stages": [
            { "name": "canary", "share": "10%", "soak": "PT10M", "within": "PT10M" },
            { "name": "staged", "share": "50%", "soak": "PT10M", "within": "PT10M" },
            { "name": "full", "share": "100%", "soak": "PT0S", "within": "PT10M" },
        ],
        "onWindowClose": "finish",
        "wholeKinds": [],
        "prune": {},
        "rollbackWithin": "PT10M",
        "verification": {
            "within": "PT30M",
            "checks": [{ "workloads": { "healthyFor": "PT5M" } }],
        },
    })
}

/// Its second stage soaks.
pub(crate) fn rolling_out() -> Change {
    let status = rendered(&json!({
        "phase": "RollingOut", "phaseSince": "2026-11-24T10:20:00Z",
        "backup": "none: the service keeps no data",
        "plan": plan(),
        "run": {
            "startedAt": "2026-11-24T10:19:00Z", "closesAt": "2026-11-24T13:00:00Z",
            "touched": true, "stage": 1, "stageSince": "2026-11-24T10:36:00Z",
            "healthySince": "2026-11-24T10:37:48Z",
        },
        "waitingOn": [{
            "reason": "Soaking", "summary": "stage staged soaking",
            "message": "stage staged is healthy and must stay so until Tue 2026-11-24 11:47 CET",
        }],
        "nextTransitionAt": "2026-11-24T10:47:48Z",
        "board": { "targets": "api-gateway", "waitingOn": "stage staged soaking", "next": "11:47" },
    }));
    change(
        "chg-1234",
        "Upgrade api-gateway to v2.5.0",
        "normal",
        "Medium",
        "2026-11-24T07:42:00Z",
        &status,
    )
}

/// All of it is out, and one of two checks has passed.
pub(crate) fn verifying() -> Change {
    let mut plan = plan();
    plan["verification"]["checks"] = json!([
        { "workloads": { "healthyFor": "PT5M" } },
        { "http": { "url": "https://proxy.example.com/healthz", "status": 200 } },
    ]);
    let status = rendered(&json!({
        "phase": "Verifying", "phaseSince": "2026-11-24T10:38:00Z",
        "backup": "none: the service keeps no data",
        "plan": plan,
        "run": {
            "startedAt": "2026-11-24T10:30:00Z", "touched": true, "stage": 3,
            "stageSince": "2026-11-24T10:37:00Z", "verifyingSince": "2026-11-24T10:38:00Z",
            "checks": [
                { "name": "workloads", "passed": true },
                { "name": "http https://proxy.example.com/healthz", "passed": false, "message": "answered 503" },
            ],
        },
        "waitingOn": [{
            "reason": "CheckPending", "summary": "check http https://proxy.example.com/healthz",
            "message": "waits for http https://proxy.example.com/healthz to pass until Tue 2026-11-24 12:08 CET: answered 503",
        }],
        "board": {
            "targets": "security-proxy", "next": "12:08",
            "waitingOn": "check http https://proxy.example.com/healthz",
        },
    }));
    change(
        "chg-1240",
        "Rotate the proxy's certificate",
        "emergency",
        "High",
        "2026-11-24T10:30:00Z",
        &status,
    )
}

/// It ended well on a backup, and brought a commit on top of another.
pub(crate) fn succeeded() -> Change {
    let mut plan = plan();
    plan["backup"] = json!({ "deadline": "PT15M", "validFor": "PT2H", "keepFor": "PT720H" });
    let status = rendered(&json!({
        "phase": "Succeeded", "phaseSince": "2026-11-24T02:40:00Z",
        "reason": "it is out and its check passed",
        "backup": "pre-change-chg-1234-20261124-020000 in prod: 3 volumes, 41 s",
        "backups": [{
            "cluster": "prod", "name": "pre-change-chg-1234-20261124-020000", "number": 1,
            "askedAt": "2026-11-24T02:00:00Z", "completedAt": "2026-11-24T02:00:41Z",
            "expiresAt": "2026-12-24T02:00:00Z", "volumes": 3, "warnings": 0,
        }],
        "targets": [{
            "cluster": "prod", "namespace": "production", "name": "api-gateway", "digest": DIGEST,
        }],
        "plan": plan,
        "run": {
            "startedAt": "2026-11-24T02:00:00Z", "touched": true, "stage": 3,
            "stageSince": "2026-11-24T02:30:00Z", "verifyingSince": "2026-11-24T02:31:00Z",
            "checks": [{ "name": "workloads", "passed": true }],
        },
        "rollbackPoints": [{
            "cluster": "prod", "namespace": "production", "name": "api-gateway",
            "revision": BEFORE,
        }],
        "board": { "targets": "api-gateway", "waitingOn": "-", "next": "" },
    }));
    change(
        "chg-1234",
        "Upgrade api-gateway to v2.5.0",
        "normal",
        "Medium",
        "2026-11-24T01:00:00Z",
        &status,
    )
}

/// Its canary was never healthy.
pub(crate) fn rolled_back() -> Change {
    let why = "stage canary failed: Deployment checkout: 1 of 1 updated pods is not ready";
    let status = rendered(&json!({
        "phase": "RolledBack", "phaseSince": "2026-11-22T02:15:00Z",
        "reason": why,
        "plan": plan(),
        "run": {
            "startedAt": "2026-11-22T02:00:00Z", "touched": true, "stage": 0,
            "stageSince": "2026-11-22T02:01:00Z",
            "retreat": { "why": why, "since": "2026-11-22T02:11:00Z", "into": "RolledBack" },
        },
        "board": { "targets": "checkout", "waitingOn": "", "next": "" },
    }));
    change(
        "chg-1235",
        "Checkout with the new basket",
        "normal",
        "Low",
        "2026-11-22T01:00:00Z",
        &status,
    )
}

/// The controller has not looked at it.
pub(crate) fn unseen() -> Change {
    change(
        "chg-1242",
        "Raise the limits of search",
        "normal",
        "Low",
        "2026-11-24T10:40:00Z",
        &Value::Null,
    )
}
