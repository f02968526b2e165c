//! Feeds of calendars on the real control plane, from a server that misbehaves.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod feed_server;
mod installation;

use std::time::Duration;

use feed_server::{Answer, FeedServer, event};
use installation::{Installation, NAMESPACE, change, eventually};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Api;
use kube::api::PostParams;
use serde_json::{Value, json};
use tidegate_api::{Change, ChangeCalendar};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

/// A window for each path of the server.
async fn calendar(tidegate: &Installation, server: &FeedServer, paths: &[&str], times: [&str; 2]) {
    let windows: Vec<Value> = paths
        .iter()
        .map(|path| {
            let [refresh, stale_after] = times;
            let url = server.url(path);
            json!({
                "name": path.trim_start_matches('/'),
                "ical": {"url": url, "refresh": refresh, "staleAfter": stale_after},
            })
        })
        .collect();
    tidegate
        .apply(&json!({
            "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangeCalendar",
            "metadata": {"name": "production"},
            "spec": {"timeZone": "UTC", "windows": windows},
        }))
        .await;
}

/// The calendar's `Ready` condition, if it speaks of what was written last.
async fn ready(tidegate: &Installation) -> Option<Condition> {
    let api: Api<ChangeCalendar> = Api::all(tidegate.admin.clone());
    let calendar = api.get("production").await.unwrap();
    let generation = calendar.metadata.generation;
    let conditions = calendar.status.unwrap_or_default().conditions;
    let mut conditions = conditions.into_iter();
    let ready = conditions.find(|condition| condition.type_ == "Ready")?;
    assert!(!ready.message.contains("hunter2"), "{}", ready.message);
    (ready.observed_generation == generation).then_some(ready)
}

async fn until_ready(tidegate: &Installation, status: &str, texts: &[&str]) -> String {
    eventually(&format!("Ready is {status}: {texts:?}"), async || {
        let ready = ready(tidegate).await?;
        let says = texts.iter().all(|text| ready.message.contains(text));
        (ready.status == status && says).then_some(ready.message)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_shuts_the_gate_until_it_can_be_read_and_says_it_is_open() {
    let mut tidegate = Installation::new().await;
    let server = FeedServer::start().await;
    tidegate
        .policy(|spec| spec["calendar"] = json!("production"))
        .await;
    calendar(&tidegate, &server, &["/nights"], ["1s", "1h"]).await;
    tidegate.start_controller().await;
    let revision = tidegate.upgrade("v2.4.3", "v2.5.0");
    let repository = tidegate.repository.path().to_str().unwrap().to_owned();
    let object = change(
        "CHG-1",
        User::Dana,
        json!({"repository": repository, "revision": revision}),
    );
    let api: Api<Change> = Api::namespaced(tidegate.client(User::Dana).await, NAMESPACE);
    api.create(&PostParams::default(), &object).await.unwrap();
    tidegate.until("chg-1", Phase::Approving).await;
    tidegate.approve("chg-1", User::Lea).await;
    tidegate.approve("chg-1", User::Marc).await;
    tidegate.until_waiting("chg-1", "answered 404").await;
    server.serve("/nights", Answer::Text(event(3600, 7200)));
    tidegate
        .until_waiting("chg-1", "window nights is not open")
        .await;
    server.serve("/nights", Answer::Text(event(-60, 7200)));
    tidegate.until("chg-1", Phase::Succeeded).await;
    tidegate.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_a_feed_misbehaves_is_told_and_keeps_no_other_waiting() {
    let mut tidegate = Installation::without_pods().await;
    let server = FeedServer::start().await;
    server.serve("/good", Answer::Text(event(-60, 7200)));
    server.serve("/page", Answer::Text("<html>hunter2</html>".to_owned()));
    server.serve("/slow", Answer::Slow);
    server.serve("/endless", Answer::Endless);
    let paths = ["/gone", "/page", "/slow", "/endless", "/good"];
    calendar(&tidegate, &server, &paths, ["1h", "2h"]).await;
    tidegate.start_controller().await;
    let before_the_slow_one = until_ready(
        &tidegate,
        "False",
        &[
            "entry gone: the feed cannot be read: 127.0.0.1",
            "answered 404 Not Found",
            "entry page: the feed is not usable: line 1",
            "sent more than 5 MiB",
            "entry slow: the feed cannot be read: it has not been fetched yet",
        ],
    )
    .await;
    assert!(!before_the_slow_one.contains("entry good"));
    until_ready(
        &tidegate,
        "False",
        &["entry slow", "did not send all of it within 10 s"],
    )
    .await;
    for path in paths {
        server.serve(path, Answer::Text(event(-60, 7200)));
    }
    // It is tried again long before the hour is over.
    until_ready(&tidegate, "True", &["every field is understood"]).await;
    tidegate.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_counts_until_it_is_stale_and_over_restarts() {
    let mut tidegate = Installation::without_pods().await;
    let server = FeedServer::start().await;
    server.serve("/nights", Answer::Text(event(-60, 7200)));
    calendar(&tidegate, &server, &["/nights"], ["1h", "2h"]).await;
    tidegate.start_controller().await;
    until_ready(&tidegate, "True", &[]).await;
    assert_eq!(server.requests(), 1);
    tidegate.stop_controller().await;

    server.stop();
    tidegate.start_controller().await;
    calendar(&tidegate, &server, &["/nights"], ["1h", "3h"]).await;
    eventually("the restarted controller judged it", async || {
        let ready = ready(&tidegate).await?;
        assert_eq!(ready.status, "True", "{}", ready.message);
        Some(())
    })
    .await;
    assert_eq!(server.requests(), 1, "the network was not asked");

    // From now on it is fetched every second, in vain.
    calendar(&tidegate, &server, &["/nights"], ["1s", "3h"]).await;
    until_ready(
        &tidegate,
        "True",
        &[
            "what was fetched before still counts",
            "cannot be connected to",
        ],
    )
    .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    calendar(&tidegate, &server, &["/nights"], ["1s", "2s"]).await;
    until_ready(
        &tidegate,
        "False",
        &[
            "entry nights: the feed was last fetched",
            "cannot be connected to",
        ],
    )
    .await;
    tidegate.finish().await;
}
