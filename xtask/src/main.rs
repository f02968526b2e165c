//! Development tasks: `cargo xtask --help`.

mod bench;
mod components;
mod demo;
mod test;

use std::{error::Error, fmt::Write as _, process::ExitCode};

use clap::{Parser, Subcommand};

/// What a task answers: how the process ends, or why the task could not be done.
type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// Tidegate's development tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Bench(bench::Arguments),
    Components(components::Arguments),
    Demo(demo::Arguments),
    Test(test::Arguments),
}

fn main() -> ExitCode {
    let outcome = match CommandLine::parse().task {
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Components(arguments) => components::run(&arguments),
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        anstream::eprintln!("error: {}", with_causes(error.as_ref()));
        ExitCode::FAILURE
    })
}

/// The error and what caused it, as one sentence.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
