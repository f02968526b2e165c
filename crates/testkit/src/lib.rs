//! The real control plane as plain processes, and fixtures; never shipped.
//!
//! * [`argo_cd`] starts the real Argo CD beside it.
//! * [`argo_rollouts`] starts the real Argo Rollouts.
//! * [`component`] finds or builds the real programs: etcd, the Kubernetes control plane, kwok, kustomize, Argo CD,
//!   Argo Rollouts, Velero and what they need, and what Argo CD decides about sync windows.
//! * [`control_plane`] starts them on free loopback ports with several users.
//! * [`csi`] gives claims volumes with data, and takes snapshots of them.
//! * [`kwok_stage`] says how the fake nodes run their pods.
//! * [`prometheus`] starts the real Prometheus, which asks a test for metrics.
//! * [`repository`] makes Git repositories whose commits are the same in every run.
//! * [`s3`] starts a real object store, which can be told to fail.
//! * [`sarif`] is the schema that findings for forges are held against.
//! * [`velero`] starts the real Velero with it.

mod apply;
pub mod argo_cd;
pub mod argo_rollouts;
pub mod component;
pub mod control_plane;
pub mod csi;
pub mod kwok_stage;
mod process;
pub mod prometheus;
pub mod repository;
pub mod s3;
pub mod sarif;
pub mod velero;

pub use self::apply::ApplyError;
