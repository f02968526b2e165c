//! The admission policies that prove who is who.
//!
//! The API server evaluates them in its own process, so they hold whether or not
//! Tidegate runs. Tidegate in turn counts no approval while one of them, or its
//! binding, is missing or altered, and none that was written before they stood as
//! they stand now: see [`identity`].

use jiff::Timestamp;
use serde_json::{Value, json};
use tidegate_core::lifecycle::facts::Identity;

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

/// A policy and its binding as they stand in the cluster. None: it is missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    /// The `ValidatingAdmissionPolicy`.
    pub policy: Option<Value>,
    /// Its `ValidatingAdmissionPolicyBinding`.
    pub binding: Option<Value>,
}

/// Whether policies and bindings prove who is who, and since when. `standing`
/// says what is found of each policy.
///
/// Their specs must equal what Tidegate installs; a spec that selects less, or
/// fails open, proves nothing. Nor does one that was ever another: what was let
/// through meanwhile looks like everything else. `metadata.generation` tells,
/// which the API server counts up whenever a spec changes and nobody can set;
/// `metadata.managedFields` would not, since whoever writes an object writes
/// those as well, and a field that is removed leaves no trace in them.
pub fn identity(mut standing: impl FnMut(&AdmissionPolicy) -> Standing) -> Identity {
    let mut since = Timestamp::MIN;
    let mut missing = Vec::new();
    for wanted in policies() {
        let live = standing(&wanted);
        for (wanted, live) in [
            (&wanted.policy, live.policy),
            (&wanted.binding, live.binding),
        ] {
            match unaltered_since(wanted, live.as_ref()) {
                Ok(made) => since = since.max(made),
                Err(problem) => {
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    let (kind, name) = (text(&wanted["kind"]), text(&wanted["metadata"]["name"]));
                    missing.push(format!("{kind} {name} {problem}"));
                }
            }
        }
    }
    if missing.is_empty() {
        Identity::Proven { since }
    } else {
        let restore = restore();
        Identity::Unproven { missing, restore }
    }
}

/// When the object was made, if it is as it was made and as it is wanted.
fn unaltered_since(wanted: &Value, live: Option<&Value>) -> Result<Timestamp, &'static str> {
    let Some(live) = live else {
        return Err("is missing");
    };
    let metadata = &live["metadata"];
    if metadata.get("deletionTimestamp").is_some() {
        return Err("is being deleted");
    }
    if live["spec"] != wanted["spec"] {
        return Err("is altered");
    }
    if metadata["generation"].as_i64() != Some(1) {
        return Err("was altered after it was made");
    }
    metadata["creationTimestamp"]
        .as_str()
        .and_then(|made| made.parse().ok())
        .ok_or("does not say when it was made")
}

/// The commands that put every policy and binding back as it is wanted. They go
/// first: what somebody else wrote into one stays when it is only applied again,
/// and so does the trace of it.
pub fn restore() -> String {
    let policies = policies();
    let names: Vec<&str> = policies.iter().map(AdmissionPolicy::name).collect();
    format!(
        "kubectl delete --ignore-not-found validatingadmissionpolicies,validatingadmissionpolicybindings {} && tidegate crds | kubectl apply --server-side -f -",
        names.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: &str = "2026-11-24T00:00:00Z";

    /// What is installed, as the API server would show it, after an edit.
    fn standing(edit: impl Fn(&mut Standing)) -> Identity {
        identity(|wanted| {
            let [mut policy, mut binding] = [&wanted.policy, &wanted.binding].map(Clone::clone);
            for live in [&mut policy, &mut binding] {
                live["metadata"]["generation"] = json!(1);
                live["metadata"]["creationTimestamp"] = json!(MADE);
            }
            let mut live = Standing {
                policy: Some(policy),
                binding: Some(binding),
            };
            if wanted.name() == "tidegate-approver-is-writer" {
                edit(&mut live);
            }
            live
        })
    }

    /// What is wrong after an edit of the binding.
    fn wrong(edit: impl Fn(&mut Value)) -> Vec<String> {
        let identity = standing(|live| live.binding.iter_mut().for_each(&edit));
        match identity {
            Identity::Unproven { missing, restore } => {
                assert_eq!(restore, super::restore());
                missing
            }
            Identity::Proven { .. } => Vec::new(),
        }
    }

    const BINDING: &str = "ValidatingAdmissionPolicyBinding tidegate-approver-is-writer";

    #[test]
    fn what_is_installed_proves_since_the_last_of_it_was_made() {
        let since = |text: &str| Identity::Proven {
            since: text.parse().unwrap(),
        };
        assert_eq!(standing(|_| {}), since(MADE));
        let later = "2026-11-24T00:00:07Z";
        let identity = standing(|live| {
            live.policy.as_mut().unwrap()["metadata"]["creationTimestamp"] = json!(later);
        });
        assert_eq!(identity, since(later));
    }

    #[test]
    fn what_is_missing_or_softened_is_noticed() {
        let Identity::Unproven { missing, .. } = standing(|live| *live = Standing::default())
        else {
            unreachable!("nothing is there")
        };
        assert_eq!(
            missing,
            [
                "ValidatingAdmissionPolicy tidegate-approver-is-writer is missing".to_owned(),
                format!("{BINDING} is missing"),
            ]
        );
        let soft = wrong(|binding| binding["spec"]["validationActions"] = json!(["Audit"]));
        assert_eq!(soft, [format!("{BINDING} is altered")]);
        let dying = wrong(|binding| binding["metadata"]["deletionTimestamp"] = json!(MADE));
        assert_eq!(dying, [format!("{BINDING} is being deleted")]);
    }

    #[test]
    fn what_was_softened_and_put_back_is_noticed_whatever_it_says_of_itself() {
        let back = wrong(|binding| {
            binding["metadata"]["generation"] = json!(3);
            binding["metadata"]["managedFields"] = json!([]);
        });
        assert_eq!(back, [format!("{BINDING} was altered after it was made")]);
        let untold = wrong(|binding| {
            binding["metadata"]
                .as_object_mut()
                .unwrap()
                .remove("generation");
        });
        assert_eq!(untold, [format!("{BINDING} was altered after it was made")]);
        let undated = wrong(|binding| binding["metadata"]["creationTimestamp"] = Value::Null);
        assert_eq!(
            undated,
            [format!("{BINDING} does not say when it was made")]
        );
    }

    #[test]
    fn the_commands_name_everything_that_is_installed_and_nothing_else() {
        assert_eq!(
            restore(),
            "kubectl delete --ignore-not-found validatingadmissionpolicies,validatingadmissionpolicybindings tidegate-approver-is-writer tidegate-requester-is-writer && tidegate crds | kubectl apply --server-side -f -"
        );
    }
}
