//! What a change brings: a commit, or a chart in one version.

use tidegate_core::argo_cd::ChartVersion;
use tidegate_core::request::Wanted;
use tidegate_core::revision::{Revision, SourceRef};

use super::{FieldError, wrong};
use crate::change::Source;

/// Which commit, or which chart.
///
/// # Errors
///
/// The field that cannot be read.
pub(super) fn wanted(source: &Source) -> Result<Wanted, FieldError> {
    if source.pull_request.is_some() {
        return Err(wrong(
            "spec.source.pullRequest",
            "pull requests cannot be read yet: give revision or ref",
        ));
    }
    match (&source.revision, &source.reference, &source.version) {
        (Some(revision), None, None) if source.chart.is_none() => Revision::parse(revision)
            .map(Wanted::Revision)
            .map_err(|error| wrong("spec.source.revision", error.to_string())),
        (None, Some(reference), None) if source.chart.is_none() => SourceRef::parse(reference)
            .map(|_| Wanted::Reference(reference.clone()))
            .map_err(|error| wrong("spec.source.ref", error.to_string())),
        (None, None, Some(version)) => {
            let version = ChartVersion::parse(version)
                .map_err(|error| wrong("spec.source.version", error.to_string()))?;
            let name = source.chart.clone().ok_or_else(|| {
                wrong(
                    "spec.source.chart",
                    "a version is that of a chart: give the chart's name",
                )
            })?;
            Ok(Wanted::Chart { name, version })
        }
        (None | Some(_), None | Some(_), None) if source.chart.is_some() => Err(wrong(
            "spec.source.version",
            "a chart goes out in one version: give it in place of revision and ref",
        )),
        _ => Err(wrong(
            "spec.source",
            "give exactly one of revision, ref and version",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SHA: &str = "9f1c2d3e4b5a69788796a5b4c3d2e1f001122334";

    fn read(mut source: Value) -> Result<Wanted, String> {
        source["repository"] = json!("https://example.com/apps");
        let source: Source = serde_json::from_value(source).map_err(|error| error.to_string())?;
        wanted(&source).map_err(|error| error.to_string())
    }

    #[test]
    fn a_change_brings_a_commit_or_a_branch_or_one_version_of_a_chart() {
        let revision = Revision::parse(SHA).unwrap();
        let version = ChartVersion::parse("1.4.2").unwrap();
        for (source, wanted) in [
            (json!({"revision": SHA}), Wanted::Revision(revision)),
            (json!({"ref": "main"}), Wanted::Reference("main".to_owned())),
            (
                json!({"chart": "api-gateway", "version": "1.4.2"}),
                Wanted::Chart {
                    name: "api-gateway".to_owned(),
                    version,
                },
            ),
        ] {
            assert_eq!(read(source), Ok(wanted));
        }
    }

    #[test]
    fn anything_else_says_what_to_give() {
        let one = "spec.source: give exactly one of revision, ref and version";
        for (source, sentence) in [
            (json!({}), one),
            (json!({"revision": SHA, "ref": "main"}), one),
            (
                json!({"revision": SHA, "chart": "web", "version": "1.4.2"}),
                one,
            ),
            (
                json!({"chart": "web", "version": "1.x"}),
                "spec.source.version: \"1.x\" is not the exact version of a chart: give one such as 1.4.2",
            ),
            (
                json!({"version": "1.4.2"}),
                "spec.source.chart: a version is that of a chart: give the chart's name",
            ),
            (
                json!({"chart": "web"}),
                "spec.source.version: a chart goes out in one version: give it in place of revision and ref",
            ),
            (
                json!({"chart": "web", "revision": SHA}),
                "spec.source.version: a chart goes out in one version: give it in place of revision and ref",
            ),
            (
                json!({"revision": "main"}),
                "spec.source.revision: \"main\" is a branch name or short SHA: give the full commit",
            ),
        ] {
            assert_eq!(read(source), Err(sentence.to_owned()));
        }
    }
}
