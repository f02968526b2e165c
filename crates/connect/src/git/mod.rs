//! Reads Git repositories: what a ref stands for, who wrote what, and the files
//! of one commit.
//!
//! The `git` program (2.32 or later) does the work, on bare mirrors below one
//! directory. It sees none of the machine's or the user's Git settings, runs no
//! hooks, filters or credential helpers, and asks nobody anything.

mod command;
mod error;
mod export;
mod fetch;
mod history;
mod mirror;
mod repository;
mod resolve;

pub use error::GitError;
pub use export::{ExportLimits, Exported};
pub use history::{Commit, Identity, MAX_COMMITS};
pub use mirror::{Mirrors, TimeLimits};
pub use repository::{Credentials, Repository, RepositoryError};
