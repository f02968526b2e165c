//! Whether the API server proves who is who, and since when.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::Api;
use tidegate_api::admission::{self, Standing, policies};
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
    let mut found: BTreeMap<String, Standing> = BTreeMap::new();
    for wanted in policies() {
        let (policy, binding) = futures::try_join!(
            policy_api.get_opt(wanted.name()),
            binding_api.get_opt(wanted.name()),
        )?;
        let standing = Standing {
            policy: policy.and_then(|policy| serde_json::to_value(policy).ok()),
            binding: binding.and_then(|binding| serde_json::to_value(binding).ok()),
        };
        found.insert(wanted.name().to_owned(), standing);
    }
    let identity = admission::identity(|wanted| found.remove(wanted.name()).unwrap_or_default());
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
