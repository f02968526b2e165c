//! Which names belong to one person.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A person, whatever names they act under: their main e-mail address in lower
/// case, or the user name that stands first in the policy's mapping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Person(String);

impl fmt::Display for Person {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The policy's mapping of names to people.
///
/// A name without a mapping that looks like an e-mail address stands for itself;
/// any other name is nobody's, and what nobody says does not count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct People {
    names: BTreeMap<String, Person>,
}

impl People {
    /// Takes one list of names for each person, user names and e-mail addresses
    /// alike. A name that stands in two lists makes one person of both.
    pub fn new<'a>(lists: impl IntoIterator<Item = &'a [String]>) -> Self {
        let mut names: BTreeMap<String, Person> = BTreeMap::new();
        for list in lists {
            let keys: Vec<String> = list.iter().filter_map(|name| fold(name)).collect();
            let Some(first) = keys.first() else { continue };
            let known: Vec<Person> = keys
                .iter()
                .filter_map(|key| names.get(key).cloned())
                .collect();
            let person = known
                .first()
                .cloned()
                .unwrap_or_else(|| Person(first.clone()));
            for other in names.values_mut().filter(|other| known.contains(other)) {
                *other = person.clone();
            }
            for key in keys {
                names.insert(key, person.clone());
            }
        }
        Self { names }
    }

    /// The person behind a user name or an e-mail address. None: it is empty,
    /// or nothing says whose it is.
    pub fn person(&self, name: &str) -> Option<Person> {
        let key = fold(name)?;
        if let Some(person) = self.names.get(&key) {
            return Some(person.clone());
        }
        let (local, domain) = key.split_once('@')?;
        (!local.is_empty() && !domain.is_empty()).then(|| Person(key.clone()))
    }
}

/// Addresses are compared in lower case: no mail system in use tells two people
/// apart by the case of their address (RFC 5321 section 2.4 advises against it).
fn fold(name: &str) -> Option<String> {
    let trimmed = name.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(lists: &[&[&str]]) -> People {
        let lists: Vec<Vec<String>> = lists
            .iter()
            .map(|l| l.iter().map(|n| (*n).to_owned()).collect())
            .collect();
        People::new(lists.iter().map(Vec::as_slice))
    }

    #[test]
    fn an_address_stands_for_itself_in_any_case() {
        let people = People::default();
        assert_eq!(
            people.person("Dana@Example.com"),
            people.person("dana@example.com ")
        );
        assert!(people.person("dana@example.com").is_some());
    }

    #[test]
    fn a_bare_name_is_nobody_until_the_policy_says_whose_it_is() {
        assert_eq!(People::default().person("dana"), None);
        assert_eq!(People::default().person(" "), None);
        assert_eq!(People::default().person("@example.com"), None);
        let mapped = people(&[&["dana", "dana@example.com"]]);
        assert_eq!(mapped.person("dana"), mapped.person("dana@example.com"));
        assert!(mapped.person("dana").is_some());
    }

    #[test]
    fn lists_that_share_a_name_are_one_person_in_any_order() {
        let mapped = people(&[
            &["a", "a@x.org"],
            &["b", "b@x.org"],
            &["b@x.org", "a@x.org"],
        ]);
        assert_eq!(mapped.person("a"), mapped.person("b"));
        assert_eq!(mapped.person("a@x.org"), mapped.person("b@x.org"));
    }
}
