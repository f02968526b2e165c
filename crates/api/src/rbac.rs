//! Who may do what: the namespace, the controller's account and the roles.
//!
//! Tidegate has no users of its own. People get their part by a binding of one
//! of these roles in Tidegate's namespace, and RBAC is the only authorisation.
//!
//! The controller may write nowhere but in its own namespace, apart from Argo
//! CD's AppProjects, which get calendars, its Applications, which are pinned, and
//! the status of Rollouts, which are let on. What it delivers
//! into another namespace somebody has to grant there, by a RoleBinding of its
//! account to `admin` or `edit`:
//!
//! ```sh
//! kubectl -n production create rolebinding tidegate \
//!   --clusterrole=edit --serviceaccount=tidegate:tidegate
//! ```

use serde_json::{Value, json};

use crate::GROUP;

/// The controller's service account.
pub const ACCOUNT: &str = "tidegate";
/// The controller's roles, and their bindings to its account.
pub const CONTROLLER: &str = "tidegate-controller";
/// The role that reads everything of Tidegate's.
pub const VIEWER: &str = "tidegate-viewer";
/// The role that submits and steers changes.
pub const REQUESTER: &str = "tidegate-requester";
/// The role that approves and rejects.
pub const APPROVER: &str = "tidegate-approver";
/// The role that lets a requester submit emergencies.
pub const EMERGENCY: &str = "tidegate-emergency";

const READ: [&str; 3] = ["get", "list", "watch"];

/// Everything, in the order in which it can be applied. `namespace` is
/// Tidegate's own.
pub fn objects(namespace: &str) -> Vec<Value> {
    vec![
        json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": { "name": namespace, "labels": labels() },
        }),
        json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": { "name": ACCOUNT, "namespace": namespace, "labels": labels() },
        }),
        cluster_role(CONTROLLER, &controller()),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": { "name": CONTROLLER, "namespace": namespace, "labels": labels() },
            "rules": controller_at_home(),
        }),
        binding("ClusterRoleBinding", "ClusterRole", None, namespace),
        binding("RoleBinding", "Role", Some(namespace), namespace),
        cluster_role(VIEWER, &viewer()),
        cluster_role(
            REQUESTER,
            &with(
                viewer(),
                rule(GROUP, &["changes"], &["create", "update", "patch"]),
            ),
        ),
        cluster_role(
            APPROVER,
            &with(viewer(), rule(GROUP, &["approvals"], &["create"])),
        ),
        cluster_role(
            EMERGENCY,
            &[rule(GROUP, &["changes/emergency"], &["create"])],
        ),
    ]
}

/// What the controller needs to see everywhere, and the events it writes beside
/// the objects they are about.
fn controller() -> Vec<Value> {
    let objects = [
        "changes",
        "approvals",
        "changepolicies",
        "changecalendars",
        "connections",
    ];
    let statuses = [
        "changes/status",
        "changepolicies/status",
        "changecalendars/status",
    ];
    let guards = [
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
    ];
    vec![
        rule(GROUP, &objects, &READ),
        // Their labels, which calendars may select by.
        rule("", &["namespaces"], &READ),
        rule(
            GROUP,
            &["changes", "changes/finalizers"],
            &["update", "patch"],
        ),
        rule(GROUP, &statuses, &["get", "update", "patch"]),
        rule("admissionregistration.k8s.io", &guards, &READ),
        // Argo CD's projects get calendars as their sync windows, where a cluster
        // has them.
        rule(
            "argoproj.io",
            &["appprojects"],
            &["get", "list", "watch", "patch"],
        ),
        // Applications are pinned and synced where a change delivers by Argo CD.
        rule(
            "argoproj.io",
            &["applications"],
            &["get", "list", "watch", "update", "patch"],
        ),
        // Argo CD's settings name global projects, whose sync windows bind others.
        json!({
            "apiGroups": [""],
            "resources": ["configmaps"],
            "resourceNames": ["argocd-cm"],
            "verbs": READ,
        }),
        // Rollouts are let on by their status, and analysis says why one failed.
        rule("argoproj.io", &["rollouts"], &READ),
        rule("argoproj.io", &["rollouts/status"], &["patch"]),
        rule("argoproj.io", &["analysisruns"], &["get", "list"]),
        json!({
            "apiGroups": ["apiextensions.k8s.io"],
            "resources": ["customresourcedefinitions"],
            "resourceNames": ["appprojects.argoproj.io", "applications.argoproj.io", "backups.velero.io", "restores.velero.io"],
            "verbs": READ,
        }),
        // Velero makes the backups that policies ask for, and says what is in them.
        rule(
            "velero.io",
            &["backups", "restores"],
            &["get", "list", "watch", "create"],
        ),
        // The volumes of claims whose data is brought back are kept until it is.
        rule("", &["persistentvolumes"], &["get", "patch"]),
        rule("storage.k8s.io", &["storageclasses"], &["get"]),
        rule("velero.io", &["backupstoragelocations"], &["get", "list"]),
        rule(
            "velero.io",
            &["downloadrequests"],
            &["get", "list", "watch", "create", "delete"],
        ),
        rule("events.k8s.io", &["events"], &["create", "patch"]),
        rule("", &["events"], &["create", "patch"]),
    ]
}

/// What it keeps in its own namespace: the records of targets, credentials to
/// read, and the Lease.
fn controller_at_home() -> Vec<Value> {
    vec![
        rule(
            "",
            &["secrets"],
            &[
                "get", "list", "watch", "create", "update", "patch", "delete",
            ],
        ),
        rule(
            "coordination.k8s.io",
            &["leases"],
            &["get", "list", "watch", "create", "update", "patch"],
        ),
    ]
}

/// Policies and calendars belong to the whole cluster: bound in one namespace
/// the role does not reach them, and Tidegate's commands do without.
fn viewer() -> Vec<Value> {
    vec![
        rule(GROUP, &["changes", "approvals"], &READ),
        rule(GROUP, &["changepolicies", "changecalendars"], &READ),
    ]
}

fn with(mut rules: Vec<Value>, more: Value) -> Vec<Value> {
    rules.push(more);
    rules
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({ "apiGroups": [group], "resources": resources, "verbs": verbs })
}

fn labels() -> Value {
    json!({ "app.kubernetes.io/name": "tidegate" })
}

fn cluster_role(name: &str, rules: &[Value]) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": { "name": name, "labels": labels() },
        "rules": rules,
    })
}

/// Gives the controller its role.
fn binding(kind: &str, role: &str, inside: Option<&str>, namespace: &str) -> Value {
    let mut binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": { "name": CONTROLLER, "labels": labels() },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": CONTROLLER },
        "subjects": [{ "kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace }],
    });
    if let Some(inside) = inside {
        binding["metadata"]["namespace"] = json!(inside);
    }
    binding
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every (resource, verb) that a role grants.
    fn grants(name: &str) -> Vec<(String, String)> {
        let objects = objects("tidegate");
        let role = objects
            .iter()
            .find(|object| object["kind"] == "ClusterRole" && object["metadata"]["name"] == name);
        let texts = |value: &Value| -> Vec<String> {
            let items = value.as_array().unwrap().iter();
            items
                .map(|item| item.as_str().unwrap().to_owned())
                .collect()
        };
        let rules = role.unwrap()["rules"].as_array().unwrap();
        rules
            .iter()
            .flat_map(|rule| {
                let verbs = texts(&rule["verbs"]);
                let pairs = |resource: String| {
                    verbs
                        .clone()
                        .into_iter()
                        .map(move |verb| (resource.clone(), verb))
                };
                texts(&rule["resources"])
                    .into_iter()
                    .flat_map(pairs)
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    fn may(role: &str, resource: &str, verb: &str) -> bool {
        grants(role).contains(&(resource.to_owned(), verb.to_owned()))
    }

    #[test]
    fn to_submit_and_to_approve_are_two_permissions() {
        assert!(may(REQUESTER, "changes", "create") && !may(REQUESTER, "approvals", "create"));
        assert!(may(APPROVER, "approvals", "create") && !may(APPROVER, "changes", "create"));
    }

    #[test]
    fn nobody_but_the_controller_writes_a_status() {
        for role in [VIEWER, REQUESTER, APPROVER, EMERGENCY] {
            let writes = grants(role)
                .iter()
                .any(|(resource, _)| resource.ends_with("/status"));
            assert!(!writes, "{role}");
        }
        assert!(may(CONTROLLER, "changes/status", "patch"));
    }

    #[test]
    fn an_emergency_needs_a_permission_of_its_own() {
        assert!(may(EMERGENCY, "changes/emergency", "create"));
        assert!(!may(REQUESTER, "changes/emergency", "create"));
    }

    #[test]
    fn the_controller_signs_nothing_and_no_role_edits_a_signature() {
        for role in [CONTROLLER, VIEWER, REQUESTER, APPROVER, EMERGENCY] {
            for verb in ["update", "patch", "delete"] {
                assert!(!may(role, "approvals", verb), "{role} {verb}");
            }
        }
        assert!(!may(CONTROLLER, "approvals", "create"));
    }
}
