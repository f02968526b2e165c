//! Runs the real programs, as a person would.

use std::{io, process::Stdio};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::unix::pipe,
    process::Command,
};

use super::{DemoError, narrator::Narrator};

/// How a command that was shown ended.
#[derive(Debug)]
pub(super) struct Ran {
    /// Its exit code; none where a signal ended it.
    pub(super) code: Option<i32>,
    /// Everything it printed, as it was shown.
    pub(super) output: String,
}

impl Ran {
    /// An error where the command failed.
    pub(super) fn succeeded(self, command: &str) -> Result<(), DemoError> {
        match self.code {
            Some(0) => Ok(()),
            _ => Err(failed(command, &self.output)),
        }
    }
}

/// Runs a command to its end and shows each line as it comes. Both of its streams go into one pipe, so that the lines
/// are in the order in which a terminal would have them.
pub(super) async fn show(narrator: &Narrator, mut command: Command) -> Result<Ran, DemoError> {
    let program = program(&command);
    let cannot = |source| DemoError::Run {
        program: program.clone(),
        source,
    };
    let (reader, writer) = io::pipe().map_err(cannot)?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone().map_err(cannot)?)
        .stderr(writer)
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(cannot)?;
    // It holds the ends that are written to; while they are open nothing is read to the end.
    drop(command);
    let reader = pipe::Receiver::from_owned_fd(reader.into()).map_err(cannot)?;
    let mut lines = BufReader::new(reader).lines();
    let mut output = String::new();
    while let Some(line) = lines.next_line().await.map_err(cannot)? {
        narrator.output(&line);
        output.push_str(&line);
        output.push('\n');
    }
    let status = child.wait().await.map_err(cannot)?;
    Ok(Ran {
        code: status.code(),
        output,
    })
}

/// Runs a command unseen with `input` on its standard input, and gives its standard output. An error where it fails.
pub(super) async fn quietly(mut command: Command, input: &[u8]) -> Result<Vec<u8>, DemoError> {
    let told = line(&command);
    let program = program(&command);
    let cannot = |source| DemoError::Run {
        program: program.clone(),
        source,
    };
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(cannot)?;
    let stdin = child.stdin.take();
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A program that does not read to the end says itself what is wrong.
            let _ = stdin.write_all(input).await;
        }
    };
    let ((), output) = tokio::join!(feed, child.wait_with_output());
    let output = output.map_err(cannot)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = [output.stdout, output.stderr].concat();
    Err(failed(&told, &String::from_utf8_lossy(&said)))
}

/// Runs a command unseen and reads its answer for programs.
pub(super) async fn json(command: Command) -> Result<Value, DemoError> {
    let told = line(&command);
    let answer = quietly(command, &[]).await?;
    serde_json::from_slice(&answer).map_err(|source| DemoError::NotJson {
        command: told,
        source,
    })
}

/// The command as a person types it: the program without its folder, arguments with spaces in quotes.
pub(super) fn line(command: &Command) -> String {
    let arguments = command.as_std().get_args().map(|argument| {
        let argument = argument.to_string_lossy();
        if argument.contains(char::is_whitespace) {
            format!("\"{argument}\"")
        } else {
            argument.into_owned()
        }
    });
    std::iter::once(program(command))
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}

fn program(command: &Command) -> String {
    let path = std::path::Path::new(command.as_std().get_program());
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn failed(command: &str, output: &str) -> DemoError {
    DemoError::Failed {
        command: command.to_owned(),
        output: output.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reads_as_it_is_typed() {
        let mut command = Command::new("/opt/bin/tidegate");
        command.args([
            "change",
            "cancel",
            "chg-1",
            "--reason",
            "not needed any more",
        ]);
        assert_eq!(
            line(&command),
            "tidegate change cancel chg-1 --reason \"not needed any more\""
        );
    }

    #[tokio::test]
    async fn what_is_shown_is_kept_with_the_exit_code() {
        let mut command = Command::new("git");
        command.arg("version");
        let ran = show(&Narrator::new(), command).await.unwrap();
        assert_eq!(ran.code, Some(0));
        assert!(ran.output.starts_with("git version"), "{}", ran.output);
        let mut command = Command::new("git");
        command.args(["config", "--get", "no.such.key"]);
        let ran = show(&Narrator::new(), command).await.unwrap();
        assert_eq!(ran.code, Some(1));
        assert!(ran.succeeded("git config").is_err());
    }

    #[tokio::test]
    async fn what_is_fed_reaches_the_program() {
        let mut command = Command::new("git");
        command.args(["hash-object", "--stdin"]);
        let answer = quietly(command, b"tide\n").await.unwrap();
        assert_eq!(answer.trim_ascii().len(), 40);
    }
}
