//! A mistake, where it is, and what to do about it.

use super::Source;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// What was meant does not hold.
    Error,
    /// It holds, but not always or not for long.
    Warning,
}

impl Severity {
    /// As people and programs read it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A kind of mistake. Ids never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// TG101: a kind that Argo CD does not know.
    Kind,
    /// TG102: a time zone that does not exist.
    TimeZone,
    /// TG103: an allow window that a deny window keeps shut.
    ShadowedAllow,
    /// TG104: a list that makes the others meaningless.
    OredSelectors,
    /// TG105: a pattern for names that nobody has.
    UnmatchedPattern,
    /// TG106: a schedule that never fires.
    NeverFires,
    /// TG107: a schedule that cannot be read.
    Schedule,
    /// TG108: a pattern that does not compile.
    BrokenPattern,
    /// TG109: a duration that cannot be read or is not positive.
    Duration,
    /// TG110: a window without a selector.
    NoSelector,
    /// TG111: a window shorter than Argo CD needs to notice it.
    TooShort,
    /// TG112: a window that closes on a running sync.
    ClosesOnSync,
    /// TG113: a file that is not YAML.
    BrokenYaml,
    /// TG114: a file that was not looked at.
    NotLookedAt,
    /// TG115: a rollback that is written down and refused.
    WrittenRollback,
    /// TG116: automated sync that leaves no way back but Git.
    NoWayBack,
    /// TG117: an Application that follows what moves.
    MovingRevision,
    /// TG118: retries that outlive their window.
    RetryOutlivesWindow,
    /// TG119: automated sync that leaves drift as it is.
    NoSelfHeal,
    /// TG120: a project that does not restrict its Applications.
    UnrestrictedProject,
}

impl Rule {
    /// All of them, by id.
    pub const ALL: [Self; 20] = [
        Self::Kind,
        Self::TimeZone,
        Self::ShadowedAllow,
        Self::OredSelectors,
        Self::UnmatchedPattern,
        Self::NeverFires,
        Self::Schedule,
        Self::BrokenPattern,
        Self::Duration,
        Self::NoSelector,
        Self::TooShort,
        Self::ClosesOnSync,
        Self::BrokenYaml,
        Self::NotLookedAt,
        Self::WrittenRollback,
        Self::NoWayBack,
        Self::MovingRevision,
        Self::RetryOutlivesWindow,
        Self::NoSelfHeal,
        Self::UnrestrictedProject,
    ];

    /// Such as `TG103`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Kind => "TG101",
            Self::TimeZone => "TG102",
            Self::ShadowedAllow => "TG103",
            Self::OredSelectors => "TG104",
            Self::UnmatchedPattern => "TG105",
            Self::NeverFires => "TG106",
            Self::Schedule => "TG107",
            Self::BrokenPattern => "TG108",
            Self::Duration => "TG109",
            Self::NoSelector => "TG110",
            Self::TooShort => "TG111",
            Self::ClosesOnSync => "TG112",
            Self::BrokenYaml => "TG113",
            Self::NotLookedAt => "TG114",
            Self::WrittenRollback => "TG115",
            Self::NoWayBack => "TG116",
            Self::MovingRevision => "TG117",
            Self::RetryOutlivesWindow => "TG118",
            Self::NoSelfHeal => "TG119",
            Self::UnrestrictedProject => "TG120",
        }
    }

    /// The mistake in a few words; also the title of its page.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Kind => "a window of a kind that does not exist does nothing",
            Self::TimeZone => "a time zone that does not exist is UTC",
            Self::ShadowedAllow => "an allow window is kept shut by a deny window",
            Self::OredSelectors => "one selector list makes the others meaningless",
            Self::UnmatchedPattern => "a pattern matches nothing there is",
            Self::NeverFires => "a schedule that never fires is always active",
            Self::Schedule => "a schedule that cannot be read blocks every sync",
            Self::BrokenPattern => "a pattern that does not compile matches nothing",
            Self::Duration => "a duration that cannot be used",
            Self::NoSelector => "a window without a selector does nothing",
            Self::TooShort => "a window is shorter than Argo CD takes to notice it",
            Self::ClosesOnSync => "a window closes on a running sync",
            Self::BrokenYaml => "a file is not YAML",
            Self::NotLookedAt => "a file was not looked at",
            Self::WrittenRollback => "a rollback that is written down is refused",
            Self::NoWayBack => "automated sync leaves no way back but Git",
            Self::MovingRevision => "an Application follows what moves",
            Self::RetryOutlivesWindow => "retries outlive their window",
            Self::NoSelfHeal => "automated sync leaves drift as it is",
            Self::UnrestrictedProject => "a project does not restrict its Applications",
        }
    }

    /// The same for every finding of a rule.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Kind
            | Self::TimeZone
            | Self::ShadowedAllow
            | Self::OredSelectors
            | Self::UnmatchedPattern
            | Self::NeverFires
            | Self::Schedule
            | Self::BrokenPattern
            | Self::Duration
            | Self::NoSelector
            | Self::WrittenRollback => Severity::Error,
            Self::TooShort
            | Self::ClosesOnSync
            | Self::BrokenYaml
            | Self::NotLookedAt
            | Self::NoWayBack
            | Self::MovingRevision
            | Self::RetryOutlivesWindow
            | Self::NoSelfHeal
            | Self::UnrestrictedProject => Severity::Warning,
        }
    }

    /// The page about it, from the root of this project.
    pub fn page(self) -> String {
        format!("docs/doctor/{}.md", self.id())
    }
}

/// A mistake, where it is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which mistake.
    pub rule: Rule,
    /// Where it was read.
    pub source: Source,
    /// The file, from the root of the repository, or the object of a cluster.
    pub file: String,
    /// The line to edit, from 1; of a cluster's object, the number of the
    /// window, from 1; 1 where the object as a whole is meant.
    pub line: usize,
    /// What is wrong, without a full stop.
    pub what: String,
    /// Why that is so and what follows, without a full stop.
    pub why: String,
    /// What to do, without a full stop.
    pub fix: String,
}

impl Finding {
    /// What is wrong and why it matters, in one sentence without a full stop.
    pub fn message(&self) -> String {
        format!("{}: {}", self.what, self.why)
    }

    /// Findings are told in this order.
    pub fn place(&self) -> (&str, usize, Rule) {
        (&self.file, self.line, self.rule)
    }
}
