//! Paths in a repository, with `/` between folders.

/// The root of a repository.
pub(super) const ROOT: &str = ".";

/// The folder of a file, and its name.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or((ROOT, path))
}

/// Whether a file or folder is in this folder, or deeper.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder == ROOT || rest.is_some_and(|rest| rest.starts_with('/'))
}

/// What a relative path means in a folder. None: it leads out of the repository, or is
/// no relative path.
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    if path.is_empty() || path.starts_with('/') || path.contains(['\n', ':']) {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| *part != ROOT).collect();
    for part in path.split('/') {
        match part {
            "" | ROOT => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(if parts.is_empty() {
        ROOT.to_owned()
    } else {
        parts.join("/")
    })
}
