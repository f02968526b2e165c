//! What is computed from a live object and a manifest, and what the real API server
//! answers to a dry run: both tell the same fields, and a field is told to be one
//! that cannot be changed exactly where the API server refuses the change.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

use std::collections::{BTreeMap, BTreeSet};

use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;
use tidegate_preflight::Manifest;
use tidegate_preflight::diff::{Answer, Fate, Inputs, Live, Plan, path, plan};
use tidegate_preflight::read::read;
use tidegate_testkit::control_plane::{ControlPlane, Options, User};

/// Manifests of one object: as it is, and edits of it, each with whether the API
/// server takes it. An edit is a list of what replaces what in the text.
struct Object {
    text: &'static str,
    /// Written into its status before the edits.
    status: Option<&'static str>,
    edits: &'static [(&'static [(&'static str, &'static str)], bool)],
}

mod objects {
    include!("real_diff/objects.rs");
}

fn manifest(text: &str) -> Manifest {
    let mut reading = read("manifest.yaml", text.as_bytes(), true);
    assert!(
        reading.findings.is_empty(),
        "{text}: {:?}",
        reading.findings
    );
    reading.manifests.remove(0)
}

fn edited(text: &str, edit: &[(&str, &str)]) -> String {
    edit.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in {text}");
        text.replace(from, to)
    })
}

fn api(client: &Client, key: &ObjectKey) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk(&key.group, &key.version, &key.kind);
    let resource = ApiResource::from_gvk(&kind);
    let is_of_cluster = matches!(
        key.kind.as_str(),
        "StorageClass"
            | "PriorityClass"
            | "IngressClass"
            | "ClusterRoleBinding"
            | "PersistentVolume"
            | "RuntimeClass"
            | "CSIDriver"
            | "CustomResourceDefinition"
            | "ValidatingWebhookConfiguration"
    );
    if is_of_cluster {
        Api::all_with(client.clone(), &resource)
    } else {
        Api::namespaced_with(client.clone(), "default", &resource)
    }
}

fn told(manifest: &Manifest, approved: &Manifest, live: &Value, answer: Option<Answer>) -> Plan {
    let key = manifest.key().unwrap();
    plan(&Inputs {
        manifests: std::slice::from_ref(manifest),
        approved: Some(std::slice::from_ref(approved)),
        live: &BTreeMap::from([(key.clone(), Live::Is(live.clone()))]),
        answers: &answer
            .into_iter()
            .map(|answer| (key.clone(), answer))
            .collect(),
    })
}

fn fields(plan: &Plan) -> BTreeSet<String> {
    let fates = plan.objects.iter().map(|object| &object.fate);
    let differences = fates.filter_map(|fate| match fate {
        Fate::Changes(differences) => Some(differences),
        Fate::New | Fate::Goes | Fate::Stays => None,
    });
    let steps = differences.flatten().map(|difference| &difference.steps);
    steps.map(|steps| path(steps).to_string()).collect()
}

/// What the API server gives a Service that gets ports of nodes.
fn is_given(path: &str) -> bool {
    path.ends_with("nodePort") || path.ends_with("externalTrafficPolicy")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_computed_is_what_the_api_server_answers() {
    let plane = ControlPlane::start(Options {
        kwok: false,
        scheduler: false,
        controller_manager: false,
        ..Options::default()
    })
    .await
    .unwrap();
    let client = plane.client(User::Admin).await.unwrap();
    let (mut edits, mut refusals, mut wrong) = (0, 0, Vec::new());
    for object in objects::OBJECTS {
        let approved = manifest(object.text);
        let key = approved.key().unwrap();
        let api = api(&client, &key);
        let apply = PatchParams::apply("tidegate").force();
        let patch = Patch::Apply(approved.value());
        let live = api.patch(&key.name, &apply, &patch).await;
        let mut live = live.unwrap_or_else(|error| panic!("{key}: {error}"));
        if let Some(status) = object.status {
            let status: Value = serde_json::from_str(status).unwrap();
            let patch = Patch::Merge(serde_json::json!({ "status": status }));
            let params = PatchParams::default();
            live = api.patch_status(&key.name, &params, &patch).await.unwrap();
        }
        let live = serde_json::to_value(live).unwrap();
        for (edit, is_taken) in object.edits {
            edits += 1;
            let wanted = manifest(&edited(object.text, edit));
            let dry_run = apply.clone().dry_run();
            let answer = api
                .patch(&key.name, &dry_run, &Patch::Apply(wanted.value()))
                .await;
            let computed = told(&wanted, &approved, &live, None);
            let found: Vec<&str> = computed
                .findings
                .iter()
                .map(|one| one.path.as_str())
                .collect();
            match answer {
                Ok(answer) => {
                    let answer = serde_json::to_value(answer).unwrap();
                    // Once it is so, nothing is left to change, and nothing has drifted.
                    let then = told(&wanted, &wanted, &answer, None);
                    if !fields(&then).is_empty() || !then.drift.is_empty() {
                        wrong.push(format!("{key} {edit:?}: still {then:?}"));
                    }
                    let exact = told(&wanted, &approved, &live, Some(Answer::Would(answer)));
                    if !is_taken || !found.is_empty() {
                        wrong.push(format!("{key} {edit:?}: taken, and found {found:?}"));
                    }
                    let (mut exact, computed) = (fields(&exact), fields(&computed));
                    exact.retain(|path| !is_given(path));
                    if exact != computed {
                        wrong.push(format!("{key} {edit:?}: {exact:?}, computed {computed:?}"));
                    }
                }
                Err(error) => {
                    refusals += 1;
                    if *is_taken || found.is_empty() {
                        wrong.push(format!("{key} {edit:?}: found {found:?}, refused: {error}"));
                    }
                }
            }
        }
    }
    plane.stop().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        edits > 40 && refusals > 15,
        "{edits} edits, {refusals} refused"
    );
}
