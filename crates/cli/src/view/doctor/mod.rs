//! Findings of the doctor.

pub(crate) mod sarif;
pub(crate) mod text;
