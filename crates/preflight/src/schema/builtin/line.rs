//! The form in which the schemas are kept: lines, which need no parser to speak of.
//!
//! ```text
//! R 1.36 v1.36.3                          a release: the first has bit 1, the next bit 2
//! K 1f apps v1 Deployment N io.k8s.api…   a kind: releases, group, version, kind, scope, definition
//! D 1f io.k8s.api.core.v1.Container       a definition: releases, name; its fields follow
//! *name s                                 a field that is required, and its type
//! ports [k:containerPort,protocol;@io…    a list, a map by these keys, of what a definition says
//! ```
//!
//! Types: `s` text, `i` and `l` whole numbers of 32 and 64 bits, `f` number, `b`
//! boolean, `y` Base64, `t` and `m` times, `q` quantity, `o` number or text, `a`
//! anything, `[` list of, `[=` set of, `{` map to, `@` as a definition says, `p@`
//! that or a boolean.

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Release,
    Kind(Kind<'a>),
    Definition { releases: u32, name: &'a str },
    Field(Field<'a>),
}

/// A kind of which objects can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind<'a> {
    pub(super) releases: u32,
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
    pub(crate) name: &'a str,
    pub(crate) is_namespaced: bool,
    pub(super) definition: &'a str,
}

/// A field of a definition.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) is_required: bool,
    pub(super) code: &'a str,
}

/// Reads a line. None: it is none of ours.
pub(super) fn read(line: &str) -> Option<Line<'_>> {
    let mut words = line.split(' ');
    let first = words.next()?;
    let read = match first {
        "R" => Line::Release,
        "K" => Line::Kind(Kind {
            releases: u32::from_str_radix(words.next()?, 16).ok()?,
            group: words
                .next()
                .map(|group| if group == "-" { "" } else { group })?,
            version: words.next()?,
            name: words.next()?,
            is_namespaced: words.next()? == "N",
            definition: words.next()?,
        }),
        "D" => Line::Definition {
            releases: u32::from_str_radix(words.next()?, 16).ok()?,
            name: words.next()?,
        },
        _ => Line::Field(Field {
            name: first.strip_prefix('*').unwrap_or(first),
            is_required: first.starts_with('*'),
            code: words.next()?,
        }),
    };
    Some(read)
}
