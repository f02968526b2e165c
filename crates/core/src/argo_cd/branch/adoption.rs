//! Taking an Application by a branch.

use serde_json::{Value, json};

use super::BRANCH;
use crate::argo_cd::Application;
use crate::argo_cd::adoption::{
    FOLLOWED, Parent, Refusal, annotation_pointer, ignored, ignores_source, judge, point,
    preserves, refusal,
};
use crate::branch::Branch;
use crate::revision::Revision;

/// What is at the branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// The Application follows it already, so that Argo CD has looked it up.
    Followed,
    /// Nothing: there is no such branch.
    Missing,
    /// This commit.
    At {
        /// The commit.
        commit: Revision,
        /// Its content is that of what runs.
        same: bool,
    },
}

/// The branch that an Application is to be taken by.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Its name.
    pub branch: &'a Branch,
    /// What is there.
    pub head: &'a Head,
    /// Other Applications that follow it.
    pub others: &'a [String],
}

/// Everything that keeps an Application from being adopted by this branch, and
/// the commit that runs.
///
/// # Errors
///
/// All that was found, not only the first.
pub fn examine(
    application: &Application,
    parent: Option<&Parent>,
    wanted: Wanted<'_>,
) -> Result<Revision, Vec<Refusal>> {
    let Wanted {
        branch,
        head,
        others,
    } = wanted;
    let overwritten = parent.and_then(|parent| overwrites(application, parent, branch));
    let mut refusals = judge(application, overwritten).err().unwrap_or_default();
    if application.is_adopted() {
        return Err(refusals);
    }
    let live = application.live_revision();
    if application.chart_version().is_some() {
        refusals.push(refusal(
            "its chart comes from a Helm repository, of which no branch says the version",
            "adopt it without a branch",
        ));
    }
    if !others.is_empty() {
        refusals.push(refusal(
            format!(
                "{} follows {branch} as well, and would move with it",
                others.join(", ")
            ),
            "give each Application a branch of its own",
        ));
    }
    let followed = application.followed();
    let repository = followed.and_then(|position| application.sources().get(position));
    let repository = repository.map_or("", |source| source.repo_url.as_str());
    let make = |runs: &Revision| format!("git push {repository} {runs}:{}", branch.full());
    match (head, &live) {
        (Head::Missing, Some(runs)) => refusals.push(refusal(
            format!("its repository has no branch {branch}"),
            format!("make it at what runs: `{}`", make(runs)),
        )),
        (
            Head::At {
                commit,
                same: false,
            },
            Some(runs),
        ) => refusals.push(refusal(
            format!(
                "branch {branch} is at {}, whose content is not that of {}, which runs",
                commit.short(),
                runs.short()
            ),
            format!("bring it to what runs: `{}`", make(runs)),
        )),
        (Head::Followed | Head::At { .. } | Head::Missing, _) => {}
    }
    match live {
        Some(live) if refusals.is_empty() => Ok(live),
        _ => Err(refusals),
    }
}

/// Why a parent would put something back, if it would. What the Application
/// points at already is what its parent wrote.
fn overwrites(application: &Application, parent: &Parent, branch: &Branch) -> Option<Refusal> {
    let follows = application.follows(branch);
    let (Parent::ApplicationSet(name, object) | Parent::Application(name, object)) = parent;
    let kind = parent.kind();
    let Some(object) = object else {
        return Some(refusal(
            format!("{kind} {name} made it, and cannot be read"),
            "let somebody adopt it who may read that",
        ));
    };
    let several = !application.spec.sources.is_empty();
    let source_is_spared = follows || ignores_source(parent, object, several);
    match parent {
        Parent::ApplicationSet(..) => {
            let missing: Vec<&str> = [FOLLOWED, BRANCH]
                .into_iter()
                .filter(|annotation| !preserves(object, annotation))
                .filter(|annotation| {
                    let pointer = annotation_pointer(annotation);
                    !ignored(parent, object).contains(&pointer)
                })
                .collect();
            if source_is_spared && missing.is_empty() {
                return None;
            }
            let mut remedies = Vec::new();
            if !missing.is_empty() {
                remedies.push(format!(
                    "let `preservedFields.annotations` of {kind} {name} name {}",
                    missing.join(" and ")
                ));
            }
            if !source_is_spared {
                remedies.push(format!(
                    "let its template point at {branch}, and adopt it once it follows that"
                ));
            }
            Some(refusal(
                format!("{kind} {name} made it and would put back what Tidegate writes"),
                remedies.join(", and "),
            ))
        }
        Parent::Application(..) => (!source_is_spared).then(|| {
            refusal(
                format!("{kind} {name} made it and would put back what it points at"),
                format!("let it point at {branch} where {name} has it, and adopt it once it follows that"),
            )
        }),
    }
}

/// The patch (a JSON merge patch with the resource version) that adopts: the
/// branch, and what was followed before.
pub fn adopt(object: &Value, application: &Application, branch: &Branch) -> Value {
    // A name in the long form is as good.
    let follows = if application.follows(branch) {
        application.pointed_at()
    } else {
        branch.as_str()
    };
    let annotations = json!({ FOLLOWED: application.pointed_at(), BRANCH: branch.as_str() });
    point(object, application, follows, &annotations)
}
