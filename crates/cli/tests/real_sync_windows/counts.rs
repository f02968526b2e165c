//! How many questions there were of each kind, so that a million questions are
//! not a million times the same.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use tidegate_core::sync_window::{
    Application, Glob, SyncWindow, SyncWindowError, SyncWindows, Trigger, Verdict, is_time_zone,
};

use crate::cases::{Asked, Case, NEVER};

/// How many questions of each kind a million must hold. The generator gives
/// about twice as many.
const LEAST: [(&str, usize); 14] = [
    ("allowed", 300_000),
    ("denied", 170_000),
    ("no window selects the application", 90_000),
    ("a window that selects it has a broken schedule", 19_000),
    ("a window that selects it has a broken duration", 12_000),
    ("Argo CD panics", 2_000),
    ("allowed only because it is manual", 30_000),
    ("allowed only because it is under way", 5_000),
    ("andOperator decides what is selected", 65_000),
    ("a window that selects it never fires", 6_000),
    ("a pattern is broken", 40_000),
    ("a window that selects it has a zone", 300_000),
    (
        "a window that selects it has a zone in its schedule",
        27_000,
    ),
    ("within a second of an edge", 130_000),
];

/// By kind.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<&'static str, usize>);

impl Counts {
    /// Counts one question, of which our answer is known.
    pub(crate) fn add(&mut self, sort: &Sort, asked: &Asked, verdict: &Verdict) {
        let matched = |of: &[bool]| verdict.matched.iter().any(|position| of[*position]);
        let error = verdict.error.as_ref();
        let judged = error.is_none();
        let panics = crate::compare::kind(error) == "panic";
        for (kind, is_so) in [
            ("allowed", verdict.allowed),
            ("denied", judged && !verdict.allowed),
            (
                "no window selects the application",
                judged && verdict.matched.is_empty(),
            ),
            (
                "a window that selects it has a broken schedule",
                !panics && matches!(error, Some(SyncWindowError::Schedule { .. })),
            ),
            (
                "a window that selects it has a broken duration",
                matches!(error, Some(SyncWindowError::Duration { .. })),
            ),
            ("Argo CD panics", panics),
            (
                "allowed only because it is manual",
                verdict.allowed && asked.manual && !sort.allows(asked, false, asked.started),
            ),
            (
                "allowed only because it is under way",
                verdict.allowed
                    && asked.started.is_some()
                    && !sort.allows(asked, asked.manual, None),
            ),
            (
                "andOperator decides what is selected",
                judged && sort.and_decides,
            ),
            (
                "a window that selects it never fires",
                judged && matched(&sort.never),
            ),
            ("a pattern is broken", judged && sort.broken_pattern),
            (
                "a window that selects it has a zone",
                judged && matched(&sort.zone),
            ),
            (
                "a window that selects it has a zone in its schedule",
                judged && matched(&sort.zone_in_schedule),
            ),
            (
                "within a second of an edge",
                judged && sort.active(asked, -1) != sort.active(asked, 1),
            ),
        ] {
            *self.0.entry(kind).or_default() += usize::from(is_so);
        }
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        for (kind, number) in &other.0 {
            *self.0.entry(kind).or_default() += number;
        }
    }

    /// The kinds of which there are too few.
    pub(crate) fn lacking(&self) -> Vec<&'static str> {
        let number = |kind| self.0.get(kind).copied().unwrap_or_default();
        let lacking = LEAST.iter().filter(|(kind, least)| number(kind) < *least);
        lacking.map(|(kind, _)| *kind).collect()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, number) in &self.0 {
            writeln!(formatter, "{number:>9} {kind}")?;
        }
        Ok(())
    }
}

/// What a case is about, whatever is asked.
pub(crate) struct Sort {
    pub(crate) windows: SyncWindows,
    pub(crate) application: Application,
    and_decides: bool,
    broken_pattern: bool,
    // By window.
    never: Vec<bool>,
    zone: Vec<bool>,
    zone_in_schedule: Vec<bool>,
}

impl Sort {
    pub(crate) fn of(case: &Case) -> Self {
        let by_window = |is_so: fn(&SyncWindow) -> bool| case.windows.iter().map(is_so).collect();
        let windows = SyncWindows::load(&case.windows);
        let application = case.application();
        let selected = |windows: &SyncWindows| {
            let at = Timestamp::UNIX_EPOCH;
            let verdict = windows.verdict(&application, Trigger::Manual, None, at);
            verdict.matched
        };
        let mut with_or = case.windows.clone();
        for window in &mut with_or {
            window.and_operator = false;
        }
        Self {
            and_decides: with_or != case.windows
                && selected(&windows) != selected(&SyncWindows::load(&with_or)),
            broken_pattern: case.windows.iter().any(|window| {
                [&window.applications, &window.namespaces, &window.clusters]
                    .into_iter()
                    .flatten()
                    .any(|pattern| Glob::parse(pattern).is_err())
            }),
            never: by_window(|window| NEVER.contains(&fields(window).1)),
            zone: by_window(|window| is_elsewhere(&window.time_zone)),
            zone_in_schedule: by_window(|window| fields(window).0.is_some_and(is_elsewhere)),
            windows,
            application,
        }
    }

    fn verdict(&self, asked: &Asked, manual: bool, started: Option<i64>, second: i64) -> Verdict {
        let time = |nanosecond: i64| Timestamp::from_nanosecond(nanosecond.into()).unwrap();
        let trigger = if manual {
            Trigger::Manual
        } else {
            Trigger::Automatic
        };
        let at = time(asked.at) + SignedDuration::from_secs(second);
        self.windows
            .verdict(&self.application, trigger, started.map(time), at)
    }

    /// Our answer.
    pub(crate) fn answer(&self, asked: &Asked) -> Verdict {
        self.verdict(asked, asked.manual, asked.started, 0)
    }

    fn allows(&self, asked: &Asked, manual: bool, started: Option<i64>) -> bool {
        self.verdict(asked, manual, started, 0).allowed
    }

    /// The windows that are active so many seconds later.
    fn active(&self, asked: &Asked, second: i64) -> Vec<usize> {
        self.verdict(asked, asked.manual, None, second).active
    }
}

/// Whether a name is that of a zone, but not of UTC.
fn is_elsewhere(zone: &str) -> bool {
    !["", "UTC", "Local"].contains(&zone) && is_time_zone(zone)
}

/// The zone in a schedule, and its fields.
fn fields(window: &SyncWindow) -> (Option<&str>, &str) {
    let schedule = window.schedule.as_str();
    let prefixed = ["TZ=", "CRON_TZ="].iter();
    let mut rests = prefixed.filter_map(|prefix| schedule.strip_prefix(prefix));
    match rests.next().and_then(|rest| rest.split_once(' ')) {
        Some((zone, fields)) => (Some(zone), fields),
        None => (None, schedule),
    }
}
