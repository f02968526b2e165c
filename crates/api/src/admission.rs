//! The admission policies that prove who is who.
//!
//! The API server evaluates them in its own process, so they hold whether or not
//! Tidegate runs. Tidegate in turn counts no approval while one of them, or its
//! binding, is missing or altered: see [`altered`].

use serde_json::{Value, json};

/// A policy with its binding.
#[derive(Debug, Clone, PartialEq)]
pub struct AdmissionPolicy {
    /// The `ValidatingAdmissionPolicy`.
    pub policy: Value,
    /// Its `ValidatingAdmissionPolicyBinding`.
    pub binding: Value,
}

impl AdmissionPolicy {
    /// The name of the policy and of its binding.
    pub fn name(&self) -> &str {
        self.policy["metadata"]["name"].as_str().unwrap_or_default()
    }
}

/// Every policy that Tidegate relies on.
pub fn policies() -> Vec<AdmissionPolicy> {
    vec![approver_is_writer(), requester_is_writer()]
}

/// `spec.approver` is the user who writes, and `spec.groups` are among the
/// user's groups. A user without a name signs nothing.
fn approver_is_writer() -> AdmissionPolicy {
    assemble(
        "tidegate-approver-is-writer",
        "approvals",
        &[
            json!({
                "expression": "request.userInfo.username != '' && object.spec.approver == request.userInfo.username",
                "messageExpression": "'spec.approver is \"' + object.spec.approver + '\" but you are \"' + request.userInfo.username + '\": nobody signs for another'",
                "reason": "Forbidden",
            }),
            json!({
                "expression": "!has(object.spec.groups) || object.spec.groups.all(group, group in request.userInfo.groups)",
                "messageExpression": "'you (' + request.userInfo.username + ') are not in all of the groups ' + object.spec.groups.join(', ')",
                "reason": "Forbidden",
            }),
        ],
    )
}

/// `spec.requestedBy` is the user who writes, and an emergency needs the
/// permission to create `changes/emergency`.
fn requester_is_writer() -> AdmissionPolicy {
    assemble(
        "tidegate-requester-is-writer",
        "changes",
        &[
            json!({
                "expression": "request.operation != 'CREATE' || (request.userInfo.username != '' && object.spec.requestedBy == request.userInfo.username)",
                "messageExpression": "'spec.requestedBy is \"' + object.spec.requestedBy + '\" but you are \"' + request.userInfo.username + '\": nobody submits for another'",
                "reason": "Forbidden",
            }),
            json!({
                "expression": "request.operation != 'CREATE' || object.spec.type != 'emergency' || authorizer.group('tidegate.dev').resource('changes').subresource('emergency').namespace(object.metadata.namespace).check('create').allowed()",
                "messageExpression": "'you (' + request.userInfo.username + ') may not submit emergency changes: that needs permission to create changes/emergency in namespace ' + object.metadata.namespace",
                "reason": "Forbidden",
            }),
        ],
    )
}

fn assemble(name: &str, resource: &str, validations: &[Value]) -> AdmissionPolicy {
    let labels = json!({ "app.kubernetes.io/name": "tidegate" });
    AdmissionPolicy {
        policy: json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": { "name": name, "labels": labels },
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {
                    "matchPolicy": "Equivalent",
                    "namespaceSelector": {},
                    "objectSelector": {},
                    "resourceRules": [{
                        "apiGroups": ["tidegate.dev"],
                        "apiVersions": ["*"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": [resource],
                        "scope": "*",
                    }],
                },
                "validations": validations,
            },
        }),
        binding: json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": { "name": name, "labels": labels },
            "spec": {
                "policyName": name,
                "validationActions": ["Deny"],
            },
        }),
    }
}

/// What is wrong with a policy and its binding as they stand in the cluster.
/// Their specs must equal what Tidegate installs; a spec that selects less, or
/// fails open, proves nothing.
pub fn altered(
    wanted: &AdmissionPolicy,
    policy: Option<&Value>,
    binding: Option<&Value>,
) -> Vec<String> {
    let name = wanted.name();
    let mut problems = Vec::new();
    for (kind, wanted, live) in [
        ("ValidatingAdmissionPolicy", &wanted.policy, policy),
        ("ValidatingAdmissionPolicyBinding", &wanted.binding, binding),
    ] {
        match live {
            None => problems.push(format!("{kind} {name} is missing")),
            Some(live) if live["metadata"].get("deletionTimestamp").is_some() => {
                problems.push(format!("{kind} {name} is being deleted"));
            }
            Some(live) if live["spec"] != wanted["spec"] => {
                problems.push(format!("{kind} {name} is altered"));
            }
            Some(_) => {}
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_is_in_order() {
        for wanted in policies() {
            let problems = altered(&wanted, Some(&wanted.policy), Some(&wanted.binding));
            assert_eq!(problems, Vec::<String>::new());
        }
    }

    #[test]
    fn a_missing_or_softened_policy_is_noticed() {
        let wanted = policies().remove(0);
        assert_eq!(altered(&wanted, None, None).len(), 2);
        let mut soft = wanted.binding.clone();
        soft["spec"]["validationActions"] = json!(["Audit"]);
        let problems = altered(&wanted, Some(&wanted.policy), Some(&soft));
        assert_eq!(
            problems,
            ["ValidatingAdmissionPolicyBinding tidegate-approver-is-writer is altered"]
        );
        let mut open = wanted.policy.clone();
        open["spec"]["failurePolicy"] = json!("Ignore");
        assert_eq!(
            altered(&wanted, Some(&open), Some(&wanted.binding)).len(),
            1
        );
        let mut dying = wanted.policy.clone();
        dying["metadata"]["deletionTimestamp"] = json!("2026-11-24T00:00:00Z");
        assert_eq!(
            altered(&wanted, Some(&dying), Some(&wanted.binding)).len(),
            1
        );
    }
}
