//! `tidegate completions`: for a shell to complete what is typed.

use clap::Args;
use clap_complete::Shell;

use crate::arguments::command_line;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command_line(), "tidegate", &mut script);
    session.printer.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Yes)
}
