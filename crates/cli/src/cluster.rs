//! The API server, as the person at the keyboard.

use std::error::Error;

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::config::{Config, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::core::Request;
use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidegate_api::{Change, ChangePolicy};

use crate::arguments::Global;
use crate::failure::api::{ApiError, Asked};
use crate::failure::{one_line, told};

/// Who wrote a field, as `managedFields` show it.
pub(crate) const FIELD_MANAGER: &str = "tidegate-cli";

/// The API server, as the person at the keyboard.
#[derive(Clone)]
pub(crate) struct Cluster {
    client: Client,
    /// Where the changes are.
    pub(crate) namespace: String,
    server: String,
}

/// Who the API server says we are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Myself {
    /// The user name.
    pub(crate) username: String,
    /// The groups.
    pub(crate) groups: Vec<String>,
}

impl Cluster {
    /// Reads the kubeconfig, or inside a pod its service account.
    pub(crate) async fn connect(global: &Global) -> Result<Self, ApiError> {
        let options = KubeConfigOptions {
            context: global.context.clone(),
            ..KubeConfigOptions::default()
        };
        let config = match (&global.kubeconfig, &global.context) {
            (Some(path), _) => {
                let kubeconfig = Kubeconfig::read_from(path).map_err(|error| unusable(&error))?;
                Config::from_custom_kubeconfig(kubeconfig, &options)
                    .await
                    .map_err(|error| unusable(&error))?
            }
            (None, Some(_)) => Config::from_kubeconfig(&options)
                .await
                .map_err(|error| unusable(&error))?,
            // Outside of a pod only the kubeconfig's fault is of interest.
            (None, None) => Config::infer()
                .await
                .map_err(|error| unusable(error.source().unwrap_or(&error)))?,
        };
        let server = config.cluster_url.to_string();
        let client = Client::try_from(config).map_err(|error| unusable(&error))?;
        Ok(Self {
            client,
            namespace: global.namespace.clone(),
            server: server.trim_end_matches('/').to_owned(),
        })
    }

    /// The API server's address.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// The connection itself.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// The changes.
    pub(crate) fn changes(&self) -> Api<Change> {
        Api::namespaced(self.client(), &self.namespace)
    }

    /// One change.
    pub(crate) async fn change(&self, name: &str) -> Result<Change, ApiError> {
        let asked = Asked::to_read(format!("change {name}"), &self.namespace);
        self.changes()
            .get(name)
            .await
            .map_err(|error| self.explain(error, &asked))
    }

    /// A policy, or nothing where it is not there or may not be seen.
    pub(crate) async fn policy(&self, name: &str) -> Option<ChangePolicy> {
        let policies: Api<ChangePolicy> = Api::all(self.client());
        policies.get_opt(name).await.ok().flatten()
    }

    /// A policy, or why it cannot be read.
    pub(crate) async fn readable_policy(&self, name: &str) -> Result<ChangePolicy, ApiError> {
        let policies: Api<ChangePolicy> = Api::all(self.client());
        let asked = Asked::to_read_of_cluster(format!("policy {name}"));
        let read = policies.get(name).await;
        read.map_err(|error| self.explain(error, &asked))
    }

    /// Asks the API server who we are (`kubectl auth whoami` does the same).
    pub(crate) async fn myself(&self) -> Result<Myself, ApiError> {
        let reviews: Api<SelfSubjectReview> = Api::all(self.client());
        let asked = Asked::to_read("your own user name", &self.namespace);
        let review = reviews
            .create(&PostParams::default(), &SelfSubjectReview::default())
            .await
            .map_err(|error| self.explain(error, &asked))?;
        let user = review
            .status
            .and_then(|status| status.user_info)
            .unwrap_or_default();
        Ok(Myself {
            username: user.username.unwrap_or_default(),
            groups: user.groups.unwrap_or_default(),
        })
    }

    /// Creates an object exactly as it is written: the API server refuses fields
    /// it does not know instead of dropping them.
    pub(crate) async fn create<K>(&self, object: &Value, dry_run: bool) -> Result<K, kube::Error>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let parameters = PostParams {
            dry_run,
            field_manager: Some(FIELD_MANAGER.to_owned()),
        };
        let body = serde_json::to_vec(object).map_err(kube::Error::SerdeError)?;
        let url = K::url_path(&(), Some(&self.namespace));
        let mut request = Request::new(url)
            .create(&parameters, body)
            .map_err(kube::Error::BuildRequest)?;
        let strict = format!("{}&fieldValidation=Strict", request.uri());
        if let Ok(uri) = strict.parse() {
            *request.uri_mut() = uri;
        }
        self.client.request(request).await
    }

    /// Changes a few fields of a change's spec.
    pub(crate) async fn patch_change(&self, name: &str, spec: &Value) -> Result<Change, ApiError> {
        let patch = serde_json::json!({ "spec": spec });
        let parameters = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let asked = Asked::to_write(format!("change {name}"), &self.namespace);
        self.changes()
            .patch(name, &parameters, &Patch::Merge(&patch))
            .await
            .map_err(|error| self.explain(error, &asked))
    }

    /// Says in words what the API server answered.
    pub(crate) fn explain(&self, error: kube::Error, asked: &Asked) -> ApiError {
        ApiError::new(error, asked, &self.server)
    }
}

/// What is wrong with a kubeconfig, in words. `kube` repeats its causes.
fn unusable(error: &(dyn Error + 'static)) -> ApiError {
    let problem = match error.downcast_ref::<KubeconfigError>() {
        Some(KubeconfigError::CurrentContextNotSet) => "it says no current context".to_owned(),
        Some(KubeconfigError::LoadContext(name)) => format!("it has no context {name}"),
        Some(KubeconfigError::LoadClusterOfContext(name)) => format!("it has no cluster {name}"),
        Some(KubeconfigError::ReadConfig(error, path)) => {
            format!("{} cannot be read: {}", path.display(), told(error))
        }
        _ => one_line(error),
    };
    ApiError::Configuration { problem }
}

/// The object without what only the API server's own bookkeeping needs.
pub(crate) fn presentable<K: Resource + Clone>(object: &K) -> K {
    let mut object = object.clone();
    object.meta_mut().managed_fields = None;
    object
}
