//! Whether the API server proves who signs.

use std::sync::PoisonError;

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::Api;
use serde_json::Value;
use tidegate_api::admission::{altered, policies};
use tidegate_core::lifecycle::facts::Identity;

use crate::hub::Term;

/// Reads the admission policies and their bindings from the API server.
///
/// # Errors
///
/// The API server.
pub(crate) async fn identity(term: &Term) -> Result<Identity, kube::Error> {
    let client = &term.hub.client;
    let policy_api: Api<ValidatingAdmissionPolicy> = Api::all(client.clone());
    let binding_api: Api<ValidatingAdmissionPolicyBinding> = Api::all(client.clone());
    let wanted = policies();
    let looks = wanted.iter().map(|wanted| {
        futures::future::try_join(
            policy_api.get_opt(wanted.name()),
            binding_api.get_opt(wanted.name()),
        )
    });
    let found: Vec<(Option<Value>, Option<Value>)> = futures::future::try_join_all(looks)
        .await?
        .into_iter()
        .map(|(policy, binding)| {
            let policy = policy.and_then(|policy| serde_json::to_value(policy).ok());
            let binding = binding.and_then(|binding| serde_json::to_value(binding).ok());
            (policy, binding)
        })
        .collect();
    let problems: Vec<String> = wanted
        .iter()
        .zip(&found)
        .flat_map(|(wanted, (policy, binding))| altered(wanted, policy.as_ref(), binding.as_ref()))
        .collect();
    let identity = if problems.is_empty() {
        Identity::Proven
    } else {
        Identity::Unproven(problems)
    };
    *term.identity.lock().unwrap_or_else(PoisonError::into_inner) = identity.clone();
    Ok(identity)
}

/// What was found last.
pub(super) fn last_seen(term: &Term) -> Identity {
    term.identity
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}
