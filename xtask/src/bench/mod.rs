//! Measures. Figures depend on the machine, so nothing here passes or fails.

mod installation;
mod memory;
mod window;

use std::process::{Command, ExitCode};

use clap::Args;

use crate::Outcome;

/// Measure one step, the time from window to first write, and memory
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
    /// Leave out what needs the control plane.
    #[arg(long)]
    fast: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    anstream::eprintln!("one step of the core (criterion):");
    let status = Command::new(env!("CARGO"))
        .args([
            "bench",
            "--quiet",
            "--package",
            "tidegate-core",
            "--bench",
            "step",
        ])
        .status()?;
    if !status.success() {
        return Err("the benchmark of the core did not run".into());
    }
    if arguments.fast {
        return Ok(ExitCode::SUCCESS);
    }
    anstream::eprintln!("building tidegate as it is shipped …");
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--package",
            "tidegate-cli",
            "--bin",
            "tidegate",
        ])
        .status()?;
    if !status.success() {
        return Err("tidegate does not build".into());
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        window::measure(arguments.changes, arguments.windows).await?;
        memory::measure(arguments.open).await
    })?;
    Ok(ExitCode::SUCCESS)
}

type Measured<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
