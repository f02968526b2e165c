//! One decision by the sync windows in a file, in nanoseconds.
//!
//! `cargo xtask bench --only calendar` gives the file and measures Argo CD's
//! own function beside it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it measures, and stops at the first surprise"
)]

use std::env;
use std::fs;
use std::hint::black_box;
use std::time::Instant;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tidegate_core::sync_window::{Application, SyncWindow, SyncWindows, Trigger};

#[derive(Deserialize)]
struct Question {
    windows: Vec<SyncWindow>,
    name: String,
    destination: Destination,
    asked: Vec<Asked>,
}

#[derive(Deserialize)]
struct Destination {
    name: String,
    server: String,
    namespace: String,
}

#[derive(Deserialize)]
struct Asked {
    at: i64,
}

fn main() {
    // Cargo passes arguments of its own.
    let Some(file) = env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'))
    else {
        return;
    };
    let question: Question = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let application = Application {
        name: question.name,
        destination_namespace: question.destination.namespace,
        destination_name: question.destination.name,
        destination_server: question.destination.server,
    };
    let at = Timestamp::from_nanosecond(question.asked[0].at.into()).unwrap();
    let windows = SyncWindows::load(&question.windows);
    let trigger = Trigger::Automatic;
    let read = nanoseconds(|| windows.verdict(black_box(&application), trigger, None, at));
    let reading = nanoseconds(|| {
        SyncWindows::load(black_box(&question.windows)).verdict(&application, trigger, None, at)
    });
    let explained = nanoseconds(|| windows.decision(black_box(&application), trigger, None, at));
    println!(
        "{}",
        json!({"read": read, "reading": reading, "explained": explained})
    );
}

/// Of the fastest of many rounds, which others disturb least.
fn nanoseconds<T>(decide: impl Fn() -> T) -> f64 {
    const TIMES: u32 = 200;
    let round = || {
        let begun = Instant::now();
        for _ in 0..TIMES {
            black_box(decide());
        }
        begun.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES)
    };
    (0..100).map(|_| round()).fold(f64::INFINITY, f64::min)
}
