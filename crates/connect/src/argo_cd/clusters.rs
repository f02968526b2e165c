//! The clusters that Argo CD deploys to, as its cluster Secrets say them (Argo
//! CD 3.5, "Declarative Setup", "Clusters").

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1;
use kube::api::ListParams;
use kube::config::{
    AuthInfo, Cluster, Context, KubeConfigOptions, Kubeconfig, NamedAuthInfo, NamedCluster,
    NamedContext,
};
use kube::{Api, Client, Config, ResourceExt as _};
use serde::Deserialize;

use super::ArgoCd;
use crate::cluster::ClusterError;
use crate::secret::Secret;

/// How long a cluster may take to be connected to. A change waits meanwhile.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long one answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The label of a cluster Secret.
const CLUSTERS: &str = "argocd.argoproj.io/secret-type=cluster";

/// A cluster that Argo CD deploys to.
#[derive(Debug, Clone)]
pub struct ArgoCluster {
    /// Its name.
    pub name: String,
    /// The address of its API server.
    pub server: String,
    /// Changes whenever its Secret does.
    pub version: String,
    /// The Secret's own name, to tell people of.
    secret: String,
    /// How Argo CD proves who it is there; JSON.
    config: Secret,
}

/// A cluster cannot be talked to as Argo CD would.
#[derive(Debug, thiserror::Error)]
pub enum ArgoClusterError {
    /// Its Secret does not say how.
    #[error("Secret {secret} of cluster {cluster} does not read: {problem}")]
    Malformed {
        /// The cluster's name.
        cluster: String,
        /// The Secret's name.
        secret: String,
        /// What is wrong, without any of what the Secret says.
        problem: String,
    },
    /// Argo CD asks a program or a cloud for a login, which Tidegate does not.
    #[error(
        "cluster {cluster} is opened by {by} in Secret {secret}, which is not understood; give it a bearerToken or a client certificate"
    )]
    Unsupported {
        /// The cluster's name.
        cluster: String,
        /// The Secret's name.
        secret: String,
        /// The field.
        by: &'static str,
    },
}

/// The field `config` (Argo CD, `pkg/apis/application/v1alpha1/types.go`,
/// `ClusterConfig`).
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Access {
    username: Option<String>,
    password: Option<String>,
    bearer_token: Option<String>,
    tls_client_config: Tls,
    proxy_url: Option<String>,
    aws_auth_config: Option<serde_json::Value>,
    exec_provider_config: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Tls {
    insecure: Option<bool>,
    server_name: Option<String>,
    ca_data: Option<String>,
    cert_data: Option<String>,
    key_data: Option<String>,
}

impl ArgoCluster {
    /// Reads a cluster Secret. None: it names no cluster.
    fn read(secret: &v1::Secret) -> Option<Self> {
        let text = |key: &str| text(secret.data.as_ref(), key);
        let server = text("server").filter(|server| !server.is_empty())?;
        let name = text("name").filter(|name| !name.is_empty());
        Some(Self {
            // Argo CD calls one without a name by its address.
            name: name.unwrap_or_else(|| server.clone()),
            server,
            version: secret.resource_version().unwrap_or_default(),
            secret: secret.name_any(),
            config: Secret::new(text("config").unwrap_or_else(|| "{}".to_owned())),
        })
    }

    /// Whether `destination` is its name or its address.
    pub fn is_called(&self, destination: &str) -> bool {
        let address = |of: &str| of.trim_end_matches('/').to_owned();
        self.name == destination || address(&self.server) == address(destination)
    }

    /// A client that is to this cluster what Argo CD is. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// See [`ArgoClusterError`].
    pub async fn client(&self) -> Result<Client, ArgoClusterError> {
        let malformed = |problem: &str| ArgoClusterError::Malformed {
            cluster: self.name.clone(),
            secret: self.secret.clone(),
            problem: problem.to_owned(),
        };
        let access: Access = serde_json::from_str(self.config.expose())
            .map_err(|_| malformed("its config is not the JSON that Argo CD takes"))?;
        for (by, is_used) in [
            ("awsAuthConfig", access.aws_auth_config.is_some()),
            ("execProviderConfig", access.exec_provider_config.is_some()),
        ] {
            if is_used {
                return Err(ArgoClusterError::Unsupported {
                    cluster: self.name.clone(),
                    secret: self.secret.clone(),
                    by,
                });
            }
        }
        let options = KubeConfigOptions::default();
        // What goes wrong may repeat what the Secret says.
        let mut config = Config::from_custom_kubeconfig(self.kubeconfig(access), &options)
            .await
            .map_err(|_| malformed("its address or one of its certificates cannot be used"))?;
        config.connect_timeout = Some(CONNECT_WITHIN);
        config.read_timeout = Some(ANSWER_WITHIN);
        config.write_timeout = Some(ANSWER_WITHIN);
        Client::try_from(config)
            .map_err(|_| malformed("its address or one of its certificates cannot be used"))
    }

    fn kubeconfig(&self, access: Access) -> Kubeconfig {
        const ONLY: &str = "argocd";
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let tls = access.tls_client_config;
        Kubeconfig {
            clusters: vec![NamedCluster {
                name: ONLY.to_owned(),
                cluster: Some(Cluster {
                    server: Some(self.server.clone()),
                    insecure_skip_tls_verify: tls.insecure,
                    certificate_authority_data: given(tls.ca_data),
                    tls_server_name: given(tls.server_name),
                    proxy_url: given(access.proxy_url),
                    ..Cluster::default()
                }),
                ..NamedCluster::default()
            }],
            auth_infos: vec![NamedAuthInfo {
                name: ONLY.to_owned(),
                auth_info: Some(AuthInfo {
                    username: given(access.username),
                    password: given(access.password).map(Into::into),
                    token: given(access.bearer_token).map(Into::into),
                    client_certificate_data: given(tls.cert_data),
                    client_key_data: given(tls.key_data).map(Into::into),
                    ..AuthInfo::default()
                }),
                ..NamedAuthInfo::default()
            }],
            contexts: vec![NamedContext {
                name: ONLY.to_owned(),
                context: Some(Context {
                    cluster: ONLY.to_owned(),
                    user: Some(ONLY.to_owned()),
                    ..Context::default()
                }),
                ..NamedContext::default()
            }],
            current_context: Some(ONLY.to_owned()),
            ..Kubeconfig::default()
        }
    }
}

impl ArgoCd {
    /// The clusters that the Argo CD installed in `namespace` knows, beside the
    /// one that it is in itself.
    ///
    /// # Errors
    ///
    /// The API server, for example because Tidegate may not read Secrets there.
    pub async fn clusters(&self, namespace: &str) -> Result<Vec<ArgoCluster>, ClusterError> {
        let secrets: Api<v1::Secret> = Api::namespaced(self.client.clone(), namespace);
        let listed = secrets.list(&ListParams::default().labels(CLUSTERS)).await;
        let listed = listed.map_err(|error| {
            ClusterError::from_kube(
                &format!("the cluster Secrets of Argo CD in namespace {namespace}"),
                &error,
            )
        })?;
        Ok(listed.items.iter().filter_map(ArgoCluster::read).collect())
    }
}

fn text(data: Option<&BTreeMap<String, ByteString>>, key: &str) -> Option<String> {
    String::from_utf8(data?.get(key)?.0.clone()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn cluster(config: &str) -> ArgoCluster {
        let secret: Value = json!({
            "metadata": { "name": "cluster-eu", "resourceVersion": "7" },
            "data": {
                "name": ByteString(b"eu".to_vec()),
                "server": ByteString(b"https://eu.example.com:6443/".to_vec()),
                "config": ByteString(config.as_bytes().to_vec()),
            },
        });
        ArgoCluster::read(&serde_json::from_value(secret).unwrap()).unwrap()
    }

    #[test]
    fn a_cluster_is_called_by_its_name_or_its_address() {
        let eu = cluster("{}");
        for name in [
            "eu",
            "https://eu.example.com:6443",
            "https://eu.example.com:6443/",
        ] {
            assert!(eu.is_called(name), "{name}");
        }
        for name in ["us", "https://eu.example.com", ""] {
            assert!(!eu.is_called(name), "{name}");
        }
    }

    #[tokio::test]
    async fn what_opens_a_cluster_is_never_told() {
        let secrets = [
            r#"{"bearerToken": "s3cr3t", "tlsClientConfig": {"caData": "s3cr3t"}}"#,
            r#"{"bearerToken": ["s3cr3t"]}"#,
            r#"{"execProviderConfig": {"command": "s3cr3t"}}"#,
            "s3cr3t",
        ];
        for config in secrets {
            let eu = cluster(config);
            let error = eu.client().await.map(drop).unwrap_err();
            let told = format!("{eu:?} {error:?} {error}");
            assert!(!told.contains("s3cr3t"), "{told}");
            assert!(error.to_string().contains("cluster eu "), "{error}");
            assert!(error.to_string().contains("Secret cluster-eu"), "{error}");
        }
    }
}
