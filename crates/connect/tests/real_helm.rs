//! Charts rendered with the real Helm.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use tidegate_connect::chart::{ChartAddress, fetch};
use tidegate_connect::git::Credentials;
use tidegate_connect::render::{
    Chart, Helm, Release, RenderError, RenderLimits, Rendered, Variables,
};
use tidegate_connect::secret::Secret;

/// The version that the tests are written for.
const VERSION: &str = "v4.2.1";

fn helm() -> Helm {
    let given = std::env::var_os("TIDEGATE_HELM").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))
        .map(|cache| cache.join(format!("tidegate/helm-{VERSION}/helm")))
        .filter(|program| program.is_file());
    let program = given
        .or(cache)
        .expect("helm is missing: run `cargo xtask components`, or set TIDEGATE_HELM");
    Helm::find(Some(program))
}

const CHART: &str = "apiVersion: v2\nname: shop\nversion: 0.1.0\n";

const SETTINGS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
data:
  colour: {{ .Values.colour | quote }}
  size: {{ .Values.size | quote }}
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
  rollouts: {{ .Capabilities.APIVersions.Has \"argoproj.io/v1alpha1/Rollout\" | quote }}
";

/// A chart `charts/shop` with values, and more files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let usual = [
        ("charts/shop/Chart.yaml", CHART),
        ("charts/shop/values.yaml", "colour: red\nsize: 1\n"),
        ("charts/shop/templates/settings.yaml", SETTINGS),
    ];
    for (path, content) in usual.iter().chain(files) {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    root
}

async fn render(tree: &TempDir, parameters: Value) -> Result<Rendered, RenderError> {
    let variables = Variables {
        application: "gateway".to_owned(),
        revision: "9f1c2d3e4b5a69788796a5b4c3d2e1f001122334".to_owned(),
        ..Variables::default()
    };
    let release = Release {
        name: "gateway",
        namespace: "production",
        parameters: Some(&parameters),
        variables: &variables,
        kube_version: "v1.36.3-gke.100",
        api_versions: &["argoproj.io/v1alpha1/Rollout".to_owned()],
    };
    let chart = Chart::Folder {
        root: tree.path(),
        path: "charts/shop",
    };
    let limits = RenderLimits::default();
    helm().render(&chart, &release, &limits).await
}

async fn refused(files: &[(&str, &str)], parameters: Value) -> String {
    let error = render(&tree(files), parameters).await.unwrap_err();
    tidegate_core::causes::in_one_line(&error)
}

#[tokio::test]
async fn a_chart_is_rendered_for_its_application_and_its_cluster() {
    let rendered = render(&tree(&[]), json!({})).await.unwrap();
    assert_eq!(rendered.tool.name, "helm");
    assert_eq!(rendered.tool.version, VERSION);
    assert_eq!(
        rendered.objects,
        [json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "gateway", "namespace": "production"},
            "data": {
                "colour": "red", "size": "1",
                "kubernetes": "v1.36.3", "rollouts": "true",
            },
        })]
    );
}

#[tokio::test]
async fn values_come_from_the_chart_then_from_files_then_from_the_application() {
    let files = [
        ("charts/shop/production.yaml", "colour: green\nsize: 2\n"),
        ("size.yaml", "size: 3\n"),
    ];
    let tree = tree(&files);
    for (parameters, colour, size) in [
        (json!({"valueFiles": ["production.yaml"]}), "green", "2"),
        (
            json!({"valueFiles": ["production.yaml", "/size.yaml"]}),
            "green",
            "3",
        ),
        (
            json!({"valueFiles": ["../../size.yaml", "production.yaml"]}),
            "green",
            "2",
        ),
        (
            json!({"valueFiles": ["production.yaml"], "values": "size: 4\n"}),
            "green",
            "4",
        ),
        (
            json!({
                "valueFiles": ["production.yaml"],
                "valuesObject": {"size": 5, "colour": "blue"},
                "parameters": [{"name": "colour", "value": "$ARGOCD_APP_NAME,$ARGOCD_APP_REVISION_SHORT"}],
            }),
            "gateway,9f1c2d3",
            "5",
        ),
        (
            json!({"parameters": [{"name": "size", "value": "012", "forceString": true}]}),
            "red",
            "012",
        ),
        (
            json!({"fileParameters": [{"name": "colour", "path": "/size.yaml"}]}),
            "size: 3\n",
            "1",
        ),
    ] {
        let rendered = render(&tree, parameters.clone()).await.unwrap();
        let data = &rendered.objects[0]["data"];
        assert_eq!(data["colour"], colour, "{parameters}");
        assert_eq!(data["size"], size, "{parameters}");
    }
}

#[tokio::test]
async fn definitions_and_hooks_are_rendered_as_the_application_asks() {
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: shops.example.com}\n";
    let test =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n";
    let tree = tree(&[
        ("charts/shop/crds/shop.yaml", definition),
        ("charts/shop/templates/test.yaml", test),
    ]);
    for (parameters, expected) in [
        (
            json!({}),
            &["CustomResourceDefinition", "ConfigMap", "Pod"][..],
        ),
        (
            json!({"skipCrds": true, "skipTests": true}),
            &["ConfigMap"][..],
        ),
    ] {
        let rendered = render(&tree, parameters).await.unwrap();
        let kinds = rendered.objects.iter();
        let kinds: Vec<_> = kinds
            .map(|object| object["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, expected);
    }
}

#[tokio::test]
async fn what_nobody_could_compare_or_find_is_refused_with_what_to_do() {
    let random = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: {{ randAlphaNum 20 }}}\n";
    let told = refused(&[("charts/shop/templates/db.yaml", random)], json!({})).await;
    assert!(
        told.starts_with(
            "the chart charts/shop does not render to the same twice (Secret/db differs)"
        ),
        "{told}"
    );
    let clock = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, annotations: {at: {{ now | date \"15:04:05\" | quote }}}}\n";
    let told = refused(&[("charts/shop/templates/db.yaml", clock)], json!({})).await;
    assert!(told.contains("(Secret/db differs)"), "{told}");

    let needs = format!(
        "{CHART}dependencies:\n- {{name: redis, version: 1.0.0, repository: \"https://charts.example.com\"}}\n"
    );
    let told = refused(&[("charts/shop/Chart.yaml", &needs)], json!({})).await;
    assert_eq!(
        told,
        "the chart charts/shop needs charts that are not in its folder charts (redis): run `helm dependency build charts/shop` and commit what it writes"
    );

    let told = refused(&[], json!({"postRenderer": "x"})).await;
    assert!(
        told.contains("the parameter postRenderer of Helm"),
        "{told}"
    );
    let told = refused(&[], json!({"valueFiles": ["https://example.com/x.yaml"]})).await;
    assert!(told.contains("commit it"), "{told}");

    let broken = "a: {{ .Values.missing.deeper }}\n";
    let told = refused(&[("charts/shop/templates/x.yaml", broken)], json!({})).await;
    assert!(
        told.starts_with("the chart charts/shop does not render: ") && !told.contains("/tmp/"),
        "{told}"
    );
    let told = refused(
        &[(
            "charts/shop/templates/settings.yaml",
            "{{- /* nothing */ -}}",
        )],
        json!({}),
    )
    .await;
    assert_eq!(told, "the chart charts/shop renders to no objects");
}

#[tokio::test]
async fn a_chart_sees_neither_the_network_nor_the_machine() {
    let asks = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: asked}
data:
  host: {{ getHostByName \"localhost\" | quote }}
  file: {{ .Files.Get \"../../secret.txt\" | quote }}
  live: {{ lookup \"v1\" \"Secret\" \"default\" \"x\" | toJson | quote }}
";
    let tree = tree(&[
        ("charts/shop/templates/asked.yaml", asks),
        ("secret.txt", "hunter2"),
    ]);
    let rendered = render(&tree, json!({})).await.unwrap();
    let mut objects = rendered.objects.iter();
    let asked = objects.find(|object| object["metadata"]["name"] == "asked");
    assert_eq!(
        asked.unwrap()["data"],
        json!({"host": "", "file": "", "live": "{}"})
    );
}

#[tokio::test]
async fn a_chart_that_cannot_be_fetched_is_named_without_what_opens_it() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let credentials = Credentials {
        username: "reader".to_owned(),
        password: Secret::new("hunter2"),
    };
    for scheme in ["http", "oci"] {
        let address = ChartAddress {
            repository: format!("{scheme}://{closed}/stable"),
            name: "shop".to_owned(),
            version: "1.4.2".to_owned(),
        };
        let error = fetch(&helm(), &address, Some(&credentials)).await;
        let told = tidegate_core::causes::in_one_line(&error.unwrap_err());
        let begins = format!("chart shop 1.4.2 of {scheme}://{closed}/stable cannot be fetched: ");
        assert!(told.starts_with(&begins), "{told}");
        assert!(told.contains("refused"), "{told}");
        assert!(
            !told.contains("hunter2") && !told.contains("/tmp/"),
            "{told}"
        );
    }
}
