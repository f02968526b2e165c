//! What renders a source of an Application (`GetAppSourceType` in
//! `reposerver/repository/repository.go` of Argo CD, `Discover` in
//! `util/app/discovery/discovery.go`).

use std::path::Path;

use serde_json::Value;

use super::error::RenderError;
use super::plain;

/// What renders a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Helm: the folder is a chart.
    Chart,
    /// kustomize, or nothing where it is a plain folder.
    Other,
}

/// What renders this folder of a commit's files, by the parameters that the
/// Application gives or else by its files.
///
/// # Errors
///
/// Nobody could say what Argo CD would make of it.
pub fn source_kind(
    tree_root: &Path,
    path: &str,
    application: &str,
    helm: Option<&Value>,
    others: &[Option<&Value>],
) -> Result<SourceKind, RenderError> {
    let failed = |message: String| RenderError::Source {
        path: path.to_owned(),
        message,
    };
    let folder = tree_root.join(path);
    for name in [
        ".argocd-source.yaml".to_owned(),
        format!(".argocd-source-{application}.yaml"),
    ] {
        if folder.join(&name).exists() {
            return Err(failed(format!(
                "Argo CD changes its parameters by the file {name}, which Tidegate does not follow; write them into the Application"
            )));
        }
    }
    let is_chart = plain::is_chart(&folder);
    let is_given = others.iter().flatten().next().is_some();
    let is_kustomization = plain::is_kustomization(&folder);
    match (helm.is_some(), is_chart) {
        (false, false) => Ok(SourceKind::Other),
        (true, _) if is_given => Err(failed(
            "it has parameters of Helm and of something else, which Argo CD does not accept"
                .to_owned(),
        )),
        (true, false) => Err(failed(
            "it has parameters of Helm, and the folder is no chart: there is no Chart.yaml"
                .to_owned(),
        )),
        (false, true) if is_given && is_kustomization => Ok(SourceKind::Other),
        (false, true) if is_given => Err(failed(
            "it has parameters of something else, and the folder is a Helm chart".to_owned(),
        )),
        (false, true) if is_kustomization => Err(failed(
            "it is a Helm chart and a kustomization; give the Application's source helm: {} or kustomize: {} to say which counts".to_owned(),
        )),
        (_, true) => Ok(SourceKind::Chart),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_chart_is_told_by_its_file_or_by_its_parameters() {
        let tree = tempfile::tempdir().unwrap();
        let write = |path: &str| {
            let path = tree.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        };
        write("chart/Chart.yaml");
        write("overlay/kustomization.yaml");
        write("both/Chart.yaml");
        write("both/kustomization.yaml");
        write("changed/Chart.yaml");
        write("changed/.argocd-source-shop.yaml");
        let given = json!({});
        let kind = |path: &str, helm: Option<&Value>, other: Option<&Value>| {
            source_kind(tree.path(), path, "shop", helm, &[None, other])
                .map_err(|error| error.to_string())
        };
        assert_eq!(kind("chart", None, None), Ok(SourceKind::Chart));
        assert_eq!(kind("chart", Some(&given), None), Ok(SourceKind::Chart));
        assert_eq!(kind("both", Some(&given), None), Ok(SourceKind::Chart));
        for path in ["overlay", "both"] {
            assert_eq!(kind(path, None, Some(&given)), Ok(SourceKind::Other));
        }
        for (path, helm, other, why) in [
            ("overlay", Some(&given), None, "no Chart.yaml"),
            ("chart", Some(&given), Some(&given), "and of something else"),
            ("chart", None, Some(&given), "the folder is a Helm chart"),
            ("both", None, None, "a Helm chart and a kustomization"),
            ("changed", None, None, ".argocd-source-shop.yaml"),
        ] {
            let refused = kind(path, helm, other).unwrap_err();
            assert!(refused.contains(why), "{path}: {refused}");
        }
    }
}
