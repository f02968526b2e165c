//! CHG-1235: a canary that never becomes ready, and the way back.

use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

use super::{
    super::{
        DemoError,
        claims::Claims,
        repository::readiness_gate,
        request::{Request, Source, Targets},
        services::Service,
        stage::Stage,
    },
    PATIENCE, approve,
    data::{self, Lost},
    live_image, rollout, submit,
};

const NAME: &str = "chg-1235";
const OLD: &str = "v1.9.0";
const NEW: &str = "v1.10.0";

pub(super) async fn play(stage: &mut Stage, claims: &mut Claims) -> Result<(), DemoError> {
    stage
        .narrator
        .heading("2. CHG-1235: a canary that never becomes ready");
    let revision = stage.repository.bad_upgrade(Service::Checkout, OLD, NEW)?;
    stage.narrator.say(
        "Dana's checkout v1.10.0 has a readiness gate that is to be opened when its cache is warm. Nobody has noticed \
         that nothing ever opens it. Both reviewers approve, and the window is open, so it starts at once.",
    );
    submit(stage, &request(stage, &revision)).await?;
    stage
        .until(NAME, "to ask for approvals", PATIENCE, |status| {
            status.phase == Phase::Approving
        })
        .await?;
    let pods = stage.watch_pods(Service::Checkout, OLD).await;
    approve(stage, NAME).await?;
    stage.narrator.say(
        "From here on nobody touches anything. A canary is given some seconds to become ready.",
    );
    let production = &stage.cluster.names().production;
    let release = (NAME, "checkout v1.10.0");
    let (watched, _, lost) = tokio::try_join!(
        stage.tidegate(User::Dana, &["change", "watch", NAME]),
        async {
            let _running = stage
                .narrator
                .spinning("the canary has not become ready yet");
            rollout::follow(stage, NAME, Service::Checkout, NEW, &pods).await
        },
        data::spoil(stage, claims, release, production, &pods),
    )?;
    let status = stage.status(NAME).await?;
    stage.tidegate(User::Dana, &["why", NAME]).await?;
    let narrator = &stage.narrator;
    claims.check(
        narrator,
        "CHG-1235 is RolledBack, and its reason names the gate",
        status.phase == Phase::RolledBack
            && status.reason.contains(&readiness_gate(Service::Checkout))
            && watched.code == Some(1),
        format!(
            "{}: {}; watch ended with {:?}",
            status.phase, status.reason, watched.code
        ),
    );
    let (until, served) = Lost::served(lost.as_ref(), pods.seen());
    claims.check(
        narrator,
        format!("{until} did fewer than 3 old pods serve, and at most 1 new pod was there"),
        served.fewest_old >= 3 && pods.seen().most_new == 1,
        format!("{served:?}, {:?}", pods.seen()),
    );
    if let Some(lost) = &lost {
        data::comes_back(stage, claims, NAME, production, lost).await?;
    }
    let live = live_image(stage, production, Service::Checkout).await?;
    let seen = pods.seen();
    claims.check(
        &stage.narrator,
        "v1.9.0 runs again as if nothing had been",
        live == stage.images().of(Service::Checkout, OLD)
            && seen.now.new == 0
            && seen.now.old_ready == 3,
        format!("{live}, {seen:?}"),
    );
    Ok(())
}

fn request<'a>(stage: &'a Stage, revision: &'a str) -> Request<'a> {
    Request {
        ticket: "CHG-1235",
        title: "Upgrade checkout to v1.10.0",
        requested_by: User::Dana.name(),
        repository: stage.repository.path(),
        source: Source::Revision(revision),
        targets: Targets::Service(Service::Checkout, &stage.cluster.names().production),
        risk: "Low",
        not_before: None,
    }
}
