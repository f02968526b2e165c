//! Three Applications become Tidegate's to deliver.

use tidegate_testkit::control_plane::User;

use super::{
    super::super::{
        DemoError,
        argo_cd::applications::{ALL, Application, standings},
        claims::Claims,
        stage::Stage,
    },
    FIRST, all_are, live_images, short,
};

pub(super) async fn play(stage: &mut Stage, claims: &mut Claims) -> Result<(), DemoError> {
    stage
        .narrator
        .heading("1. Adoption: what runs becomes the pin");
    let runs = stage.repository.head()?;
    stage.narrator.say(
        "All three follow the branch main with automated sync: whatever is merged next goes out everywhere within \
         minutes. Marc may write Applications, so he may have them adopted. First he asks what would be done.",
    );
    let dry_run = ["adopt", ALL[0].name, "--dry-run"];
    let ran = stage.tidegate(User::Marc, &dry_run).await?;
    ran.succeeded("tidegate adopt --dry-run")?;
    let follows = standings(stage).await?;
    claims.check(
        &stage.narrator,
        "asking has changed nothing: all three follow main",
        follows.iter().all(|standing| standing.points_at == "main"),
        format!("{follows:?}"),
    );
    for Application { name, .. } in ALL {
        let ran = stage.tidegate(User::Marc, &["adopt", name]).await?;
        ran.succeeded("tidegate adopt")?;
    }
    let pinned = standings(stage).await?;
    claims.check(
        &stage.narrator,
        format!(
            "each is pinned to the commit that runs, {}, by its full id",
            short(&runs)
        ),
        pinned.iter().all(|standing| standing.points_at == runs),
        format!("{pinned:?}"),
    );
    let images = live_images(stage).await?;
    claims.check(
        &stage.narrator,
        "automated sync and self-heal are on as before, and the same pods run",
        pinned.iter().all(|standing| standing.automated) && all_are(&images, stage, FIRST),
        format!("{pinned:?}, {images:?}"),
    );
    Ok(())
}
