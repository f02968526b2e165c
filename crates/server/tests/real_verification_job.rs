//! A verification Job that fails, that never ends and that does not run, and
//! Jobs of changes that had the same name.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod installation;

use installation::{Installation, NAMESPACE, change, eventually};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use serde_json::json;
use tidegate_api::Change;
use tidegate_core::lifecycle::{Phase, Status};
use tidegate_testkit::control_plane::User;

const IMAGE: &str = "registry.example.com/smoke:v1";

/// One stage, and a Job with this command that has to complete in time.
async fn verified_by(tidegate: &Installation, command: &[&str], within: &str) {
    tidegate
        .policy(|spec| {
            spec["stages"] = json!([{"name": "full", "share": "100%", "within": "1m"}]);
            let job = json!({"image": IMAGE, "command": command});
            spec["verification"] = json!({"within": within, "checks": [{"job": job}]});
        })
        .await;
}

/// Submits what is checked out, and approves it.
async fn goes_out(tidegate: &Installation, ticket: &str) -> String {
    let name = ticket.to_lowercase();
    goes_out_as(tidegate, ticket, &name).await;
    name
}

async fn goes_out_as(tidegate: &Installation, ticket: &str, name: &str) {
    let source = json!({
        "repository": tidegate.repository.path().to_str().unwrap(),
        "revision": tidegate.repository.head().unwrap(),
    });
    let mut object = change(ticket, User::Dana, source);
    object.metadata.name = Some(name.to_owned());
    let client = tidegate.client(User::Dana).await;
    let api: Api<Change> = Api::namespaced(client, NAMESPACE);
    api.create(&PostParams::default(), &object).await.unwrap();
    tidegate.until(name, Phase::Approving).await;
    tidegate.approve(name, User::Lea).await;
    tidegate.approve(name, User::Marc).await;
}

async fn ended(tidegate: &Installation, name: &str, phase: Phase) -> Status {
    tidegate.until(name, phase).await.status.unwrap().status
}

fn jobs(tidegate: &Installation) -> Api<Job> {
    Api::namespaced(tidegate.admin.clone(), "production")
}

/// The one Job that the change started and that was not there before.
async fn job_of(tidegate: &Installation, change: &str, before: &[String]) -> String {
    let labels = ListParams::default().labels(&format!("tidegate.dev/change={change}"));
    eventually("a Job of the change", async || {
        let found = jobs(tidegate).list(&labels).await.unwrap().items;
        let mut names = found.into_iter().filter_map(|job| job.metadata.name);
        names.find(|name| !before.contains(name))
    })
    .await
}

/// Only this version runs, and all of it.
async fn runs(tidegate: &Installation, version: &str) {
    assert_eq!(tidegate.ready_pods(version).await, 10, "{version}");
    eventually(&format!("only {version}"), async || {
        (tidegate.pods().await.len() == tidegate.pods_of(version).await).then_some(())
    })
    .await;
}

async fn warns_of(tidegate: &Installation, change: &str, text: &str) {
    let events: Api<Event> = Api::namespaced(tidegate.admin.clone(), NAMESPACE);
    eventually(&format!("a warning of {text}"), async || {
        let events = events.list(&ListParams::default()).await.unwrap().items;
        let mut events = events.iter();
        events
            .any(|event| {
                event.type_.as_deref() == Some("Warning")
                    && event.involved_object.name.as_deref() == Some(change)
                    && event
                        .message
                        .as_deref()
                        .is_some_and(|note| note.contains(text))
            })
            .then_some(())
    })
    .await;
}

/// Deletes the Change, as people do who want to use its name again.
async fn forget(tidegate: &Installation, change: &str) {
    let api: Api<Change> = Api::namespaced(tidegate.admin.clone(), NAMESPACE);
    api.delete(change, &DeleteParams::default()).await.unwrap();
    eventually("it is gone", async || {
        api.get_opt(change).await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_brings_its_change_back_and_says_nothing_about_the_next() {
    let mut tidegate = Installation::new().await;
    tidegate.start_controller().await;

    verified_by(&tidegate, &["false"], "5m").await;
    tidegate.upgrade("v2.4.3", "v2.5.0");
    let change = goes_out(&tidegate, "CHG-1").await;
    let status = ended(&tidegate, &change, Phase::RolledBack).await;
    let job = job_of(&tidegate, &change, &[]).await;
    let told = [
        format!("check job {IMAGE} failed: Job/{job}: it failed (BackoffLimitExceeded: "),
        format!("; pod {job}-"),
        "container check: exit code 1 (Error)".to_owned(),
    ];
    for part in &told {
        assert!(status.reason.contains(part), "{part}: {}", status.reason);
        warns_of(&tidegate, &change, part).await;
    }
    runs(&tidegate, "v2.4.3").await;
    // It stays for whoever wants to read its log, and goes by itself.
    let left = jobs(&tidegate).get(&job).await.unwrap().spec.unwrap();
    assert!(left.ttl_seconds_after_finished.is_some());

    // The same ticket with the same name once more: the Job of the first is
    // there, and neither vouches for the second nor condemns it.
    forget(&tidegate, &change).await;
    verified_by(&tidegate, &["true"], "5m").await;
    tidegate.upgrade("v2.5.0", "v2.5.1");
    let change = goes_out(&tidegate, "CHG-1").await;
    ended(&tidegate, &change, Phase::Succeeded).await;
    let passed = job_of(&tidegate, &change, std::slice::from_ref(&job)).await;
    runs(&tidegate, "v2.5.1").await;

    forget(&tidegate, &change).await;
    verified_by(&tidegate, &["false"], "5m").await;
    tidegate.upgrade("v2.5.1", "v2.5.2");
    let change = goes_out(&tidegate, "CHG-1").await;
    ended(&tidegate, &change, Phase::RolledBack).await;
    job_of(&tidegate, &change, &[job, passed]).await;
    runs(&tidegate, "v2.5.1").await;
    tidegate.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_does_not_end_or_does_not_run_has_not_passed() {
    let mut tidegate = Installation::new().await;
    tidegate.start_controller().await;

    verified_by(&tidegate, &["sleep", "infinity"], "4s").await;
    tidegate.upgrade("v2.4.3", "v2.5.0");
    let change = goes_out(&tidegate, "CHG-1").await;
    let status = ended(&tidegate, &change, Phase::RolledBack).await;
    let endless = job_of(&tidegate, &change, &[]).await;
    let told = [
        "verification did not pass by ".to_owned(),
        format!(": job {IMAGE}: Job/{endless}: 0 of 1 completions"),
    ];
    for part in &told {
        assert!(status.reason.contains(part), "{part}: {}", status.reason);
    }
    warns_of(&tidegate, &change, &told[1]).await;
    runs(&tidegate, "v2.4.3").await;
    // Nobody waits for it any more, and it does not run for ever.
    eventually("the Job ends too", async || {
        let job = jobs(&tidegate).get(&endless).await.unwrap();
        let conditions = job.status?.conditions?;
        let mut conditions = conditions.into_iter();
        conditions.find(|condition| condition.type_ == "Failed" && condition.status == "True")
    })
    .await;

    // Somebody, or a queue for Jobs, keeps it from running.
    verified_by(&tidegate, &["sleep", "infinity"], "5m").await;
    tidegate.upgrade("v2.5.0", "v2.5.1");
    // Jobs and labels have shorter names than a Change may have.
    let change = format!("chg-2.{}", "0123456789".repeat(7));
    goes_out_as(&tidegate, "CHG-2", &change).await;
    tidegate.until(&change, Phase::Verifying).await;
    let label = change.get(..63).unwrap();
    let job = job_of(&tidegate, label, &[endless]).await;
    let suspend = async |suspend: bool| {
        let patch = Patch::Merge(json!({"spec": {"suspend": suspend}}));
        let parameters = PatchParams::default();
        let patched = jobs(&tidegate).patch(&job, &parameters, &patch).await;
        patched.unwrap();
    };
    suspend(true).await;
    let told = format!("Job/{job}: it is suspended");
    tidegate.until_waiting(&change, &told).await;
    suspend(false).await;
    let told = format!("Job/{job}: 0 of 1 completions");
    tidegate.until_waiting(&change, &told).await;
    let cancel = json!({"spec": {"cancel": {"reason": "it does not end"}}});
    tidegate.merge(&change, cancel).await;
    ended(&tidegate, &change, Phase::Cancelled).await;
    runs(&tidegate, "v2.4.3").await;
    tidegate.finish().await;
}
