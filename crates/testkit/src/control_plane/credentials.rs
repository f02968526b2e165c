//! Who the API server knows, and how each proves it.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{ControlPlaneError, User, layout::write};

/// Someone with a token: a person, or a program of the control plane.
#[derive(Debug, Clone, Copy)]
pub(super) enum Identity {
    User(User),
    ControllerManager,
    Scheduler,
    Kwok,
}

impl Identity {
    fn all() -> impl Iterator<Item = Self> {
        User::ALL.into_iter().map(Self::User).chain([
            Self::ControllerManager,
            Self::Scheduler,
            Self::Kwok,
        ])
    }

    /// The names of the components are those that RBAC's own bindings know (Kubernetes, "Using RBAC Authorization").
    const fn name(self) -> &'static str {
        match self {
            Self::User(user) => user.name(),
            Self::ControllerManager => "system:kube-controller-manager",
            Self::Scheduler => "system:kube-scheduler",
            Self::Kwok => "kwok",
        }
    }

    const fn groups(self) -> &'static [&'static str] {
        match self {
            Self::User(user) => user.groups(),
            Self::ControllerManager | Self::Scheduler => &[],
            Self::Kwok => &["system:masters"],
        }
    }

    pub(super) fn kubeconfig(self, directory: &Path) -> PathBuf {
        let name = match self {
            Self::User(user) => user.short_name(),
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kwok => "kwok",
        };
        directory.join(name).with_extension("kubeconfig")
    }
}

/// Gives everyone a new token: writes the token file of the API server (Kubernetes, "Static token file") and a
/// kubeconfig for each.
pub(super) fn write_tokens(
    token_file: &Path,
    kubeconfigs: &Path,
    server: &str,
    certificate: &Path,
) -> Result<(), ControlPlaneError> {
    let mut tokens = String::new();
    for identity in Identity::all() {
        let token = random_token()?;
        let name = identity.name();
        let groups = identity.groups().join(",");
        let _ = writeln!(tokens, "{token},{name},{name},\"{groups}\"");
        write(
            &identity.kubeconfig(kubeconfigs),
            &kubeconfig(server, certificate, name, &token),
        )?;
    }
    write(token_file, &tokens)
}

/// JSON, which is YAML too.
fn kubeconfig(server: &str, certificate: &Path, user: &str, token: &str) -> String {
    let value = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{
            "name": "tidegate",
            "cluster": { "server": server, "certificate-authority": certificate },
        }],
        "users": [{ "name": user, "user": { "token": token } }],
        "contexts": [{ "name": "tidegate", "context": { "cluster": "tidegate", "user": user } }],
        "current-context": "tidegate",
    });
    format!("{value:#}\n")
}

fn random_token() -> Result<String, ControlPlaneError> {
    let mut bytes = [0_u8; 24];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| ControlPlaneError::Keys)?;
    Ok(bytes.iter().fold(String::new(), |mut token, byte| {
        let _ = write!(token, "{byte:02x}");
        token
    }))
}

/// Writes the key pair that signs the tokens of service accounts.
pub(super) fn write_service_account_keys(
    private: &Path,
    public: &Path,
) -> Result<(), ControlPlaneError> {
    let keys = |_| ControlPlaneError::Keys;
    let document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
            .map_err(keys)?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref())
        .map_err(|_| ControlPlaneError::Keys)?;
    let public_key = pair.public_key().as_der().map_err(keys)?;
    write(private, &pem("PRIVATE KEY", document.as_ref()))?;
    write(public, &pem("PUBLIC KEY", public_key.as_ref()))
}

/// The textual encoding of RFC 7468: 64 characters a line.
fn pem(label: &str, der: &[u8]) -> String {
    let encoded = BASE64_STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        let _ = writeln!(text, "{line}");
        rest = tail;
    }
    let _ = writeln!(text, "-----END {label}-----");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_has_a_line_and_a_token_of_their_own() {
        let directory = tempfile::tempdir().unwrap();
        let tokens = directory.path().join("tokens.csv");
        write_tokens(
            &tokens,
            directory.path(),
            "https://127.0.0.1:1",
            Path::new("ca.crt"),
        )
        .unwrap();
        let text = std::fs::read_to_string(&tokens).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), User::ALL.len() + 3);
        assert!(text.contains(",tomas@example.com,tomas@example.com,\"sre-lead,sre-team\"\n"));
        let distinct: std::collections::BTreeSet<_> =
            lines.iter().map(|line| line.split(',').next()).collect();
        assert_eq!(distinct.len(), lines.len());
    }

    #[test]
    fn pem_lines_have_64_characters() {
        let text = pem("PUBLIC KEY", &[0; 60]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 4);
        assert_eq!((lines[1].len(), lines[2].len()), (64, 16));
    }
}
