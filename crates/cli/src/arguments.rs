//! What may be typed, and the help.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::styling::Styles;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, ValueEnum};

use crate::command::Command;
use crate::exit::Exit;

const EXIT_CODES: &str = "Exit codes, the same for every command:
  0  yes, or done
  1  no: not allowed, refused, or it did not succeed
  2  wrong input: an argument, a file or a name that cannot be used
  3  cannot reach or judge: no cluster, no permission to look, no answer

Results go to standard output, everything else to standard error.";

const EXIT_CODES_SHORT: &str = "Exit codes: 0 yes, 1 no, 2 wrong input, 3 cannot reach or judge.";

/// Change management for Kubernetes: from the ticket to the proven record.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, styles = Styles::styled(), after_help = EXIT_CODES)]
#[command(
    arg_required_else_help = true,
    max_term_width = 100,
    propagate_version = true
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The kubeconfig's context to use; its current one unless given
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// The kubeconfig to use; what KUBECONFIG says unless given
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The namespace that holds the changes
    #[arg(short, long, global = true, value_name = "NAME")]
    #[arg(env = "TIDEGATE_NAMESPACE", default_value = "tidegate")]
    pub(crate) namespace: String,
    /// How the result is written
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// Whether to use colours; auto also heeds NO_COLOR
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[value(alias = "text")]
    Table,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
    /// For forges and editors; `doctor` and `preflight` write it
    Sarif,
    /// For pipelines; only `preflight` writes it
    Junit,
    /// For a comment on a pull request; only `preflight` writes it
    Markdown,
    /// For GitHub Actions; only `preflight` writes it
    Github,
    /// A digest and its target on each line, for commit statuses; only `preflight`
    /// writes it
    Digests,
}

/// Whether to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also into files and pipes
    Always,
    /// Nowhere
    Never,
}

/// The whole command line, for reading it and for completions.
pub(crate) fn command_line() -> clap::Command {
    Arguments::command().mut_subcommands(with_exit_codes)
}

fn with_exit_codes(command: clap::Command) -> clap::Command {
    command
        .after_help(EXIT_CODES_SHORT)
        .mut_subcommands(with_exit_codes)
}

/// Reads the command line. Where there is help or a mistake to show it is shown
/// here, and only the exit code is left.
pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, Exit> {
    let words: Vec<OsString> = words.into_iter().collect();
    let mut line = command_line();
    if is_kubectl_plugin(words.first()) {
        line = line.bin_name("kubectl tidegate");
    }
    line.try_get_matches_from_mut(words)
        .and_then(|matches| Arguments::from_arg_matches(&matches))
        .and_then(|arguments| {
            if !arguments.command.writes(arguments.global.output) {
                let sentence = match arguments.global.output {
                    Format::Sarif => "only `tidegate doctor` and `tidegate preflight` write SARIF",
                    _ => "only `tidegate preflight` writes this format",
                };
                return Err(line.error(ErrorKind::ArgumentConflict, sentence));
            }
            Ok(arguments)
        })
        .map_err(|error| {
            // A closed stream leaves nobody to tell.
            let _ = error.print();
            if error.use_stderr() {
                Exit::WrongInput
            } else {
                Exit::Yes
            }
        })
}

/// kubectl runs `kubectl-tidegate` when somebody types `kubectl tidegate`.
fn is_kubectl_plugin(program: Option<&OsString>) -> bool {
    program
        .and_then(|path| Path::new(path).file_stem())
        .is_some_and(|stem| stem.to_string_lossy().starts_with("kubectl-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        command_line().debug_assert();
    }

    #[test]
    fn a_form_for_findings_is_only_for_those_who_have_some() {
        for (words, is_written) in [
            ("preflight --manifests web.yaml -o sarif", true),
            ("preflight --manifests web.yaml -o junit", true),
            ("preflight --manifests web.yaml -o markdown", true),
            ("preflight --manifests web.yaml -o github", true),
            ("doctor -o sarif", true),
            ("doctor -o junit", false),
            ("change list -o sarif", false),
            ("change list -o github", false),
            ("change list -o json", true),
        ] {
            let words = ["tidegate"].into_iter().chain(words.split(' '));
            let matches = command_line().try_get_matches_from(words).unwrap();
            let read = Arguments::from_arg_matches(&matches).unwrap();
            assert_eq!(read.command.writes(read.global.output), is_written);
        }
    }

    #[test]
    fn kubectl_is_recognised_by_the_program_it_runs() {
        for (program, plugin) in [
            ("/usr/local/bin/kubectl-tidegate", true),
            ("kubectl-tidegate", true),
            ("tidegate", false),
            ("/opt/kubectl-tools/tidegate", false),
        ] {
            assert_eq!(
                is_kubectl_plugin(Some(&program.into())),
                plugin,
                "{program}"
            );
        }
    }
}
