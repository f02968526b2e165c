//! The command `tidegate`, also as `kubectl tidegate`.
//!
//! | module | what it holds |
//! |---|---|
//! | `arguments` | what may be typed, and the help |
//! | `command` | one file for each command |
//! | `view` | from objects to text; no cluster, no clock |
//! | `cluster` | the API server, as the person at the keyboard |
//! | `failure` | what goes wrong, in one sentence with a hint |
//! | `output` | which stream, which format, which colour |

mod arguments;
mod cluster;
mod command;
mod document;
mod exit;
mod failure;
mod moment;
mod output;
mod session;
mod velero;
mod view;

use std::process::ExitCode;

use exit::Exit;
use failure::Failure;
use session::Session;

/// Does what the command line says, and answers with the exit code that every
/// command shares: 0 yes, 1 no, 2 wrong input, 3 cannot reach or judge.
pub fn main() -> ExitCode {
    let arguments = match arguments::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(shown) => return shown.into(),
    };
    let session = Session::new(arguments.global);
    let answer = tokio::runtime::Runtime::new()
        .map_err(|source| Failure::from(RuntimeError { source }))
        .and_then(|runtime| runtime.block_on(command::run(arguments.command, &session)));
    match answer {
        Ok(exit) => exit,
        Err(failure) => {
            session.printer.failure(&failure);
            failure.exit()
        }
    }
    .into()
}

/// The machine gives this program no threads.
#[derive(Debug, thiserror::Error)]
#[error("cannot start")]
struct RuntimeError {
    source: std::io::Error,
}

impl failure::Explain for RuntimeError {
    fn exit(&self) -> Exit {
        Exit::CannotJudge
    }

    fn hint(&self) -> Option<String> {
        Some("free some memory or raise the limit of processes, and try again".to_owned())
    }
}
