//! CHG-1235: a canary that never becomes ready, and the way back with automated sync on.

use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

use super::{
    super::super::{
        DemoError,
        argo_cd::applications::{self, ALL, standings},
        claims::Claims,
        pods::PodWatch,
        repository::readiness_gate,
        services::Service,
        stage::Stage,
    },
    BAD, PATIENCE, SECOND, all_are, approve,
    data::{self, Lost},
    follow::{self, Followed},
    live_images, request, short, submit,
};

const NAME: &str = "chg-1235";

/// `before` is the commit that runs.
pub(super) async fn play(
    stage: &mut Stage,
    claims: &mut Claims,
    before: &str,
) -> Result<(), DemoError> {
    stage
        .narrator
        .heading("3. CHG-1235: a canary that never becomes ready");
    let service = Service::ApiGateway;
    let revision = stage.repository.bad_upgrade(service, SECOND, BAD)?;
    stage.narrator.say(&format!(
        "Dana's {BAD} has a readiness gate that is to be opened when its cache is warm, and nothing ever opens it. `argocd \
         app rollback` would be refused here, because automated sync is on. Both reviewers approve, and the window is \
         open, so it starts at once."
    ));
    let title = format!("Upgrade api-gateway to {BAD}");
    submit(stage, &request(stage, "CHG-1235", &title, &revision)).await?;
    stage
        .until(NAME, "to ask for approvals", PATIENCE, |status| {
            status.phase == Phase::Approving
        })
        .await?;
    let old = stage.images().of(service, SECOND);
    let canary = ALL[0].namespace;
    let pods = PodWatch::start(stage.cluster.admin(), canary, service, old).await;
    approve(stage, NAME).await?;
    stage.narrator.say(
        "From here on nobody touches anything. A canary is given half a minute to become healthy.",
    );
    let release = format!("api-gateway {BAD}");
    let (watched, followed, lost) = tokio::try_join!(
        stage.tidegate(User::Dana, &["change", "watch", NAME]),
        async {
            let _running = stage
                .narrator
                .spinning("the canary has not become ready yet");
            follow::follow(stage, NAME).await
        },
        data::spoil(stage, claims, (NAME, &release), canary, &pods),
    )?;
    let status = stage.status(NAME).await?;
    stage.tidegate(User::Dana, &["why", NAME]).await?;
    let narrator = &stage.narrator;
    claims.check(
        narrator,
        "CHG-1235 is RolledBack, and its reason names the gate",
        status.phase == Phase::RolledBack
            && status.reason.contains(&readiness_gate(service))
            && watched.code == Some(1),
        format!(
            "{}: {}; watch ended with {:?}",
            status.phase, status.reason, watched.code
        ),
    );
    claims.check(
        narrator,
        "only the pin of gateway-canary ever moved",
        followed.touched_only_the_first(before),
        followed.told(),
    );
    let (until, served) = Lost::served(lost.as_ref(), pods.seen());
    let seen = pods.seen();
    claims.check(
        narrator,
        format!("{until} did fewer than 4 old pods serve there, and at most 1 new pod was there"),
        served.fewest_old >= 4 && seen.most_new == 1 && seen.now.new == 0,
        format!("{served:?}, {seen:?}"),
    );
    stands_as_before(stage, claims, before, &followed, lost.as_ref()).await
}

async fn stands_as_before(
    stage: &Stage,
    claims: &mut Claims,
    before: &str,
    followed: &Followed,
    lost: Option<&Lost>,
) -> Result<(), DemoError> {
    if let Some(lost) = lost {
        data::comes_back(stage, claims, NAME, ALL[0].namespace, lost).await?;
        applications::all_run(stage, before).await?;
    }
    let narrator = &stage.narrator;
    let (standings, images) = (standings(stage).await?, live_images(stage).await?);
    claims.check(
        narrator,
        format!(
            "Argo CD calls all three Synced and Healthy at {} again",
            short(before)
        ),
        standings
            .iter()
            .all(|standing| standing.is_settled_at(before))
            && all_are(&images, stage, SECOND),
        format!("{standings:?}, {images:?}"),
    );
    // What brings data back has Argo CD look away meanwhile.
    let (always, was_always) = if lost.is_none() {
        (
            "were on at every moment, and ",
            followed.was_always_automated(),
        )
    } else {
        ("", true)
    };
    claims.check(
        narrator,
        format!("automated sync and self-heal {always}are on now"),
        was_always && standings.iter().all(|standing| standing.automated),
        followed.told(),
    );
    Ok(())
}
