//! Measures. Figures depend on the machine, so nothing here passes or fails.

mod audit;
mod backup;
mod calendar;
mod delivery;
mod figures;
mod installation;
mod memory;
mod until;
mod window;

use std::process::{Command, ExitCode};

use clap::{Args, ValueEnum};

use crate::Outcome;

/// Measure one step, one decision by windows, the time from window to first write, memory,
/// delivery by Argo CD, and what is added to a backup by Velero
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many changes wait for their windows.
    #[arg(long, default_value_t = 200)]
    changes: usize,
    /// How many windows they are spread over.
    #[arg(long, default_value_t = 10)]
    windows: usize,
    /// How many changes are open when memory is measured.
    #[arg(long, default_value_t = 1000)]
    open: usize,
    /// How many Applications wait for each window of Argo CD.
    #[arg(long, default_value_t = 20)]
    applications: usize,
    /// How many such windows open, one after the other.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How many changes go out on a backup by Velero, one after the other.
    #[arg(long, default_value_t = 5)]
    backups: usize,
    /// Measure only this.
    #[arg(long)]
    only: Option<Subject>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// One step of the core.
    Step,
    /// One decision by a hundred windows, beside Argo CD's own.
    Calendar,
    /// From the window to the first write.
    Window,
    /// Memory with many open changes.
    Memory,
    /// From the window to the sync of Argo CD, beside Argo CD's own; from a failure to the way
    /// back; and how often the API server is asked.
    Delivery,
    /// What Tidegate adds to the time that Velero takes, and how often it asks the API server
    /// while it waits for a backup.
    Backup,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let wanted = |subject| arguments.only.is_none_or(|only| only == subject);
    if wanted(Subject::Step) {
        anstream::eprintln!("one step of the core (criterion):");
        cargo(&["bench", "--package", "tidegate-core", "--bench", "step"])?;
        cargo(&["bench", "--package", "tidegate-core", "--bench", "calendar"])?;
    }
    if wanted(Subject::Calendar) {
        calendar::measure()?;
    }
    if ![
        Subject::Window,
        Subject::Memory,
        Subject::Delivery,
        Subject::Backup,
    ]
    .into_iter()
    .any(wanted)
    {
        return Ok(ExitCode::SUCCESS);
    }
    anstream::eprintln!("building tidegate as it is shipped …");
    cargo(&[
        "build",
        "--release",
        "--package",
        "tidegate-cli",
        "--bin",
        "tidegate",
    ])?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        if wanted(Subject::Window) {
            window::measure(arguments.changes, arguments.windows).await?;
        }
        if wanted(Subject::Memory) {
            memory::measure(arguments.open).await?;
        }
        if wanted(Subject::Delivery) {
            delivery::measure(arguments.applications, arguments.rounds).await?;
        }
        if wanted(Subject::Backup) {
            backup::measure(arguments.backups).await?;
        }
        Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn cargo(arguments: &[&str]) -> Measured<()> {
    let status = Command::new(env!("CARGO")).args(arguments).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("cargo {} failed", arguments.join(" ")).into())
    }
}

type Measured<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
