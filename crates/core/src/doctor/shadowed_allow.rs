//! TG103: an allow window that a deny window keeps shut.

use jiff::Timestamp;

use super::inventory::Sound;
use super::times::{Span, Stretch, Times};
use super::{Finding, Inventory, Project, Rule, Source, Window, subjects, week};
use crate::sync_window::{Application, SyncWindow, SyncWindows, Trigger};

pub(super) fn look(
    project: &Project,
    sound: &Sound<'_>,
    inventory: &Inventory,
    now: Timestamp,
) -> Vec<Finding> {
    let denies: Vec<&Window> = sound.denies().collect();
    let mut findings = Vec::new();
    for allow in sound.0.iter().filter(|window| window.is_allow()) {
        let shade = Shade {
            allow,
            denies: &denies,
            span: Span::year_from(now),
        };
        let subjects = subjects::selected(inventory, project, allow, &sound.0);
        let finding = shade
            .always(project, &subjects)
            .or_else(|| shade.in_part(project, inventory, &subjects));
        findings.extend(finding);
    }
    findings
}

/// An allow window, and what may keep it shut.
struct Shade<'a> {
    allow: &'a Window,
    denies: &'a [&'a Window],
    span: Span,
}

impl Shade<'_> {
    /// Whatever it selects, it never opens.
    fn always(&self, project: &Project, subjects: &[Application]) -> Option<Finding> {
        let first = subjects.first()?;
        let open = self.open(first)?;
        if open.allowed.is_empty() {
            return None;
        }
        for subject in subjects {
            let left = self.left(&open, subject, self.denies)?;
            let lost = Times {
                allowed: open.without(&left),
                complete: true,
            };
            if lost.allowed.is_empty() || !open.without(&lost).is_empty() {
                return None;
            }
        }
        let involved = self.involved(&open, subjects);
        let lines: Vec<usize> = involved.iter().map(|deny| deny.line).collect();
        let finding = project.place.finding(
            Rule::ShadowedAllow,
            self.allow.line,
            "the allow window never opens",
            format!(
                "whenever it is active the deny {} {} too, for the same applications, and a deny \
                 beats every allow",
                windows_at(project, &lines),
                if lines.len() == 1 { "is" } else { "are" },
            ),
            self.fix(),
        );
        Some(finding)
    }

    /// It is an exception from a deny window that cuts a hole into it.
    fn in_part(
        &self,
        project: &Project,
        inventory: &Inventory,
        subjects: &[Application],
    ) -> Option<Finding> {
        let open = self.open(subjects.first()?)?;
        let mut cutting: Vec<(&Window, Vec<Stretch>)> = Vec::new();
        for deny in self.denies {
            if !subjects::selects_more(inventory, project, deny, self.allow) {
                continue;
            }
            let holes = subjects
                .iter()
                .find_map(|subject| self.holes(&open, subject, deny));
            if let Some(holes) = holes {
                cutting.push((deny, holes));
            }
        }
        let (deny, holes) = cutting.first()?;
        let lines: Vec<usize> = cutting.iter().map(|(deny, _)| deny.line).collect();
        let when = match (lines.as_slice(), week::told(holes, &deny.time_zone.text)) {
            ([_], Some(when)) => format!("never opens {when}"),
            _ => format!(
                "is shut for {} at each `{}`",
                deny.duration.text, deny.schedule.text
            ),
        };
        let finding = project.place.finding(
            Rule::ShadowedAllow,
            self.allow.line,
            format!("the emergency window {when}"),
            format!(
                "the deny {} {} {} too, and a deny beats every allow",
                windows_at(project, &lines),
                if lines.len() == 1 { "covers" } else { "cover" },
                self.selected()
            ),
            self.fix(),
        );
        Some(finding)
    }

    /// When the allow window alone is open.
    fn open(&self, subject: &Application) -> Option<Times> {
        let alone = SyncWindows::load(&[SyncWindow {
            manual_sync: false,
            ..self.allow.as_written()
        }]);
        Times::of(&alone, subject, Trigger::Automatic, self.span).filter(|times| times.complete)
    }

    /// When somebody can sync by it beside deny windows. A deny window that
    /// lets people through does not keep it shut.
    fn left(&self, open: &Times, subject: &Application, denies: &[&Window]) -> Option<Times> {
        let mut windows = vec![self.allow.as_written()];
        windows.extend(denies.iter().map(|deny| deny.as_written()));
        let windows = SyncWindows::load(&windows);
        if subjects::matched(&windows, subject) == [0] {
            return Some(open.clone());
        }
        Times::of(&windows, subject, Trigger::Manual, self.span).filter(|times| times.complete)
    }

    /// What a deny window cuts out of the middle of an opening.
    fn holes(&self, open: &Times, subject: &Application, deny: &Window) -> Option<Vec<Stretch>> {
        let left = self.left(open, subject, &[deny])?;
        let lost = open.without(&left);
        let is_hole = |lost: &&Stretch| {
            let mut around = open.allowed.iter();
            around.any(|open| open.from < lost.from && lost.until < open.until)
        };
        lost.iter().any(|lost| is_hole(&lost)).then_some(lost)
    }

    fn involved(&self, open: &Times, subjects: &[Application]) -> Vec<&Window> {
        let takes = |deny: &&&Window| {
            subjects.iter().any(|subject| {
                let left = self.left(open, subject, &[deny]);
                left.is_some_and(|left| !open.without(&left).is_empty())
            })
        };
        self.denies.iter().filter(takes).copied().collect()
    }

    fn selected(&self) -> String {
        let lists = self.allow.lists();
        let texts = lists.iter().flat_map(|(_, list)| *list);
        let texts: Vec<&str> = texts.map(|text| text.text.as_str()).collect();
        texts.join(", ")
    }

    fn fix(&self) -> String {
        format!(
            "list in the deny only what it is for, without {}, or use an emergency change",
            self.selected()
        )
    }
}

/// `window at line 17`, `windows at lines 17 and 20`; of a cluster's object
/// `window 2`.
fn windows_at(project: &Project, lines: &[usize]) -> String {
    if project.place.source == Source::Cluster {
        return project.lines(lines);
    }
    let word = if lines.len() == 1 {
        "window"
    } else {
        "windows"
    };
    format!("{word} at {}", project.lines(lines))
}
