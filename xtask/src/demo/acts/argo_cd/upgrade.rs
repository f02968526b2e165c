//! CHG-1234: merged, approved, and out by Argo CD stage by stage.

use jiff::{Timestamp, tz::TimeZone};
use tidegate_core::lifecycle::{Phase, Status};
use tidegate_testkit::control_plane::User;

use super::{
    super::{
        super::{
            DemoError,
            argo_cd::applications::{refreshed, standings},
            claims::Claims,
            stage::{Stage, standing},
        },
        upgrade::wait_and_see,
        window,
    },
    FIRST, PATIENCE, SECOND, all_are, approve, data,
    follow::{self, Followed},
    live_images, reasons, request, short, submit,
};

const NAME: &str = "chg-1234";

/// Gives the commit that runs then.
pub(super) async fn play(stage: &mut Stage, claims: &mut Claims) -> Result<String, DemoError> {
    stage
        .narrator
        .heading("2. CHG-1234: api-gateway v2.4.3 → v2.5.0, by Argo CD");
    let before = stage.repository.head()?;
    let revision = stage.repository.upgrade()?;
    stage.narrator.say(&format!(
        "Dana's upgrade is merged to main: {}. Before the adoption that alone would have been the deployment.",
        short(&revision)
    ));
    merging_does_nothing(stage, claims, &before).await?;
    let opens = submitted(stage, &revision).await?;
    waits_for_window(stage, claims, &before, opens).await?;
    goes_out(stage, claims, &revision, opens).await?;
    Ok(revision)
}

async fn merging_does_nothing(
    stage: &Stage,
    claims: &mut Claims,
    before: &str,
) -> Result<(), DemoError> {
    let looking = stage
        .narrator
        .waiting("Argo CD looks at the repository again");
    refreshed(stage).await?;
    drop(looking);
    let (standings, images) = (standings(stage).await?, live_images(stage).await?);
    claims.check(
        &stage.narrator,
        "Argo CD has looked at main again, and nothing has gone out",
        standings
            .iter()
            .all(|standing| standing.is_settled_at(before))
            && all_are(&images, stage, FIRST),
        format!("{standings:?}, {images:?}"),
    );
    Ok(())
}

/// Gives when its window opens.
async fn submitted(stage: &Stage, revision: &str) -> Result<Timestamp, DemoError> {
    stage
        .narrator
        .say("This is what she submits for it. The targets are the Applications:");
    let request = request(stage, "CHG-1234", "Upgrade api-gateway to v2.5.0", revision);
    for line in request.document().lines() {
        stage.narrator.output(line);
    }
    let opens = window::opens_soon(stage).await?;
    submit(stage, &request).await?;
    Ok(opens)
}

async fn waits_for_window(
    stage: &Stage,
    claims: &mut Claims,
    before: &str,
    opens: Timestamp,
) -> Result<(), DemoError> {
    stage
        .until(NAME, "to ask for approvals", PATIENCE, |status| {
            status.phase == Phase::Approving
        })
        .await?;
    approve(stage, NAME).await?;
    stage
        .until(NAME, "to wait for its window", PATIENCE, |status| {
            status.phase > Phase::Approving
        })
        .await?;
    stage.tidegate(User::Dana, &["why", NAME]).await?;
    let (why, status) = (stage.why(NAME).await?, stage.status(NAME).await?);
    claims.check(
        &stage.narrator,
        "two approvals count, and now it waits for the calendar's window and says until when",
        why["phase"] == "Scheduled"
            && reasons(&why) == ["CalendarShut"]
            && status.next_transition_at == Some(opens),
        why,
    );
    let standings = standings(stage).await?;
    claims.check(
        &stage.narrator,
        "no pin has moved",
        standings
            .iter()
            .all(|standing| standing.points_at == before),
        format!("{standings:?}"),
    );
    Ok(())
}

async fn goes_out(
    stage: &Stage,
    claims: &mut Claims,
    revision: &str,
    opens: Timestamp,
) -> Result<(), DemoError> {
    let clock = opens.to_zoned(TimeZone::UTC).strftime("%H:%M:%S");
    stage.narrator.say(&format!(
        "The window opens at {clock}, and nobody has to be there. Moving a pin is the deployment; the rest Argo CD does as \
         it always did. Watch the pins move, one after the other."
    ));
    let (watched, followed, status) = tokio::try_join!(
        stage.tidegate(User::Dana, &["change", "watch", NAME]),
        follow::follow(stage, NAME),
        wait_and_see(
            stage,
            NAME,
            format!("the window opens at {clock}, {NAME} waits"),
            opens
        ),
    )?;
    checks(stage, claims, revision, &followed, &status).await?;
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

async fn checks(
    stage: &Stage,
    claims: &mut Claims,
    revision: &str,
    followed: &Followed,
    status: &Status,
) -> Result<(), DemoError> {
    let narrator = &stage.narrator;
    claims.check(
        narrator,
        "canary, staged, full: no pin moved before Argo CD called the one ahead Synced and Healthy",
        followed.went_in_order(revision),
        followed.told(),
    );
    let (standings, images) = (standings(stage).await?, live_images(stage).await?);
    claims.check(
        narrator,
        "v2.5.0 runs in all three namespaces, each pinned to the commit that was approved",
        standings
            .iter()
            .all(|standing| standing.is_settled_at(revision))
            && all_are(&images, stage, SECOND),
        format!("{standings:?}, {images:?}"),
    );
    claims.check(
        narrator,
        "automated sync and self-heal were on at every moment",
        followed.was_always_automated(),
        followed.told(),
    );
    let checks = status.run.as_ref().map_or(&[][..], |run| &run.checks);
    claims.check(
        narrator,
        "verified by workload health, an HTTP probe and a Job",
        checks.len() == 3 && checks.iter().all(|check| check.passed),
        format!("{checks:?}"),
    );
    Ok(())
}
