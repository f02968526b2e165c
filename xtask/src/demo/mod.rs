//! Plays Tidegate's story on a real control plane, and checks that it happened.

mod acts;
mod argo_cd;
mod borrowed;
mod claims;
mod cluster;
mod command;
mod controller;
mod data;
mod error;
mod interrupt;
mod kubeconfigs;
mod lines;
mod look_around;
mod narrator;
mod objects;
mod play;
mod pods;
mod probe_server;
mod programs;
mod repository;
mod request;
mod services;
mod set_up;
mod stage;
mod strike;
mod who_signs;

use std::{process::ExitCode, time::Duration};

use tempfile::TempDir;
use tidegate_testkit::component::Programs as ControlPlanePrograms;
use tokio::runtime::Runtime;

use self::{
    claims::Claims, cluster::Cluster, controller::Controller, error::DemoError,
    interrupt::Interrupt, narrator::Narrator, play::Play, programs::Programs, stage::Stage,
};
use crate::Outcome;

/// What a shell answers for a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;
/// How long the runtime may take to end; nothing that it still does matters.
const LAST_WORK: Duration = Duration::from_secs(2);

/// Watch CHG-1234 go from submitted to verified on a real Kubernetes control plane, and what happens when it does not.
///
/// Starts a control plane of its own and stays up afterwards for a look around, until Ctrl-C; nothing is left then.
/// Nothing runs inside its pods: kwok plays them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Play it through and end; not with 0 if anything of the story did not happen.
    #[arg(long)]
    once: bool,
    /// Use the cluster of this context of your kubeconfig instead, and leave it as it was. You must be its
    /// administrator, and it must have no Tidegate.
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Have these take part, such as argocd,velero; they are started beside the control plane, so not with --context.
    #[arg(long, value_name = "PROGRAMS", value_delimiter = ',')]
    with: Vec<With>,
}

/// What takes part beside Kubernetes and Tidegate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum With {
    /// The real Argo CD, which delivers.
    Argocd,
    /// The real Velero, which backs up a service that keeps data.
    Velero,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let play = Play::of(arguments)?;
    // Signals still end us here, together with the builds.
    let programs = Programs::find_or_build()?;
    if arguments.context.is_none() {
        ControlPlanePrograms::of_control_plane()?;
    }
    for program in play.programs() {
        program.find_or_build()?;
    }
    let runtime = Runtime::new()?;
    let outcome = runtime.block_on(stage(arguments, play, programs));
    runtime.shutdown_timeout(LAST_WORK);
    Ok(outcome?)
}

async fn stage(
    arguments: &Arguments,
    play: Play,
    programs: Programs,
) -> Result<ExitCode, DemoError> {
    let narrator = Narrator::new();
    let mut interrupt = Interrupt::listen()?;
    let folder = folder()?;
    let programs = programs.with_own_tidegate(folder.path())?;
    let opened = tokio::select! {
        cluster = open(arguments, play, programs, &folder, &narrator) => cluster,
        () = interrupt.wait() => return Ok(ExitCode::from(INTERRUPTED)),
    };
    let mut stage = Stage::new(narrator, opened?, play)?;
    let mut outcome = ExitCode::from(INTERRUPTED);
    let mut controller = None;
    let told = tokio::select! {
        told = tell(arguments, play, &mut stage, &mut controller, &mut outcome) => told,
        () = interrupt.wait() => Ok(()),
    };
    if let (Err(_), Some(controller)) = (&told, &controller) {
        look_around::show_log(&stage.narrator, controller);
    }
    let struck = strike::strike(stage, controller, &mut interrupt).await;
    told.and(struck)?;
    Ok(outcome)
}

/// The folder for files of this run: readable by this user alone, removed on drop.
fn folder() -> Result<TempDir, DemoError> {
    tempfile::Builder::new()
        .prefix("tidegate-demo-")
        .tempdir()
        .map_err(|source| DemoError::Write {
            path: std::env::temp_dir(),
            source,
        })
}

async fn open(
    arguments: &Arguments,
    play: Play,
    programs: Programs,
    folder: &TempDir,
    narrator: &Narrator,
) -> Result<Cluster, DemoError> {
    if let Some(context) = &arguments.context {
        narrator.say(&format!(
            "Tidegate on the cluster of context {context}. Pods really run here: \
             images are pulled, and two releases of Kubernetes' own test server stand for two versions. Everything is \
             removed again at the end."
        ));
        return Cluster::lent(context, programs, folder.path()).await;
    }
    narrator.say(&play.introduction());
    let _waiting = narrator.waiting("the control plane starts");
    Cluster::own(programs, folder.path()).await
}

/// The whole story. Notes how it ended, and returns only if that is all there is to do.
async fn tell(
    arguments: &Arguments,
    play: Play,
    stage: &mut Stage,
    controller: &mut Option<Controller>,
    outcome: &mut ExitCode,
) -> Result<(), DemoError> {
    let mut claims = Claims::default();
    play.set(stage, arguments.context.as_deref()).await?;
    let controller = set_up::start_controller(stage, controller, play.serve_arguments()).await?;
    let played = tokio::select! {
        played = play.act(stage, &mut claims) => played,
        ended = controller.ended() => Err(ended),
    };
    if let Err(error) = played {
        let error = tidegate_core::causes::in_one_line(&error);
        claims.check(
            &stage.narrator,
            "the story went on to its end",
            false,
            error,
        );
    }
    *outcome = if look_around::sum_up(stage, &claims) {
        ExitCode::SUCCESS
    } else {
        look_around::show_log(&stage.narrator, controller);
        ExitCode::FAILURE
    };
    if !arguments.once {
        play.invite(stage);
        return Err(controller.ended().await);
    }
    Ok(())
}
