//! What the check says.

use super::table::lines;
use super::{Fit, Judgement, Space};
use crate::finding::Check;
use crate::report::{CheckReport, Verdict};

impl Fit {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Unknown => "cannot be told",
            Self::Stalls => "fits, but stalls while rolling out",
            Self::DoesNotFit => "does not fit",
        }
    }
}

impl Judgement {
    /// What the check says: each namespace with its numbers.
    pub fn report(self) -> CheckReport {
        let told = |space: &Space| format!("{}: {}", space.namespace, space.fit.words());
        let what = match self.spaces.as_slice() {
            [] => "nothing here goes to a namespace".to_owned(),
            spaces => spaces.iter().map(told).collect::<Vec<_>>().join("; "),
        };
        let mut report = CheckReport::of(Check::Quota, what.clone(), self.findings);
        let is_one = self.spaces.len() == 1;
        for space in &self.spaces {
            if !is_one {
                report.details.push(told(space));
            }
            let indent = if is_one { "" } else { "  " };
            let unknown = space.unknown.iter().map(|why| format!("not known: {why}"));
            let all = lines(&space.rows).into_iter();
            let all = all.chain(space.remarks.iter().cloned()).chain(unknown);
            report
                .details
                .extend(all.map(|line| format!("{indent}{line}")));
        }
        let worst = self.spaces.iter().map(|space| space.fit).max();
        if worst >= Some(Fit::Stalls) {
            report.verdict = Verdict::Failed { what };
        } else if worst == Some(Fit::Unknown) && matches!(report.verdict, Verdict::Passed { .. }) {
            let of = |space: &Space| {
                let unknown = space.unknown.join("; ");
                (!unknown.is_empty()).then(|| format!("{}: {unknown}", space.namespace))
            };
            let why: Vec<String> = self.spaces.iter().filter_map(of).collect();
            report.verdict = Verdict::NotJudged {
                why: why.join("; "),
                hint: Some("ask a cluster; --waive quota=REASON does without".to_owned()),
            };
        }
        report
    }
}
