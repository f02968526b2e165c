//! Development tasks: `cargo xtask --help`.

mod bench;
mod components;
mod demo;
mod schemas;
mod test;

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};
use tidegate_core::causes::in_one_line;

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
    Schemas(schemas::Arguments),
    Test(test::Arguments),
}

fn main() -> ExitCode {
    let outcome = match CommandLine::parse().task {
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Components(arguments) => components::run(&arguments),
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Schemas(arguments) => schemas::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        anstream::eprintln!("error: {}", in_one_line(error.as_ref()));
        ExitCode::FAILURE
    })
}
