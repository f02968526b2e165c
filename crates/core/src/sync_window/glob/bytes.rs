//! Characters of bytes that may be cut in the middle of one.

/// The first character and how many bytes it takes. Bytes that are none count
/// as one replacement character each; nothing is one that takes no byte.
pub(super) fn character(bytes: &[u8]) -> (char, usize) {
    const NONE: char = char::REPLACEMENT_CHARACTER;
    let Some(first) = bytes.first() else {
        return (NONE, 0);
    };
    let width = match first {
        0..0x80 => return (char::from(*first), 1),
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
        0x80..0xC0 => return (NONE, 1),
    };
    let whole = bytes
        .get(..width)
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    let character = whole.and_then(|text| text.chars().next());
    character.map_or((NONE, 1), |character| (character, width))
}

/// The characters and where each begins.
pub(super) fn characters(bytes: &[u8]) -> impl Iterator<Item = (usize, char)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let (character, width) = character(rest);
        let start = at;
        at += width;
        Some((start, character))
    })
}

/// How many characters there are.
pub(super) fn count(bytes: &[u8]) -> usize {
    characters(bytes).count()
}

/// How many bytes a character takes when it is written.
pub(super) fn width(character: char) -> usize {
    character.len_utf8()
}

/// Where a part is found first.
pub(super) fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    bytes.windows(part.len()).position(|window| window == part)
}

/// Where a part is found last.
pub(super) fn find_last(bytes: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return None;
    }
    bytes.windows(part.len()).rposition(|window| window == part)
}
