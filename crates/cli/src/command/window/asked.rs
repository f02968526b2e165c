//! Where a change lands, and of what kind it is.

use std::collections::BTreeMap;

use clap::Args;
use jiff::SignedDuration;
use tidegate_core::calendar::{Passes, Subject, parse_duration};
use tidegate_core::change::ChangeType;

use super::super::change::change_type;
use super::{Pass, WindowError, target};

/// What a calendar is asked about.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// Where the change lands
    #[arg(long, value_name = "CLUSTER/NAMESPACE[/APPLICATION]")]
    pub(super) target: String,
    /// The type of the change
    #[arg(long = "type", value_name = "TYPE", default_value = "normal")]
    #[arg(value_parser = change_type())]
    pub(super) change_type: ChangeType,
    #[command(flatten)]
    labels: Labels,
    /// What the policy lets an emergency pass; by itself only a freeze that
    /// exempts emergencies
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "WHAT",
        default_value = "freezes"
    )]
    passes: Vec<Pass>,
}

/// The labels of a target.
#[derive(Debug, Args)]
pub(super) struct Labels {
    /// A label of the target; without any they count as not known, and then a
    /// freeze that asks for some holds and a window that does stays shut
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    labels: Vec<(String, String)>,
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

impl Labels {
    /// All labels of the target, if any is known.
    pub(super) fn known(&self) -> Option<BTreeMap<String, String>> {
        let labels: BTreeMap<String, String> = self.labels.iter().cloned().collect();
        (!labels.is_empty()).then_some(labels)
    }
}

/// What an emergency may pass.
pub(super) fn passing(passes: &[Pass]) -> Passes<'static> {
    Passes {
        windows: passes.contains(&Pass::Windows),
        freezes: passes.contains(&Pass::Freezes),
        ..Passes::default()
    }
}

impl Asked {
    pub(super) fn labels(&self) -> Option<BTreeMap<String, String>> {
        self.labels.known()
    }

    pub(super) fn subject<'a>(
        &'a self,
        labels: Option<&'a BTreeMap<String, String>>,
    ) -> Result<Subject<'a>, WindowError> {
        let (cluster, namespace, name) = target(&self.target)?;
        Ok(Subject {
            cluster,
            namespace,
            name,
            labels,
            kind: self.change_type,
        })
    }

    pub(super) fn passes(&self) -> Passes<'static> {
        passing(&self.passes)
    }
}

/// How long a change takes.
pub(super) fn needed(text: &str) -> Result<SignedDuration, WindowError> {
    parse_duration(text).map_err(|error| WindowError::Duration {
        text: text.to_owned(),
        problem: error.to_string(),
    })
}
