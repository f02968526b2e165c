//! Amounts of several resources.

use std::collections::BTreeMap;

use serde_json::Value;

use super::quantity::Quantity;

/// How much of each resource. One that is here with nothing of it was named all the
/// same; one that is not here was not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Amounts(BTreeMap<String, Quantity>);

impl Amounts {
    /// Reads a mapping of names to quantities. What is no quantity is left out: the
    /// check of schemas finds that.
    pub fn read(value: Option<&Value>) -> Self {
        let fields = value.and_then(Value::as_object).into_iter().flatten();
        fields
            .filter_map(|(name, value)| Some((name.clone(), quantity(value)?)))
            .collect()
    }

    /// How much of one; nothing if it is not named.
    pub fn of(&self, name: &str) -> Quantity {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// How much of one, if it is named.
    pub fn get(&self, name: &str) -> Option<Quantity> {
        self.0.get(name).copied()
    }

    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All that are named, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Quantity)> {
        self.0.iter().map(|(name, amount)| (name.as_str(), *amount))
    }

    /// Sets one.
    pub(crate) fn set(&mut self, name: impl Into<String>, amount: Quantity) {
        self.0.insert(name.into(), amount);
    }

    /// Sets one if it is not named.
    pub(crate) fn set_if_missing(&mut self, name: &str, amount: Quantity) {
        if !self.0.contains_key(name) {
            self.set(name, amount);
        }
    }

    /// Adds to one.
    pub(crate) fn add(&mut self, name: &str, amount: Quantity) {
        let sum = self.of(name).plus(amount);
        self.set(name, sum);
    }

    /// Adds all of another.
    pub(crate) fn add_all(&mut self, other: &Self) {
        for (name, amount) in other.iter() {
            self.add(name, amount);
        }
    }

    /// Raises each to that of another.
    pub(crate) fn raise_to(&mut self, other: &Self) {
        for (name, amount) in other.iter() {
            if self.get(name).is_none_or(|own| own < amount) {
                self.set(name, amount);
            }
        }
    }
}

impl FromIterator<(String, Quantity)> for Amounts {
    fn from_iter<T: IntoIterator<Item = (String, Quantity)>>(all: T) -> Self {
        Self(all.into_iter().collect())
    }
}

/// A quantity as a text or a number.
pub(crate) fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::read(text).ok(),
        Value::Number(number) => Quantity::read(&number.to_string()).ok(),
        _ => None,
    }
}
