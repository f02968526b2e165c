//! What is found in the manifests of the specifications, and what the real API
//! server says of them in a strict dry run: it refuses those with an error, and
//! takes the others.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

use http::Request;
use kube::Client;
use kube::core::{ApiResource, GroupVersionKind};
use tidegate_preflight::finding::Severity;
use tidegate_preflight::read::read;
use tidegate_preflight::schema::{Release, is_built_in, judge};
use tidegate_testkit::control_plane::{ControlPlane, Options, User};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema");

/// The manifests of the specifications that are for the latest release, each one
/// object of Kubernetes' own.
fn manifests() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let blocks = text.split("```yaml\n").skip(1);
        for (number, block) in blocks.enumerate() {
            let (manifest, _) = block.split_once("```").unwrap();
            let of = format!("{}, block {}", path.display(), number + 1);
            found.push((of, manifest.to_owned()));
        }
    }
    found
}

/// Why the API server does not take it. None: it does.
async fn refused(client: &Client, manifest: &str, key: &GroupVersionKind) -> Option<String> {
    let resource = ApiResource::from_gvk(key);
    let group = if key.group.is_empty() {
        format!("/api/{}", key.version)
    } else {
        format!("/apis/{}/{}", key.group, key.version)
    };
    let uri = format!(
        "{group}/namespaces/default/{}?dryRun=All&fieldValidation=Strict",
        resource.plural
    );
    // As it is written, so that the API server sees keys that are there twice.
    let request = Request::post(uri)
        .header("content-type", "application/yaml")
        .body(manifest.as_bytes().to_vec())
        .unwrap();
    let answer = client.request::<serde_json::Value>(request).await;
    answer.err().map(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_server_refuses_what_has_an_error_and_takes_the_rest() {
    let plane = ControlPlane::start(Options {
        kwok: false,
        scheduler: false,
        controller_manager: false,
        ..Options::default()
    })
    .await
    .unwrap();
    let client = plane.client(User::Admin).await.unwrap();
    let mut asked = 0;
    for (of, text) in manifests() {
        let reading = read("manifest.yaml", text.as_bytes(), true);
        let [manifest] = reading.manifests.as_slice() else {
            continue;
        };
        let Ok(key) = manifest.key() else { continue };
        if !is_built_in(manifest) || text.contains("kind: List") {
            continue;
        }
        let found = judge(Release::LATEST, manifest).findings;
        let errors: Vec<String> = reading
            .findings
            .iter()
            .chain(&found)
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.message.clone())
            .collect();
        let kind = GroupVersionKind::gvk(&key.group, &key.version, &key.kind);
        let refused = refused(&client, &text, &kind).await;
        assert_eq!(
            errors.is_empty(),
            refused.is_none(),
            "{of}: found {errors:?}, and the API server says {refused:?}"
        );
        asked += 1;
    }
    assert!(asked > 8, "{asked} manifests");
    plane.stop().await;
}
