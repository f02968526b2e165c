//! Tidegate and the real Argo CD, which delivers a chart.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "it says what failed by failing"
)]

pub mod packed;
pub mod repository;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use serde_json::{Value, json};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::argo_cd::{
    ArgoCd, NewApplication, Options, applications, create, project, projects,
};
use tidegate_testkit::component::Program;
use tidegate_testkit::control_plane::User;
use tidegate_testkit::repository::Edit;

use crate::argo_cd::{Delivery, adopt};
use crate::installation::{BOT, DANA, Installation};

/// The Application, which is also the release.
pub const NAME: &str = "gateway";
/// Where it deploys to.
pub const NAMESPACE: &str = "production-gateway";
/// The chart in Git.
pub const CHART: &str = "charts/gateway";
/// The first version of its image.
pub const FIRST: &str = "v2.4.3";
const PRODUCTION: &str = "charts/gateway/values-production.yaml";

/// A service whose pods never become ready where `ready` is false, what it was
/// rendered with, a hook of each kind, and a definition that belongs to the cluster.
pub fn chart(version: &str) -> Vec<(&'static str, String)> {
    vec![
        (
            "Chart.yaml",
            format!("apiVersion: v2\nname: gateway\nversion: {version}\n"),
        ),
        (
            "values.yaml",
            "image: {tag: latest}\nreplicas: 1\nready: true\nowner: nobody\n".to_owned(),
        ),
        ("templates/deployment.yaml", DEPLOYMENT.to_owned()),
        ("templates/made-with.yaml", MADE_WITH.to_owned()),
        ("templates/hooks.yaml", HOOKS.to_owned()),
        ("crds/shop.yaml", DEFINITION.to_owned()),
    ]
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api-gateway, labels: {app.kubernetes.io/managed-by: {{ .Release.Service }}}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: api-gateway}}
  template:
    metadata: {labels: {app: api-gateway}}
    spec:
      {{- if not .Values.ready }}
      readinessGates: [{conditionType: tidegate.dev/never}]
      {{- end }}
      containers:
      - {name: api-gateway, image: \"registry.example.com/api-gateway:{{ .Values.image.tag }}\"}
";

/// Everything that Argo CD tells Helm of the release and of the cluster.
const MADE_WITH: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: made-with, namespace: {{ .Release.Namespace }}}
data:
  release: {{ .Release.Name }}
  owner: {{ .Values.owner | quote }}
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
  serves: {{ .Capabilities.APIVersions | toJson | sha256sum }}
";

const HOOKS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: before
  annotations: {helm.sh/hook: \"pre-install,pre-upgrade\", helm.sh/hook-delete-policy: hook-succeeded}
---
apiVersion: v1
kind: Pod
metadata:
  name: test
  annotations: {helm.sh/hook: test}
spec:
  containers: [{name: test, image: registry.example.com/test}]
";

const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.gateway.example.com}
spec:
  group: gateway.example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget}
  versions:
  - {name: v1, served: false, storage: true, schema: {openAPIV3Schema: {type: object}}}
";

pub struct Charts {
    pub delivery: Delivery,
}

impl Charts {
    /// Argo CD delivers a chart in Git, which runs in its first version.
    pub async fn new() -> Self {
        let helm = Program::Helm.find_or_build().unwrap();
        let mut tidegate = Installation::empty().await;
        tidegate.helm = Some(helm);
        let mut edits: Vec<Edit> = chart("0.1.0")
            .into_iter()
            .map(|(path, content)| Edit::write(format!("{CHART}/{path}"), content))
            .collect();
        edits.push(Edit::write(
            PRODUCTION,
            format!("image: {{tag: {FIRST}}}\nreplicas: 2\n"),
        ));
        let first = tidegate
            .repository
            .commit(BOT, "The gateway as it runs", &edits)
            .unwrap();
        let options = Options {
            charts: true,
            ..Options::default()
        };
        let argo_cd = ArgoCd::start(&tidegate.plane, options).await.unwrap();
        let admin = tidegate.admin.clone();
        create(&projects(&admin), project("production", &json!([])))
            .await
            .unwrap();
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        tidegate.apply(&namespace).await;
        let application = NewApplication {
            name: NAME,
            project: "production",
            repository: tidegate.repository.path(),
            path: CHART,
            revision: "main",
            server: argo_cd.server(),
            namespace: NAMESPACE,
        };
        let mut object = application.object();
        object["spec"]["syncPolicy"]["retry"]["backoff"] = json!({"duration": "1s", "factor": 1});
        object["spec"]["source"]["helm"] = json!({
            "valueFiles": ["values-production.yaml", "values-of-nobody.yaml"],
            "ignoreMissingValueFiles": true,
            "skipCrds": true,
            "valuesObject": {"owner": "sre"},
            "parameters": [{"name": "owner", "value": "sre of $ARGOCD_APP_NAME, or 1", "forceString": true}],
        });
        let delivery = Delivery {
            applications: applications(&admin),
            argo_cd,
            tidegate,
            first,
        };
        create(&delivery.applications, object).await.unwrap();
        delivery.is_at(NAME, &delivery.first).await;
        adopt(&delivery.applications, NAME).await;
        Self { delivery }
    }

    /// All at once, without a calendar.
    pub async fn policy(&self, within: &str) {
        self.delivery
            .tidegate
            .policy(|spec| {
                spec["governs"] = json!({"namespaces": ["production-*"]});
                spec["stages"] = json!([
                    {"name": "full", "applications": {"names": ["*"]}, "soak": "1s", "within": within},
                ]);
            })
            .await;
    }

    /// A commit by Dana to the values in Git.
    pub fn values(&mut self, from: &str, to: &str) -> String {
        let edit = Edit::replace(PRODUCTION, from, to);
        let repository = &mut self.delivery.tidegate.repository;
        repository.commit(DANA, "CHG: Values", &[edit]).unwrap()
    }

    /// A change of the Application by Dana, up to where it waits for approvals.
    pub async fn submitted(&self, ticket: &str, source: Value) -> String {
        self.submitted_to(NAME, NAMESPACE, ticket, source).await
    }

    pub async fn submitted_to(
        &self,
        application: &str,
        namespace: &str,
        ticket: &str,
        source: Value,
    ) -> String {
        let name = self.submit(application, namespace, ticket, source).await;
        self.delivery.tidegate.until(&name, Phase::Approving).await;
        name
    }

    /// The same, wherever it goes.
    pub async fn submit(
        &self,
        application: &str,
        namespace: &str,
        ticket: &str,
        source: Value,
    ) -> String {
        let tidegate = &self.delivery.tidegate;
        let targets =
            json!([{"name": application, "namespace": namespace, "application": application}]);
        tidegate
            .submit_with(ticket, source, |spec| spec["targets"] = targets)
            .await;
        ticket.to_lowercase()
    }

    /// The source of a change to this commit.
    pub fn commit(&self, revision: &str) -> Value {
        let repository = self.delivery.tidegate.repository.path();
        json!({"repository": repository.to_str().unwrap(), "revision": revision})
    }

    pub async fn approve(&self, change: &str) {
        self.delivery.tidegate.approve(change, User::Lea).await;
        self.delivery.tidegate.approve(change, User::Marc).await;
    }

    pub async fn image(&self) -> String {
        self.delivery.image(NAMESPACE).await
    }

    /// What Argo CD's Helm was told.
    pub async fn made_with(&self) -> std::collections::BTreeMap<String, String> {
        let api: Api<ConfigMap> = Api::namespaced(self.delivery.tidegate.admin.clone(), NAMESPACE);
        api.get("made-with").await.unwrap().data.unwrap()
    }
}
