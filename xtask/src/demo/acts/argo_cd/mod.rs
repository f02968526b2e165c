//! The story with the real Argo CD, an act a file.

mod adoption;
mod follow;
mod shut;
mod upgrade;
mod way_back;

use super::{
    super::{
        DemoError,
        argo_cd::applications::{ALL, Application},
        claims::Claims,
        request::{Request, Source, Targets},
        services::Service,
        stage::Stage,
    },
    PATIENCE, approve, data, live_image, reasons, record, short, submit,
};
use tidegate_testkit::control_plane::User;

/// What runs before the story, and after each of its changes.
const FIRST: &str = "v2.4.3";
const SECOND: &str = "v2.5.0";
const BAD: &str = "v2.6.0";
const REPAIRED: &str = "v2.6.1";

/// Plays all acts in order.
pub(in super::super) async fn play(
    stage: &mut Stage,
    claims: &mut Claims,
) -> Result<(), DemoError> {
    adoption::play(stage, claims).await?;
    let second = upgrade::play(stage, claims).await?;
    way_back::play(stage, claims, &second).await?;
    shut::play(stage, claims, &second).await?;
    record::play(stage, claims, 5).await
}

/// Dana's request for all three Applications.
fn request<'a>(
    stage: &'a Stage,
    ticket: &'a str,
    title: &'a str,
    revision: &'a str,
) -> Request<'a> {
    Request {
        ticket,
        title,
        requested_by: User::Dana.name(),
        repository: stage.repository.path(),
        source: Source::Revision(revision),
        targets: Targets::Applications(&ALL),
        risk: "Medium",
        not_before: None,
    }
}

/// The images that run, in the order of the Applications.
async fn live_images(stage: &Stage) -> Result<Vec<String>, DemoError> {
    let mut images = Vec::new();
    for Application { namespace, .. } in ALL {
        images.push(live_image(stage, namespace, Service::ApiGateway).await?);
    }
    Ok(images)
}

/// Whether this version is what every one of them runs.
fn all_are(images: &[String], stage: &Stage, version: &str) -> bool {
    let wanted = stage.images().of(Service::ApiGateway, version);
    images.len() == ALL.len() && images.iter().all(|image| *image == wanted)
}
