//! What the API server refuses and is not found, with the reason.

/// The class of the change, a part of what it is done to, and why it is not found.
const KNOWN: &[(&str, &str, &str)] = &[];

/// Whether it is listed.
pub fn is_known(class: &str, of: &str) -> bool {
    KNOWN
        .iter()
        .any(|(known, part, _)| *known == class && of.contains(part))
}
