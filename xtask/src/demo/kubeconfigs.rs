//! Kubeconfigs for the people of the story, made from that of an administrator.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kube::config::{AuthInfo, Kubeconfig};
use serde_json::json;
use tidegate_testkit::control_plane::User;

use super::DemoError;

/// The same cluster and context, as somebody else: the administrator's own credentials with the request to act as
/// this user (Kubernetes, "User impersonation").
pub(super) fn impersonating(administrator: &Kubeconfig, user: User) -> Kubeconfig {
    with_user(administrator, |own| AuthInfo {
        impersonate: Some(user.name().to_owned()),
        impersonate_groups: Some(
            user.groups()
                .iter()
                .map(|group| (*group).to_owned())
                .collect(),
        ),
        ..own
    })
}

/// The same cluster and context, as whoever the token is for.
pub(super) fn with_token(administrator: &Kubeconfig, token: &str) -> Kubeconfig {
    with_user(administrator, |_| AuthInfo {
        token: Some(token.to_owned().into()),
        ..AuthInfo::default()
    })
}

/// Only what one context needs; it becomes the current one.
pub(super) fn only(kubeconfig: Kubeconfig, context: &str) -> Result<Kubeconfig, DemoError> {
    let known: Vec<String> = kubeconfig
        .contexts
        .iter()
        .map(|named| named.name.clone())
        .collect();
    let found = kubeconfig
        .contexts
        .into_iter()
        .find(|named| named.name == context);
    let details = found.as_ref().and_then(|named| named.context.clone());
    let (Some(found), Some(details)) = (found, details) else {
        return Err(DemoError::NoContext {
            wanted: context.to_owned(),
            known,
        });
    };
    let user = details.user.unwrap_or_default();
    Ok(Kubeconfig {
        clusters: kubeconfig
            .clusters
            .into_iter()
            .filter(|named| named.name == details.cluster)
            .collect(),
        auth_infos: kubeconfig
            .auth_infos
            .into_iter()
            .filter(|named| named.name == user)
            .collect(),
        contexts: vec![found],
        current_context: Some(context.to_owned()),
        ..Kubeconfig::default()
    })
}

/// Writes it as JSON, which is YAML too. The folder must be readable by this user alone.
pub(super) fn write(
    folder: &Path,
    name: &str,
    kubeconfig: &Kubeconfig,
) -> Result<PathBuf, DemoError> {
    let path = folder.join(name).with_extension("kubeconfig");
    let mut value = json!(kubeconfig);
    value["apiVersion"] = json!("v1");
    value["kind"] = json!("Config");
    fs::write(&path, value.to_string()).map_err(|source| DemoError::Write {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}

fn with_user(kubeconfig: &Kubeconfig, change: impl Fn(AuthInfo) -> AuthInfo) -> Kubeconfig {
    let mut changed = kubeconfig.clone();
    for named in &mut changed.auth_infos {
        named.auth_info = Some(change(named.auth_info.take().unwrap_or_default()));
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "
clusters:
- {name: a, cluster: {server: https://a}}
- {name: b, cluster: {server: https://b}}
users:
- {name: ann, user: {token: of-ann}}
- {name: bob, user: {token: of-bob}}
contexts:
- {name: at-a, context: {cluster: a, user: ann}}
- {name: at-b, context: {cluster: b, user: bob}}
current-context: at-a
";

    fn at_b() -> Kubeconfig {
        only(Kubeconfig::from_yaml(TWO).unwrap(), "at-b").unwrap()
    }

    #[test]
    fn nothing_of_another_context_is_left() {
        let text = json!(at_b()).to_string();
        assert!(
            text.contains("https://b") && text.contains("of-bob"),
            "{text}"
        );
        assert!(
            !text.contains("https://a") && !text.contains("of-ann"),
            "{text}"
        );
        let kubeconfig = Kubeconfig::from_yaml(TWO).unwrap();
        let refused = only(kubeconfig, "at-c").unwrap_err();
        let told = "the kubeconfig has no context at-c; it has at-a, at-b";
        assert_eq!(refused.to_string(), told);
    }

    #[test]
    fn a_person_is_impersonated_with_the_administrators_credentials() {
        let value = json!(impersonating(&at_b(), User::Tomas));
        let user = &value["users"][0]["user"];
        assert_eq!(user["token"], "of-bob");
        assert_eq!(user["as"], "tomas@example.com");
        assert_eq!(user["as-groups"], json!(["sre-lead", "sre-team"]));
    }

    #[test]
    fn a_token_leaves_nothing_of_the_administrator() {
        let value = json!(with_token(&at_b(), "of-tidegate"));
        assert_eq!(value["users"][0]["user"], json!({"token": "of-tidegate"}));
    }
}
