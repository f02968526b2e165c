//! Is the image the one that was announced, and will it be the same tomorrow?

mod announcement;
mod found;
mod reference;

use crate::finding::{Check, Finding, Severity};
use crate::manifest::Manifest;
use crate::report::{CheckReport, Verdict};
pub use announcement::{Announcement, AnnouncementError};
use found::{Used, all, changes};
pub use reference::{Digest, Image, ImageError, Tag, Version};

/// What a policy wants images to be named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wants {
    /// Whatever somebody writes.
    #[default]
    Anything,
    /// A tag other than `latest`, or a digest.
    FixedTags,
    /// A digest.
    Digests,
}

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What is there already, rendered. None: nothing is.
    pub before: Option<&'a [Manifest]>,
    /// What would be there.
    pub after: &'a [Manifest],
    /// What was announced. None: nobody said where to look, so images that change
    /// cannot be judged. Empty: nothing was announced, so none may change.
    pub announced: Option<&'a [Announcement]>,
    /// What the policy wants.
    pub wants: Wants,
}

/// Compares.
pub fn check(inputs: &Inputs<'_>) -> CheckReport {
    let mut findings = Vec::new();
    let after = all(inputs.after, &mut findings);
    for used in &after {
        findings.extend(unwanted(used, inputs.wants));
    }
    // What is wrong with what is there already is nobody's fault now.
    let before = inputs.before.map(|before| all(before, &mut Vec::new()));
    let changes = before.map_or_else(Vec::new, |before| changes(before, &after));
    if let Some(announced) = inputs.announced {
        judge(announced, &changes, &after, &mut findings);
    }
    let count = |count: usize| match count {
        0 => "no image changes".to_owned(),
        1 => "1 image changes".to_owned(),
        count => format!("{count} images change"),
    };
    let what = match after.len() {
        1 => format!("1 image, {}", count(changes.len())),
        all => format!("{all} images, {}", count(changes.len())),
    };
    let mut report = CheckReport::of(Check::Images, what, findings);
    report.details = changes.iter().map(ToString::to_string).collect();
    let is_open = inputs.announced.is_none() && !changes.is_empty();
    if is_open && matches!(report.verdict, Verdict::Passed { .. }) {
        report.verdict = Verdict::NotJudged {
            why: format!("{}, and nobody announced which", count(changes.len())),
            hint: Some("write Change: NAME from OLD to NEW into the commit message".to_owned()),
        };
    }
    report
}

fn judge(
    announced: &[Announcement],
    changes: &[found::Changed<'_>],
    after: &[Used<'_>],
    findings: &mut Vec<Finding>,
) {
    for change in changes {
        let about = announced
            .iter()
            .filter(|one| one.is_about(&change.after.image));
        let about: Vec<&Announcement> = about.collect();
        let Some(first) = about.first() else {
            findings.push(change.after.finding(
                "not-announced",
                match change.before() {
                    Some(before) => {
                        format!("the image changes from {before}, and nobody announced that")
                    }
                    None => "the image is new, and nobody announced it".to_owned(),
                },
                Some("announce it, or take it out of the change".to_owned()),
            ));
            continue;
        };
        let image = &change.after.image;
        let is_it = |one: &Announcement| {
            let from = one.from.as_ref();
            image.is_version(&one.to) && from.is_none_or(|from| change.is_from(from))
        };
        if about.iter().any(|one| is_it(one)) {
            continue;
        }
        if let Some(from) = first.from.as_ref().filter(|_| image.is_version(&first.to)) {
            let is = match change.before() {
                Some(before) => format!("it is from {before}"),
                None => "the image is new".to_owned(),
            };
            findings.push(change.after.finding(
                "other-start",
                format!("the change is announced from {from}, and {is}"),
                Some("announce what it is now, so that going back goes there".to_owned()),
            ));
        } else {
            findings.push(change.after.finding(
                "other-tag",
                format!(
                    "{} is announced, and {} is written",
                    first.to,
                    version(image)
                ),
                Some(format!("write {}, or announce the other one", first.to)),
            ));
        }
    }
    for one in announced {
        if changes
            .iter()
            .any(|change| one.is_about(&change.after.image))
        {
            continue;
        }
        let used = after
            .iter()
            .find(|used| one.name.is_some() && one.is_about(&used.image));
        let other = changes.first().map(|change| change.after.image.short());
        findings.push(match (used, other) {
            (Some(used), _) if used.image.is_version(&one.to) => used.finding(
                "unchanged",
                format!(
                    "the change {one} is announced, and it is {} already",
                    one.to
                ),
                None,
            ),
            (Some(used), _) => used.finding(
                "unchanged",
                format!(
                    "the change {one} is announced, and the image stays {}",
                    used.image
                ),
                Some(format!("write {}", one.to)),
            ),
            (None, other) => Finding {
                check: Check::Images,
                id: "other-image",
                severity: Severity::Error,
                object: None,
                path: crate::finding::Path::root(),
                place: None,
                message: match &one.name {
                    Some(name) => {
                        format!("the change {one} is announced, and no image is called {name}")
                    }
                    None => format!("the change {one} is announced, and no image changes"),
                },
                hint: other.map(|other| format!("the image that changes is {other}")),
            },
        });
    }
}

/// Its tag, its digest where it has none, and where it has neither what that means.
fn version(image: &Image) -> String {
    match (image.tag(), image.digest()) {
        (Some(tag), _) => tag.to_string(),
        (None, Some(digest)) => digest.to_string(),
        (None, None) => "no tag".to_owned(),
    }
}

fn unwanted(used: &Used<'_>, wants: Wants) -> Option<Finding> {
    let image = &used.image;
    let hint = |what: &str| Some(format!("write {}{what}", image.name()));
    match wants {
        Wants::FixedTags if image.is_mutable() => Some(used.finding(
            "mutable-tag",
            format!("{image} is another image whenever somebody pushes one"),
            hint(":TAG with the tag of a release"),
        )),
        Wants::Digests if image.digest().is_none() => Some(used.finding(
            "no-digest",
            format!("{image} has no digest, so its tag can be pushed anew"),
            hint("@sha256:… as the registry names it"),
        )),
        Wants::Anything | Wants::FixedTags | Wants::Digests => None,
    }
}
