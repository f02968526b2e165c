//! What policies are said to do, and what the real API server does with them: what is
//! denied here it refuses in the same words, and what passes here it takes.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use kube::api::{ApiResource, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::{Api, Client};
use serde_json::{Value, json};
use tidegate_preflight::diff::Live;
use tidegate_preflight::policy::{Input, judge};
use tidegate_preflight::read::read;
use tidegate_preflight::schema::Release;
use tidegate_preflight::{CheckReport, Manifest, Verdict};
use tidegate_testkit::control_plane::{ControlPlane, Options, User};

/// More than anything here takes; only a broken API server meets it.
const PATIENCE: Duration = Duration::from_mins(2);

mod cases {
    include!("real_policy/cases.rs");
}

fn manifest(value: &Value) -> Manifest {
    let mut reading = read("manifest.yaml", value.to_string().as_bytes(), false);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    reading.manifests.remove(0)
}

fn api(client: &Client, namespace: &str, object: &Value) -> Api<DynamicObject> {
    let api_version = object["apiVersion"].as_str().unwrap();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let kind = object["kind"].as_str().unwrap();
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    let is_of_cluster = kind.starts_with("ValidatingAdmission") || kind == "Namespace";
    if is_of_cluster {
        Api::all_with(client.clone(), &resource)
    } else {
        Api::namespaced_with(client.clone(), namespace, &resource)
    }
}

async fn apply(client: &Client, namespace: &str, object: &Value) {
    let name = object["metadata"]["name"].as_str().unwrap();
    let parameters = PatchParams::apply("test").force();
    api(client, namespace, object)
        .patch(name, &parameters, &Patch::Apply(object))
        .await
        .unwrap_or_else(|error| panic!("{object}: {error}"));
}

/// What the API server says to a new object. None: it would take it.
async fn refused(client: &Client, namespace: &str, object: &Value) -> Option<String> {
    let parameters = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let object: DynamicObject = {
        let mut object = object.clone();
        object["metadata"]["namespace"] = json!(namespace);
        serde_json::from_value(object).unwrap()
    };
    let kind = serde_json::to_value(&object).unwrap();
    match api(client, namespace, &kind)
        .create(&parameters, &object)
        .await
    {
        Ok(_) => None,
        Err(kube::Error::Api(status)) => Some(status.message),
        Err(error) => panic!("{error}"),
    }
}

/// A policy for one namespace, which is called like it.
fn policy(name: &str, spec: &str) -> [Value; 2] {
    let api_version = "admissionregistration.k8s.io/v1";
    let mut spec: Value = manifest_of(spec);
    let binding = spec.as_object_mut().unwrap().remove("binding");
    if spec.get("matchConstraints").is_none() {
        spec["matchConstraints"] = json!({"resourceRules": [{
            "apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"],
            "resources": ["configmaps", "secrets", "services", "deployments", "statefulsets",
                "daemonsets", "jobs"],
        }]});
    }
    let mut bound = json!({
        "policyName": name,
        "validationActions": ["Deny"],
        "matchResources": {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}},
        },
    });
    for (field, value) in binding
        .as_ref()
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        bound[field] = value.clone();
    }
    let metadata = json!({"name": name});
    [
        json!({"apiVersion": api_version, "kind": "ValidatingAdmissionPolicy",
            "metadata": metadata, "spec": spec}),
        json!({"apiVersion": api_version, "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": metadata, "spec": bound}),
    ]
}

fn manifest_of(text: &str) -> Value {
    let mut reading = read("policy.yaml", text.as_bytes(), false);
    assert!(
        reading.findings.is_empty(),
        "{text}: {:?}",
        reading.findings
    );
    reading.manifests.remove(0).value()
}

fn told(policies: &[Manifest], namespace: &str, object: &Value) -> CheckReport {
    let object = manifest(object);
    let live = BTreeMap::from([(object.key().unwrap(), Live::Absent)]);
    judge(&Input {
        release: Release::LATEST,
        namespace,
        after: &[object],
        named: &[],
        repository: policies,
        cluster: None,
        live: Some(&live),
        answers: &BTreeMap::new(),
    })
}

/// Policies take a moment until they bite: the last one refuses everything.
async fn wait_until_they_bite(client: &Client) {
    let canary = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "canary"}});
    let waited = tokio::time::timeout(PATIENCE, async {
        while refused(client, "canary", &canary).await.is_none() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    waited.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_policies_deny_the_api_server_refuses() {
    let plane = ControlPlane::start(Options {
        kwok: false,
        scheduler: false,
        controller_manager: false,
        ..Options::default()
    })
    .await
    .unwrap();
    let client = plane.client(User::Admin).await.unwrap();
    let objects: Vec<Value> = cases::OBJECTS
        .iter()
        .map(|text| manifest_of(text))
        .collect();
    let mut known = Vec::new();
    let canary = ("canary", "validations: [{expression: 'false'}]");
    for (name, spec) in cases::POLICIES.iter().chain([&canary]) {
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let account =
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
        let most = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"most": "4"},
            "metadata": {"name": "most", "namespace": name}});
        for object in [&namespace, &account, &most] {
            apply(&client, name, object).await;
        }
        known.push(manifest(&most));
        for object in &policy(name, spec) {
            apply(&client, name, object).await;
            known.push(manifest(object));
        }
    }
    wait_until_they_bite(&client).await;
    let (mut denied, mut passed, mut unjudged, mut wrong) = (0, 0, 0, Vec::new());
    for (name, _) in cases::POLICIES {
        for object in &objects {
            let report = told(&known, name, object);
            let answer = refused(&client, name, object).await;
            let which = format!("{name}: {} {}", object["kind"], object["metadata"]["name"]);
            match (&report.verdict, report.findings.first(), answer) {
                (Verdict::Passed { .. }, _, None) => passed += 1,
                (Verdict::Failed { .. }, Some(finding), Some(answer)) => {
                    let (_, words) = finding.message.split_once(" denies it: ").unwrap();
                    denied += 1;
                    if !answer.ends_with(&format!("denied request: {words}")) {
                        wrong.push(format!("{which}: {answer}, and here {words}"));
                    }
                }
                (Verdict::NotJudged { why, .. }, ..) => {
                    unjudged += 1;
                    println!("{which}: not judged: {why}");
                }
                (verdict, finding, answer) => {
                    wrong.push(format!(
                        "{which}: {answer:?}, and here {verdict:?} {finding:?}"
                    ));
                }
            }
        }
    }
    println!("{denied} denied, {passed} passed, {unjudged} not judged");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        denied >= 40 && passed >= 40,
        "{denied} denied, {passed} passed"
    );
    assert!(unjudged <= 16, "{unjudged} were not judged");
    plane.stop().await;
}
