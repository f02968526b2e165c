//! Finding out what is so.
//!
//! Cheap facts come from the watches, dear ones only when the core asks for
//! them. Before a write to a target everything is read from the API server
//! itself ([`Freshness::Live`]).

mod application_source;
mod applications;
pub(crate) mod backups;
pub(crate) mod cache;
mod cheap;
mod checks;
mod data;
mod identity;
mod labels;
mod material;
mod preview;
mod rendering;
mod shared;
mod source;
mod targets;

pub(crate) use applications::{application_of, place};
pub(crate) use cheap::{cheap, others};
pub(crate) use identity::identity;
pub(crate) use material::{archive_digest, repository};
pub(crate) use shared::Shared;
pub(crate) use source::manifests;
pub(crate) use targets::goal;

use jiff::Timestamp;
use tidegate_core::lifecycle::{Facts, Question};
use tidegate_core::request::Change;

use crate::hub::Term;

/// Where cheap facts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// What the watches last saw.
    Watched,
    /// What the API server says now.
    Live,
}

/// Answers the core's questions and adds the answers to the cheap facts.
pub(crate) async fn answer(
    term: &Term,
    change: &Change,
    mut facts: Facts,
    questions: &[Question],
    now: Timestamp,
) -> Facts {
    if questions.contains(&Question::Source) {
        source::source(term, change, &mut facts).await;
    }
    if questions.contains(&Question::Preview) {
        preview::preview(term, change, &mut facts, now).await;
    }
    backups::look(term, change, &mut facts, questions, now).await;
    data::look(term, change, &mut facts, questions, now).await;
    targets::observe(term, change, &mut facts, questions).await;
    checks::check(term, change, &mut facts, questions).await;
    facts
}
