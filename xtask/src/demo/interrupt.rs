use tokio::signal::unix::{Signal, SignalKind, signal};

use super::DemoError;

/// Somebody wants the demo to end: Ctrl-C, SIGTERM, or the terminal is gone.
#[derive(Debug)]
pub(super) struct Interrupt {
    interrupted: Signal,
    terminated: Signal,
    hung_up: Signal,
}

impl Interrupt {
    /// From here on these signals end nothing by themselves.
    pub(super) fn listen() -> Result<Self, DemoError> {
        let listen = |kind| {
            signal(kind).map_err(|source| DemoError::System {
                what: "listen to signals",
                source,
            })
        };
        Ok(Self {
            interrupted: listen(SignalKind::interrupt())?,
            terminated: listen(SignalKind::terminate())?,
            hung_up: listen(SignalKind::hangup())?,
        })
    }

    /// Returns at the next signal.
    pub(super) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
            _ = self.hung_up.recv() => {}
        }
    }
}
