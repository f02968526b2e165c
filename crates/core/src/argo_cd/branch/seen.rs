//! How an Application does after a commit was put on its branch.

use crate::argo_cd::seen::{Seen, see as see_pinned};
use crate::argo_cd::{Application, Pin};
use crate::branch::Branch;
use crate::lifecycle::facts::Observation;
use crate::revision::Revision;

/// How an Application does on whose branch this commit was put.
///
/// `earlier` are the commits that were there before: Argo CD looks up a branch
/// only now and then, and until it has it compares with one of those. Any other
/// commit was put there by somebody else.
pub fn see(
    application: &Application,
    branch: &Branch,
    commit: &Revision,
    earlier: &[&Revision],
) -> Seen {
    let place = application.place();
    if !application.follows(branch) {
        let at = application.pointed_at();
        return differs(format!(
            "somebody let Application {place} follow {at:?} instead of its branch {branch}"
        ));
    }
    if let Some(found) = application.live_revision()
        && found != *commit
        && !earlier.contains(&&found)
    {
        return differs(format!(
            "somebody pushed {} to {branch}, the branch of Application {place}",
            found.short()
        ));
    }
    // What Argo CD says of a commit, it says of it in the same way wherever the
    // name of the commit came from.
    let mut pinned = application.clone();
    pinned.point_at(commit.as_str());
    pinned.metadata.annotations.remove(super::BRANCH);
    see_pinned(&pinned, &Pin::Commit(commit.clone()))
}

fn differs(what: String) -> Seen {
    Seen::Otherwise(Observation::Differs(what))
}
