//! Runs a program with arguments, never through a shell, within limits.

use std::collections::VecDeque;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// How much of a program's messages is kept from their beginning, and again from
/// their end, in bytes.
const MESSAGE_HALF: usize = 2 * 1024;

/// What a program may use up before it is ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Wall time from start to end.
    pub(crate) time: Duration,
    /// Bytes on standard output.
    pub(crate) stdout: usize,
    /// Bytes of memory; `None` leaves it unlimited. Kept on Linux only.
    pub(crate) memory: Option<u64>,
}

/// What a program that ended has left.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    /// The beginning and the end of standard error, 4 KiB at most.
    pub(crate) stderr: String,
}

/// Why a program did not come to its own end.
#[derive(Debug, thiserror::Error)]
pub enum SubprocessError {
    /// The program is missing or not executable, or the machine is out of processes.
    #[error("the program did not start")]
    Start(#[source] io::Error),
    /// A pipe to or from the program broke.
    #[error("its output could not be read")]
    Pipe(#[source] io::Error),
    /// It was ended because it ran too long.
    #[error("it was ended after {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// It was ended because it wrote too much.
    #[error("it wrote more than {0} bytes")]
    OutputTooLarge(usize),
}

/// A started program. Dropping it ends the program and everything it started.
pub(crate) struct Running {
    pub(crate) child: Child,
    group: ProcessGroup,
}

/// The process group led by the program, ended on drop.
struct ProcessGroup(Option<Pid>);

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // It may have ended by itself in the meantime.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

impl Running {
    /// Starts the program with its standard output and error piped.
    pub(crate) fn start(
        mut command: Command,
        memory: Option<u64>,
    ) -> Result<Self, SubprocessError> {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(SubprocessError::Start)?;
        let leader = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let running = Self {
            child,
            group: ProcessGroup(leader),
        };
        if let (Some(leader), Some(memory)) = (leader, memory) {
            limit_memory(leader, memory).map_err(SubprocessError::Start)?;
        }
        Ok(running)
    }

    /// Waits for the end of the program.
    pub(crate) async fn wait(&mut self) -> Result<ExitStatus, SubprocessError> {
        let status = self.child.wait().await.map_err(SubprocessError::Pipe)?;
        // From here on the number may belong to somebody else.
        self.group.0 = None;
        Ok(status)
    }

    async fn collect(&mut self, stdout_limit: usize) -> Result<Output, SubprocessError> {
        let stdout = self.child.stdout.take();
        let stderr = self.child.stderr.take();
        let (stdout, stderr) =
            futures::try_join!(read_all(stdout, stdout_limit), read_messages(stderr))?;
        let status = self.wait().await?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }
}

/// Runs a program to its end.
pub(crate) async fn run(command: Command, limits: &Limits) -> Result<Output, SubprocessError> {
    let mut running = Running::start(command, limits.memory)?;
    tokio::time::timeout(limits.time, running.collect(limits.stdout))
        .await
        .map_err(|_| SubprocessError::TimedOut(limits.time))?
}

async fn read_all(
    pipe: Option<impl AsyncRead + Unpin>,
    limit: usize,
) -> Result<Vec<u8>, SubprocessError> {
    let mut bytes = Vec::new();
    let Some(pipe) = pipe else { return Ok(bytes) };
    // One byte more than allowed tells "full" from "too much".
    pipe.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .await
        .map_err(SubprocessError::Pipe)?;
    if bytes.len() > limit {
        return Err(SubprocessError::OutputTooLarge(limit));
    }
    Ok(bytes)
}

/// Reads standard error to its end. A crash says why in its first lines, and an
/// ordinary failure in its last, so both are kept.
pub(crate) async fn read_messages(
    pipe: Option<impl AsyncRead + Unpin>,
) -> Result<String, SubprocessError> {
    let mut head = Vec::new();
    let mut tail: VecDeque<u8> = VecDeque::new();
    let mut left_out = false;
    let mut chunk = [0; 1024];
    let Some(mut pipe) = pipe else {
        return Ok(String::new());
    };
    loop {
        let length = pipe.read(&mut chunk).await.map_err(SubprocessError::Pipe)?;
        if length == 0 {
            break;
        }
        let (for_head, for_tail) = chunk[..length].split_at(length.min(MESSAGE_HALF - head.len()));
        head.extend_from_slice(for_head);
        tail.extend(for_tail);
        let excess = tail.len().saturating_sub(MESSAGE_HALF);
        left_out |= excess > 0;
        tail.drain(..excess);
    }
    if left_out {
        head.extend_from_slice(b"\n[...]\n");
    }
    head.extend(tail);
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Limits what the process can write to, and its address space to a gibibyte
/// more: Go programs reserve space that they never touch.
#[cfg(target_os = "linux")]
fn limit_memory(process: Pid, bytes: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, prlimit};

    const RESERVED: u64 = 1024 * 1024 * 1024;
    for (resource, limit) in [
        (Resource::Data, bytes),
        (Resource::As, bytes.saturating_add(RESERVED)),
    ] {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        match prlimit(Some(process), resource, limit) {
            Ok(_) => {}
            // It has already ended; its exit status tells the rest.
            Err(rustix::io::Errno::SRCH) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_process: Pid, _bytes: u64) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            time: Duration::from_mins(1),
            stdout: 1024,
            memory: None,
        }
    }

    fn command(program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    #[tokio::test]
    async fn output_and_status_come_back() {
        let output = run(command("printf", &["%s", "$HOME"]), &limits())
            .await
            .unwrap();
        assert!(output.status.success());
        assert_eq!(output.stdout, b"$HOME", "no shell expands arguments");
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended() {
        let limits = Limits {
            time: Duration::from_millis(20),
            ..limits()
        };
        let error = run(command("sleep", &["3600"]), &limits).await.unwrap_err();
        assert!(matches!(error, SubprocessError::TimedOut(_)));
    }

    #[tokio::test]
    async fn a_program_that_never_stops_writing_is_ended() {
        let error = run(command("yes", &[]), &limits()).await.unwrap_err();
        assert!(matches!(error, SubprocessError::OutputTooLarge(1024)));
    }

    #[tokio::test]
    async fn a_missing_program_is_a_failed_start() {
        let error = run(command("tidegate-no-such-program", &[]), &limits())
            .await
            .unwrap_err();
        assert!(matches!(error, SubprocessError::Start(_)));
    }

    #[tokio::test]
    async fn long_messages_keep_their_beginning_and_end() {
        let text = format!("first\n{}\nlast", "x".repeat(10_000));
        let kept = read_messages(Some(text.as_bytes())).await.unwrap();
        assert!(kept.starts_with("first\n") && kept.ends_with("\nlast"));
        assert!(kept.contains("\n[...]\n") && kept.len() < 5 * 1024);

        let short = read_messages(Some(&b"fatal: no"[..])).await.unwrap();
        assert_eq!(short, "fatal: no");
    }
}
