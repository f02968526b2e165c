//! Stopping when the system or a person asks for it.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::failure::Explain;

/// The system does not tell of signals.
#[derive(Debug, thiserror::Error)]
#[error("signals cannot be received")]
pub(super) struct SignalError(#[source] io::Error);

impl Explain for SignalError {
    fn exit(&self) -> Exit {
        Exit::CannotJudge
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

/// Cancels `stop` at the first SIGTERM or SIGINT. What is under way ends
/// properly; a second signal changes nothing.
pub(super) fn on_signals(stop: &CancellationToken) -> Result<(), SignalError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(SignalError)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(SignalError)?;
    let stop = stop.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "stopping");
        stop.cancel();
    });
    Ok(())
}
