//! The story with the real Argo CD: what is there before it begins, and what is to be seen of it.

pub(super) mod applications;
pub(super) mod look_around;
pub(super) mod set_up;
