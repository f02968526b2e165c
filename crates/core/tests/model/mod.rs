//! A small world around the real `step()` and `questions()`: the people, the
//! source, the calendar, the cluster and a shell that may die at any moment.
//!
//! | file | holds |
//! |---|---|
//! | `setting` | what is given: the changes, the policy, the calendar, what may go wrong |
//! | `state` | what changes |
//! | `fingerprint` | when two states are the same |
//! | `facts` | what the core is told of a state |
//! | `action` | everything that may happen next |
//! | `take` | what follows from it |
//! | `shell` | how an effect is carried out, and where it may break off |
//! | `oracle` | whether a write is allowed, decided without the core |
//! | `invariants` | what must hold of every answer of the core |
//! | `explore` | every history, the shortest first |
//! | `shorten` | a broken history without what has no part in it |
//! | `told` | a history in lines that people read |
//! | `worlds` | the small worlds that are explored to their end |
#![allow(dead_code, reason = "each test crate uses a part of the model")]

pub(crate) mod action;
pub(crate) mod explore;
mod facts;
mod fingerprint;
mod invariants;
mod oracle;
pub(crate) mod setting;
pub(crate) mod shell;
pub(crate) mod shorten;
pub(crate) mod state;
pub(crate) mod take;
mod told;
pub(crate) mod worlds;
