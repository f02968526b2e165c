//! "Did you mean": the word that somebody probably wanted.

/// The nearest of some words, if one is near enough to be meant. The case of
/// letters counts little: Kubernetes' names are in camel case, and people's are not.
pub(crate) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    // Half of a short word is another word.
    let most = match length {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    let wanted = word.to_lowercase();
    words
        .into_iter()
        .filter(|other| other.len().abs_diff(word.len()) <= most)
        .filter_map(|other| {
            let steps = distance(&wanted, &other.to_lowercase());
            (steps <= most && steps * 2 <= length.max(2)).then_some((steps, other))
        })
        .min()
        .map(|(_, other)| other)
}

/// How many letters have to be put in, taken out, replaced or swapped with their
/// neighbour (Damerau's distance, each place touched once).
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let at = |line: &[usize], position: usize| line.get(position).copied().unwrap_or(0);
            let mut steps = (at(&last, column + 1) + 1)
                .min(at(&current, column) + 1)
                .min(at(&last, column) + usize::from(letter != against));
            let swapped = row > 0
                && column > 0
                && one.get(row - 1) == Some(against)
                && other.get(column - 1) == Some(letter);
            if swapped {
                steps = steps.min(at(&before_last, column - 1) + 1);
            }
            current.push(steps);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_keyboard_are_seen_through() {
        let fields = [
            "containers",
            "image",
            "imagePullPolicy",
            "ports",
            "env",
            "replicas",
        ];
        for (word, meant) in [
            ("container", Some("containers")),
            ("imgae", Some("image")),
            ("Image", Some("image")),
            ("imagepullpolicy", Some("imagePullPolicy")),
            ("port", Some("ports")),
            ("replica", Some("replicas")),
            ("volumes", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, fields), meant, "{word}");
        }
    }
}
