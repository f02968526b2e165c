//! What people get wrong: each case is told in one sentence where they look,
//! changes nothing, and goes on when its cause is gone.

pub mod neighbours;
pub mod rollout;
pub mod rules;
pub mod source;
pub mod submission;
