//! TG104: a list that matches everything makes the others meaningless.

use super::{Finding, Project, Rule, Text, Window, pattern};

/// One finding for a project: who understands the first place understands all.
pub(super) fn look(project: &Project) -> Option<Finding> {
    let places: Vec<(usize, String, String)> = project.windows.iter().filter_map(place).collect();
    let ((line, list, others), more) = places.split_first()?;
    let more: Vec<usize> = more.iter().map(|(line, ..)| *line).collect();
    let finding = project.place.finding(
        Rule::OredSelectors,
        *line,
        "the window selects every Application".to_owned(),
        format!(
            "`{list}` matches everything, and without andOperator one matching list is enough, \
             so {others} nothing{}",
            project.also(&more)
        ),
        format!("set `andOperator: true`, or remove `{list}`"),
    );
    Some(finding)
}

/// The line of the pattern, the name of its list, and the others.
fn place(window: &Window) -> Option<(usize, String, String)> {
    if window.and_operator {
        return None;
    }
    let everything = |list: &[Text]| {
        let mut texts = list.iter();
        texts
            .find(|text| pattern::matches_everything(&text.text))
            .map(|text| text.line)
    };
    let lists = window.lists();
    let (name, line) = lists
        .iter()
        .find_map(|(name, list)| Some((*name, everything(list)?)))?;
    let narrower: Vec<String> = lists
        .iter()
        .filter(|(_, list)| !list.is_empty() && everything(list).is_none())
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    match narrower.as_slice() {
        [] => None,
        [one] => Some((line, name.to_owned(), format!("{one} does"))),
        several => Some((
            line,
            name.to_owned(),
            format!("{} do", several.join(" and ")),
        )),
    }
}
