//! CHG-1236: the calendar lets it through, and Argo CD's own sync window does not.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use tidegate_core::{argo_cd::obstacle::OPEN_MARGIN, lifecycle::Phase};
use tidegate_testkit::{argo_cd, control_plane::User};

use super::{
    super::super::{
        DemoError, argo_cd::applications::standings, claims::Claims, services::Service,
        stage::Stage,
    },
    BAD, PATIENCE, REPAIRED, SECOND, all_are, approve, live_images, reasons, request, short,
    submit,
};

const NAME: &str = "chg-1236";
/// What a sync window says that is shut.
const SHUT: &str = "SyncWindowShut";
/// The file with the sync window.
const FILE: &str = "sync-window.yaml";
const HOUR: i64 = 3600;

/// `before` is the commit that runs.
pub(super) async fn play(
    stage: &mut Stage,
    claims: &mut Claims,
    before: &str,
) -> Result<(), DemoError> {
    stage
        .narrator
        .heading("4. CHG-1236: Argo CD's own sync window is shut");
    let opens = window_is_set(stage).await?;
    let revision = stage
        .repository
        .without_gate(Service::ApiGateway, BAD, REPAIRED)?;
    stage.narrator.say(&format!(
        "Dana tries again: {REPAIRED} has no such gate ({}). Tidegate's calendar is open. But Argo CD would park a sync that \
         it does not allow now, and run it whenever the window opens, whoever thinks of it by then.",
        short(&revision)
    ));
    let title = format!("Upgrade api-gateway to {REPAIRED}");
    submit(stage, &request(stage, "CHG-1236", &title, &revision)).await?;
    stage
        .until(NAME, "to ask for approvals", PATIENCE, |status| {
            status.phase == Phase::Approving
        })
        .await?;
    approve(stage, NAME).await?;
    stage
        .until(NAME, "to wait for the sync window", PATIENCE, |status| {
            let mut waits = status.waiting_on.iter();
            waits.any(|waiting| waiting.reason == SHUT)
        })
        .await?;
    stage.tidegate(User::Dana, &["why", NAME]).await?;
    it_waits(stage, claims, before, opens).await
}

/// Marc gives the AppProject a daily window that is shut now. Gives when it opens.
async fn window_is_set(stage: &Stage) -> Result<Timestamp, DemoError> {
    let opens = next_opening(Timestamp::now());
    let hour = opens.to_zoned(TimeZone::UTC).hour();
    let patch = format!(
        "\
spec:
  syncWindows:
    - kind: allow
      schedule: \"0 {hour} * * *\"
      duration: 4h
      applications: [\"*\"]
"
    );
    stage.narrator.say(&format!(
        "Marc's team has a sync window of its own in the AppProject: four hours a day, from {hour:02}:00 UTC. Tidegate has \
         not published it and never touches it."
    ));
    stage.write(FILE, &patch)?;
    for line in patch.lines() {
        stage.narrator.output(line);
    }
    let project = [
        "patch",
        "appproject",
        "production",
        "-n",
        argo_cd::NAMESPACE,
        "--type",
        "merge",
        "--patch-file",
        FILE,
    ];
    stage
        .kubectl(User::Marc, &project)
        .await?
        .succeeded("kubectl patch")?;
    Ok(opens)
}

/// A whole hour, at least two hours away: far enough that it does not open while somebody looks around.
fn next_opening(now: Timestamp) -> Timestamp {
    let hours = now.as_second().div_euclid(HOUR).saturating_add(3);
    Timestamp::from_second(hours.saturating_mul(HOUR)).unwrap_or(Timestamp::MAX)
}

async fn it_waits(
    stage: &Stage,
    claims: &mut Claims,
    before: &str,
    opens: Timestamp,
) -> Result<(), DemoError> {
    let narrator = &stage.narrator;
    let (why, status) = (stage.why(NAME).await?, stage.status(NAME).await?);
    let reasons = reasons(&why);
    claims.check(
        narrator,
        "both approvals count, and it waits for Argo CD's sync window and nothing else",
        why["phase"] == "Scheduled"
            && !reasons.is_empty()
            && reasons.iter().all(|reason| *reason == SHUT),
        &why,
    );
    // To the whole second, since Argo CD's windows begin an instant late.
    let due = opens.saturating_add(OPEN_MARGIN).unwrap_or(opens);
    let clock = due.to_zoned(TimeZone::UTC).strftime("%H:%M:%S UTC");
    claims.check(
        narrator,
        format!("it says until when: {clock}, since Argo CD's windows open an instant late"),
        status.next_transition_at == Some(due),
        format!("{:?}", status.next_transition_at),
    );
    let (standings, images) = (standings(stage).await?, live_images(stage).await?);
    claims.check(
        narrator,
        "no pin has moved, nothing is parked, and v2.5.0 runs on",
        standings
            .iter()
            .all(|standing| standing.is_settled_at(before))
            && all_are(&images, stage, SECOND)
            && !any_operation(stage).await?,
        format!("{standings:?}, {images:?}"),
    );
    Ok(())
}

/// Whether Argo CD has a sync to do, or is at one.
async fn any_operation(stage: &Stage) -> Result<bool, DemoError> {
    let applications = argo_cd::applications(&stage.cluster.admin())
        .list(&kube::api::ListParams::default())
        .await
        .map_err(DemoError::request("read the Applications"))?;
    let phase = |data: &Value| data.pointer("/status/operationState/phase").cloned();
    Ok(applications.iter().any(|application| {
        application.data.get("operation").is_some()
            || phase(&application.data) == Some(Value::from("Running"))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_opens_at_a_whole_hour_and_not_soon() {
        for (now, opens) in [
            ("2026-11-24T17:20:30Z", "2026-11-24T20:00:00Z"),
            ("2026-11-24T22:00:00Z", "2026-11-25T01:00:00Z"),
        ] {
            let now: Timestamp = now.parse().unwrap();
            assert_eq!(next_opening(now).to_string(), opens);
        }
    }
}
