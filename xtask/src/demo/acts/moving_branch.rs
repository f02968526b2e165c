//! CHG-1236: approvals are for a commit, not for a branch.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

use super::{
    super::{
        DemoError,
        claims::Claims,
        repository::{MOVING_SUBJECT, RELEASE_BRANCH},
        request::{Request, Source, Targets},
        services::Service,
        stage::Stage,
    },
    PATIENCE, approve, reasons, short, submit,
};

const NAME: &str = "chg-1236";
/// How far away the time is that it is wanted at.
const AWAY: SignedDuration = SignedDuration::from_hours(1);
/// A branch is looked up once a minute.
const LOOKED_UP: Duration = Duration::from_secs(150);

pub(super) async fn play(stage: &mut Stage, claims: &mut Claims) -> Result<(), DemoError> {
    stage
        .narrator
        .heading("3. CHG-1236: the branch moves after the approvals");
    let approved = stage.repository.release()?;
    stage.narrator.say(&format!(
        "This change follows a branch, {RELEASE_BRANCH}, which is at {}. It is wanted in an hour, so it waits even when \
         both have approved.",
        short(&approved)
    ));
    let not_before = Timestamp::now()
        .saturating_add(AWAY)
        .unwrap_or(Timestamp::MAX);
    submit(stage, &request(stage, not_before)).await?;
    stage
        .until(NAME, "to ask for approvals", PATIENCE, |status| {
            status.phase == Phase::Approving
        })
        .await?;
    approve(stage, NAME).await?;
    stage
        .until(NAME, "to wait for its time", PATIENCE, |status| {
            status.phase == Phase::Scheduled
        })
        .await?;
    let why = stage.why(NAME).await?;
    claims.check(
        &stage.narrator,
        "both approvals count, and it waits for the time it is wanted at",
        why["phase"] == "Scheduled" && reasons(&why).contains(&"NotBefore"),
        why,
    );
    let moved = stage.repository.move_release()?;
    stage.narrator.say(&format!(
        "And then Dana pushes one more commit to {RELEASE_BRANCH}: {} “{MOVING_SUBJECT}”. Nobody has seen that one. \
         Tidegate asks the repository once a minute.",
        short(&moved)
    ));
    voided(stage, claims, &approved, &moved).await
}

async fn voided(
    stage: &Stage,
    claims: &mut Claims,
    approved: &str,
    moved: &str,
) -> Result<(), DemoError> {
    let waiting = stage.narrator.waiting("Tidegate looks at the branch again");
    let status = stage
        .until(NAME, "to notice the branch", LOOKED_UP, |status| {
            status
                .revision
                .as_ref()
                .is_some_and(|revision| revision.as_str() == moved)
                && status.phase == Phase::Approving
        })
        .await?;
    drop(waiting);
    stage.tidegate(User::Dana, &["why", NAME]).await?;
    let narrator = &stage.narrator;
    let names_commits = |note: &str| note.contains(short(approved)) && note.contains(short(moved));
    claims.check(
        narrator,
        "neither approval counts any more, and why names the commit that made them void",
        status.approvals.len() == 2
            && status
                .approvals
                .iter()
                .all(|approval| !approval.counts && names_commits(&approval.note)),
        format!("{:?}", status.approvals),
    );
    let why = stage.why(NAME).await?;
    claims.check(
        narrator,
        "it waits for two new approvals",
        why["phase"] == "Approving" && reasons(&why).contains(&"ApprovalsMissing"),
        why,
    );
    let level = log_level(stage).await?;
    claims.check(
        narrator,
        "nothing ran: the live configuration is untouched and no attempt was made",
        status.attempts == 0 && status.run.is_none() && level == "info",
        format!("{} attempts, LOG_LEVEL {level}", status.attempts),
    );
    Ok(())
}

fn request(stage: &Stage, not_before: Timestamp) -> Request<'_> {
    Request {
        ticket: "CHG-1236",
        title: "Log only warnings in api-gateway",
        requested_by: User::Dana.name(),
        repository: stage.repository.path(),
        source: Source::Branch(RELEASE_BRANCH),
        targets: Targets::Service(Service::ApiGateway, &stage.cluster.names().production),
        risk: "Low",
        not_before: Some(not_before),
    }
}

async fn log_level(stage: &Stage) -> Result<String, DemoError> {
    let namespace = &stage.cluster.names().production;
    let config: Api<ConfigMap> = Api::namespaced(stage.cluster.admin(), namespace);
    let config = config
        .get(Service::ApiGateway.name())
        .await
        .map_err(DemoError::request("read the ConfigMap api-gateway"))?;
    Ok(config
        .data
        .and_then(|mut data| data.remove("LOG_LEVEL"))
        .unwrap_or_default())
}
