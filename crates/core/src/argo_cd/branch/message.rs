//! What a commit of Tidegate says: why it is there, for people and for programs.

use std::fmt::Write as _;

use crate::request::Change;
use crate::revision::Revision;

/// The trailer that names the change, with its identity: names are used again.
pub const CHANGE: &str = "Tidegate-Change";

/// The trailer that names the effect, once in the life of a change.
pub const EFFECT: &str = "Tidegate-Effect";

/// The trailer that names the commit whose content it has.
pub const REVISION: &str = "Tidegate-Revision";

/// As whom Tidegate commits.
pub const COMMITTER: (&str, &str) = ("Tidegate", "noreply@tidegate.dev");

/// Who asks for a commit.
#[derive(Debug, Clone, Copy)]
pub struct Signature<'a> {
    /// The change.
    pub change: &'a Change,
    /// The effect's key.
    pub effect: &'a str,
}

impl Signature<'_> {
    /// The line by which a commit of this effect is known.
    pub fn mark(&self) -> String {
        format!("{EFFECT}: {} {}", self.change.uid, self.effect)
    }

    fn trailers(&self, revision: &Revision) -> String {
        let Self { change, .. } = self;
        format!(
            "{CHANGE}: {} {}\n{}\n{REVISION}: {revision}\n",
            change.name,
            change.uid,
            self.mark()
        )
    }
}

/// The deployment of a revision.
pub fn deploys(signature: Signature<'_>, revision: &Revision) -> String {
    let request = &signature.change.request;
    let mut message = subject(&request.ticket, &request.title);
    let _ = write!(
        message,
        "\n\nThe content of this commit is that of {revision}, which was approved.\n\n{}",
        signature.trailers(revision)
    );
    message
}

/// The way back to what was there before, on top of what this change, or
/// somebody, put there.
pub fn reverts(signature: Signature<'_>, before: &Revision) -> String {
    let request = &signature.change.request;
    let title = format!("Revert \"{}\"", one_line(&request.title));
    let mut message = subject(&request.ticket, &title);
    let _ = write!(
        message,
        "\n\nThe change went back. The content of this commit is that of {before}.\n\n{}",
        signature.trailers(before)
    );
    message
}

/// The taking out of what a change brought to a branch that it did not bring it
/// to itself.
pub fn takes_out(signature: Signature<'_>, brought: &Revision, why: &str) -> String {
    let request = &signature.change.request;
    let title = format!("Revert \"{}\"", one_line(&request.title));
    let mut message = subject(&request.ticket, &title);
    let _ = write!(
        message,
        "\n\nThis takes out what {brought} brought, which went back:\n{}\n\n{}",
        one_line(why),
        signature.trailers(brought)
    );
    message
}

/// The putting right of a branch that somebody else pushed to.
pub fn corrects(pushed: &Revision, kept: &Revision) -> String {
    format!(
        "Put back what was approved\n\nNo change covers {pushed}. The content of this commit is that of {kept}.\n\n{REVISION}: {kept}\n"
    )
}

fn subject(ticket: &str, title: &str) -> String {
    format!("{ticket}: {}", one_line(title))
}

/// A line break in a text that a person typed ends no paragraph.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
