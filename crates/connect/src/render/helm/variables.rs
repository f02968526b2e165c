//! What Argo CD puts in place of `$ARGOCD_APP_NAME` and its like in parameters and
//! paths (`newEnv` in `reposerver/repository/repository.go`, and "Build Environment" in
//! its user guide).

/// What the variables of an Application stand for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variables {
    /// The Application's name, after its namespace and `_` where that is not Argo CD's
    /// own.
    pub application: String,
    /// The namespace that it deploys to.
    pub namespace: String,
    /// Its AppProject.
    pub project: String,
    /// The commit, or the version of a chart.
    pub revision: String,
    /// The repository's address.
    pub repository: String,
    /// The folder in it.
    pub path: String,
    /// What its source points at.
    pub target_revision: String,
}

impl Variables {
    fn value(&self, name: &str) -> Option<&str> {
        let short = |length: usize| self.revision.get(..length).unwrap_or(&self.revision);
        Some(match name {
            "ARGOCD_APP_NAME" => &self.application,
            "ARGOCD_APP_NAMESPACE" => &self.namespace,
            "ARGOCD_APP_PROJECT_NAME" => &self.project,
            "ARGOCD_APP_REVISION" => &self.revision,
            "ARGOCD_APP_REVISION_SHORT" => short(7),
            "ARGOCD_APP_REVISION_SHORT_8" => short(8),
            "ARGOCD_APP_SOURCE_REPO_URL" => &self.repository,
            "ARGOCD_APP_SOURCE_PATH" => &self.path,
            "ARGOCD_APP_SOURCE_TARGET_REVISION" => &self.target_revision,
            _ => return None,
        })
    }

    /// The text with every variable replaced, by the rules of Go's `os.Expand`; `$$`
    /// stands for a dollar sign.
    ///
    /// # Errors
    ///
    /// A variable that Argo CD does not set. It would put nothing in its place, which
    /// nobody can have meant.
    pub(super) fn expand(&self, text: &str) -> Result<String, String> {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let Some((name, left)) = name(after) else {
                // Nothing that could be a name: the dollar sign stays.
                expanded.push('$');
                rest = after;
                continue;
            };
            rest = left;
            if name == "$" {
                expanded.push('$');
                continue;
            }
            let value = self.value(name).ok_or_else(|| {
                format!(
                    "Argo CD has no variable ${name} and would put nothing in its place; write $$ for a dollar sign"
                )
            })?;
            expanded.push_str(value);
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

/// The name that follows a dollar sign, and what is left after it.
fn name(after: &str) -> Option<(&str, &str)> {
    if let Some(braced) = after.strip_prefix('{') {
        let end = braced.find('}')?;
        return Some((&braced[..end], &braced[end + 1..]));
    }
    let first = after.chars().next()?;
    if matches!(first, '*' | '#' | '$' | '@' | '!' | '?' | '-' | '0'..='9') {
        return Some(after.split_at(1));
    }
    let is_of_name = |letter: char| letter == '_' || letter.is_ascii_alphanumeric();
    let end = after
        .find(|letter| !is_of_name(letter))
        .unwrap_or(after.len());
    (end > 0).then(|| after.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_as_argo_cd_replaces_them() {
        let variables = Variables {
            application: "shop".to_owned(),
            revision: "9f1c2d3e4b5a69788796a5b4c3d2e1f001122334".to_owned(),
            ..Variables::default()
        };
        for (text, expanded) in [
            ("plain", "plain"),
            ("$ARGOCD_APP_NAME/x", "shop/x"),
            ("${ARGOCD_APP_NAME}x", "shopx"),
            ("v-$ARGOCD_APP_REVISION_SHORT", "v-9f1c2d3"),
            ("$ARGOCD_APP_REVISION_SHORT_8", "9f1c2d3e"),
            ("$$HOME", "$HOME"),
            ("^a$", "^a$"),
            ("a$/b", "a$/b"),
            ("${", "${"),
        ] {
            assert_eq!(variables.expand(text).as_deref(), Ok(expanded), "{text}");
        }
        for text in ["$HOME", "${HOME}", "a$1", "${}"] {
            let refused = variables.expand(text).unwrap_err();
            assert!(
                refused.starts_with("Argo CD has no variable $"),
                "{refused}"
            );
        }
    }
}
