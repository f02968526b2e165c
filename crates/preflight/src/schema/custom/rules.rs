//! The rules of a definition, `x-kubernetes-validations`, in Kubernetes' expression
//! language.
//!
//! A rule that cannot be evaluated here is not held: what it would say is not known.

use kube_cel::{CompiledSchema, ErrorKind, Validator, compile_schema};
use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::value::Unjudged;
use crate::manifest::Step;
use crate::schema::walk::{Walk, quoted};

/// The rules of a schema, and what they may cost.
#[derive(Debug)]
pub(super) struct Rules {
    /// None: they cannot be read.
    compiled: Option<CompiledSchema>,
    /// For each rule: in how many lists and mappings it goes through lists and
    /// mappings, one in another.
    levels: Vec<u32>,
}

/// The most steps that the rules may take for one object, by an estimate. The API
/// server has a budget as well.
const MOST_STEPS: u64 = 2_000_000;
/// The deepest nesting of brackets in a rule that is read.
const DEEPEST: usize = 40;
/// The longest rule that is read, in bytes.
const LONGEST: usize = 5_000;
/// What reading and evaluating is given of the stack, in bytes. The longest and deepest
/// rule needs less; only what is used of it is taken.
const STACK: usize = 256 * 1024 * 1024;

impl Rules {
    /// Reads the rules of a schema. None: it has none.
    pub(super) fn of(schema: &Value) -> Option<Self> {
        let mut levels = Vec::new();
        let mut is_beyond = false;
        measure(schema, 0, 0, &mut levels, &mut is_beyond);
        if levels.is_empty() {
            return None;
        }
        let compiled = if is_beyond {
            None
        } else {
            apart(|| compile_schema(schema))
        };
        Some(Self { compiled, levels })
    }

    /// Notes the rules that an object breaks. The object has its defaults.
    pub(super) fn hold(&self, walk: &mut Walk<'_>, unjudged: &mut Unjudged, object: &Value) {
        let longest = u64::try_from(longest(object)).unwrap_or(u64::MAX).max(2);
        let steps = |levels: &u32| longest.saturating_pow(*levels);
        let all = self.levels.iter().map(steps).fold(0, u64::saturating_add);
        let evaluated = self
            .compiled
            .as_ref()
            .filter(|_| all <= MOST_STEPS)
            .and_then(|rules| apart(|| Validator::new().validate_compiled(rules, object, None)));
        let Some(evaluated) = evaluated else {
            unjudged.push("its rules are too much to be evaluated here".to_owned());
            return;
        };
        let errors = evaluated.err().into_iter().flatten();
        for error in errors {
            if error.kind == ErrorKind::ValidationFailure {
                let root = walk.root();
                at(walk, root, &error.field_path, &mut |walk, node| {
                    let hint = format!("the rule of its definition is {}", error.rule.trim());
                    walk.error_with_hint("broken-rule", node, error.message.clone(), hint);
                });
            } else {
                unjudged.push(format!(
                    "the rule {} cannot be evaluated here",
                    quoted(error.rule.trim())
                ));
            }
        }
    }
}

/// Does something on a stack that is large enough for it. None: it did not end well.
fn apart<T: Send>(act: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let running = thread.spawn_scoped(scope, act).ok()?;
        running.join().ok()
    })
}

/// Goes to a path such as `spec.items[0].name`, as far as the manifest has it.
fn at<'a>(
    walk: &mut Walk<'a>,
    node: &'a Node,
    path: &str,
    act: &mut dyn FnMut(&mut Walk<'a>, &'a Node),
) {
    let rest = path.strip_prefix('.').unwrap_or(path);
    match &node.content {
        Content::Mapping(entries) => {
            let mut fitting: Vec<_> = entries
                .iter()
                .filter_map(|(name, value)| {
                    let rest = rest.strip_prefix(name.as_str())?;
                    let ends = rest.is_empty() || rest.starts_with(['.', '[']);
                    ends.then_some((name, value, rest))
                })
                .collect();
            // A name may have dots.
            fitting.sort_by_key(|(name, ..)| std::cmp::Reverse(name.len()));
            match fitting.first() {
                Some((name, value, rest)) => {
                    walk.within(Step::Field(name), |walk| at(walk, value, rest, act));
                }
                None => act(walk, node),
            }
        }
        Content::Sequence(items) => {
            let found = rest.strip_prefix('[').and_then(|rest| {
                let (position, rest) = rest.split_once(']')?;
                let position: usize = position.parse().ok()?;
                Some((position, items.get(position)?, rest))
            });
            match found {
                Some((position, item, rest)) => {
                    walk.within(Step::Item(position), |walk| at(walk, item, rest, act));
                }
                None => act(walk, node),
            }
        }
        Content::Scalar(_) => act(walk, node),
    }
}

/// How many items the longest list or mapping has.
fn longest(value: &Value) -> usize {
    match value {
        Value::Array(items) => items
            .iter()
            .map(longest)
            .fold(items.len(), std::cmp::Ord::max),
        Value::Object(fields) => fields
            .values()
            .map(longest)
            .fold(fields.len(), std::cmp::Ord::max),
        _ => 0,
    }
}

/// Notes for each rule of a schema how many loops are in another when it is evaluated.
fn measure(schema: &Value, lists: u32, depth: usize, levels: &mut Vec<u32>, beyond: &mut bool) {
    let Some(fields) = schema.as_object() else {
        return;
    };
    if depth > DEEPEST {
        *beyond = true;
        return;
    }
    let rules = fields.get("x-kubernetes-validations");
    for rule in rules.and_then(Value::as_array).into_iter().flatten() {
        for expression in ["rule", "messageExpression"] {
            let text = rule.get(expression).and_then(Value::as_str);
            let text = text.unwrap_or_default();
            let (loops, brackets) = nesting(text);
            // What is negated twice the evaluator takes for negated.
            let is_doubled = ["!!", "--"].iter().any(|twice| text.contains(twice));
            *beyond |= brackets > DEEPEST || text.len() > LONGEST || is_doubled;
            levels.push(lists + loops);
        }
    }
    let properties = fields.get("properties").and_then(Value::as_object);
    for inner in properties.into_iter().flat_map(serde_json::Map::values) {
        measure(inner, lists, depth + 1, levels, beyond);
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = fields.get(inner) {
            measure(inner, lists + 1, depth + 1, levels, beyond);
        }
    }
}

/// How many loops are in another in an expression, and how many brackets.
fn nesting(expression: &str) -> (u32, usize) {
    const LOOPS: [&str; 7] = [
        ".all",
        ".exists",
        ".exists_one",
        ".existsOne",
        ".map",
        ".filter",
        ".contains",
    ];
    let mut open = Vec::new();
    let (mut loops, mut brackets) = (0, 0);
    let mut quote = None;
    let mut escaped = false;
    for (position, letter) in expression.char_indices() {
        if let Some(end) = quote {
            if letter == end && !escaped {
                quote = None;
            }
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '"' | '\'' => quote = Some(letter),
            '(' | '[' | '{' => {
                let before = expression.get(..position).unwrap_or_default().trim_end();
                open.push(letter == '(' && LOOPS.iter().any(|name| before.ends_with(name)));
                brackets = brackets.max(open.len());
                let now = open.iter().filter(|is_loop| **is_loop).count();
                loops = loops.max(u32::try_from(now).unwrap_or(u32::MAX));
            }
            ')' | ']' | '}' => {
                open.pop();
            }
            _ => {}
        }
    }
    (loops, brackets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_in_loops_are_counted() {
        for (rule, is) in [
            ("self.min <= self.max", (0, 0)),
            ("self.all(x, x > 0)", (1, 1)),
            ("self.all(x, self.exists(y, y.b == x))", (2, 2)),
            ("self.all(x, x > 0) && self.map(x, x) == [1]", (1, 1)),
            (r#"self.a != ".all(.all(\"""#, (0, 0)),
        ] {
            assert_eq!(nesting(rule), is, "{rule}");
        }
    }

    /// What comes of a rule of an object `{a: 1, list: [1, 2]}`: broken, or not judged.
    fn of(rule: &str) -> (usize, usize) {
        let schema = serde_json::json!({
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "x-kubernetes-validations": [{"rule": rule}],
        });
        let text = "{apiVersion: example.com/v1, kind: A, metadata: {name: a}, a: 1, list: [1, 2]}";
        let read = crate::read::read("a.yaml", text.as_bytes(), true);
        let manifest = read.manifests.first().unwrap();
        let mut walk = Walk::new(crate::schema::Release::LATEST, manifest);
        let mut unjudged = Unjudged::new();
        let rules = Rules::of(&schema).unwrap();
        rules.hold(&mut walk, &mut unjudged, &manifest.value());
        (walk.findings.len(), unjudged.len())
    }

    #[test]
    fn what_cannot_be_evaluated_is_never_passed() {
        assert_eq!(of("self.a == 1"), (0, 0));
        assert_eq!(of("self.a == 2"), (1, 0));
        for rule in [
            "",
            "self.",
            "'",
            "1 +",
            "self.list[",
            "self.list[7] == 1",
            "self.b > 1",
            "1 / 0 == 1",
            "1 % 0 == 1",
            "9223372036854775807 + self.a > 0",
            "-9223372036854775807 - 2 < 0",
            "9223372036854775807 * 2 > 0",
            "99999999999999999999 > 0",
            "self.a",
            "self.nothing()",
            "unknown > 1",
            "self.list.all(x)",
            "duration('x') > duration('1h')",
            "timestamp('x') > timestamp('y')",
            "quantity('x').isGreaterThan(quantity('1'))",
            "'a'.matches('(')",
            "\u{0}",
        ] {
            assert_eq!(of(rule), (0, 1), "{rule:?}");
        }
        let deep = format!("{}self.a == 1{}", "(".repeat(5_000), ")".repeat(5_000));
        assert_eq!(of(&deep), (0, 1));
    }

    #[test]
    fn the_longest_and_deepest_that_is_read_fits_the_stack() {
        let fill = |part: &str| part.repeat((LONGEST - 10) / part.len());
        for rule in [
            format!("1{} > 1", fill("+1")),
            format!("true{}", fill("&&true")),
            format!("{}true{}", "(".repeat(DEEPEST), ")".repeat(DEEPEST)),
            format!(
                "{}true{}",
                "!(true && ".repeat(DEEPEST),
                ")".repeat(DEEPEST)
            ),
        ] {
            assert_eq!(of(&rule), (0, 0), "{rule}");
        }
        let chain = of(&format!("self{} == 1", fill(".a")));
        assert_ne!(chain, (0, 0));
        // The reader gives up in a panic, which stays with it.
        let choices = format!("{}true", fill("true?true:"));
        for beyond in ["!!true", "--1 == 1", &fill("1+1+"), &choices] {
            assert_eq!(of(beyond), (0, 1), "{beyond}");
        }
    }
}
