//! One decision by a hundred sync windows: Argo CD's own function, and ours.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};
use tidegate_testkit::component::Program;

use super::Measured;

/// How many windows are judged.
const WINDOWS: usize = 100;

/// How often Argo CD decides.
const TIMES: u32 = 2_000;

/// A Tuesday at noon, in nanoseconds since 1970.
const AT: i64 = 1_773_144_030_000_000_000;

/// Nanoseconds of one decision by what has been read before, of one with
/// reading, and of one with its reason and the next edge.
#[derive(Debug, Deserialize)]
struct Ours {
    read: f64,
    reading: f64,
    explained: f64,
}

pub(super) fn measure() -> Measured<()> {
    let question = json!({
        "windows": windows(),
        "name": "api",
        "destination": {"name": "prod-eu", "server": "", "namespace": "production"},
        "asked": [{"at": AT, "manual": false, "started": null}],
        "measure": TIMES,
    });
    let theirs = theirs(&question)?;
    let ours = ours(&question)?;
    anstream::println!(
        "one decision by {WINDOWS} sync windows:\n\
         \x20 Argo CD {}\n\
         \x20 read before {}, {:.0} times as fast\n\
         \x20 reading included {}, {:.0} times as fast\n\
         \x20 read before, with the reason and the next edge {}, {:.0} times as fast",
        told(theirs),
        told(ours.read),
        theirs / ours.read,
        told(ours.reading),
        theirs / ours.reading,
        told(ours.explained),
        theirs / ours.explained,
    );
    Ok(())
}

fn told(nanoseconds: f64) -> String {
    format!("{:.1} µs", nanoseconds / 1_000.0)
}

/// Windows as people write them, all of which select the application. No deny
/// window is active, so that each has to be judged.
fn windows() -> Vec<Value> {
    let zones = ["UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu"];
    let schedules = [
        "0 2 * * 2,4",
        "30 1 * * *",
        "*/15 1-3 * * MON-FRI",
        "0 0 1 * *",
        "0 4 * * sun",
    ];
    (0..WINDOWS)
        .map(|number| {
            json!({
                "kind": if number % 2 == 0 { "allow" } else { "deny" },
                "schedule": schedules[number % schedules.len()],
                "duration": if number % 3 == 0 { "1h30m" } else { "45m" },
                "timeZone": zones[number % zones.len()],
                "applications": [format!("app-{number}"), "a*"],
                "namespaces": ["production"],
            })
        })
        .collect()
}

/// Measured within the process that holds Argo CD's function.
fn theirs(question: &Value) -> Measured<f64> {
    let program = Program::ArgocdWindows.find_or_build()?;
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        writeln!(input, "{question}")?;
    }
    let mut answer = String::new();
    if let Some(mut output) = child.stdout.take() {
        output.read_to_string(&mut answer)?;
    }
    child.wait()?;
    Ok(serde_json::from_str(&answer)?)
}

fn ours(question: &Value) -> Measured<Ours> {
    let mut file = tempfile::NamedTempFile::new()?;
    write!(file, "{question}")?;
    let output = Command::new(env!("CARGO"))
        .args([
            "bench",
            "--package",
            "tidegate-core",
            "--bench",
            "sync_window",
            "--",
        ])
        .arg(file.path())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("cargo bench failed".into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
