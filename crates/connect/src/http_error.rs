//! What an HTTP client's error says.

/// The last error of a chain: the outer ones only say that a request failed, and to what URL.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
