//! Whether the API server proves who is who, and since when.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::{Api, Client};
use tidegate_api::admission::{self, Standing, policies};
use tidegate_core::lifecycle::facts::Identity;

use crate::hub::Term;

/// Reads the admission policies and their bindings, and remembers what it found.
///
/// # Errors
///
/// The API server.
pub(crate) async fn identity(term: &Term) -> Result<Identity, kube::Error> {
    let identity = look(&term.hub.client).await?;
    *term.identity.lock().unwrap_or_else(PoisonError::into_inner) = identity.clone();
    Ok(identity)
}

/// Reads the admission policies and their bindings from the API server.
///
/// # Errors
///
/// The API server.
pub(super) async fn look(client: &Client) -> Result<Identity, kube::Error> {
    let policy_api: Api<ValidatingAdmissionPolicy> = Api::all(client.clone());
    let binding_api: Api<ValidatingAdmissionPolicyBinding> = Api::all(client.clone());
    let looks = policies().into_iter().map(async |wanted| {
        let name = wanted.name().to_owned();
        let (policy, binding) =
            futures::try_join!(policy_api.get_opt(&name), binding_api.get_opt(&name))?;
        let standing = Standing {
            policy: policy.and_then(|policy| serde_json::to_value(policy).ok()),
            binding: binding.and_then(|binding| serde_json::to_value(binding).ok()),
        };
        Ok::<_, kube::Error>((name, standing))
    });
    let found = futures::future::try_join_all(looks).await?;
    let mut found: BTreeMap<String, Standing> = found.into_iter().collect();
    Ok(admission::identity(|wanted| {
        found.remove(wanted.name()).unwrap_or_default()
    }))
}

/// What was found last.
pub(super) fn last_seen(term: &Term) -> Identity {
    term.identity
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}
