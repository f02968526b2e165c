//! What the check says.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_core::rollout::object::ObjectKey;

use super::compare::Difference;
use super::plan::{Fate, ObjectPlan, Plan, plan};
use super::{Inputs, tell};
use crate::finding::Check;
use crate::report::{CheckReport, Verdict};

/// So many lines are told at most.
const LINES: usize = 1_000;

/// Compares, and tells. It passes, as it informs, unless the API server would refuse
/// a change. What is live and could not be read is not judged.
pub fn check(inputs: &Inputs<'_>) -> CheckReport {
    told(plan(inputs), inputs.approved.is_some())
}

fn told(plan: Plan, has_approved: bool) -> CheckReport {
    let what = what(&plan);
    let mut details = details(&plan, has_approved);
    let more = details.len().saturating_sub(LINES);
    if more > 0 {
        details.truncate(LINES);
        details.push(format!("… and {more} more lines"));
    }
    let has_failed = !plan.findings.is_empty();
    let mut report = CheckReport::of(Check::Diff, what, plan.findings);
    report.details = details;
    let mut reasons: BTreeMap<&String, Vec<String>> = BTreeMap::new();
    for (key, why) in &plan.unknown {
        reasons.entry(why).or_default().push(key.to_string());
    }
    let reasons: Vec<String> = reasons
        .into_iter()
        .map(|(why, objects)| match objects.as_slice() {
            [only] => format!("what is live of {only} is not known: {why}"),
            [first, rest @ ..] => {
                let more = rest.len();
                format!("what is live of {first} and {more} more is not known: {why}")
            }
            [] => why.clone(),
        })
        .collect();
    if has_failed {
        let unjudged = reasons.iter().map(|why| format!("not judged: {why}"));
        report.details.extend(unjudged);
    } else if !reasons.is_empty() {
        report.verdict = Verdict::NotJudged {
            why: reasons.join("; "),
            hint: Some(
                "let it read these objects, in the version of their manifests; --waive diff=REASON does without"
                    .to_owned(),
            ),
        };
    }
    report
}

/// `1 object changes, 2 are new and 5 stay as they are, computed without a dry run`.
fn what(plan: &Plan) -> String {
    let count = |is: fn(&Fate) -> bool| plan.objects.iter().filter(|one| is(&one.fate)).count();
    let parts = [
        (
            count(|fate| matches!(fate, Fate::Changes(_))),
            "changes",
            "change",
        ),
        (count(|fate| *fate == Fate::New), "is new", "are new"),
        (count(|fate| *fate == Fate::Goes), "goes", "go"),
        (
            count(|fate| *fate == Fate::Stays),
            "stays as it is",
            "stay as they are",
        ),
    ];
    let mut said: Vec<String> = Vec::new();
    for (count, one, many) in parts.into_iter().filter(|(count, ..)| *count > 0) {
        let object = match (said.is_empty(), count) {
            (false, _) => "",
            (true, 1) => " object",
            (true, _) => " objects",
        };
        said.push(format!(
            "{count}{object} {}",
            if count == 1 { one } else { many }
        ));
    }
    let mut what = if said.is_empty() {
        "no object is compared".to_owned()
    } else {
        listed(&said)
    };
    if plan.objects.iter().any(|one| one.is_computed) {
        what.push_str(", computed without a dry run");
    }
    what
}

fn listed(parts: &[String]) -> String {
    match parts {
        [only] => only.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
        [] => String::new(),
    }
}

fn details(plan: &Plan, has_approved: bool) -> Vec<String> {
    let of_plan = plan.objects.iter().map(|one| &one.object);
    let mut namespaces: BTreeMap<String, BTreeSet<&Option<String>>> = BTreeMap::new();
    for key in of_plan.chain(plan.drift.iter().map(|(key, _)| key)) {
        let of_name = namespaces.entry(key.to_string()).or_default();
        of_name.insert(&key.namespace);
    }
    let name = |key: &ObjectKey| {
        let of_name = namespaces.get(&key.to_string());
        tell::name(key, of_name.is_some_and(|namespaces| namespaces.len() > 1))
    };
    let mut lines = Vec::new();
    for ObjectPlan { object, fate, .. } in &plan.objects {
        match fate {
            Fate::New => lines.push(format!("{}  is new", name(object))),
            Fate::Goes => lines.push(format!("{}  goes", name(object))),
            Fate::Changes(differences) => each(&name(object), differences, &mut lines),
            Fate::Stays => {}
        }
    }
    if plan.objects.iter().any(|one| one.is_computed) {
        let mut note = "computed: defaults and webhooks of the API server are not in it".to_owned();
        if !has_approved {
            note.push_str(
                ", nor what the manifests no longer name, as no revision was approved before",
            );
        }
        lines.push(note);
    }
    if !plan.drift.is_empty() {
        lines.push("drift: live, and not as the last approved revision says".to_owned());
        for (object, differences) in &plan.drift {
            if differences.is_empty() {
                lines.push(format!("{}  is gone", name(object)));
            }
            each(&name(object), differences, &mut lines);
        }
    } else if !has_approved {
        lines.push("drift is not told, as no revision was approved before".to_owned());
    }
    lines
}

fn each(name: &str, differences: &[Difference], lines: &mut Vec<String>) {
    for difference in differences {
        tell::difference(name, difference, lines);
    }
}
