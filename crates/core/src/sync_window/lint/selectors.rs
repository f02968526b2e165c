//! What windows select in common.

use crate::sync_window::SyncWindow;

/// What a window selects by.
pub(super) fn lists(window: &SyncWindow) -> [&Vec<String>; 3] {
    [&window.applications, &window.namespaces, &window.clusters]
}

/// Whether all that `inner` selects is surely selected by `outer`.
pub(super) fn covers(outer: &SyncWindow, inner: &SyncWindow) -> bool {
    let has_all = |outer: &[String], inner: &[String]| {
        let any = outer.iter().any(|pattern| pattern == "*");
        any || (!inner.is_empty() && inner.iter().all(|pattern| outer.contains(pattern)))
    };
    let pairs = || lists(outer).into_iter().zip(lists(inner));
    // A cluster may have neither name nor address, the others are there.
    let selects_all = [&outer.applications, &outer.namespaces];
    if !outer.and_operator
        && selects_all
            .iter()
            .any(|list| list.iter().any(|one| one == "*"))
    {
        return true;
    }
    match (outer.and_operator, inner.and_operator) {
        (false, false) => pairs().all(|(outer, inner)| inner.is_empty() || has_all(outer, inner)),
        (false, true) => pairs().any(|(outer, inner)| !inner.is_empty() && has_all(outer, inner)),
        (true, true) => {
            let some = lists(outer).iter().any(|list| !list.is_empty());
            some && pairs().all(|(outer, inner)| outer.is_empty() || has_all(outer, inner))
        }
        (true, false) => {
            let mut given = lists(outer)
                .into_iter()
                .filter(|list| !list.is_empty())
                .peekable();
            given.peek().is_some() && given.all(|list| list.iter().any(|one| one == "*"))
        }
    }
}

/// Whether some Application is surely selected by both.
pub(super) fn meet(one: &SyncWindow, other: &SyncWindow) -> bool {
    covers(one, other) || covers(other, one)
}
