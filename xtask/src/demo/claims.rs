use std::fmt::Display;

use super::narrator::Narrator;

/// What the story says happened, each looked at where it must show: in the cluster, in the ledger, or in what the
/// commands answer to programs.
#[derive(Debug, Default)]
pub(super) struct Claims {
    held: usize,
    broken: Vec<String>,
}

impl Claims {
    /// Notes and tells whether `claim` holds; `found` is what there is, told where it does not.
    pub(super) fn check(
        &mut self,
        narrator: &Narrator,
        claim: impl Into<String>,
        holds: bool,
        found: impl Display,
    ) {
        let claim = claim.into();
        narrator.verdict(holds, &claim);
        if holds {
            self.held += 1;
        } else {
            let broken = format!("{claim}; instead: {found}");
            narrator.output(&format!("instead: {found}"));
            self.broken.push(broken);
        }
    }

    /// How many hold.
    pub(super) const fn held(&self) -> usize {
        self.held
    }

    /// Those that do not, each with what there was instead.
    pub(super) fn broken(&self) -> &[String] {
        &self.broken
    }
}
