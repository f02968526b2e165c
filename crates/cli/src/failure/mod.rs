//! What goes wrong, in one sentence with a hint of what to do.

pub(crate) mod api;

use std::error::Error;
use std::io;

use crate::exit::Exit;

/// An error that a person can act on.
pub(crate) trait Explain: Error + Send + Sync {
    /// How a command that meets it ends.
    fn exit(&self) -> Exit;

    /// What to do about it, if anything can be said.
    fn hint(&self) -> Option<String>;
}

/// Whatever made a command fail.
#[derive(Debug)]
pub(crate) struct Failure(Box<dyn Explain>);

impl<E: Explain + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl Failure {
    /// How the command ends.
    pub(crate) fn exit(&self) -> Exit {
        self.0.exit()
    }

    /// What went wrong, with its causes, in one line.
    pub(crate) fn sentence(&self) -> String {
        one_line(self.0.as_ref())
    }

    /// What to do about it, without a full stop.
    pub(crate) fn hint(&self) -> Option<String> {
        self.0.hint().map(|hint| as_remark(&hint))
    }
}

/// An error and its causes in one line. A cause that is told already is left
/// out.
pub(crate) fn one_line(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = match error.downcast_ref::<io::Error>() {
            Some(system) => told(system),
            None => error.to_string(),
        };
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = error.source();
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What an error of the operating system says, as part of a sentence.
pub(crate) fn told(error: &(dyn Error + 'static)) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

/// Hints of other crates are sentences; after `hint:` they begin small and end
/// without a full stop.
fn as_remark(sentence: &str) -> String {
    let text = sentence.trim().trim_end_matches('.');
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open the file")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("permission\n denied")]
    struct Inner;

    impl Explain for Outer {
        fn exit(&self) -> Exit {
            Exit::CannotJudge
        }

        fn hint(&self) -> Option<String> {
            Some("Let Tidegate's user read it.".to_owned())
        }
    }

    #[test]
    fn a_failure_is_one_line_with_its_causes() {
        let failure = Failure::from(Outer(Inner));
        assert_eq!(
            failure.sentence(),
            "cannot open the file: permission denied"
        );
        assert_eq!(
            failure.hint().as_deref(),
            Some("let Tidegate's user read it")
        );
    }

    #[test]
    fn names_keep_their_capitals_in_a_hint() {
        assert_eq!(
            as_remark("SQLite keeps two more files."),
            "SQLite keeps two more files"
        );
        assert_eq!(
            as_remark("KUBECONFIG names another."),
            "KUBECONFIG names another"
        );
    }
}
