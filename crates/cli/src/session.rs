//! What a command needs besides its own options.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::arguments::Global;
use crate::cluster::Cluster;
use crate::failure::api::ApiError;
use crate::output::Printer;

/// What a command needs besides its own options.
pub(crate) struct Session {
    /// What every command understands.
    pub(crate) global: Global,
    /// Where results and remarks go.
    pub(crate) printer: Printer,
    /// The zone of the person at the keyboard, for reading and writing times.
    pub(crate) zone: TimeZone,
    clock: fn() -> Timestamp,
}

impl Session {
    /// Looks at the streams and the zone of this process.
    pub(crate) fn new(global: Global) -> Self {
        let printer = Printer::new(global.output, global.color);
        Self {
            global,
            printer,
            zone: TimeZone::system(),
            clock: Timestamp::now,
        }
    }

    /// The time by this machine's clock.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The API server that the options and the kubeconfig name. Nothing is sent
    /// yet.
    pub(crate) async fn cluster(&self) -> Result<Cluster, ApiError> {
        Cluster::connect(&self.global).await
    }
}
