//! Tidegate and the real Argo CD, which delivers a chart.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "it says what failed by failing"
)]

pub mod packed;
pub mod repository;

use std::collections::BTreeMap;

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

/// An Application of which only its files say that it is a chart.
pub const BARE: &str = "bare";
/// Where that deploys to.
pub const BARE_NAMESPACE: &str = "production-bare";
const BARE_VALUES: &str = "charts/bare/values.yaml";
const BARE_CHART: [(&str, &str); 3] = [
    (
        "charts/bare/Chart.yaml",
        "apiVersion: v2\nname: bare\nversion: 0.1.0\n",
    ),
    (BARE_VALUES, "version: one\n"),
    (
        "charts/bare/templates/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made-with}\ndata: {release: {{ .Release.Name }}, version: {{ .Values.version }}}\n",
    ),
];

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

/// What Argo CD tells Helm of the release and of the cluster. (Of definitions that are
/// installed right before it starts it may not know for hours.)
const MADE_WITH: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: made-with, namespace: {{ .Release.Namespace }}}
data:
  release: {{ .Release.Name }}
  owner: {{ .Values.owner | quote }}
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
  changes: {{ .Capabilities.APIVersions.Has \"tidegate.dev/v1alpha1/Change\" | quote }}
  deployments: {{ .Capabilities.APIVersions.Has \"apps/v1/Deployment\" | quote }}
  others: {{ .Capabilities.APIVersions.Has \"example.com/v1/Other\" | quote }}
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
        let bare = BARE_CHART.iter();
        edits.extend(bare.map(|(path, content)| Edit::write(*path, *content)));
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
        for name in [NAMESPACE, BARE_NAMESPACE] {
            let namespace =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            tidegate.apply(&namespace).await;
        }
        let application = NewApplication {
            name: NAME,
            project: "production",
            repository: tidegate.repository.path(),
            path: CHART,
            revision: "main",
            server: argo_cd.server(),
            namespace: NAMESPACE,
        };
        let bare = NewApplication {
            name: BARE,
            path: "charts/bare",
            namespace: BARE_NAMESPACE,
            ..application
        };
        let bare = bare.object();
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
        for object in [object, bare] {
            create(&delivery.applications, object).await.unwrap();
        }
        for name in [NAME, BARE] {
            delivery.is_at(name, &delivery.first).await;
            adopt(&delivery.applications, name).await;
        }
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
        self.edit(&[Edit::replace(PRODUCTION, from, to)])
    }

    /// The same of both Applications.
    pub fn values_of_both(&mut self, from: &str, to: &str) -> String {
        self.edit(&[
            Edit::replace(PRODUCTION, from, to),
            Edit::replace(BARE_VALUES, "one", "two"),
        ])
    }

    fn edit(&mut self, edits: &[Edit]) -> String {
        let repository = &mut self.delivery.tidegate.repository;
        repository.commit(DANA, "CHG: Values", edits).unwrap()
    }

    /// A change of these Applications by Dana, up to where it waits for approvals.
    pub async fn submitted(&self, which: &[(&str, &str)], ticket: &str, source: Value) -> String {
        let name = self.submit(which, ticket, source).await;
        self.delivery.tidegate.until(&name, Phase::Approving).await;
        name
    }

    /// The same, wherever it goes.
    pub async fn submit(&self, which: &[(&str, &str)], ticket: &str, source: Value) -> String {
        let tidegate = &self.delivery.tidegate;
        let target = |(name, namespace): &(&str, &str)| json!({"name": name, "namespace": namespace, "application": name});
        let targets = json!(which.iter().map(target).collect::<Vec<_>>());
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
    pub async fn made_with(&self, namespace: &str) -> BTreeMap<String, String> {
        let api: Api<ConfigMap> = Api::namespaced(self.delivery.tidegate.admin.clone(), namespace);
        api.get("made-with").await.unwrap().data.unwrap()
    }
}
