use serde_json::{Value, json};

use super::{AuditLevel, User};

/// The audit policy: one line a request, when it is answered. What the components read, health checks, leases and
/// Events are left out, because they would bury everything else.
pub(super) fn policy(level: AuditLevel) -> Value {
    let level = match level {
        AuditLevel::Metadata => "Metadata",
        AuditLevel::RequestResponse => "RequestResponse",
    };
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            { "level": "None", "nonResourceURLs": ["*"] },
            {
                "level": "None",
                "resources": [
                    { "group": "coordination.k8s.io", "resources": ["leases"] },
                    { "group": "", "resources": ["events"] },
                    { "group": "events.k8s.io", "resources": ["events"] },
                ],
            },
            {
                "level": "None",
                "verbs": ["get", "list", "watch"],
                "userGroups": ["system:serviceaccounts:kube-system", "system:masters"],
            },
            {
                "level": "None",
                "verbs": ["get", "list", "watch"],
                "users": [
                    "system:apiserver",
                    "system:kube-controller-manager",
                    "system:kube-scheduler",
                    User::ArgoCd.name(),
                    User::Velero.name(),
                ],
            },
            {
                "level": "Metadata",
                "resources": [
                    { "group": "", "resources": ["secrets", "configmaps", "serviceaccounts/token"] },
                    { "group": "authentication.k8s.io", "resources": ["*"] },
                ],
            },
            { "level": level },
        ],
    })
}
