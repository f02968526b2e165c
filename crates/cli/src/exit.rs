//! The exit codes, the same for every command.

use std::process::ExitCode;

/// How a command ended. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: yes, or done.
    Yes,
    /// 1: no: not allowed, refused, did not succeed.
    No,
    /// 2: what was given cannot be used.
    WrongInput,
    /// 3: the cluster or a file cannot be reached, or does not say enough.
    CannotJudge,
}

impl Exit {
    /// Yes or no.
    pub(crate) fn from_answer(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Yes => 0,
            Exit::No => 1,
            Exit::WrongInput => 2,
            Exit::CannotJudge => 3,
        })
    }
}
