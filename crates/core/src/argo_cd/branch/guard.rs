//! Whether the branch of an Application is still at what it should be.

use crate::argo_cd::Application;
use crate::branch::Branch;
use crate::revision::Revision;

/// What is to be done about an Application whose pin is on a branch, or should
/// be, and that no change is at work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Nothing.
    Fine,
    /// It was adopted: the branch, and the commit there, are remembered.
    Adopted(Branch, Revision),
    /// Somebody let it follow something else: that is put right, and people are
    /// told.
    Left {
        /// What it points at now.
        to: String,
    },
    /// Argo CD found another commit at the branch than the one remembered.
    Pushed {
        /// The commit that it found.
        found: Revision,
    },
    /// Argo CD does not say what is at the branch: it cannot reach the repository,
    /// or there is no such branch any more.
    Unseen,
    /// It was given back: nothing is remembered any more.
    Released,
}

/// Whether this guard is the one to ask, and not that of pins.
pub fn concerns(application: &Application, remembered: Option<&Branch>) -> bool {
    remembered.is_some() || application.branch().is_some()
}

/// Judges an Application by what Tidegate remembers of it: the commit, and the
/// branch that it is on.
///
/// Which commit is at the branch is what Argo CD found there last, so that
/// nobody asks the repository again and again.
pub fn guard(
    application: &Application,
    pin: Option<&Revision>,
    remembered: Option<&Branch>,
    is_held: bool,
) -> Kept {
    if is_held || application.metadata.deletion_timestamp.is_some() {
        return Kept::Fine;
    }
    let branch = application.branch();
    let Some(pin) = pin else {
        return match (branch, application.live_revision()) {
            (Some(branch), _) if !application.follows(&branch) => Kept::Fine,
            (Some(branch), Some(found)) => Kept::Adopted(branch, found),
            _ => Kept::Fine,
        };
    };
    if !application.is_adopted() {
        return Kept::Released;
    }
    let left = || Kept::Left {
        to: application.pointed_at().to_owned(),
    };
    match remembered {
        // An annotation that somebody added makes no branch of it.
        None => left(),
        Some(remembered)
            if branch.as_ref() != Some(remembered) || !application.follows(remembered) =>
        {
            left()
        }
        Some(_) => match application.live_revision() {
            Some(found) if found != *pin => Kept::Pushed { found },
            Some(_) => Kept::Fine,
            None => Kept::Unseen,
        },
    }
}
