//! `tidegate preflight` over real repositories, rendered by the real kustomize.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod broken;
mod cluster;
mod pipeline;
mod repository;
mod touched;
