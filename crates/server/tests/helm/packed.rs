//! The Application whose chart comes from a Helm repository, and its values from Git.

use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;
use serde_json::{Value, json};
use tidegate_core::argo_cd::{Application, adoption};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::argo_cd::{create, wait_for};
use tidegate_testkit::repository::Edit;

use super::repository::{ChartRepository, PASSWORD, USERNAME};
use super::{Charts, chart};
use crate::argo_cd::{PATIENCE, adopt};
use crate::installation::{BOT, DANA, NAMESPACE as TIDEGATE};

/// The Application, and the release.
pub const NAME: &str = "packed";
/// Where it deploys to.
pub const NAMESPACE: &str = "production-packed";
const VALUES: &str = "values/packed.yaml";

pub struct Packed {
    pub charts: Charts,
    pub repository: ChartRepository,
    /// The digest of version 1.0.0.
    pub archive: String,
}

impl Packed {
    /// Version 1.0.0 runs with values from Git, follows a range of versions, and is not
    /// adopted. Both Tidegate and Argo CD know the repository's password.
    pub async fn new(charts: Charts) -> Self {
        let helm = charts.delivery.tidegate.helm.clone().unwrap();
        let repository = ChartRepository::start(&helm).await;
        let archive = repository.publish(&chart("1.0.0"));
        let mut charts = charts;
        let tidegate = &mut charts.delivery.tidegate;
        let edit = Edit::write(VALUES, "image: {tag: v1}\nowner: packed\n");
        let first = tidegate.repository.commit(BOT, "Values", &[edit]).unwrap();
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        tidegate.apply(&namespace).await;
        tidegate
            .apply(&json!({
                "apiVersion": "v1", "kind": "Secret",
                "metadata": {"name": "charts", "namespace": TIDEGATE},
                "stringData": {"username": USERNAME, "password": PASSWORD},
            }))
            .await;
        tidegate
            .apply(&json!({
                "apiVersion": "tidegate.dev/v1alpha1", "kind": "Connection",
                "metadata": {"name": "charts"},
                "spec": {"kind": "helm", "url": repository.url, "secretRef": {"name": "charts"}},
            }))
            .await;
        tidegate
            .apply(&json!({
                "apiVersion": "v1", "kind": "Secret",
                "metadata": {
                    "name": "charts", "namespace": "argocd",
                    "labels": {"argocd.argoproj.io/secret-type": "repository"},
                },
                "stringData": {
                    "type": "helm", "name": "charts", "url": repository.url,
                    "username": USERNAME, "password": PASSWORD,
                },
            }))
            .await;
        let git = format!("file://{}", tidegate.repository.path().display());
        let application = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": NAME, "namespace": "argocd"},
            "spec": {
                "project": "production",
                "sources": [
                    {"repoURL": repository.url, "chart": "gateway", "targetRevision": "1.0.*",
                     "helm": {"valueFiles": [format!("$values/{VALUES}")], "skipCrds": true}},
                    {"repoURL": git, "targetRevision": "main", "ref": "values"},
                ],
                "destination": {"server": charts.delivery.argo_cd.server(), "namespace": NAMESPACE},
                "syncPolicy": {"automated": {"prune": true, "selfHeal": true}},
            },
        });
        create(&charts.delivery.applications, application)
            .await
            .unwrap();
        let packed = Self {
            charts,
            repository,
            archive,
        };
        packed.is_at("1.0.0", &first).await;
        packed
    }

    /// Why it cannot be adopted as it is; then it is, in its exact version.
    pub async fn adopted(&self) -> Vec<String> {
        let object = self.charts.delivery.get(NAME).await;
        let application = Application::read(&object).unwrap();
        let refused = adoption::examine(&application, None).unwrap_err();
        self.move_version("1.0.0").await;
        adopt(&self.charts.delivery.applications, NAME).await;
        refused.into_iter().map(|refusal| refusal.remedy).collect()
    }

    /// What was told of its adoption, once it was.
    pub async fn adoption(&self) -> Option<String> {
        let api: Api<Event> =
            Api::namespaced(self.charts.delivery.tidegate.admin.clone(), "argocd");
        let of = ListParams::default().fields(&format!("regarding.name={NAME}"));
        let mut events = api.list(&of).await.unwrap().items.into_iter();
        let adopted = events.find(|event| event.reason.as_deref() == Some("Adopted"));
        adopted?.note
    }

    /// Somebody makes it point at this version.
    pub async fn move_version(&self, version: &str) {
        let object = self.charts.delivery.get(NAME).await;
        let mut sources = object["spec"]["sources"].clone();
        sources[0]["targetRevision"] = json!(version);
        let patch = json!({"spec": {"sources": sources}});
        self.charts.delivery.patch(NAME, &patch).await;
    }

    /// Waits until Argo CD has synced this version with these values and finds it
    /// healthy.
    pub async fn is_at(&self, version: &str, values: &str) {
        let done = |application: &Value| {
            let says = |pointer: &str, text: &str| {
                application.pointer(pointer).and_then(Value::as_str) == Some(text)
            };
            application.pointer("/status/sync/revisions") == Some(&json!([version, values]))
                && says("/status/sync/status", "Synced")
                && says("/status/health/status", "Healthy")
                && says("/status/operationState/phase", "Succeeded")
        };
        let what = format!("is at {version} with values of {values}, and healthy");
        wait_for(
            &self.charts.delivery.applications,
            NAME,
            &what,
            PATIENCE,
            done,
        )
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    }

    /// What it points at: the version, and the commit of its values.
    pub async fn pins(&self) -> (String, String) {
        let object = self.charts.delivery.get(NAME).await;
        let at = |position: usize| {
            let pin = &object["spec"]["sources"][position]["targetRevision"];
            pin.as_str().unwrap().to_owned()
        };
        (at(0), at(1))
    }

    /// A commit by Dana to the values.
    pub fn values(&mut self, from: &str, to: &str) -> String {
        let edit = Edit::replace(VALUES, from, to);
        let repository = &mut self.charts.delivery.tidegate.repository;
        repository.commit(DANA, "CHG: Values", &[edit]).unwrap()
    }

    /// The source of a change to this version of the chart.
    pub fn version(&self, version: &str) -> Value {
        json!({"repository": self.repository.url, "chart": "gateway", "version": version})
    }

    /// A change of the Application by Dana, up to where it waits for approvals.
    pub async fn submitted(&self, ticket: &str, source: Value) -> String {
        self.charts
            .submitted(&[(NAME, NAMESPACE)], ticket, source)
            .await
    }

    /// A change of the Application by Dana, wherever it goes.
    pub async fn submit(&self, ticket: &str, source: Value) -> String {
        self.charts
            .submit(&[(NAME, NAMESPACE)], ticket, source)
            .await
    }

    /// The image that runs.
    pub async fn image(&self) -> String {
        self.charts.delivery.image(NAMESPACE).await
    }

    /// Approves it, and waits until it has ended so.
    pub async fn goes(&self, change: &str, phase: Phase) -> tidegate_api::Change {
        self.charts.approve(change).await;
        self.charts.delivery.tidegate.until(change, phase).await
    }
}
