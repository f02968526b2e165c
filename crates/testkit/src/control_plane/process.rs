use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Child, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{ControlPlaneError, layout::Layout, parent};
use crate::component::{Program, Programs};

/// How long a program may take to end by itself. They take a tenth of a second; nothing that they still hold matters.
const GRACE: Duration = Duration::from_secs(3);

/// How often to look whether a program has ended.
const LOOK: Duration = Duration::from_millis(10);

/// A running program of the control plane; stopped on drop.
#[derive(Debug)]
pub(super) struct Process {
    program: Program,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `program`. It sees none of our environment but `PATH`, so that nothing a person has set changes it.
    pub(super) fn start(
        program: Program,
        programs: &Programs,
        layout: &Layout,
        arguments: Vec<OsString>,
    ) -> Result<Self, ControlPlaneError> {
        let failed = |source| ControlPlaneError::Spawn { program, source };
        let log = layout.log(program);
        let file = open_log(&log).map_err(failed)?;
        let mut command = parent::command(programs.path(program));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", layout.root())
            .current_dir(layout.root())
            .stdin(Stdio::null())
            .stdout(file.try_clone().map_err(failed)?)
            .stderr(file);
        let child = parent::spawn(command).map_err(failed)?;
        Ok(Self {
            program,
            child,
            log,
        })
    }

    pub(super) const fn program(&self) -> Program {
        self.program
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// An error if the program has ended.
    pub(super) fn check(&mut self) -> Result<(), ControlPlaneError> {
        match self.child.try_wait() {
            Ok(Some(status)) => Err(ControlPlaneError::Ended {
                program: self.program,
                status,
                log: last_lines(&self.log),
            }),
            Ok(None) | Err(_) => Ok(()),
        }
    }

    /// Asks the program to end, waits, and kills it if it has not; returns when it is gone.
    fn stop(&mut self) {
        // The child has not been waited for, so its id cannot have been given to another process.
        let id = Pid::from_child(&self.child);
        if self.ended().is_none() && kill_process(id, Signal::TERM).is_ok() {
            let asked = Instant::now();
            while self.ended().is_none() && asked.elapsed() < GRACE {
                thread::sleep(LOOK);
            }
        }
        if self.ended().is_none() {
            // Fails only if it has ended in the meantime.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The running programs; stopped in the reverse order of [`Program`] on drop.
#[derive(Debug, Default)]
pub(super) struct Processes {
    running: Vec<Process>,
}

impl Processes {
    pub(super) fn add(&mut self, process: Process) {
        self.running.push(process);
        self.running.sort_by_key(Process::program);
    }

    pub(super) fn remove(&mut self, program: Program) -> Option<Process> {
        let index = self
            .running
            .iter()
            .position(|process| process.program == program)?;
        Some(self.running.remove(index))
    }

    pub(super) fn contains(&self, program: Program) -> bool {
        self.running
            .iter()
            .any(|process| process.program == program)
    }

    /// An error if one of them has ended.
    pub(super) fn check(&mut self) -> Result<(), ControlPlaneError> {
        self.running.iter_mut().try_for_each(Process::check)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = (Program, u32)> {
        self.running
            .iter()
            .map(|process| (process.program, process.id()))
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        while let Some(process) = self.running.pop() {
            drop(process);
        }
    }
}

fn open_log(path: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(path)
}

/// The end of a log: enough to see why the program ended.
fn last_lines(log: &Path) -> String {
    let text = fs::read(log)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<_> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
