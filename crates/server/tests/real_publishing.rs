//! Calendars given to others on the real control plane: as sync windows of
//! AppProjects by Argo CD's own definition, and as a feed.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod feed_server;
mod installation;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use feed_server::{Answer, FeedServer, event};
use installation::{Installation, eventually};
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use kube::Api;
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::discovery::ApiResource;
use serde_json::{Value, json};
use tidegate_api::ChangeCalendar;
use tidegate_connect::feed::Fetcher;
use tidegate_core::calendar::{Calendar, Effect, EntrySpec, Feed, Passes, Subject};
use tidegate_core::change::ChangeType;
use tidegate_testkit::argo_cd;
use tidegate_testkit::control_plane::User;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn calendar(tidegate: &Installation, name: &str, more: &Value) {
    let mut spec = json!({
        "timeZone": "Europe/Zurich",
        "windows": [{"name": "night", "schedule": "0 2 * * 2", "duration": "4h"}],
    });
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
    tidegate
        .apply(&json!({
            "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangeCalendar",
            "metadata": {"name": name}, "spec": spec,
        }))
        .await;
}

/// Waits for what `Published` says: its status, its reason, part of its message.
async fn until_published(tidegate: &Installation, name: &str, says: [&str; 3]) -> String {
    let api: Api<ChangeCalendar> = Api::all(tidegate.admin.clone());
    eventually(&format!("{name} is published {says:?}"), async || {
        let conditions = api.get(name).await.unwrap().status?.conditions;
        let mut conditions = conditions.into_iter();
        let published = conditions.find(|condition| condition.type_ == "Published")?;
        let [status, reason, text] = says;
        (published.status == status
            && published.reason == reason
            && published.message.contains(text))
        .then_some(published.message)
    })
    .await
}

fn projects(tidegate: &Installation) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("argoproj.io", "v1alpha1", "AppProject");
    Api::namespaced_with(
        tidegate.admin.clone(),
        "argocd",
        &ApiResource::from_gvk(&kind),
    )
}

async fn project(tidegate: &Installation, name: &str, metadata: &Value, windows: &Value) {
    let mut object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"description": "For tests", "syncWindows": windows},
    });
    for (key, value) in metadata.as_object().unwrap() {
        object["metadata"][key] = value.clone();
    }
    tidegate.apply(&object).await;
}

async fn windows(tidegate: &Installation, name: &str) -> Vec<Value> {
    let project = projects(tidegate).get(name).await.unwrap();
    assert_eq!(project.data["spec"]["description"], "For tests");
    let list = project.data["spec"].get("syncWindows");
    list.and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The descriptions of a project's windows, once there are so many.
async fn descriptions(tidegate: &Installation, name: &str, count: usize) -> Vec<String> {
    let what = format!("{count} windows in {name}");
    let windows = eventually(&what, async || {
        let windows = windows(tidegate, name).await;
        (windows.len() == count).then_some(windows)
    })
    .await;
    let text = |window: &Value| window["description"].as_str().unwrap().to_owned();
    windows.iter().map(text).collect()
}

async fn install_argo_cds_definition(tidegate: &Installation) {
    let definition = argo_cd::app_project_definition().unwrap();
    let status = tidegate
        .plane
        .kubectl(User::Admin)
        .args(["create", "-f"])
        .arg(definition)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    tidegate
        .apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}))
        .await;
}

fn foreign(name: &str) -> Value {
    json!({"kind": "deny", "schedule": "0 8 * * 1", "duration": "2h", "applications": ["*"], "description": name})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_becomes_windows_beside_those_of_others_and_goes_with_them_untouched() {
    let mut tidegate = Installation::without_pods().await;
    tidegate.use_shipped_permissions().await;
    let publish = |names: &[&str]| json!({"publish": {"projects": names}});
    calendar(&tidegate, "production", &publish(&["payments", "shop"])).await;
    tidegate.start_controller().await;
    until_published(
        &tidegate,
        "production",
        ["False", "NoArgoCD", "install Argo CD"],
    )
    .await;

    // Argo CD comes later, and then the projects, without a restart.
    install_argo_cds_definition(&tidegate).await;
    let missing = [
        "False",
        "ProjectMissing",
        "there is no AppProject argocd/shop",
    ];
    until_published(&tidegate, "production", missing).await;
    let before = json!([foreign("b"), foreign("a")]);
    project(&tidegate, "payments", &json!({}), &before).await;
    project(&tidegate, "shop", &json!({}), &json!([])).await;
    let all = ["b", "a", "tidegate.dev/production/night"];
    assert_eq!(descriptions(&tidegate, "payments", 3).await, all);
    let told = until_published(
        &tidegate,
        "production",
        [
            "True",
            "Published",
            "1 sync window in argocd/payments; argocd/shop",
        ],
    )
    .await;
    assert!(!told.contains("cannot"), "{told}");
    let written = windows(&tidegate, "payments").await;
    assert_eq!(written[..2], *before.as_array().unwrap());
    assert_eq!(written[2]["kind"], "allow");
    assert_eq!(written[2]["timeZone"], "Europe/Zurich");

    // Nothing differs, so nothing is written, whatever else is news.
    let version = async || {
        let project = projects(&tidegate).get("payments").await.unwrap();
        project.metadata.resource_version
    };
    let last = version().await;
    calendar(&tidegate, "elsewhere", &publish(&["shop"])).await;
    descriptions(&tidegate, "shop", 2).await;
    assert_eq!(version().await, last);

    // Somebody removes the window: it comes back. The calendar changes: so does it.
    let removed = Patch::Merge(json!({"spec": {"syncWindows": before}}));
    let parameters = PatchParams::default();
    projects(&tidegate)
        .patch("payments", &parameters, &removed)
        .await
        .unwrap();
    descriptions(&tidegate, "payments", 3).await;
    let mut more = publish(&["payments"]);
    more["freezes"] = json!([{"name": "close", "schedule": "0 0 24 12 *", "duration": "48h"}]);
    calendar(&tidegate, "production", &more).await;
    descriptions(&tidegate, "payments", 4).await;
    let left = descriptions(&tidegate, "shop", 1).await;
    assert_eq!(left, ["tidegate.dev/elsewhere/night"], "no longer named");

    // What Argo CD cannot say is not half said.
    let mut labelled = publish(&["payments"]);
    labelled["freezes"] = json!([{
        "name": "tier-1", "schedule": "0 0 24 12 *", "duration": "48h", "labels": {"tier": "1"},
    }]);
    calendar(&tidegate, "production", &labelled).await;
    until_published(&tidegate, "production", ["False", "Refused", "tier-1"]).await;
    assert_eq!(windows(&tidegate, "payments").await.len(), 4);

    // Deleted while nobody watches: taken back at the next start.
    tidegate.stop_controller().await;
    let calendars: Api<ChangeCalendar> = Api::all(tidegate.admin.clone());
    for name in ["production", "elsewhere"] {
        let parameters = DeleteParams::default();
        calendars.delete(name, &parameters).await.unwrap();
    }
    tidegate.start_controller().await;
    assert_eq!(descriptions(&tidegate, "payments", 2).await, ["b", "a"]);
    descriptions(&tidegate, "shop", 0).await;
    let project = projects(&tidegate).get("shop").await.unwrap();
    assert_eq!(project.metadata.annotations, None, "no trace is left");
    tidegate.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_of_git_is_left_to_git() {
    let mut tidegate = Installation::without_pods().await;
    install_argo_cds_definition(&tidegate).await;
    let from_git = json!({"annotations": {"argocd.argoproj.io/tracking-id": "apps:argoproj.io/AppProject:argocd/payments"}});
    project(&tidegate, "payments", &from_git, &json!([foreign("a")])).await;
    project(&tidegate, "by-hand", &json!({}), &json!([])).await;
    tidegate.start_controller().await;
    let both = json!({"publish": {"projects": ["by-hand", "payments"]}});
    calendar(&tidegate, "production", &both).await;
    let says = [
        "False",
        "GitManaged",
        "`tidegate window export --calendar production --format argocd`",
    ];
    until_published(&tidegate, "production", says).await;
    assert_eq!(windows(&tidegate, "payments").await, [foreign("a")]);
    // Somebody commits what the other project has.
    let wanted = windows(&tidegate, "by-hand").await;
    let committed = json!([foreign("a"), wanted[0]]);
    project(&tidegate, "payments", &from_git, &committed).await;
    until_published(
        &tidegate,
        "production",
        ["True", "Published", "argocd/payments"],
    )
    .await;
    tidegate.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_at_once_lose_nothing_of_each_other() {
    let mut tidegate = Installation::without_pods().await;
    install_argo_cds_definition(&tidegate).await;
    project(&tidegate, "payments", &json!({}), &json!([])).await;
    tidegate.start_controller().await;
    let publish = json!({"publish": {"projects": ["payments"]}});
    calendar(&tidegate, "production", &publish).await;
    descriptions(&tidegate, "payments", 1).await;
    let tidegate = Arc::new(tidegate);
    let other = tidegate.clone();
    let enough = Arc::new(AtomicBool::new(false));
    let stop = enough.clone();
    // Adds windows as Argo CD's own API does: read, add, write. All the time, so
    // that what the calendar's windows are written into has just changed.
    let adding = tokio::spawn(async move {
        let api = projects(&other);
        let mut number = 0;
        while !stop.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
            loop {
                let mut project = api.get("payments").await.unwrap();
                let mut list = windows(&other, "payments").await;
                list.push(foreign(&format!("other-{number}")));
                project.data["spec"]["syncWindows"] = list.into();
                let replaced = api
                    .replace("payments", &PostParams::default(), &project)
                    .await;
                match replaced {
                    Ok(_) => break,
                    Err(kube::Error::Api(status)) if status.code == 409 => {}
                    Err(error) => panic!("{error}"),
                }
            }
            number += 1;
        }
        number
    });
    for hours in 1..=10 {
        let spec = json!({
            "windows": [{"name": "night", "schedule": "0 2 * * 2", "duration": format!("{hours}h")}],
            "publish": {"projects": ["payments"]},
        });
        calendar(&tidegate, "production", &spec).await;
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    enough.store(true, Ordering::SeqCst);
    let added = adding.await.unwrap();
    eventually("the last of the calendar's windows", async || {
        let windows = windows(&tidegate, "payments").await;
        let own = windows
            .iter()
            .filter(|window| window["description"] == "tidegate.dev/production/night");
        let own: Vec<&Value> = own.map(|window| &window["duration"]).collect();
        (own == ["10h"]).then_some(())
    })
    .await;
    let others = windows(&tidegate, "payments").await;
    let others = others
        .iter()
        .filter_map(|window| window["description"].as_str());
    let others: Vec<&str> = others.filter(|text| text.starts_with("other-")).collect();
    let expected: Vec<String> = (0..added).map(|number| format!("other-{number}")).collect();
    assert_eq!(others, expected);
    Arc::into_inner(tidegate).unwrap().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_is_published_only_when_its_feeds_have_been_asked() {
    let mut tidegate = Installation::without_pods().await;
    install_argo_cds_definition(&tidegate).await;
    project(&tidegate, "payments", &json!({}), &json!([])).await;
    let server = FeedServer::start().await;
    server.serve("/nights", Answer::Silence);
    let with_feed = |path: &str| {
        json!({
            "windows": [{"name": "nights", "ical": {"url": server.url(path)}}],
            "publish": {"projects": ["payments"]},
        })
    };
    calendar(&tidegate, "a-feed", &with_feed("/nights")).await;
    tidegate.start_controller().await;
    eventually("the feed is asked", async || {
        (server.requests() > 0).then_some(())
    })
    .await;
    // With the second it is sure that all were looked at for the first.
    for (number, name) in ["b-cron", "c-cron"].into_iter().enumerate() {
        let publish = json!({"publish": {"projects": ["payments"]}});
        calendar(&tidegate, name, &publish).await;
        until_published(&tidegate, name, ["True", "Published", "1 sync window"]).await;
        let written = descriptions(&tidegate, "payments", number + 1).await;
        assert!(
            written.iter().all(|text| text.ends_with("cron/night")),
            "{written:?}"
        );
    }

    server.serve("/nights", Answer::Text(event(-60, 7200)));
    let published = ["True", "Published", "argocd/payments"];
    until_published(&tidegate, "a-feed", published).await;
    let written = descriptions(&tidegate, "payments", 4).await;
    let own = |text: &&String| text.as_str() == "tidegate.dev/a-feed/nights";
    assert_eq!(written.iter().filter(own).count(), 1, "{written:?}");

    // One that was asked in vain shuts the gate here too.
    calendar(&tidegate, "d-gone", &with_feed("/gone")).await;
    let shut = [
        "True",
        "Published",
        "nights cannot be used and denies always",
    ];
    until_published(&tidegate, "d-gone", shut).await;
    tidegate.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_alone_brings_a_freeze_that_draws_near_and_takes_one_that_is_over() {
    let mut tidegate = Installation::without_pods().await;
    install_argo_cds_definition(&tidegate).await;
    project(&tidegate, "payments", &json!({}), &json!([])).await;
    tidegate.start_controller().await;
    // Windows of Argo CD begin and end on full minutes, so this takes one; and a
    // few seconds more, so that the state before is seen too.
    let soon = Timestamp::now() + SignedDuration::from_secs(10);
    let minute = TimestampRound::new().smallest(Unit::Minute);
    let turn = soon.round(minute.mode(RoundMode::Ceil)).unwrap();
    let local = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M").to_string();
    let near = turn + SignedDuration::from_hours(30 * 24);
    let freezes = json!([
        {"name": "ends", "from": local(turn - SignedDuration::from_hours(48)), "to": local(turn)},
        {"name": "nears", "from": local(near), "to": local(near + SignedDuration::from_hours(24))},
    ]);
    let spec =
        json!({"timeZone": "UTC", "freezes": freezes, "publish": {"projects": ["payments"]}});
    calendar(&tidegate, "production", &spec).await;
    let freezes = async || {
        let windows = windows(&tidegate, "payments").await;
        let freezes = windows.iter().filter(|window| window["kind"] == "deny");
        let names = freezes.map(|window| window["description"].as_str().unwrap().to_owned());
        names.collect::<Vec<String>>()
    };
    eventually("the freeze that is on", async || {
        let names = freezes().await;
        let ends = |name: &String| name == "tidegate.dev/production/ends";
        (!names.is_empty() && names.iter().all(ends)).then_some(())
    })
    .await;
    eventually("the freeze that has drawn near", async || {
        (freezes().await == ["tidegate.dev/production/nears"]).then_some(())
    })
    .await;
    assert!(Timestamp::now() >= turn, "not before its time");
    tidegate.finish().await;
}

/// The answer to a request that is sent as it is.
async fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_says_what_the_calendar_says() {
    let mut tidegate = Installation::without_pods().await;
    let always =
        json!({"windows": [{"name": "always", "schedule": "0 0 * * *", "duration": "24h"}]});
    calendar(&tidegate, "always", &always).await;
    let never = json!({"windows": [{"name": "past", "from": "2020-01-01T00:00", "to": "2020-01-02T00:00"}]});
    calendar(&tidegate, "never", &never).await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    tidegate.listen = Some(address);
    tidegate.start_controller().await;
    let fetcher = Fetcher::new().unwrap();
    let get = async |path: &str| fetcher.fetch(&format!("http://{address}{path}")).await;
    eventually("it is alive", async || get("/healthz").await.ok()).await;
    let read = async |path: &str| {
        let text = eventually(path, async || get(path).await.ok()).await;
        let mut entry = EntrySpec::new("read-back", Effect::Allow, "UTC");
        entry.feed = Some(Feed::Text(text.into()));
        let calendar = Calendar::parse("read-back", &[entry]);
        assert!(calendar.broken().next().is_none());
        let subject = Subject {
            cluster: "local",
            namespace: "production",
            name: Some("api-gateway"),
            labels: None,
            kind: ChangeType::Normal,
        };
        let decision = calendar.decision(&subject, Passes::default(), Timestamp::now());
        decision.is_open()
    };
    assert!(read("/calendar.ics").await);
    assert!(read("/calendar.ics?calendar=always").await);
    assert!(!read("/calendar.ics?calendar=never").await);
    for (path, code) in [
        ("/calendar.ics?calendar=none", "404"),
        ("/calendar.ics?calender=always", "400"),
        ("/", "404"),
    ] {
        let error = get(path).await.unwrap_err().to_string();
        assert!(error.contains(code), "{path}: {error}");
    }
    let posted = raw(address, "POST /calendar.ics HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(posted.starts_with("HTTP/1.1 405 "), "{posted}");
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(100_000));
    let refused = raw(address, &long).await;
    assert!(!refused.starts_with("HTTP/1.1 2"), "{refused}");
    // One that never finishes its request is hung up on.
    assert_eq!(
        raw(address, "GET /calendar.ics HTTP/1.1\r\nHost:").await,
        ""
    );
    tidegate.finish().await;
    assert!(TcpStream::connect(address).await.is_err());
}
