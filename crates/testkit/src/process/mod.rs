//! Programs of this machine that run as long as someone here wants them, and no longer.

mod parent;
mod port;
mod processes;

pub(crate) use self::{port::LoopbackPort, processes::Processes};

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::net::TcpStream;

/// How long a program may take to end by itself. They take a tenth of a second; nothing that they still hold matters.
const GRACE: Duration = Duration::from_secs(3);

/// How often to look whether a program has ended.
const LOOK: Duration = Duration::from_millis(10);

/// How often to look whether a program listens.
const LOOK_FOR_PORT: Duration = Duration::from_millis(50);

/// What to start, and how.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) executable: &'a Path,
    pub(crate) arguments: Vec<OsString>,
    /// Besides `PATH` and `HOME`, or instead of them.
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// Its home and its working directory.
    pub(crate) home: &'a Path,
    /// Where both of its outputs go, after what is there.
    pub(crate) log: PathBuf,
}

/// A running program; stopped on drop.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// How it has ended, once we know.
    ended: Option<ExitStatus>,
    log: PathBuf,
}

/// Programs written in Go collect their garbage only once there is twice as much of it as of what they need: they
/// live for minutes. Not only once they have a certain size: what they need grows with the definitions that a test
/// brings, and at the limit an API server does nothing but collect (Go, "A Guide to the Go Garbage Collector").
const FEWER_COLLECTIONS: [(&str, &str); 1] = [("GOGC", "200")];

/// A program has ended although it should run.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// The last lines of its log.
    pub(crate) log: String,
}

/// A program does not listen.
#[derive(Debug)]
pub(crate) enum Unready {
    /// It has ended.
    Ended(Ended),
    /// It runs, and does not listen after so long.
    Late(Duration),
}

impl Process {
    /// Starts a program. It sees none of our environment but `PATH`, so that nothing a person has set changes it.
    pub(crate) fn start(launch: Launch<'_>) -> io::Result<Self> {
        let file = open_log(&launch.log)?;
        let mut command = parent::command(launch.executable);
        command
            .args(launch.arguments)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", launch.home)
            .envs(FEWER_COLLECTIONS)
            .envs(launch.environment)
            .current_dir(launch.home)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let child = parent::spawn(command)?;
        Ok(Self {
            child,
            ended: None,
            log: launch.log,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// An error if the program has ended.
    pub(crate) fn check(&mut self) -> Result<(), Ended> {
        match self.ended() {
            Some(status) => Err(Ended {
                status,
                log: last_lines(&self.log),
            }),
            None => Ok(()),
        }
    }

    /// Waits until it listens on the loopback port; for no longer than `patience`.
    pub(crate) async fn until_listens(
        &mut self,
        port: u16,
        patience: Duration,
    ) -> Result<(), Unready> {
        let begun = Instant::now();
        while !listens(port).await {
            self.check().map_err(Unready::Ended)?;
            let waited = begun.elapsed();
            if waited > patience {
                return Err(Unready::Late(waited));
            }
            tokio::time::sleep(LOOK_FOR_PORT).await;
        }
        Ok(())
    }

    /// Ends the program at once, as if it had crashed (SIGKILL), and with it what it has started, as where it runs in a
    /// container that ends; returns when it is gone.
    pub(crate) fn kill(mut self) {
        self.kill_and_wait();
    }

    /// Asks the program to end, waits, and kills it if it has not; returns when it is gone.
    fn stop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        // The child has not been waited for, so its id cannot have been given to another process.
        if kill_process(Pid::from_child(&self.child), Signal::TERM).is_ok() {
            let asked = Instant::now();
            while self.ended().is_none() && asked.elapsed() < GRACE {
                thread::sleep(LOOK);
            }
        }
        self.kill_and_wait();
    }

    fn kill_and_wait(&mut self) {
        if self.ended().is_none() {
            self.kill_group();
            // Fails only if it has ended in the meantime.
            let _ = self.child.kill();
            self.ended = self.child.wait().ok();
        }
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
            if self.ended.is_some() {
                // What it has left behind. Only now: later its id may be somebody else's.
                self.kill_group();
            }
        }
        self.ended
    }

    /// Kills the program and what it has started, where that is a process group of its own.
    fn kill_group(&self) {
        if parent::gives_own_group() {
            // Fails if nobody is left.
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whether someone listens on the loopback port.
pub(crate) async fn listens(port: u16) -> bool {
    TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .await
        .is_ok()
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
