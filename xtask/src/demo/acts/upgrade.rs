//! CHG-1234: from submitted to verified.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use tidegate_core::lifecycle::{Phase, Status};
use tidegate_testkit::control_plane::User;

use super::{
    super::{
        DemoError,
        claims::Claims,
        pods::PodWatch,
        request::{Request, Source, Targets},
        services::Service,
        stage::{Stage, standing},
    },
    PATIENCE, approve, data, reasons,
    rollout::{self, Rollout},
    short, submit, window,
};

const NAME: &str = "chg-1234";
const OLD: &str = "v2.4.3";
const NEW: &str = "v2.5.0";

pub(super) async fn play(stage: &mut Stage, claims: &mut Claims) -> Result<(), DemoError> {
    stage
        .narrator
        .heading("1. CHG-1234: api-gateway v2.4.3 → v2.5.0");
    let revision = stage.repository.upgrade()?;
    stage.narrator.say(&format!(
        "Dana has committed the upgrade: {}. This is what she submits for it:",
        short(&revision)
    ));
    let opens = submitted(stage, &revision).await?;
    needs_approvals(stage, claims).await?;
    author_does_not_count(stage, claims).await?;
    waits_for_window(stage, claims, opens).await?;
    goes_out(stage, claims, opens).await
}

/// Gives when its window opens.
async fn submitted(stage: &Stage, revision: &str) -> Result<Timestamp, DemoError> {
    let request = Request {
        ticket: "CHG-1234",
        title: "Upgrade api-gateway to v2.5.0",
        requested_by: User::Dana.name(),
        repository: stage.repository.path(),
        source: Source::Revision(revision),
        targets: Targets::Service(Service::ApiGateway, &stage.cluster.names().production),
        risk: "Medium",
        not_before: None,
    };
    for line in request.document().lines() {
        stage.narrator.output(line);
    }
    let opens = window::opens_soon(stage).await?;
    submit(stage, &request).await?;
    Ok(opens)
}

async fn needs_approvals(stage: &Stage, claims: &mut Claims) -> Result<(), DemoError> {
    let status = stage
        .until(NAME, "to ask for approvals", PATIENCE, |status| {
            status.phase == Phase::Approving
        })
        .await?;
    stage.tidegate(User::Dana, &["why", NAME]).await?;
    let why = stage.why(NAME).await?;
    claims.check(
        &stage.narrator,
        "it waits for approvals and says so",
        why["phase"] == "Approving" && reasons(&why).contains(&"ApprovalsMissing"),
        why,
    );
    claims.check(
        &stage.narrator,
        "nothing has been touched",
        status.run.is_none(),
        format!("{:?}", status.run),
    );
    Ok(())
}

async fn author_does_not_count(stage: &Stage, claims: &mut Claims) -> Result<(), DemoError> {
    stage.narrator.say(
        "Dana likes her own change. She may say so, but it does not count: she asked for it and wrote the commit.",
    );
    let ran = stage.tidegate(User::Dana, &["approve", NAME]).await?;
    let status = stage
        .until(NAME, "to judge dana's approval", PATIENCE, |status| {
            approval(status, User::Dana).is_some()
        })
        .await?;
    let dana = approval(&status, User::Dana);
    claims.check(
        &stage.narrator,
        "dana's own approval is not counted, and she is told why",
        ran.code == Some(1)
            && dana.is_some_and(|(counts, note)| !counts && ran.output.contains(note)),
        format!("exit code {:?}, {dana:?}", ran.code),
    );
    Ok(())
}

fn approval(status: &Status, person: User) -> Option<(bool, &str)> {
    let found = status
        .approvals
        .iter()
        .find(|approval| approval.approver == person.name());
    found.map(|approval| (approval.counts, approval.note.as_str()))
}

async fn waits_for_window(
    stage: &Stage,
    claims: &mut Claims,
    opens: Timestamp,
) -> Result<(), DemoError> {
    approve(stage, NAME).await?;
    let status = stage
        .until(NAME, "to wait for its window", PATIENCE, |status| {
            status.phase > Phase::Approving
        })
        .await?;
    stage.tidegate(User::Dana, &["why", NAME]).await?;
    let why = stage.why(NAME).await?;
    claims.check(
        &stage.narrator,
        "two approvals count, one of them from sre-team, and now it waits for its window and says until when",
        why["phase"] == "Scheduled"
            && reasons(&why) == ["CalendarShut"]
            && status.next_transition_at == Some(opens),
        why,
    );
    stage.board().await
}

async fn goes_out(stage: &Stage, claims: &mut Claims, opens: Timestamp) -> Result<(), DemoError> {
    let pods = stage.watch_pods(Service::ApiGateway, OLD).await;
    let clock = opens.to_zoned(TimeZone::UTC).strftime("%H:%M:%S");
    stage.narrator.say(&format!(
        "The window opens at {clock}, and nobody has to be there. Watch the pods: first one of four, then two, then all."
    ));
    let (watched, rollout, status) = tokio::try_join!(
        stage.tidegate(User::Dana, &["change", "watch", NAME]),
        rollout::follow(stage, NAME, Service::ApiGateway, NEW, &pods),
        wait_and_see(
            stage,
            NAME,
            format!("the window opens at {clock}, {NAME} waits"),
            opens
        ),
    )?;
    checks(stage, claims, &rollout, &status, &pods);
    claims.check(
        &stage.narrator,
        "CHG-1234 is Succeeded",
        status.phase == Phase::Succeeded && watched.code == Some(0),
        format!("{}; watch ended with {:?}", standing(&status), watched.code),
    );
    stage.tidegate(User::Dana, &["why", NAME]).await?;
    if stage.keeps_data() {
        data::was_backed_up(stage, claims, NAME).await?;
    }
    Ok(())
}

/// Shows that the window is waited for, then that the change is on its way; gives how it ended.
pub(super) async fn wait_and_see(
    stage: &Stage,
    name: &str,
    what: String,
    opens: Timestamp,
) -> Result<Status, DemoError> {
    let window = stage.narrator.waiting(what);
    let until = Duration::try_from(opens.duration_since(Timestamp::now())).unwrap_or_default();
    stage
        .until(name, "to start", until + PATIENCE, |status| {
            status.run.is_some()
        })
        .await?;
    drop(window);
    let _running = stage.narrator.spinning("it goes out");
    stage
        .until(name, "to end", PATIENCE * 10, |status| {
            status.phase.is_final()
        })
        .await
}

fn checks(stage: &Stage, claims: &mut Claims, rollout: &Rollout, status: &Status, pods: &PodWatch) {
    let narrator = &stage.narrator;
    for (name, new, claim) in [
        (
            "canary",
            1,
            "canary: 1 of 4 pods on v2.5.0 while 4 old pods served",
        ),
        (
            "staged",
            2,
            "staged: 2 of 4 pods on v2.5.0 while 4 old pods served",
        ),
    ] {
        claims.check(
            narrator,
            claim,
            rollout.held(name, new, 4),
            rollout.told(name),
        );
    }
    let seen = pods.seen();
    claims.check(
        narrator,
        "full: 4 of 4 pods on v2.5.0, and at no moment fewer than 4 pods served",
        seen.now.new_ready == 4 && seen.now.old_ready == 0 && seen.fewest_serving >= 4,
        format!("{seen:?}"),
    );
    let checks = status.run.as_ref().map_or(&[][..], |run| &run.checks);
    claims.check(
        narrator,
        "verified by workload health, an HTTP probe and a Job",
        checks.len() == 3 && checks.iter().all(|check| check.passed),
        format!("{checks:?}"),
    );
}
