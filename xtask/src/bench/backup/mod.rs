//! A change on a backup by the real Velero: what Tidegate adds to the time that Velero takes, and
//! how often it asks the API server while it waits.
//!
//! A restore is handed over and taken back in the same way, from the rollback that is applied to
//! the workload that comes up again.

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
    // One more waits for a backup that does not become complete, and as many are called off with their data.
    let with_data = changes + 1..2 * changes + 1;
    let setup = Setup::start(&with_data).await?;
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
    let restores = Phases::watch(setup.restores()).await;
    let mut off = Vec::new();
    for number in with_data {
        anstream::eprintln!("change {number} is called off with its data …");
        off.push(setup.called_off(number).await?);
        setup.until(&off, Phase::Cancelled).await?;
    }
    let audit = setup.audit()?;
    let mut handovers = Vec::new();
    for name in &off {
        handovers.push(Handover::of_restore(&setup, &audit, &restores, name).await?);
    }
    handover::report(
        &handovers,
        ("previous revision applied", "restore asked for"),
        ("restore complete", "start of what was stopped begun"),
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
