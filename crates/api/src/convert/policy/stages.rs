//! The stages of a policy.

use jiff::SignedDuration;
use tidegate_core::calendar::Glob;
use tidegate_core::policy::{ApplicationSelector, Stage};
use tidegate_core::rollout::share::Share;

use super::keep;
use crate::change_policy as raw;
use crate::convert::{FieldError, duration, duration_or, wrong};

const STAGE_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Reads the stages. Those with a share grow, and the last of them is the whole.
pub(super) fn stages(stages: &[raw::Stage], problems: &mut Vec<FieldError>) -> Option<Vec<Stage>> {
    let read: Vec<Option<Stage>> = stages
        .iter()
        .enumerate()
        .map(|(position, stage)| stage_of(stage, position, problems))
        .collect();
    let read: Vec<Stage> = read.into_iter().collect::<Option<_>>()?;
    let shares: Vec<Share> = read
        .iter()
        .filter(|stage| stage.applications.is_none())
        .map(|stage| stage.share)
        .collect();
    let is_whole = shares.last().is_none_or(|share| *share == Share::FULL);
    if read.is_empty() || !is_whole {
        problems.push(wrong("spec.stages", "the last stage must have share 100%"));
        return None;
    }
    if shares.windows(2).any(|pair| pair[0] >= pair[1]) {
        problems.push(wrong(
            "spec.stages",
            "each stage must have a larger share than the one before",
        ));
        return None;
    }
    Some(read)
}

fn stage_of(stage: &raw::Stage, position: usize, problems: &mut Vec<FieldError>) -> Option<Stage> {
    let field = format!("spec.stages[{position}]");
    let (share, applications) = match (&stage.share, &stage.applications) {
        (Some(text), None) => (keep(share(&field, text), problems), None),
        (None, Some(chosen)) => {
            let field = format!("{field}.applications");
            let chosen = keep(applications(&field, chosen), problems);
            (Some(Share::FULL), Some(chosen))
        }
        (Some(_), Some(_)) => {
            problems.push(wrong(
                field.clone(),
                "has a share and applications; Applications go out whole, so give one of the two",
            ));
            (None, None)
        }
        (None, None) => {
            problems.push(wrong(
                format!("{field}.share"),
                "is missing; write for example 10%, or choose applications",
            ));
            (None, None)
        }
    };
    let soak = match &stage.soak {
        None => Some(SignedDuration::ZERO),
        Some(text) => keep(duration(&format!("{field}.soak"), text), problems),
    };
    let within = keep(
        duration_or(
            &format!("{field}.within"),
            stage.within.as_deref(),
            STAGE_WITHIN,
        ),
        problems,
    );
    let applications = match applications {
        None => None,
        Some(chosen) => Some(chosen?),
    };
    Some(Stage {
        name: stage.name.clone(),
        share: share?,
        applications,
        targets: None,
        soak: soak?,
        within: within?,
    })
}

fn share(field: &str, text: &str) -> Result<Share, FieldError> {
    text.strip_suffix('%')
        .and_then(|digits| digits.parse::<u8>().ok())
        .and_then(|percent| Share::new(percent).ok())
        .ok_or_else(|| {
            wrong(
                format!("{field}.share"),
                format!("{text} is not a share; write 1% to 100%"),
            )
        })
}

fn applications(
    field: &str,
    chosen: &raw::Applications,
) -> Result<ApplicationSelector, FieldError> {
    let by_list = chosen.names.iter().map(|glob| ("names", glob));
    let by_cluster = chosen.clusters.iter().map(|glob| ("clusters", glob));
    let by_label = chosen
        .match_labels
        .values()
        .map(|glob| ("matchLabels", glob));
    for (list, glob) in by_list.chain(by_cluster).chain(by_label) {
        Glob::parse(glob).map_err(|error| wrong(format!("{field}.{list}"), error.to_string()))?;
    }
    if chosen.names.is_empty() && chosen.clusters.is_empty() && chosen.match_labels.is_empty() {
        return Err(wrong(
            field,
            "chooses nothing in particular; give names, clusters or matchLabels",
        ));
    }
    if chosen.at_once == Some(0) {
        return Err(wrong(format!("{field}.atOnce"), "must be at least 1"));
    }
    Ok(ApplicationSelector {
        names: chosen.names.clone(),
        clusters: chosen.clusters.clone(),
        labels: chosen.match_labels.clone(),
        at_once: chosen.at_once,
    })
}
