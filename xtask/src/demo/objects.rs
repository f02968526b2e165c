//! The objects that an administrator applies: who may do what, the calendar and the policy.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use tidegate_api::rbac;

use super::{cluster::Names, services::Images};

/// The calendar's name, and the policy's.
pub(super) const PRODUCTION: &str = "production";
/// The only window of the calendar.
pub(super) const WINDOW: &str = "maintenance";
/// How long it stays open.
const WINDOW_LENGTH: SignedDuration = SignedDuration::from_hours(12);

/// The namespaces that are changed, and the bindings of Tidegate's roles: developers ask and approve, site reliability
/// engineers approve, Tidegate itself may write to these namespaces.
pub(super) fn permissions(changes: &str, namespaces: &[&str]) -> Vec<Value> {
    let groups = |groups: &[&str]| -> Vec<Value> {
        let subject =
            |name| json!({"kind": "Group", "name": name, "apiGroup": "rbac.authorization.k8s.io"});
        groups.iter().map(subject).collect()
    };
    let tidegate =
        vec![json!({"kind": "ServiceAccount", "name": rbac::ACCOUNT, "namespace": changes})];
    let mut objects = vec![
        binding(Some(changes), rbac::REQUESTER, &groups(&["developers"])),
        binding(
            Some(changes),
            rbac::APPROVER,
            &groups(&["developers", "sre-team"]),
        ),
        binding(
            None,
            rbac::VIEWER,
            &groups(&["developers", "sre-team", "auditors"]),
        ),
    ];
    for name in namespaces {
        objects.push(namespace(name));
        objects.push(binding(Some(name), "admin", &tidegate));
    }
    objects
}

pub(super) fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

fn binding(namespace: Option<&str>, role: &str, subjects: &[Value]) -> Value {
    let kind = if namespace.is_some() {
        "RoleBinding"
    } else {
        "ClusterRoleBinding"
    };
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": format!("tidegate-demo-{role}"), "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": subjects,
    })
}

/// A calendar with one window, which opens at `opens`, to the second.
pub(super) fn calendar(opens: Timestamp) -> Value {
    let moment = |at: Timestamp| {
        at.to_zoned(TimeZone::UTC)
            .strftime("%Y-%m-%dT%H:%M:%S")
            .to_string()
    };
    let closes = opens
        .saturating_add(WINDOW_LENGTH)
        .unwrap_or(Timestamp::MAX);
    json!({
        "apiVersion": "tidegate.dev/v1alpha1",
        "kind": "ChangeCalendar",
        "metadata": {"name": PRODUCTION},
        "spec": {
            "timeZone": "UTC",
            "windows": [{"name": WINDOW, "from": moment(opens), "to": moment(closes)}],
        },
    })
}

/// Two approvals, one of them from the site reliability engineers; three stages; three kinds of verification. Soaks
/// last seconds where they would last minutes. `probe` is the address that is asked whether the gateway answers.
pub(super) fn policy(names: &Names, images: Images, probe: &str) -> Value {
    let (canary, others) = match images {
        Images::Played => ("20s", "1m"),
        Images::Pulled => ("90s", "5m"),
    };
    let (image, command) = images.smoke_test();
    json!({
        "apiVersion": "tidegate.dev/v1alpha1",
        "kind": "ChangePolicy",
        "metadata": {"name": PRODUCTION},
        "spec": {
            "governs": {"namespaces": [names.production]},
            "calendar": PRODUCTION,
            "approvals": {
                "count": 2,
                "groups": [{"name": "sre-team", "count": 1}],
                "notBy": ["author", "requester"],
                "validFor": "14d",
            },
            "backup": {"provider": "none", "reason": "neither service keeps data"},
            "stages": [
                {"name": "canary", "share": "10%", "soak": "4s", "within": canary},
                {"name": "staged", "share": "50%", "soak": "4s", "within": others},
                {"name": "full", "share": "100%", "within": others},
            ],
            "verification": {
                "within": "5m",
                "checks": [
                    {"workloads": {"healthyFor": "3s"}},
                    {"http": {"url": probe, "status": 200}},
                    {"job": {"image": image, "command": command}},
                ],
            },
        },
    })
}
