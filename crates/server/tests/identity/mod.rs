//! Who is who: proven by the API server, and believed only while it proves it.

pub mod admission;
pub mod counting;
pub mod moving;
pub mod tampering;
