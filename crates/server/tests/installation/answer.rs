//! An HTTP server whose answer a test decides: a verification check that asks it
//! holds a change where it is for as long as the test wants.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Answers 503 until it is told to answer 200. Ends on drop.
pub struct Answer {
    url: String,
    good: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Answer {
    pub async fn bad() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let good = Arc::new(AtomicBool::new(false));
        let answers = good.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let status = if answers.load(Ordering::SeqCst) {
                    "200 OK"
                } else {
                    "503 Service Unavailable"
                };
                let head =
                    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                // A client that has gone needs no answer.
                let _ = stream.read(&mut [0_u8; 4096]).await;
                let _ = stream.write_all(head.as_bytes()).await;
            }
        });
        Self { url, good, task }
    }

    pub fn turn_good(&self) {
        self.good.store(true, Ordering::SeqCst);
    }

    /// A policy's verification that asks this server.
    pub fn verification(&self) -> Value {
        json!({"within": "5m", "checks": [{"http": {"url": self.url, "status": 200}}]})
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
