//! What a commit has where, and which of it may be written.

use super::{GitError, unreadable};

/// One line of `git ls-tree`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) kind: Kind,
    pub(super) object: &'a str,
    pub(super) size: u64,
    pub(super) path: &'a str,
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(super) enum Kind {
    File,
    Link,
    Submodule,
}

/// Reads `<mode> <type> <object> <size>\t<path>` entries ended by NUL.
pub(super) fn parse(listing: &[u8]) -> Result<Vec<Entry<'_>>, GitError> {
    let mut entries = Vec::new();
    for line in listing.split(|byte| *byte == 0) {
        if line.is_empty() {
            continue;
        }
        let Ok(line) = std::str::from_utf8(line) else {
            return Err(GitError::UnsafePath {
                path: String::from_utf8_lossy(line).into_owned(),
            });
        };
        let entry = parse_entry(line).ok_or_else(unreadable)?;
        if !is_safe(entry.path) {
            return Err(GitError::UnsafePath {
                path: entry.path.to_owned(),
            });
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn parse_entry(line: &str) -> Option<Entry<'_>> {
    let (attributes, path) = line.split_once('\t')?;
    let mut attributes = attributes.split_ascii_whitespace();
    let (mode, object_type) = (attributes.next()?, attributes.next()?);
    let (object, size) = (attributes.next()?, attributes.next()?);
    let kind = match (mode, object_type) {
        ("160000", "commit") => Kind::Submodule,
        ("120000", "blob") => Kind::Link,
        (_, "blob") => Kind::File,
        _ => return None,
    };
    let size = match kind {
        Kind::Submodule => 0,
        Kind::File | Kind::Link => size.parse().ok()?,
    };
    Some(Entry {
        kind,
        object,
        size,
        path,
    })
}

/// Whether the path stays below the directory and clear of any `.git`. A tree object
/// can be made by hand, and then holds names that git itself would never add.
fn is_safe(path: &str) -> bool {
    path.split('/').all(|part| {
        !part.is_empty() && part != "." && part != ".." && !part.eq_ignore_ascii_case(".git")
    })
}

/// Whether a link at `path` stays in the tree: up to at most the root first, then only down.
/// Going up again further on could start from wherever another link has led.
pub(super) fn stays_inside(path: &str, target: &str) -> bool {
    let mut depth = path.split('/').count() - 1;
    let mut going_down = false;
    !target.is_empty()
        && target.split('/').all(|part| match part {
            "." => true,
            "" => false,
            ".." if going_down || depth == 0 => false,
            ".." => {
                depth -= 1;
                true
            }
            part => {
                going_down = true;
                !part.eq_ignore_ascii_case(".git")
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_directory_are_unsafe() {
        for path in [
            "../x",
            "a/../b",
            "/x",
            "a//b",
            ".git/config",
            "a/.GIT/x",
            ".",
            "",
        ] {
            assert!(!is_safe(path), "{path}");
        }
        for path in ["a", "a/b.yaml", "..a", ".github/x", "a/.gitignore"] {
            assert!(is_safe(path), "{path}");
        }
    }

    #[test]
    fn links_may_go_up_to_the_root_and_then_down() {
        for (path, target) in [
            ("a/b/link", "../../c/d"),
            ("a/link", "./b"),
            ("link", "a/b"),
            ("a/link", ".."),
        ] {
            assert!(stays_inside(path, target), "{path} -> {target}");
        }
        for (path, target) in [
            ("link", ".."),
            ("a/link", "../../etc"),
            ("a/link", "/etc/passwd"),
            ("link", "p/q/../../.."),
            ("link", "a/.."),
            ("link", ".git/config"),
            ("link", ""),
        ] {
            assert!(!stays_inside(path, target), "{path} -> {target}");
        }
    }

    #[test]
    fn a_tree_made_by_hand_is_refused_by_its_paths() {
        let listing = b"100644 blob 9f1c 3\ta/../../x\0";
        assert!(matches!(
            parse(listing),
            Err(GitError::UnsafePath { path }) if path == "a/../../x"
        ));
    }
}
