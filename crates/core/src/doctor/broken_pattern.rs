//! TG108: a pattern that does not compile.

use super::{Finding, Project, Rule, Window};
use crate::sync_window::Glob;

pub(super) fn look<'a>(
    project: &'a Project,
    window: &'a Window,
) -> impl Iterator<Item = Finding> + 'a {
    let texts = window.lists().into_iter().flat_map(|(_, list)| list);
    texts.filter_map(|text| {
        let error = Glob::parse(&text.text).err()?;
        Some(project.place.finding(
            Rule::BrokenPattern,
            text.line,
            format!("the pattern `{}` cannot be used", text.text),
            format!(
                "{error}, and Argo CD then matches nothing with it, so the window does not hold"
            ),
            "correct the pattern: `*` is any text, `?` one letter, `[ab]` one of some, `{a,b}` \
             one of several",
        ))
    })
}
