//! The controller: asks the core what a change does now, and does it.
//!
//! ```text
//! watches, timers ─▶ reconcile ─▶ gather facts ─▶ core: step ─▶ publish status ─▶ perform one effect ─┐
//!                       ▲                                                                              │
//!                       └──────────────────────────── the outcome is a fact ◀── ledger ◀───────────────┘
//! ```
//!
//! Nothing in this crate decides whether a change may go on. It finds out what
//! is so (`gather`), asks [`tidegate_core::lifecycle::step()`], writes the answer
//! where people look (`publish`) and does what it says (`perform`), with an
//! entry in the ledger before and after.

mod argo_cd;
mod controller;
mod feeds;
mod finalizer;
mod gather;
mod hub;
mod leader;
mod listen;
mod patience;
mod perform;
mod projects;
mod publish;
mod reactions;
mod readiness;
mod reconcile;
mod record;
mod sentence;
mod serve;
mod target_watch;
mod velero;

pub use serve::{ServeError, ServeOptions, serve};
