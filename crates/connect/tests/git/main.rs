//! Repositories made with the real git, read through mirrors.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod checkout;
mod export;
mod fixture;
mod history;
mod mirror;
mod push;
mod refs;
mod remote;
