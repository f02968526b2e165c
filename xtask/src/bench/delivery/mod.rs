//! Delivery by the real Argo CD: from the window to the sync, beside Argo CD's
//! own automated sync; from a failure to the way back; and how often Tidegate
//! asks the API server. All times are those at which the API server received a
//! request, by its audit log.

mod idle;
mod report;
mod rollbacks;
mod rounds;
mod services;
mod setup;

use jiff::Timestamp;

use self::setup::Setup;
use super::Measured;
use super::audit::Audit;
use super::figures;

/// How many Applications Argo CD syncs by itself, each behind a window of its
/// own that Tidegate's wait for too.
const AUTOMATIC: usize = 5;

/// How many changes fail while their sync runs, and as many after it.
const FAILING: usize = 5;

pub(super) async fn measure(applications: usize, rounds: usize) -> Measured<()> {
    let mut setup = Setup::start(applications, AUTOMATIC.min(rounds), FAILING).await?;
    let begun = Timestamp::now();
    let rounds = rounds::run(&mut setup, rounds).await?;
    let ended = Timestamp::now();
    report::starts(&setup.audit()?, &rounds, begun..ended);

    let failures = rollbacks::run(&mut setup).await?;
    report::rollbacks(&setup.audit()?, &failures);

    let minute = idle::run(&mut setup).await?;
    figures::idle(&setup.audit()?, "one change waits", &minute);

    rounds::until_automatic(&setup, &rounds).await?;
    report::automatic(&setup.audit()?, &rounds);
    setup.argo_cd.stop().await;
    Ok(())
}

impl Setup {
    fn audit(&self) -> Measured<Audit> {
        Audit::read(&self.installation.plane.audit_log())
    }
}
