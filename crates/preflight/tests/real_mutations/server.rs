//! What the real API server says of a manifest.

use std::collections::HashMap;

use http::Request;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::core::GroupVersionKind;
use kube::discovery::{Scope, pinned_kind};
use kube::runtime::conditions::is_crd_established;
use kube::runtime::wait::await_condition;
use kube::{Api, Client};
use serde_json::{Value, json};
use tidegate_testkit::control_plane::{ControlPlane, Options, User};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// An API server alone.
pub struct Server {
    plane: ControlPlane,
    client: Client,
    /// Where objects of a kind are made.
    addresses: HashMap<(String, String), String>,
}

impl Server {
    /// Starts one with these custom kinds that knows where objects of the kinds of the
    /// seeds are made.
    pub async fn start(definitions: &[Value], seeds: &[Value]) -> Self {
        let plane = ControlPlane::start(Options {
            kwok: false,
            scheduler: false,
            controller_manager: false,
            ..Options::default()
        })
        .await
        .unwrap();
        let client = plane.client(User::Admin).await.unwrap();
        for definition in definitions {
            post(&client, DEFINITIONS, definition).await.unwrap();
        }
        for definition in definitions {
            let api = Api::<CustomResourceDefinition>::all(client.clone());
            let name = definition["metadata"]["name"].as_str().unwrap();
            await_condition(api, name, is_crd_established())
                .await
                .unwrap();
        }
        let mut addresses = HashMap::new();
        for seed in seeds {
            let (api_version, kind) = claim(seed);
            let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
            let name = GroupVersionKind::gvk(group, version, &kind);
            let (resource, capabilities) = pinned_kind(&client, &name).await.unwrap();
            let root = if group.is_empty() { "api" } else { "apis" };
            let within = match capabilities.scope {
                Scope::Namespaced => "/namespaces/default",
                Scope::Cluster => "",
            };
            let address = format!("/{root}/{api_version}{within}/{}", resource.plural);
            addresses.insert((api_version, kind), address);
        }
        let server = Self {
            plane,
            client,
            addresses,
        };
        // Nobody else makes them here, and no pod is taken without.
        for name in ["default", "web"] {
            let account = json!({
                "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name},
            });
            let address = "/api/v1/namespaces/default/serviceaccounts";
            post(&server.client, address, &account).await.unwrap();
        }
        server
    }

    /// Why it does not take a manifest in a strict dry run. None: it does.
    pub async fn refuses(&self, manifest: &Value) -> Option<String> {
        let address = &self.addresses[&claim(manifest)];
        let address = format!("{address}?dryRun=All&fieldValidation=Strict");
        post(&self.client, &address, manifest).await.err()
    }

    pub async fn stop(self) {
        self.plane.stop().await;
    }
}

async fn post(client: &Client, address: &str, object: &Value) -> Result<(), String> {
    let request = Request::post(address)
        .header("content-type", "application/json")
        .body(object.to_string().into_bytes())
        .unwrap();
    let answer = client.request::<Value>(request).await;
    answer.map(|_| ()).map_err(|error| error.to_string())
}

fn claim(manifest: &Value) -> (String, String) {
    let field = |name: &str| manifest[name].as_str().unwrap().to_owned();
    (field("apiVersion"), field("kind"))
}
