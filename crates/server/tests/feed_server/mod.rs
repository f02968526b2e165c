//! A server of feeds that behaves as it is told.

#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test target uses a part of it, and says what failed by failing"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a path answers.
#[derive(Clone)]
pub enum Answer {
    Text(String),
    /// Nothing at all until it is told to answer otherwise.
    Silence,
    Status(&'static str),
    /// Begins and never ends.
    Slow,
    /// Never stops sending.
    Endless,
}

#[derive(Default)]
struct State {
    answers: BTreeMap<String, Answer>,
    requests: usize,
}

pub struct FeedServer {
    pub address: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl FeedServer {
    /// Answers 404 to everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, shared.clone()));
            }
        });
        Self {
            address,
            state,
            task,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://reader:hunter2@{}{path}?key=hunter2", self.address)
    }

    pub fn serve(&self, path: &str, answer: Answer) {
        let mut state = self.state.lock().unwrap();
        state.answers.insert(path.to_owned(), answer);
    }

    pub fn requests(&self) -> usize {
        self.state.lock().unwrap().requests
    }

    /// Nobody is there any more.
    pub fn stop(&self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut request = vec![0; 4096];
    let read = stream.read(&mut request).await.unwrap_or_default();
    let request = String::from_utf8_lossy(&request[..read]).into_owned();
    let target = request.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    state.lock().unwrap().requests += 1;
    let now = || {
        let answer = state.lock().unwrap().answers.get(path).cloned();
        answer.unwrap_or(Answer::Status("404 Not Found"))
    };
    let answer = loop {
        match now() {
            Answer::Silence => tokio::time::sleep(Duration::from_millis(20)).await,
            answer => break answer,
        }
    };
    let (status, body, more) = match &answer {
        Answer::Text(text) => ("200 OK", text.as_str(), 0),
        Answer::Status(status) => (*status, "hunter2", 0),
        Answer::Slow | Answer::Endless => ("200 OK", "BEGIN:VCALENDAR\r\n", 1 << 30),
        Answer::Silence => return,
    };
    let length = body.len() + more;
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
    match answer {
        Answer::Slow => tokio::time::sleep(Duration::from_mins(1)).await,
        Answer::Endless => while stream.write_all(&[b'x'; 8192]).await.is_ok() {},
        Answer::Text(_) | Answer::Status(_) | Answer::Silence => {}
    }
}

/// A calendar with one event, from and to so many seconds from now.
pub fn event(from: i64, to: i64) -> String {
    let at = |seconds: i64| {
        let at = Timestamp::now() + SignedDuration::from_secs(seconds);
        at.strftime("%Y%m%dT%H%M%SZ").to_string()
    };
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Example//Test//EN".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        "UID:1@example.com".to_owned(),
        format!("DTSTAMP:{}", at(0)),
        format!("DTSTART:{}", at(from)),
        format!("DTEND:{}", at(to)),
        "SUMMARY:Team night".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.join("\r\n") + "\r\n"
}
