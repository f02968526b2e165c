use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{LazyLock, mpsc},
    thread,
};

/// The program of util-linux that asks the kernel to end a process together with its parent (`prctl(2)`,
/// `PR_SET_PDEATHSIG`), which cannot be asked for here without unsafe code.
const SETPRIV: &str = "setpriv";

type Request = (Command, mpsc::Sender<io::Result<Child>>);

/// Starts programs from a thread that lives as long as this process: to the kernel the parent of a process is the thread
/// that started it, and a thread of a Tokio runtime ends with the runtime.
static PARENT: LazyLock<Option<mpsc::Sender<Request>>> = LazyLock::new(|| {
    let (sender, requests) = mpsc::channel::<Request>();
    thread::Builder::new()
        .name("parent-of-programs".to_owned())
        .spawn(move || {
            for (mut command, answer) in requests {
                // Nobody waits for the answer any more only if this process is ending.
                let _ = answer.send(command.spawn());
            }
        })
        .ok()
        .map(|_| sender)
});

/// Whether this machine can end a program together with us.
static TIED: LazyLock<bool> = LazyLock::new(|| {
    Command::new(SETPRIV)
        .args(["--pdeathsig", "KILL", "--", SETPRIV, "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
});

/// A command that runs `program` so that it does not outlive this process, however this process ends, if it is started
/// with [`spawn`].
///
/// On Linux the program gets a process group of its own, so that Ctrl-C on a terminal reaches us alone and we end it in
/// order, and the kernel kills it when we end without doing so. `setpriv` becomes the program and keeps its process id.
/// Elsewhere the program stays in our group and Ctrl-C ends it directly.
pub(super) fn command(program: &Path) -> Command {
    if *TIED {
        let mut command = Command::new(SETPRIV);
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program)
            .process_group(0);
        command
    } else {
        Command::new(program)
    }
}

/// Whether [`command`] gives a program a process group of its own.
pub(super) fn gives_own_group() -> bool {
    *TIED
}

/// Starts `command` from the thread that lives as long as this process.
pub(super) fn spawn(command: Command) -> io::Result<Child> {
    let (answer, answered) = mpsc::channel();
    PARENT
        .as_ref()
        .and_then(|parent| parent.send((command, answer)).ok())
        .and_then(|()| answered.recv().ok())
        .unwrap_or_else(|| Err(io::Error::other("no thread to start programs from")))
}
