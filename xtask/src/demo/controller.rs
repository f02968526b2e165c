use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use super::DemoError;

/// How long the controller may take to finish what it is at.
const GRACE: Duration = Duration::from_secs(10);

/// `tidegate serve` as a process of this machine; killed on drop.
#[derive(Debug)]
pub(super) struct Controller {
    child: Child,
    log: PathBuf,
}

impl Controller {
    /// Starts it; its log goes to `log`.
    pub(super) fn start(mut serve: Command, log: &Path) -> Result<Self, DemoError> {
        let file = File::create(log).map_err(|source| DemoError::Write {
            path: log.to_owned(),
            source,
        })?;
        let child = serve
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| DemoError::Run {
                program: "tidegate serve".to_owned(),
                source,
            })?;
        Ok(Self {
            child,
            log: log.to_owned(),
        })
    }

    /// Returns when it has ended although it should run.
    pub(super) async fn ended(&mut self) -> DemoError {
        let program = "tidegate serve".to_owned();
        match self.child.wait().await {
            Ok(status) => DemoError::Failed {
                command: program,
                output: format!("it ended, {status}"),
            },
            Err(source) => DemoError::Run { program, source },
        }
    }

    /// The end of its log.
    pub(super) fn last_lines(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.trim_end().lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Asks it to end, and returns when it has.
    pub(super) async fn stop(mut self) {
        let id = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(id) = id {
            // The child has not been waited for, so its id cannot have been given to another process. It fails only
            // if it has ended.
            let _ = kill_process(id, Signal::TERM);
            if timeout(GRACE, self.child.wait()).await.is_err() {
                // As above.
                let _ = self.child.kill().await;
            }
        }
    }
}
