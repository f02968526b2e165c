//! A change on a backup by the real Velero: what Tidegate adds to the time that Velero takes, and
//! how often it asks the API server while it waits.
//!
//! A restore is handed over and taken back in the same way, from the rollback that is applied to
//! the workload that comes up again: another task of [`handover`], with a watch of its own.

mod handover;
mod phases;
mod setup;
mod waiting;

use tidegate_core::lifecycle::Phase;

use self::handover::Handover;
use self::phases::Phases;
use self::setup::Setup;
use super::Measured;
use super::audit::Audit;
use super::figures;

pub(super) async fn measure(changes: usize) -> Measured<()> {
    // One more waits for a backup that does not become complete.
    let setup = Setup::start(changes + 1).await?;
    let backups = Phases::watch(setup.backups()).await;
    let mut names = Vec::new();
    for number in 0..changes {
        anstream::eprintln!("change {} of {changes} …", number + 1);
        names.push(setup.change(number).await?);
        setup.until(&names, Phase::Succeeded).await?;
    }
    let audit = setup.audit()?;
    let mut handovers = Vec::new();
    for name in &names {
        handovers.push(Handover::of_backup(&setup, &audit, &backups, name).await?);
    }
    handover::report(
        &handovers,
        ("targets taken", "backup asked for"),
        ("backup complete", "first write begun"),
    );
    let minute = waiting::run(&setup, changes).await?;
    figures::idle(
        &setup.audit()?,
        "one change waits for a backup that is not complete",
        &minute,
    );
    setup.stop().await;
    Ok(())
}

impl Setup {
    fn audit(&self) -> Measured<Audit> {
        Audit::read(&self.installation.plane.audit_log())
    }
}
