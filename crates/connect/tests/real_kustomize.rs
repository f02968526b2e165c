//! Overlays rendered with the real kustomize.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tidegate_connect::SubprocessError;
use tidegate_connect::render::{
    Kustomize, ManifestError, Refusal, RenderError, RenderLimits, Rendered,
};

/// The version that the tests are written for.
const VERSION: &str = "v5.8.1";

fn kustomize() -> Kustomize {
    let given = std::env::var_os("TIDEGATE_KUSTOMIZE").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))
        .map(|cache| cache.join(format!("tidegate/kustomize-{VERSION}/kustomize")))
        .filter(|program| program.is_file());
    Kustomize::find(given.or(cache))
        .expect("kustomize is missing: run `cargo xtask components`, or set TIDEGATE_KUSTOMIZE")
}

const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 3
  selector: {matchLabels: {app: shop}}
  template:
    metadata:
      labels: {app: shop}
      annotations: {enabled: 'yes', commit: '12e34567', mode: '0644', version: '1.0'}
    spec:
      containers:
      - name: shop
        image: registry.example.com/shop:v1
";

/// A service with a base and a production overlay, and more files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let base = format!("{KUSTOMIZATION}resources: [deployment.yaml]\n");
    let overlay = format!("{KUSTOMIZATION}namespace: production\nresources: [../../base]\n");
    let usual = [
        ("shop/base/kustomization.yaml", base.as_str()),
        ("shop/base/deployment.yaml", DEPLOYMENT),
        (
            "shop/overlays/production/kustomization.yaml",
            overlay.as_str(),
        ),
    ];
    for (path, content) in usual.iter().chain(files) {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    root
}

async fn render(root: &TempDir, overlay: &str) -> Result<Rendered, RenderError> {
    kustomize()
        .render(root.path(), overlay, &RenderLimits::default())
        .await
}

#[tokio::test]
async fn an_overlay_renders_to_objects_and_names_its_tool() {
    let rendered = render(&tree(&[]), "shop/overlays/production")
        .await
        .unwrap();
    assert_eq!(rendered.tool.name, "kustomize");
    assert_eq!(rendered.tool.version, VERSION);
    let [deployment] = rendered.objects.as_slice() else {
        panic!("{:?}", rendered.objects)
    };
    assert_eq!(
        deployment["metadata"],
        json!({"name": "shop", "namespace": "production"})
    );
    assert_eq!(deployment["spec"]["replicas"].to_string(), "3");
    assert_eq!(
        deployment["spec"]["template"]["metadata"]["annotations"],
        json!({"enabled": "yes", "commit": "12e34567", "mode": "0644", "version": "1.0"})
    );
}

#[tokio::test]
async fn two_renders_are_equal() {
    let files = [(
        "shop/overlays/more/kustomization.yaml",
        "resources: [../production]\nconfigMapGenerator: [{name: settings, literals: [b=1, a=2]}]\n\
         secretGenerator: [{name: key, literals: [a=b]}]\n",
    )];
    let (one, other) = (tree(&files), tree(&files));
    let first = render(&one, "shop/overlays/more").await.unwrap();
    let second = render(&other, "shop/overlays/more").await.unwrap();
    assert_eq!(first, second);
    assert_eq!(first.objects.len(), 3);
}

#[tokio::test]
async fn a_remote_base_is_refused_before_anything_is_asked() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/base.yaml", listener.local_addr().unwrap());
    let root = tree(&[(
        "remote/kustomization.yaml",
        &format!("resources:\n- {url}\n"),
    )]);
    let error = render(&root, "remote").await.unwrap_err();
    assert!(
        matches!(error, RenderError::Refused(Refusal::Remote { .. })),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        format!(
            "remote/kustomization.yaml:2: resources: \"{url}\" is remote: copy it into the repository"
        )
    );
    assert!(listener.accept().is_err(), "somebody asked");
}

#[tokio::test]
async fn messages_name_files_as_in_the_repository() {
    let root = tree(&[
        (
            "broken/kustomization.yaml",
            "resources: [deployment.yaml]\n",
        ),
        ("broken/deployment.yaml", "kind: Deployment\nmetadata: [\n"),
    ]);
    let error = render(&root, "broken").await.unwrap_err();
    let RenderError::Failed { overlay, message } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(overlay, "broken");
    assert!(message.contains("deployment.yaml"), "{message}");
    let real = root.path().canonicalize().unwrap();
    assert!(!message.contains(real.to_str().unwrap()), "{message}");
}

#[tokio::test]
async fn a_file_outside_its_kustomization_is_refused_by_kustomize() {
    let root = tree(&[
        ("other.yaml", DEPLOYMENT),
        ("outside/kustomization.yaml", "resources: [../other.yaml]\n"),
    ]);
    let error = render(&root, "outside").await.unwrap_err();
    assert!(
        matches!(&error, RenderError::Failed { message, .. } if message.contains("security")),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_environment_does_not_reach_the_manifests() {
    let root = tree(&[
        (
            "env/kustomization.yaml",
            "configMapGenerator: [{name: a, envs: [names.env]}]\n",
        ),
        // A name without a value is taken from the environment.
        ("env/names.env", "CARGO_MANIFEST_DIR\nGOMEMLIMIT=x\n"),
    ]);
    let rendered = render(&root, "env").await;
    let shown = format!("{rendered:?}");
    assert!(!shown.contains(env!("CARGO_MANIFEST_DIR")), "{shown}");
}

#[tokio::test]
async fn what_renders_to_nothing_is_an_error() {
    let local = DEPLOYMENT.replace(
        "name: shop\nspec",
        "name: shop\n  annotations: {config.kubernetes.io/local-config: 'true'}\nspec",
    );
    let root = tree(&[
        ("empty/kustomization.yaml", "resources: [deployment.yaml]\n"),
        ("empty/deployment.yaml", &local),
    ]);
    let error = render(&root, "empty").await.unwrap_err();
    assert!(matches!(error, RenderError::Empty { .. }), "{error:?}");
}

#[tokio::test]
async fn manifests_that_cannot_be_applied_are_an_error() {
    let older = DEPLOYMENT.replace("apps/v1", "apps/v1beta1");
    let root = tree(&[
        (
            "twice/kustomization.yaml",
            "resources: [one.yaml, two.yaml]\n",
        ),
        ("twice/one.yaml", DEPLOYMENT),
        ("twice/two.yaml", &older),
    ]);
    let error = render(&root, "twice").await.unwrap_err();
    let RenderError::Manifests { source, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(
        matches!(source, ManifestError::Duplicate { .. }),
        "{source:?}"
    );
}

#[tokio::test]
async fn limits_are_kept() {
    let data = "x".repeat(1000);
    let objects: Vec<String> = (0..2000)
        .map(|number| {
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x{number}}}\ndata: {{a: {data}}}\n")
        })
        .collect();
    let root = tree(&[
        ("large/kustomization.yaml", "resources: [objects.yaml]\n"),
        ("large/objects.yaml", &objects.join("---\n")),
    ]);
    let kustomize = kustomize();
    kustomize.version().await.unwrap();
    let usual = RenderLimits::default();

    let time = RenderLimits {
        time: Duration::from_millis(1),
        ..usual
    };
    let error = kustomize
        .render(root.path(), "large", &time)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            RenderError::BrokenOff {
                source: SubprocessError::TimedOut(_),
                ..
            }
        ),
        "{error:?}"
    );

    let output = RenderLimits {
        output: 1000,
        ..usual
    };
    let error = kustomize
        .render(root.path(), "large", &output)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            RenderError::BrokenOff {
                source: SubprocessError::OutputTooLarge(1000),
                ..
            }
        ),
        "{error:?}"
    );

    if cfg!(target_os = "linux") {
        let memory = RenderLimits {
            memory: 24 * 1024 * 1024,
            ..usual
        };
        let error = kustomize
            .render(root.path(), "large", &memory)
            .await
            .unwrap_err();
        assert!(
            matches!(error, RenderError::OutOfMemory { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn another_program_does_not_pass_for_kustomize() {
    let error = Kustomize::find(Some(PathBuf::from("/bin/false")))
        .unwrap()
        .version()
        .await
        .unwrap_err();
    assert!(matches!(error, RenderError::Version { .. }), "{error:?}");
}
