//! Findings as SARIF 2.1.0, which forges show beside the lines of a change
//! (OASIS, Static Analysis Results Interchange Format).

use std::fmt::Write as _;

use serde_json::{Value, json};

/// One run of this program.
pub(crate) fn log(rules: &[Value], results: &[Value]) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "tidegate",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A line of a file, and the column in it where one is known.
pub(crate) fn line(file: &str, line: usize, column: Option<usize>) -> Value {
    let mut region = json!({ "startLine": line });
    if let Some(column) = column {
        region["startColumn"] = column.into();
    }
    json!({
        "artifactLocation": { "uri": relative_uri(file) },
        "region": region,
    })
}

/// A path as a relative reference (RFC 3986, sections 2.3 and 3.3). What is not
/// plainly allowed is escaped, so that no colon makes a scheme.
fn relative_uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_relative_uri() {
        for (path, uri) in [
            ("argocd/project.yaml", "argocd/project.yaml"),
            ("a b/c:d#e?.yaml", "a%20b/c%3Ad%23e%3F.yaml"),
            ("dépôt.yaml", "d%C3%A9p%C3%B4t.yaml"),
        ] {
            assert_eq!(relative_uri(path), uri);
        }
    }
}
