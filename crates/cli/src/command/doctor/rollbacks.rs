//! Documents and scripts that call `argocd app rollback`.

use std::path::Path;

use tidegate_core::doctor::WrittenRollback;

/// What people write procedures and scripts in.
const ENDINGS: [&str; 9] = [
    "md", "txt", "adoc", "rst", "sh", "bash", "yaml", "yml", "groovy",
];
const NAMES: [&str; 4] = ["Makefile", "Jenkinsfile", "Justfile", "justfile"];

pub(super) fn may_be_in(path: &Path) -> bool {
    let is = |part: Option<&std::ffi::OsStr>, known: &[&str]| {
        part.is_some_and(|part| known.iter().any(|known| part == *known))
    };
    is(path.extension(), &ENDINGS) || is(path.file_name(), &NAMES)
}

/// Each line that calls it, unless automated sync is switched off by a line
/// before it.
pub(super) fn written(text: &str, file: &str) -> Vec<WrittenRollback> {
    let mut written = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if switches_off(line) {
            break;
        }
        if let Some(application) = application(line) {
            written.push(WrittenRollback {
                file: file.to_owned(),
                line: number,
                application,
            });
        }
    }
    written
}

/// `argocd app set shop --sync-policy none`
fn switches_off(line: &str) -> bool {
    let words: Vec<&str> = words(line).collect();
    words.iter().enumerate().any(|(at, word)| {
        let value = match word.strip_prefix("--sync-policy") {
            Some("") => words.get(at + 1).copied(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        matches!(value, Some("none" | "manual"))
    })
}

/// The Application's name without its namespace, and without a name where it is
/// to be filled in. None: the line calls something else.
fn application(line: &str) -> Option<String> {
    let mut words = words(line).skip_while(|word| !is_program(word)).skip(1);
    let mut wanted = ["app", "rollback"].into_iter().peekable();
    for word in &mut words {
        match wanted.peek() {
            Some(next) if word == *next => {
                wanted.next();
            }
            // Options may stand anywhere, with a value or without.
            _ if word.starts_with('-') => {}
            Some(_) => return None,
            None => {
                let name = word.rsplit('/').next().unwrap_or(word);
                let is_open = word.contains(['$', '<', '{', '[']) || is_shouted(word);
                return Some(if is_open {
                    String::new()
                } else {
                    name.to_owned()
                });
            }
        }
    }
    None
}

fn is_program(word: &str) -> bool {
    word.rsplit('/').next() == Some("argocd")
}

/// `APPNAME`, as the manual of Argo CD writes what is to be filled in.
fn is_shouted(word: &str) -> bool {
    word.len() > 1
        && word
            .chars()
            .all(|letter| letter.is_ascii_uppercase() || letter == '_')
}

/// Without the marks of Markdown, YAML and shells around them.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let marks = ['`', '"', '\'', ';', ',', '(', ')', '|', '&'];
    line.split_whitespace()
        .map(move |word| word.trim_matches(marks))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_application_of_a_rollback_is_read() {
        for (line, name) in [
            ("    argocd app rollback shop", "shop"),
            ("Run `argocd app rollback shop 12`.", "shop"),
            (
                "- run: \"argocd --grpc-web app rollback argocd/shop\"",
                "shop",
            ),
            ("/usr/bin/argocd app rollback --prune shop; echo", "shop"),
            ("argocd app rollback \"$APP\"", ""),
            ("argocd app rollback <application> <id>", ""),
            ("argocd app rollback APPNAME", ""),
        ] {
            assert_eq!(application(line).as_deref(), Some(name), "{line}");
        }
        for line in [
            "argocd app sync shop",
            "argocd app rollback",
            "helm rollback shop",
            "the rollback of argocd",
        ] {
            assert_eq!(application(line), None, "{line}");
        }
    }

    #[test]
    fn what_comes_after_automated_sync_was_switched_off_is_right() {
        let call = "argocd app rollback shop\n";
        let off = ["--sync-policy none", "--sync-policy=manual"];
        for off in off {
            let text = format!("argocd app set shop {off}\n{call}");
            assert_eq!(written(&text, "a.sh"), []);
        }
        let on = format!("argocd app set shop --sync-policy automated\n{call}");
        assert_eq!(written(&on, "a.sh")[0].line, 2);
    }
}
