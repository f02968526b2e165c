//! Expressions in Kubernetes' expression language, as policies have them.
//!
//! Names of fields are not escaped in policies, unlike in the rules of definitions, so
//! values are handed over as they are.

use std::collections::HashMap;
use std::sync::Arc;

use kube_cel::KubeCelExt as _;
use kube_cel::cel::common::ast::{
    CallExpr, EntryExpr, Expr, IdedEntryExpr, IdedExpr, LiteralValue, SelectExpr, operators,
};
use kube_cel::cel::objects::{Key, Map};
use kube_cel::cel::parser::Parser;
use kube_cel::cel::{Context, ExecutionError, Value};
use serde_json::Value as Json;

/// The most steps that an expression may take, by an estimate.
const MOST_STEPS: u64 = 2_000_000;
/// The longest expression that is read, in bytes.
const LONGEST: usize = 16 * 1024;
/// The deepest nesting that is read.
const DEEPEST: u16 = 64;

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unvalued {
    /// It cannot be evaluated here.
    Here(String),
    /// It asks for a field that is not there.
    NoSuchKey(String),
}

/// An expression that can be evaluated.
#[derive(Debug)]
pub(super) struct Expression {
    parsed: IdedExpr,
    size: u64,
    loops: u32,
}

impl Expression {
    pub(super) fn read(text: &str) -> Result<Self, Unvalued> {
        let here = |why: &str| Err(Unvalued::Here(why.to_owned()));
        if text.len() > LONGEST {
            return here("an expression is too long to be evaluated here");
        }
        if text.contains("userInfo") {
            return here("it asks who makes the request, which is not known before");
        }
        let parser = Parser::new()
            .max_recursion_depth(DEEPEST)
            .enable_optional_syntax(true);
        let Ok(mut parsed) = parser.parse(text) else {
            return here("an expression cannot be read here");
        };
        if parsed.references().has_variable("authorizer") {
            return here("it asks for permissions (authorizer), which only the API server can");
        }
        let mut read = Self {
            size: 0,
            loops: 0,
            parsed: IdedExpr::default(),
        };
        read.measure(&mut parsed, 0);
        read.parsed = parsed;
        Ok(read)
    }

    /// Whether it names a variable.
    pub(super) fn names(&self, name: &str) -> bool {
        self.parsed.references().has_variable(name)
    }

    /// Counts what it takes, and writes every look into a field as one by an index.
    ///
    /// The evaluator takes `a.b` for false where `a` is no mapping, such as `oldObject`
    /// of what is new, and `a.?b` for a failure where there is no `b`. By an index the
    /// first fails and the second is none, as in the API server.
    fn measure(&mut self, expression: &mut IdedExpr, loops: u32) {
        self.size += 1;
        self.loops = self.loops.max(loops);
        match &mut expression.expr {
            Expr::Call(call) => {
                if call.func_name == operators::OPT_SELECT {
                    operators::OPT_INDEX.clone_into(&mut call.func_name);
                }
                let target = call.target.iter_mut().map(|target| &mut **target);
                for part in target.chain(&mut call.args) {
                    self.measure(part, loops);
                }
            }
            Expr::Comprehension(each) => {
                self.measure(&mut each.iter_range, loops);
                self.measure(&mut each.accu_init, loops);
                self.measure(&mut each.loop_cond, loops + 1);
                self.measure(&mut each.loop_step, loops + 1);
                self.measure(&mut each.result, loops);
            }
            Expr::List(list) => {
                for element in &mut list.elements {
                    self.measure(element, loops);
                }
            }
            Expr::Map(map) => self.measure_entries(&mut map.entries, loops),
            Expr::Struct(one) => self.measure_entries(&mut one.entries, loops),
            Expr::Select(select) => {
                self.measure(&mut select.operand, loops);
                expression.expr = indexed(std::mem::take(select), expression.id);
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn measure_entries(&mut self, entries: &mut [IdedEntryExpr], loops: u32) {
        for entry in entries {
            match &mut entry.expr {
                EntryExpr::StructField(field) => self.measure(&mut field.value, loops),
                EntryExpr::MapEntry(entry) => {
                    self.measure(&mut entry.key, loops);
                    self.measure(&mut entry.value, loops);
                }
            }
        }
    }
}

/// `a.b` as `a['b']`, and `has(a.b)` as `a[?'b'].hasValue()`.
fn indexed(select: SelectExpr, id: u64) -> Expr {
    let field = LiteralValue::String(select.field.as_str().into());
    let field = IdedExpr {
        id,
        expr: Expr::Literal(field),
    };
    let operator = if select.test {
        operators::OPT_INDEX
    } else {
        operators::INDEX
    };
    let looked_up = Expr::Call(CallExpr {
        func_name: operator.to_owned(),
        target: None,
        args: vec![*select.operand, field],
    });
    if !select.test {
        return looked_up;
    }
    Expr::Call(CallExpr {
        func_name: "hasValue".to_owned(),
        target: Some(Box::new(IdedExpr {
            id,
            expr: looked_up,
        })),
        args: Vec::new(),
    })
}

/// What expressions may name.
#[derive(Debug)]
pub(super) struct Scope {
    values: Vec<(&'static str, Value)>,
    variables: HashMap<String, Result<Value, Unvalued>>,
    longest: u64,
}

impl Scope {
    /// Without variables yet.
    pub(super) fn of(values: impl IntoIterator<Item = (&'static str, Json)>) -> Self {
        let mut scope = Self {
            values: Vec::new(),
            variables: HashMap::new(),
            longest: 2,
        };
        for (name, value) in values {
            scope.longest = scope.longest.max(longest(&value));
            scope.values.push((name, value_of(&value)));
        }
        scope
    }

    /// Adds a variable, which may name those before it.
    pub(super) fn add(&mut self, name: &str, text: &str) {
        let value = Expression::read(text).and_then(|one| self.evaluate(&one));
        self.variables.insert(name.to_owned(), value);
    }

    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Value, Unvalued> {
        let here = |why: String| Err(Unvalued::Here(why));
        let steps = self
            .longest
            .saturating_pow(expression.loops)
            .saturating_mul(expression.size);
        if steps > MOST_STEPS {
            return here("an expression is too much to be evaluated here".to_owned());
        }
        for name in self.unnamed() {
            if expression.names(name) {
                return here(format!("{name} is not known"));
            }
        }
        let mut context = Context::default();
        context.register_all();
        let known = self.variables.iter().filter_map(|(name, value)| {
            let value = value.as_ref().ok()?;
            Some((Key::String(Arc::new(name.clone())), value.clone()))
        });
        let variables = Value::Map(Map {
            map: Arc::new(known.collect()),
        });
        let all = self.values.iter().map(|(name, value)| (*name, value));
        for (name, value) in all.chain([("variables", &variables)]) {
            if context.add_variable(name, value.clone()).is_err() {
                return here("a value cannot be handed on here".to_owned());
            }
        }
        match Value::resolve(&expression.parsed, &context) {
            Ok(value) => Ok(value),
            Err(ExecutionError::NoSuchKey(name)) => match self.variables.get(name.as_str()) {
                Some(Err(why)) => Err(why.clone()),
                _ => Err(Unvalued::NoSuchKey(name.to_string())),
            },
            Err(ExecutionError::UndeclaredReference(name)) => {
                here(format!("{name} cannot be evaluated here"))
            }
            Err(_) => here("an expression cannot be evaluated here".to_owned()),
        }
    }

    /// Names of policies that have no value here.
    fn unnamed(&self) -> Vec<&'static str> {
        const ALL: [&str; 5] = [
            "object",
            "oldObject",
            "request",
            "params",
            "namespaceObject",
        ];
        let is_there = |name: &&str| self.values.iter().any(|(one, _)| one == name);
        ALL.into_iter().filter(|name| !is_there(name)).collect()
    }
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(is) => Value::Bool(*is),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number),
            (None, Some(number)) => Value::UInt(number),
            (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(value_of).collect())),
        // What is null is not there, once the API server has read it.
        Json::Object(fields) => {
            let there = fields.iter().filter(|(_, value)| !value.is_null());
            let of = |(name, value): (&String, &Json)| {
                (Key::String(Arc::new(name.clone())), value_of(value))
            };
            Value::Map(Map {
                map: Arc::new(there.map(of).collect()),
            })
        }
    }
}

/// How many items the longest list or mapping has.
fn longest(value: &Json) -> u64 {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    match value {
        Json::Array(items) => items.iter().map(longest).fold(count(items.len()), u64::max),
        Json::Object(fields) => fields
            .values()
            .map(longest)
            .fold(count(fields.len()), u64::max),
        _ => 0,
    }
}
