//! What was read, and where each part of it stands.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Deliveries, Place, Source, duration, schedule};
use crate::sync_window::{Application, SyncWindow};

/// What a repository and perhaps a cluster hold.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// AppProjects that have sync windows.
    pub projects: Vec<Project>,
    /// Every Application that is known.
    pub applications: Vec<KnownApplication>,
    /// There are Applications that are not known, such as those that an
    /// ApplicationSet makes, so a name that nobody has may still be right.
    pub more_applications: bool,
    /// Namespaces that something says exist or deploys to.
    pub namespaces: BTreeSet<String>,
    /// There are namespaces that are not known.
    pub more_namespaces: bool,
    /// How Applications are delivered, as far as somebody asked about that.
    pub deliveries: Deliveries,
}

/// What matters of an Application of Argo CD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownApplication {
    /// `spec.project`; may be empty, though Argo CD wants one.
    pub project: String,
    /// Argo CD syncs it by itself.
    pub automated: bool,
    /// What sync windows look at.
    pub application: Application,
}

/// An AppProject of Argo CD.
#[derive(Debug, Clone)]
pub struct Project {
    /// `metadata.name`.
    pub name: String,
    /// Where it was read.
    pub place: Place,
    /// `spec.syncWindows`.
    pub windows: Vec<Window>,
}

/// A text and its line. What is not written is empty and has the line of what
/// lacks it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// From 1.
    pub line: usize,
}

/// One item of `spec.syncWindows`, as it was written.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// Where it begins.
    pub line: usize,
    /// `kind`.
    pub kind: Text,
    /// `schedule`.
    pub schedule: Text,
    /// `duration`.
    pub duration: Text,
    /// `timeZone`.
    pub time_zone: Text,
    /// `applications`.
    pub applications: Vec<Text>,
    /// `namespaces`.
    pub namespaces: Vec<Text>,
    /// `clusters`.
    pub clusters: Vec<Text>,
    /// `manualSync`.
    pub manual_sync: bool,
    /// `andOperator`.
    pub and_operator: bool,
    /// `syncOverrun`.
    pub sync_overrun: bool,
}

impl Window {
    /// The selector lists with their names, in the order of the API.
    pub(super) fn lists(&self) -> [(&'static str, &[Text]); 3] {
        [
            ("applications", &self.applications),
            ("namespaces", &self.namespaces),
            ("clusters", &self.clusters),
        ]
    }

    pub(super) fn is_allow(&self) -> bool {
        self.kind.text == "allow"
    }

    pub(super) fn is_deny(&self) -> bool {
        self.kind.text == "deny"
    }

    /// As Argo CD reads it.
    pub(super) fn as_written(&self) -> SyncWindow {
        let texts = |list: &[Text]| list.iter().map(|text| text.text.clone()).collect();
        SyncWindow {
            kind: self.kind.text.clone(),
            schedule: self.schedule.text.clone(),
            duration: self.duration.text.clone(),
            applications: texts(&self.applications),
            namespaces: texts(&self.namespaces),
            clusters: texts(&self.clusters),
            manual_sync: self.manual_sync,
            time_zone: self.time_zone.text.clone(),
            and_operator: self.and_operator,
            description: String::new(),
            sync_overrun: self.sync_overrun,
        }
    }

    /// The same times for the application that a rule asks about, whatever it
    /// selects and whoever syncs.
    pub(super) fn times_alone(&self, kind: &str, duration: &str) -> SyncWindow {
        SyncWindow {
            kind: kind.to_owned(),
            schedule: self.schedule.text.clone(),
            duration: duration.to_owned(),
            applications: vec!["*".to_owned()],
            time_zone: self.time_zone.text.clone(),
            ..SyncWindow::default()
        }
    }
}

impl Project {
    /// Places of this object in a sentence: `line 17`, `lines 17 and 20`.
    pub(super) fn lines(&self, lines: &[usize]) -> String {
        let word = match self.place.source {
            Source::File => "line",
            Source::Cluster | Source::Object => "window",
        };
        let numbers: Vec<String> = lines.iter().map(usize::to_string).collect();
        match numbers.as_slice() {
            [one] => format!("{word} {one}"),
            [first @ .., last] => format!("{word}s {} and {last}", first.join(", ")),
            [] => String::new(),
        }
    }

    /// Where else a mistake is, after what is said about the first place.
    pub(super) fn also(&self, others: &[usize]) -> String {
        if others.is_empty() {
            String::new()
        } else {
            let at = match self.place.source {
                Source::File => "at",
                Source::Cluster | Source::Object => "in",
            };
            format!("; also {at} {}", self.lines(others))
        }
    }
}

/// The windows of a project that can be judged together.
#[derive(Debug)]
pub(super) struct Sound<'a>(pub(super) Vec<&'a Window>);

impl<'a> Sound<'a> {
    pub(super) fn of(project: &'a Project, now: Timestamp) -> Self {
        let windows = project.windows.iter();
        let sound = windows.filter(|window| {
            (window.is_allow() || window.is_deny())
                && schedule::is_sound(window, now)
                && duration::is_sound(window)
        });
        Self(sound.collect())
    }

    pub(super) fn denies(&self) -> impl Iterator<Item = &'a Window> {
        self.0.iter().copied().filter(|window| window.is_deny())
    }
}
