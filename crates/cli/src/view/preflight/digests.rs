//! The digests that approvals are for, as `sha256sum` writes those of files.

use tidegate_preflight::Report;

use crate::view::harmless::harmless;

/// A line for each target that was rendered.
pub(crate) fn lines(report: &Report) -> String {
    let targets = report.targets.iter();
    let lines = targets.filter_map(|target| {
        let digest = target.digest.as_deref()?;
        let name = harmless(&target.name).replace('\n', " ");
        Some([digest, "  ", &name, "\n"].concat())
    });
    lines.collect()
}
