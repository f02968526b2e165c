//! TG112: a window that closes on a running sync.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::inventory::Sound;
use super::times::{Span, Stretch, Times, just_after};
use super::{Finding, Inventory, KnownApplication, Project, Rule, Window, subjects};
use crate::sync_window::{Application, SyncWindow, SyncWindows, Trigger};

/// How many Applications are told.
const TOLD: usize = 3;

/// One finding for each window, at the Applications that are known.
pub(super) fn look(
    project: &Project,
    sound: &Sound<'_>,
    inventory: &Inventory,
    now: Timestamp,
) -> Vec<Finding> {
    let written: Vec<SyncWindow> = sound.0.iter().map(|window| window.as_written()).collect();
    let judge = Judge {
        windows: SyncWindows::load(&written),
        sound,
        span: Span::year_from(now),
    };
    let mut caught: Vec<(usize, Vec<&str>)> = Vec::new();
    // Applications that the same windows select meet the same.
    let mut judged: Vec<(Vec<usize>, bool, BTreeSet<usize>)> = Vec::new();
    for known in subjects::known(inventory, project) {
        let matched = subjects::matched(&judge.windows, &known.application);
        let like = judged
            .iter()
            .find(|(windows, automated, _)| *windows == matched && *automated == known.automated);
        let parking = if let Some((.., parking)) = like {
            parking.clone()
        } else {
            let parking = judge.parking(known);
            judged.push((matched, known.automated, parking.clone()));
            parking
        };
        for position in parking {
            let name = known.application.name.as_str();
            match caught.iter_mut().find(|(window, _)| *window == position) {
                Some((_, names)) => names.push(name),
                None => caught.push((position, vec![name])),
            }
        }
    }
    let tell = |(position, names): &(usize, Vec<&str>)| {
        let window = sound.0.get(*position)?;
        Some(finding(project, window, names))
    };
    caught.iter().filter_map(tell).collect()
}

fn finding(project: &Project, window: &Window, names: &[&str]) -> Finding {
    let when = if window.is_deny() { "begins" } else { "closes" };
    let shown = names.iter().take(TOLD).copied().collect::<Vec<_>>();
    let more = if names.len() > TOLD {
        " and others"
    } else {
        ""
    };
    project.place.finding(
        Rule::ClosesOnSync,
        window.line,
        format!("a sync that runs when this window {when} hangs"),
        format!(
            "Argo CD leaves it Running where nobody can end or replace it, and an emergency \
             waits behind it (as {}{more} can meet)",
            shown.join(", ")
        ),
        "set `syncOverrun: true` (Argo CD 3.5 and later), or start no sync that may not be done \
         in time",
    )
}

struct Judge<'a> {
    windows: SyncWindows,
    sound: &'a Sound<'a>,
    span: Span,
}

impl Judge<'_> {
    /// Windows that park syncs of an Application, and could let them go on.
    fn parking(&self, known: &KnownApplication) -> BTreeSet<usize> {
        let triggers: &[Trigger] = if known.automated {
            &[Trigger::Automatic, Trigger::Manual]
        } else {
            &[Trigger::Manual]
        };
        let mut parking = BTreeSet::new();
        for trigger in triggers {
            let times = Times::of(&self.windows, &known.application, *trigger, self.span);
            for stretch in times.iter().flat_map(|times| &times.allowed) {
                if stretch.until < self.span.until {
                    parking.extend(self.parks(&known.application, *trigger, *stretch));
                }
            }
        }
        parking
    }

    /// Windows without `syncOverrun` that stop, at the end of a time in which
    /// syncs are allowed, one that began in it.
    fn parks(&self, application: &Application, trigger: Trigger, open: Stretch) -> Vec<usize> {
        let minute = SignedDuration::from_mins(1);
        let length = open.until.duration_since(open.from);
        let started = open.until.checked_sub(minute.min(length / 2));
        // Argo CD keeps whole seconds.
        let started = started
            .and_then(|at| Timestamp::from_second(at.as_second()))
            .ok();
        let after = just_after(open.until);
        let verdict = self.windows.verdict(application, trigger, started, after);
        if verdict.allowed || verdict.error.is_some() {
            return Vec::new();
        }
        let window = |position: &usize| self.sound.0.get(*position).copied();
        let of = |positions: &[usize], deny: bool| -> Vec<usize> {
            let lacking = positions.iter().filter(|position| {
                window(position)
                    .is_some_and(|window| window.is_deny() == deny && !window.sync_overrun)
            });
            lacking.copied().collect()
        };
        let is_deny = |position: &usize| window(position).is_some_and(Window::is_deny);
        if verdict.active.iter().any(is_deny) {
            of(&verdict.active, true)
        } else {
            of(&verdict.matched, false)
        }
    }
}
