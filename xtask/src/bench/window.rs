//! From the moment a window opens to the first write to the target, by the
//! audit log of the API server.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kube::Api;
use kube::api::ListParams;
use serde_json::{Value, json};
use tidegate_api::Change;
use tidegate_testkit::control_plane::User;

use super::Measured;
use super::installation::{Installation, NAMESPACE};

/// Between one window and the next, so that each is measured alone.
const APART: SignedDuration = SignedDuration::from_secs(8);

pub(super) async fn measure(changes: usize, windows: usize) -> Measured<()> {
    let namespaces: Vec<String> = (0..windows)
        .map(|window| format!("bench-{window}"))
        .collect();
    let mut installation = Installation::start(changes, &namespaces).await?;
    installation.start_controller()?;
    // The windows open when everything is approved; until then they are far away.
    for (window, namespace) in namespaces.iter().enumerate() {
        calendar(
            &installation,
            window,
            Timestamp::now() + SignedDuration::from_hours(24),
        )
        .await?;
        installation
            .policy(namespace, namespace, Some(namespace))
            .await?;
    }
    anstream::eprintln!("{changes} changes are submitted and approved …");
    for number in 0..changes {
        installation
            .submit(number, &namespaces[number % windows], number)
            .await?;
    }
    for number in 0..changes {
        installation.approve(number).await?;
    }
    wait_for(&installation, changes, "Scheduled").await?;
    let first = Timestamp::now() + SignedDuration::from_secs(70);
    let mut opens = BTreeMap::new();
    let mut at = whole_second(first)?;
    for (window, namespace) in namespaces.iter().enumerate() {
        calendar(&installation, window, at).await?;
        opens.insert(namespace.clone(), at);
        at += APART;
    }
    anstream::eprintln!("{windows} windows open from {first:.0} on, {APART:#} apart …");
    wait_for(&installation, changes, "Succeeded").await?;
    report(&installation, &opens, changes)?;
    installation.plane.client(User::Admin).await?;
    Ok(())
}

fn whole_second(at: Timestamp) -> Measured<Timestamp> {
    Ok(Timestamp::from_second(at.as_second() + 1)?)
}

async fn calendar(installation: &Installation, window: usize, opens: Timestamp) -> Measured<()> {
    let local = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    installation
        .apply(&json!({
            "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangeCalendar",
            "metadata": {"name": format!("bench-{window}")},
            "spec": {"timeZone": "UTC", "windows": [{
                "name": "window", "from": local(opens), "to": local(opens + SignedDuration::from_hours(4)),
            }]},
        }))
        .await
}

async fn wait_for(installation: &Installation, changes: usize, phase: &str) -> Measured<()> {
    let api: Api<Change> = Api::namespaced(installation.admin.clone(), NAMESPACE);
    loop {
        let list = api.list(&ListParams::default()).await?;
        let mut phases: BTreeMap<String, usize> = BTreeMap::new();
        for change in list.items {
            let phase = change.status.map(|status| status.status.phase.to_string());
            *phases.entry(phase.unwrap_or_default()).or_default() += 1;
        }
        anstream::eprintln!("  {phases:?}");
        if phases.get(phase) == Some(&changes) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

/// The first real apply of a Deployment by Tidegate, for each namespace and
/// name.
fn first_writes(audit: &str) -> BTreeMap<(String, String), Timestamp> {
    let mut first: BTreeMap<(String, String), Timestamp> = BTreeMap::new();
    for line in audit.lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let text = |pointer: &str| {
            event
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let wanted = text("/verb") == "patch"
            && text("/user/username") == User::Tidegate.name()
            && matches!(text("/objectRef/resource"), "deployments" | "configmaps")
            && !text("/requestURI").contains("dryRun");
        let Ok(at) = text("/requestReceivedTimestamp").parse::<Timestamp>() else {
            continue;
        };
        if wanted {
            let key = (
                text("/objectRef/namespace").to_owned(),
                text("/objectRef/name").to_owned(),
            );
            first
                .entry(key)
                .and_modify(|earlier| *earlier = at.min(*earlier))
                .or_insert(at);
        }
    }
    first
}

fn report(
    installation: &Installation,
    opens: &BTreeMap<String, Timestamp>,
    changes: usize,
) -> Measured<()> {
    let audit = std::fs::read_to_string(installation.plane.audit_log())?;
    let mut delays: Vec<i64> = first_writes(&audit)
        .iter()
        .filter_map(|((namespace, _), at)| opens.get(namespace).map(|opens| (at, opens)))
        .map(|(at, opens)| {
            at.duration_since(*opens)
                .as_millis()
                .try_into()
                .unwrap_or(i64::MAX)
        })
        .collect();
    delays.sort_unstable();
    let at = |percent: usize| {
        delays
            .get((delays.len().saturating_sub(1)) * percent / 100)
            .copied()
            .unwrap_or(-1)
    };
    anstream::println!(
        "window opens → first write: {} of {changes} changes, {} to a window: min {} ms, median {} ms, p99 {} ms, max {} ms",
        delays.len(),
        changes / opens.len().max(1),
        at(0),
        at(50),
        at(99),
        at(100),
    );
    Ok(())
}
