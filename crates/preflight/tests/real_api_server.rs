//! What is found in the manifests of the specifications, and what the real API
//! server says of them in a strict dry run: it refuses those with an error, and
//! takes the others. It is given the definitions of custom kinds before.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

use futures::future::join_all;
use http::Request;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::core::{ApiResource, GroupVersionKind};
use kube::runtime::conditions::is_crd_established;
use kube::runtime::wait::await_condition;
use kube::{Api, Client};
use serde_json::Value;
use tidegate_preflight::finding::Severity;
use tidegate_preflight::read::{Read, read};
use tidegate_preflight::schema::{Definitions, Release, judge};
use tidegate_preflight::{Finding, Manifest};
use tidegate_testkit::control_plane::{ControlPlane, Options, User};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema");
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// A case of the specifications for the latest release: definitions, and manifests.
struct Case {
    of: String,
    definitions: Vec<String>,
    manifests: Vec<String>,
}

impl Case {
    /// The definitions, read.
    fn given(&self) -> Vec<Manifest> {
        let read = |text: &String| read("definition.yaml", text.as_bytes(), true).manifests;
        self.definitions.iter().flat_map(read).collect()
    }
}

/// The cases. Each has its custom kinds in a group of its own.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut definitions = Vec::new();
        for (number, block) in text.split("```yaml").skip(1).enumerate() {
            let (words, block) = block.split_once('\n').unwrap();
            let (block, _) = block.split_once("```").unwrap();
            let group = format!("case-{}.example.com", cases.len());
            let block = block.replace("example.com", &group);
            let documents = block.split("---\n").map(ToOwned::to_owned).collect();
            match words.trim() {
                "definition" => definitions = documents,
                "" => cases.push(Case {
                    of: format!("{}, block {}", path.display(), number + 1),
                    definitions: std::mem::take(&mut definitions),
                    manifests: documents,
                }),
                _ => definitions.clear(),
            }
        }
    }
    cases
}

fn text_at<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Where an object is made. None: it is none.
fn address(manifest: &Manifest, definitions: &[Value]) -> Option<String> {
    let key = manifest.key().ok()?;
    let definition = definitions.iter().find(|definition| {
        (
            text_at(definition, "/spec/group"),
            text_at(definition, "/spec/names/kind"),
        ) == (&key.group, &key.kind)
    });
    let built_in =
        ApiResource::from_gvk(&GroupVersionKind::gvk(&key.group, &key.version, &key.kind));
    let plural = definition.map_or(built_in.plural.as_str(), |definition| {
        text_at(definition, "/spec/names/plural")
    });
    let is_cluster = definition.is_some_and(|one| text_at(one, "/spec/scope") == "Cluster");
    let within = if is_cluster {
        ""
    } else {
        "/namespaces/default"
    };
    let root = if key.group.is_empty() {
        format!("/api/{}", key.version)
    } else {
        format!("/apis/{}/{}", key.group, key.version)
    };
    Some(format!("{root}{within}/{plural}"))
}

/// Why the API server does not take it. None: it does.
async fn refused(client: &Client, manifest: &str, address: &str) -> Option<String> {
    // As it is written, so that the API server sees keys that are there twice.
    let request = Request::post(address)
        .header("content-type", "application/yaml")
        .body(manifest.as_bytes().to_vec())
        .unwrap();
    let answer = client.request::<Value>(request).await;
    answer.err().map(|error| error.to_string())
}

/// Why the API server does not take it in a server-side apply. None: it does.
async fn applied(
    client: &Client,
    manifest: &Manifest,
    address: &str,
    text: &str,
) -> Option<String> {
    let (collection, _) = address.split_once('?').unwrap();
    let name = manifest.key().unwrap().name;
    let address = format!("{collection}/{name}?dryRun=All&fieldManager=test");
    let request = Request::patch(address)
        .header("content-type", "application/apply-patch+yaml")
        .body(text.as_bytes().to_vec())
        .unwrap();
    let answer = client.request::<Value>(request).await;
    answer.err().map(|error| error.to_string())
}

fn errors<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<String> {
    let errors = findings
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.message.clone()).collect()
}

/// Makes the definitions of a case, where the API server is to take them.
async fn define(client: &Client, case: &Case) {
    for (definition, text) in case.given().iter().zip(&case.definitions) {
        let (_, faults) = Definitions::read(Release::LATEST, [definition]);
        let faults = errors(&faults);
        let refused = refused(
            client,
            text,
            &format!("{DEFINITIONS}?fieldValidation=Strict"),
        )
        .await;
        assert_eq!(
            faults.is_empty(),
            refused.is_none(),
            "{}, definition: found {faults:?}, and the API server says {refused:?}",
            case.of
        );
        if refused.is_none() {
            let api = Api::<CustomResourceDefinition>::all(client.clone());
            let name = definition.key().unwrap().name;
            await_condition(api, &name, is_crd_established())
                .await
                .unwrap();
        }
    }
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
    let (mut asked, mut custom, mut warned) = (0, 0, 0);
    // Nobody else makes it here, and no pod is taken without.
    let account = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}";
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    assert_eq!(refused(&client, account, accounts).await, None);
    let cases = cases();
    join_all(cases.iter().map(|case| define(&client, case))).await;
    for case in cases {
        let given = case.given();
        let (definitions, _) = Definitions::read(Release::LATEST, &given);
        let given: Vec<Value> = given.iter().map(Manifest::value).collect();
        for text in &case.manifests {
            let Read {
                manifests,
                findings,
            } = read("manifest.yaml", text.as_bytes(), true);
            let [manifest] = manifests.as_slice() else {
                continue;
            };
            let Some(address) = address(manifest, &given).filter(|_| !text.contains("kind: List"))
            else {
                continue;
            };
            let judgement = judge(Release::LATEST, &definitions, manifest);
            if !judgement.unjudged.is_empty() {
                continue;
            }
            let found = errors(findings.iter().chain(&judgement.findings));
            let address = format!("{address}?dryRun=All&fieldValidation=Strict");
            let refused = refused(&client, text, &address).await;
            assert_eq!(
                found.is_empty(),
                refused.is_none(),
                "{}: found {found:?}, and the API server says {refused:?}",
                case.of
            );
            // What would only be refused when it is applied.
            let is_warned = judgement.findings.iter().any(|finding| {
                let hint = finding.hint.as_deref().unwrap_or_default();
                found.is_empty() && hint.contains("server-side apply")
            });
            if is_warned {
                let applied = applied(&client, manifest, &address, text).await;
                assert!(applied.is_some(), "{}: {:?}", case.of, judgement.findings);
                warned += 1;
            }
            asked += 1;
            custom += usize::from(!given.is_empty());
        }
    }
    assert!(asked > 20, "{asked} manifests");
    assert!(warned > 4, "{warned} that a server-side apply refuses");
    assert!(custom > 10, "{custom} of custom kinds");
    plane.stop().await;
}
