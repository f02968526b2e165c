//! Errors with what caused them.

use std::error::Error;

/// The error and all its causes in one line, as people need it. No error of
/// Tidegate repeats its source.
pub fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
