//! Verification by a query of the real Prometheus: a rate of errors that falls,
//! one that does not, and questions that Prometheus cannot answer.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod installation;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use installation::case::Case;
use installation::{Installation, eventually};
use kube::Api;
use kube::api::DeleteParams;
use serde_json::{Value, json};
use tidegate_api::Connection;
use tidegate_connect::prometheus::Prometheus as Client;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::prometheus::Prometheus;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const QUERY: &str = "max(shop_errors_percent)";

/// Tells a percentage of errors to whoever asks for metrics. Ends on drop.
struct Shop {
    address: SocketAddr,
    percent: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Shop {
    async fn failing(percent: u32) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let percent = Arc::new(AtomicU32::new(percent));
        let told = percent.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let percent = told.load(Ordering::SeqCst);
                let metrics =
                    format!("# TYPE shop_errors_percent gauge\nshop_errors_percent {percent}\n");
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{metrics}",
                    metrics.len()
                );
                // A client that has gone needs no answer.
                let _ = stream.read(&mut [0_u8; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self {
            address,
            percent,
            task,
        }
    }

    fn fails(&self, percent: u32) {
        self.percent.store(percent, Ordering::SeqCst);
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(tidegate: &Installation, name: &str, url: &str) {
    tidegate
        .apply(&json!({
            "apiVersion": "tidegate.dev/v1alpha1",
            "kind": "Connection",
            "metadata": {"name": name},
            "spec": {"kind": "prometheus", "url": url},
        }))
        .await;
}

/// One approval, and then this check has to pass in time.
async fn verified_by(case: &Case<'_>, check: &Value, within: &str) {
    case.policy(|spec| {
        spec["verification"] = json!({"within": within, "checks": [{"prometheus": check}]});
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_prometheus_measures_decides_whether_a_change_stays() {
    let shop = Shop::failing(40).await;
    let prometheus = Prometheus::start(shop.address).await.unwrap();
    let mut tidegate = Installation::without_pods().await;
    tidegate.start_controller().await;
    let mut case = Case::new(&tidegate, "measured").await;
    let few_errors = json!({"query": QUERY, "below": 1});

    // Nobody has said yet where Prometheus is; then it is found, and says no,
    // until what it measures gets better.
    verified_by(&case, &few_errors, "5m").await;
    let change = case.submit("CHG-1", case.here()).await;
    case.approve(&change).await;
    let none = "there is no Connection of kind prometheus";
    tidegate.until_waiting(&change, none).await;
    connection(&tidegate, "metrics", &prometheus.url()).await;
    tidegate.until_waiting(&change, "40 is not below 1").await;
    shop.fails(0);
    case.ends_with(&change, "1").await;

    // It does not get better in time.
    shop.fails(7);
    until_measured(&prometheus, 7.0).await;
    verified_by(&case, &few_errors, "12s").await;
    case.commit_version("2");
    let change = case.submit("CHG-2", case.here()).await;
    comes_back(&case, &change, "7 is not below 1").await;

    // Nothing is measured at all: that is no success.
    let nothing = json!({"query": "shop_orders", "above": 0});
    verified_by(&case, &nothing, "3s").await;
    let change = case.submit("CHG-3", case.here()).await;
    comes_back(&case, &change, "the query answers with no series").await;

    // What Prometheus refuses it will refuse for ever.
    let wrong = json!({"query": "max(shop_errors_percent", "below": 1});
    verified_by(&case, &wrong, "5m").await;
    let change = case.submit("CHG-4", case.here()).await;
    comes_back(&case, &change, "refuses the query: ").await;

    // With two of them the policy has to say which.
    connection(&tidegate, "other", &prometheus.url()).await;
    verified_by(&case, &few_errors, "5m").await;
    let change = case.submit("CHG-5", case.here()).await;
    case.approve(&change).await;
    let told = "several Connections of kind prometheus; the policy has to name one";
    tidegate.until_waiting(&change, told).await;
    shop.fails(0);
    let connections: Api<Connection> = Api::all(tidegate.admin.clone());
    let deleted = connections.delete("other", &DeleteParams::default()).await;
    deleted.unwrap();
    case.ends_with(&change, "2").await;

    // Prometheus is away for a moment, and the answer is waited for.
    drop(prometheus);
    let named = json!({"query": QUERY, "below": 1, "connection": "metrics"});
    verified_by(&case, &named, "5m").await;
    case.commit_version("3");
    let change = case.submit("CHG-6", case.here()).await;
    case.approve(&change).await;
    tidegate.until_waiting(&change, "cannot be asked: ").await;
    let prometheus = Prometheus::start(shop.address).await.unwrap();
    connection(&tidegate, "metrics", &prometheus.url()).await;
    case.ends_with(&change, "3").await;
    tidegate.finish().await;
}

/// Waits until Prometheus has asked the shop again.
async fn until_measured(prometheus: &Prometheus, percent: f64) {
    let client = Client::new().unwrap();
    let url = prometheus.url();
    eventually("Prometheus knows how many fail", async || {
        let values = client.values("metrics", &url, None, QUERY).await.ok()?;
        (values == [percent]).then_some(())
    })
    .await;
}

/// It goes out, and Tidegate takes it back for this reason.
async fn comes_back(case: &Case<'_>, change: &str, why: &str) {
    case.approve(change).await;
    let status = case.tidegate.until(change, Phase::RolledBack).await.status;
    let reason = status.unwrap().status.reason;
    assert!(reason.contains(why), "{reason}");
    assert_eq!(case.version("settings").await.as_deref(), Some("1"));
}
