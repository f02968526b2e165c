//! Which file a value file is (`ResolveValueFilePathOrUrl` in
//! `util/io/path/resolved.go` of Argo CD).

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::variables::Variables;

/// Where value files are looked for. All paths are real ones.
pub(super) enum Place {
    /// Beside a chart in a repository.
    Beside {
        /// What nothing may lead out of, and what a path with a slash at its beginning
        /// is relative to.
        root: PathBuf,
        /// What any other path is relative to.
        chart: PathBuf,
    },
    /// In another repository than the chart, which is an archive.
    Elsewhere {
        /// The name of the source by which value files refer to it, and its files.
        values: Option<(String, PathBuf)>,
    },
}

impl Place {
    /// The file's real path. None: there is no such file.
    ///
    /// # Errors
    ///
    /// It is a URL or a pattern, leads out of the repository, or is no file. Or it is in
    /// a chart's archive, or refers to another source, which cannot be followed.
    pub(super) fn find(
        &self,
        file: &str,
        variables: &Variables,
    ) -> Result<Option<PathBuf>, String> {
        match self {
            Self::Beside { root, chart } => find(&variables.expand(file)?, root, chart),
            Self::Elsewhere { values } => {
                let other = values.as_ref().and_then(|(reference, root)| {
                    let rest = file.strip_prefix('$')?.strip_prefix(reference.as_str())?;
                    Some((rest.strip_prefix('/')?, root))
                });
                let Some((rest, root)) = other else {
                    let file = variables.expand(file)?;
                    if has_scheme(&file) {
                        return Err(not_committed(&file));
                    }
                    return Err(format!(
                        "the value file {file} is in the chart itself, which cannot be followed yet; write its values into the Application, or into a file in Git"
                    ));
                };
                find(&variables.expand(rest)?, root, root)
            }
        }
    }
}

fn not_committed(file: &str) -> String {
    format!(
        "the value file {file} is not in the repository: nobody could say what it holds when the chart goes out; commit it"
    )
}

fn find(file: &str, root: &Path, chart: &Path) -> Result<Option<PathBuf>, String> {
    if has_scheme(file) {
        return Err(not_committed(file));
    }
    if file.contains(['*', '?', '[']) {
        return Err(format!(
            "the value file {file} is a pattern, which cannot be followed yet; list the files"
        ));
    }
    let outside = || format!("the value file {file} leads out of the repository");
    let path = match file.strip_prefix('/') {
        Some(from_root) => root.join(from_root.trim_start_matches('/')),
        None => chart.join(file),
    };
    // Before anything is looked up, so that nobody learns what is elsewhere.
    let path = without_dots(&path).ok_or_else(outside)?;
    if !path.starts_with(root) {
        return Err(outside());
    }
    let path = match path.canonicalize() {
        Ok(path) => path,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(format!("the value file {file}: {}", error.kind())),
    };
    if !path.starts_with(root) {
        return Err(outside());
    }
    if !path.is_file() {
        return Err(format!("the value file {file} is not a file"));
    }
    Ok(Some(path))
}

/// Whether Go's `url.Parse` finds a scheme.
fn has_scheme(file: &str) -> bool {
    let Some((scheme, _)) = file.split_once(':') else {
        return false;
    };
    scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
}

/// The path with every `..` resolved by its text alone.
fn without_dots(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !plain.pop() {
                    return None;
                }
            }
            part => plain.push(part),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_file_stays_in_the_repository() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.yaml"), "a: 1\n").unwrap();
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let chart = root.join("charts/shop");
        std::fs::create_dir_all(&chart).unwrap();
        std::fs::write(chart.join("values-production.yaml"), "a: 1\n").unwrap();
        std::fs::write(root.join("common.yaml"), "a: 1\n").unwrap();
        let link = chart.join("link.yaml");
        std::os::unix::fs::symlink(outside.path().join("secret.yaml"), link).unwrap();
        std::os::unix::fs::symlink("../../common.yaml", chart.join("inner.yaml")).unwrap();
        let place = Place::Beside {
            root: root.clone(),
            chart: chart.clone(),
        };
        let find = |file: &str| place.find(file, &Variables::default());

        for (file, found) in [
            (
                "values-production.yaml",
                "charts/shop/values-production.yaml",
            ),
            (
                "./values-production.yaml",
                "charts/shop/values-production.yaml",
            ),
            ("../../common.yaml", "common.yaml"),
            ("/common.yaml", "common.yaml"),
            ("inner.yaml", "common.yaml"),
        ] {
            assert_eq!(find(file), Ok(Some(root.join(found))), "{file}");
        }
        assert_eq!(find("values-staging.yaml"), Ok(None));
        for (file, why) in [
            ("../../../x.yaml", "leads out of the repository"),
            ("/../x.yaml", "leads out of the repository"),
            ("link.yaml", "leads out of the repository"),
            ("https://example.com/x.yaml", "commit it"),
            ("secrets://x.yaml", "commit it"),
            ("values-*.yaml", "list the files"),
            ("..", "is not a file"),
        ] {
            let refused = find(file).unwrap_err();
            assert!(refused.contains(why), "{file}: {refused}");
        }
    }
    #[test]
    fn the_values_of_an_archive_come_from_the_source_that_they_name() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("shop")).unwrap();
        std::fs::write(root.join("shop/gateway.yaml"), "a: 1\n").unwrap();
        let place = Place::Elsewhere {
            values: Some(("values".to_owned(), root.clone())),
        };
        let variables = Variables {
            application: "gateway".to_owned(),
            ..Variables::default()
        };
        let find = |file: &str| place.find(file, &variables);
        assert_eq!(
            find("$values/shop/$ARGOCD_APP_NAME.yaml"),
            Ok(Some(root.join("shop/gateway.yaml")))
        );
        assert_eq!(find("$values/missing.yaml"), Ok(None));
        for (file, why) in [
            ("$values/../x.yaml", "leads out of the repository"),
            ("values-production.yaml", "is in the chart itself"),
            ("https://example.com/x.yaml", "commit it"),
            ("$others/x.yaml", "no variable $others"),
        ] {
            let refused = find(file).unwrap_err();
            assert!(refused.contains(why), "{file}: {refused}");
        }
    }
}
