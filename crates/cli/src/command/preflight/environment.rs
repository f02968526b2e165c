//! Which environment an overlay is for.

/// What an environment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Staging,
    Production,
}

/// What an overlay is an environment of, and which: the last folder of its path that is
/// called like one, or its file of values. The names are those that people use; a
/// region or a number may follow.
pub(super) fn environment(target: &str) -> Option<(String, Role)> {
    let is_mark = |letter: char| !letter.is_ascii_alphanumeric();
    let role = |word: &str| match word.to_ascii_lowercase().as_str() {
        "staging" | "stage" | "stg" => Some(Role::Staging),
        "production" | "prod" | "prd" => Some(Role::Production),
        _ => None,
    };
    let mut found = None;
    let mut at = 0;
    for word in target.split_inclusive(is_mark) {
        let bare = word.trim_end_matches(is_mark);
        if let Some(role) = role(bare) {
            found = Some((at, bare.len(), role));
        }
        at += word.len();
    }
    let (at, length, role) = found?;
    let before = target.get(..at)?;
    let after = target.get(at + length..)?;
    Some((format!("{before}*{after}"), role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_told_by_their_names() {
        let told = environment;
        let web = |role| Some(("web/overlays/*".to_owned(), role));
        assert_eq!(told("web/overlays/staging"), web(Role::Staging));
        assert_eq!(told("web/overlays/production"), web(Role::Production));
        assert_eq!(
            told("charts/web (values-prod.yaml)"),
            Some(("charts/web (values-*.yaml)".to_owned(), Role::Production))
        );
        assert_eq!(
            told("web/overlays/prod-eu-1"),
            Some(("web/overlays/*-eu-1".to_owned(), Role::Production))
        );
        assert_eq!(told("web/overlays/reproduction"), None);
    }
}
