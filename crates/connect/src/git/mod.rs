//! Reads Git repositories: what a ref stands for, who wrote what, and the files
//! of one commit. Puts commits on branches where it is asked to, never over
//! anybody's.
//!
//! The `git` program (2.32 or later; 2.38 to take a change out of a branch) does
//! the work, on bare mirrors below one directory. It sees none of the machine's or
//! the user's Git settings, runs no hooks, filters or credential helpers, and asks
//! nobody anything.

mod checkout;
mod command;
mod commit;
mod error;
mod export;
mod fetch;
mod history;
mod mirror;
mod push;
mod repository;
mod resolve;
mod standing;
mod undo;

pub use checkout::Checkout;
pub use commit::NewCommit;
pub use error::GitError;
pub use export::{ExportLimits, Exported};
pub use history::{Commit, Identity, MAX_COMMITS};
pub use mirror::{Mirrors, TimeLimits};
pub use push::Pushed;
pub use repository::{Credentials, Repository, RepositoryError};
pub use standing::Standing;
pub use undo::{Undo, Undone};
