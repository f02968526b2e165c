//! The smallest case in which the answers differ.

use std::fmt;

use crate::argocd::{ArgoCd, Decision};
use crate::cases::Case;
use crate::compare;

/// One question with two answers.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) case: Case,
    pub(crate) ours: Decision,
    pub(crate) theirs: Decision,
}

impl Difference {
    fn size(&self) -> usize {
        serde_json::to_string(&self.case).unwrap().len()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:#?}\nArgo CD: {:?}\nours:    {:?}",
            self.case, self.theirs, self.ours
        )
    }
}

/// The smallest of all, and what can be left out of it is.
pub(crate) fn of(all: Vec<Difference>) -> Option<Difference> {
    let mut smallest = all.into_iter().min_by_key(Difference::size)?;
    let mut argocd = ArgoCd::start();
    while let Some(smaller) = smaller(&smallest, &mut argocd) {
        smallest = smaller;
    }
    Some(smallest)
}

fn smaller(of: &Difference, argocd: &mut ArgoCd) -> Option<Difference> {
    let mut candidates = Vec::new();
    let mut candidate = |change: &dyn Fn(&mut Case)| {
        let mut case = of.case.clone();
        change(&mut case);
        candidates.push(case);
    };
    for position in 0..of.case.windows.len() {
        candidate(&|case| drop(case.windows.remove(position)));
        candidate(&|case| case.windows[position].applications = vec!["*".to_owned()]);
        candidate(&|case| case.windows[position].namespaces.clear());
        candidate(&|case| case.windows[position].clusters.clear());
        candidate(&|case| case.windows[position].time_zone.clear());
        candidate(&|case| case.windows[position].description.clear());
        candidate(&|case| case.windows[position].manual_sync = false);
        candidate(&|case| case.windows[position].sync_overrun = false);
        candidate(&|case| case.windows[position].and_operator = false);
    }
    candidate(&|case| case.asked[0].started = None);
    candidate(&|case| case.asked[0].manual = false);
    candidates.into_iter().find_map(|case| {
        let ours = compare::ours(&case).pop()?;
        if case == of.case || ours.error == "endless" {
            return None;
        }
        let theirs = argocd.decisions(&case).pop()?;
        let difference = Difference { case, ours, theirs };
        (difference.ours != difference.theirs && difference.size() <= of.size())
            .then_some(difference)
    })
}
