//! Labels, and what chooses by them.

use serde_json::Value;

/// What can be said of whether something is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    /// It is not known, and why.
    Unknown(String),
}

impl Match {
    pub(super) const fn of(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }

    /// Both. What is surely not is not, whatever else is unknown.
    pub(super) fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            Self::Unknown(why) => match other() {
                Self::No => Self::No,
                Self::Yes | Self::Unknown(_) => Self::Unknown(why),
            },
        }
    }
}

/// The label that every namespace has, with its name.
pub(super) const NAME: &str = "kubernetes.io/metadata.name";

/// A label: `None` if it is not known whether there is one.
pub(super) type Label<'a> = Option<Option<&'a str>>;

/// The label of this name of an object.
pub(super) fn label<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    let labels = object.pointer("/metadata/labels")?;
    labels.get(name).and_then(Value::as_str)
}

/// Whether a selector chooses what has these labels. An empty one chooses all.
pub(super) fn chooses<'a>(
    selector: Option<&Value>,
    label: impl Fn(&str) -> Label<'a>,
    unknown: impl Fn() -> String,
) -> Match {
    let part = |name| selector.and_then(|selector| selector.get(name));
    let mut result = Match::Yes;
    let mut also = |holds: Option<bool>| {
        let now = holds.map_or_else(|| Match::Unknown(unknown()), Match::of);
        result = std::mem::replace(&mut result, Match::Yes).and(|| now);
    };
    for (name, value) in part("matchLabels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        also(label(name).map(|is| is.is_some() && is == value.as_str()));
    }
    for expression in part("matchExpressions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let text = |name| expression.get(name).and_then(Value::as_str).unwrap_or("");
        let values = expression.get("values").and_then(Value::as_array);
        let has = |is: &str| {
            let mut values = values.into_iter().flatten();
            values.any(|value| value.as_str() == Some(is))
        };
        let is = label(text("key"));
        also(match text("operator") {
            "In" => is.map(|is| is.is_some_and(has)),
            "NotIn" => is.map(|is| !is.is_some_and(has)),
            "Exists" => is.map(|is| is.is_some()),
            "DoesNotExist" => is.map(|is| is.is_none()),
            _ => None,
        });
    }
    result
}
