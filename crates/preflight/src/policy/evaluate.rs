//! What a policy says to a request
//! (`apiserver/pkg/admission/plugin/policy/validating/validator.go`).

use kube_cel::cel::Value as Valued;
use serde_json::Value;

use super::expression::{Expression, Scope, Unvalued};
use super::known::Known;
use super::request::Request;

/// The longest message that an expression may make, in bytes.
const LONGEST: usize = 5 * 1024;
/// What only the system writes, and so no manifest has.
const OF_SYSTEM: [&str; 8] = [
    "status",
    "uid",
    "generation",
    "creationTimestamp",
    "resourceVersion",
    "managedFields",
    "options",
    "selfLink",
];

/// What came of an evaluation.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    /// What it does not allow, in its words.
    pub(super) denials: Vec<Denial>,
    /// Why it could not be evaluated.
    pub(super) unjudged: Vec<String>,
}

/// Something that a policy does not allow.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Denial {
    pub(super) message: String,
    /// The expression that is not true.
    pub(super) expression: Option<String>,
}

/// An evaluation of one policy for one request with one set of parameters.
pub(super) struct Evaluation<'a> {
    pub(super) policy: &'a Value,
    pub(super) request: &'a Request<'a>,
    pub(super) params: Option<&'a Value>,
    pub(super) known: &'a Known<'a>,
}

/// What an expression that has to be true says.
enum Truth {
    True,
    False,
    /// It fails in the API server too, in these words.
    Fails(String),
    Unknown(String),
}

/// Whether a policy lets what it cannot evaluate pass.
pub(super) fn is_ignoring(policy: &Value) -> bool {
    let policy = policy.pointer("/spec/failurePolicy");
    policy.and_then(Value::as_str) == Some("Ignore")
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn items<'a>(policy: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    let all = policy.pointer(pointer).and_then(Value::as_array);
    all.into_iter().flatten()
}

impl Evaluation<'_> {
    pub(super) fn decide(&self) -> Decisions {
        let mut decisions = Decisions::default();
        let scope = self.scope();
        if !self.meets_conditions(&scope, &mut decisions) {
            return decisions;
        }
        for validation in items(self.policy, "/spec/validations") {
            let expression = text(validation, "expression").unwrap_or_default();
            match self.truth(&scope, expression) {
                Truth::True => {}
                Truth::Unknown(why) => decisions.unjudged.push(why),
                Truth::False => decisions.denials.push(Denial {
                    message: message(validation, &scope, expression.trim()),
                    expression: Some(expression.trim().to_owned()),
                }),
                Truth::Fails(message) => self.fail(&mut decisions, message),
            }
        }
        for annotation in items(self.policy, "/spec/auditAnnotations") {
            let expression = text(annotation, "valueExpression").unwrap_or_default();
            let value = Expression::read(expression).and_then(|one| scope.evaluate(&one));
            if value.is_err() && !is_ignoring(self.policy) {
                let why = "what it writes down (auditAnnotations) cannot be evaluated here";
                decisions.unjudged.push(why.to_owned());
            }
        }
        decisions
    }

    fn fail(&self, decisions: &mut Decisions, message: String) {
        if !is_ignoring(self.policy) {
            decisions.denials.push(Denial {
                message,
                expression: None,
            });
        }
    }

    /// Whether all conditions are met. One that is not settles it, whatever the others
    /// are.
    fn meets_conditions(&self, scope: &Scope, decisions: &mut Decisions) -> bool {
        let (mut failures, mut unknown) = (Vec::new(), Vec::new());
        for condition in items(self.policy, "/spec/matchConditions") {
            match self.truth(scope, text(condition, "expression").unwrap_or_default()) {
                Truth::True => {}
                Truth::False => return false,
                Truth::Fails(message) => failures.push(message),
                Truth::Unknown(why) => unknown.push(why),
            }
        }
        let is_met = failures.is_empty() && unknown.is_empty();
        if unknown.is_empty() && !failures.is_empty() {
            let message = match failures.as_slice() {
                [only] => only.clone(),
                all => format!("[{}]", all.join(", ")),
            };
            self.fail(decisions, message);
        }
        decisions.unjudged.extend(unknown);
        is_met
    }

    fn scope(&self) -> Scope {
        let request = self.request;
        let mut values = vec![
            ("object", request.object.clone()),
            ("oldObject", request.old.clone().unwrap_or(Value::Null)),
            ("request", request.value()),
        ];
        let takes_params = self.policy.pointer("/spec/paramKind").is_some();
        if takes_params {
            values.push(("params", self.params.cloned().unwrap_or(Value::Null)));
        }
        if request.namespace.is_empty() || request.key.is("", "Namespace") {
            values.push(("namespaceObject", Value::Null));
        } else if let Some(namespace) = self.known.namespace(&request.namespace) {
            values.push(("namespaceObject", self.filled(namespace)));
        }
        let mut scope = Scope::of(values);
        for variable in items(self.policy, "/spec/variables") {
            if let (Some(name), Some(expression)) =
                (text(variable, "name"), text(variable, "expression"))
            {
                scope.add(name, expression);
            }
        }
        scope
    }

    fn filled(&self, namespace: &Value) -> Value {
        let mut namespace = namespace.clone();
        let key = tidegate_core::rollout::object::ObjectKey {
            group: String::new(),
            version: "v1".to_owned(),
            kind: "Namespace".to_owned(),
            namespace: None,
            name: self.request.namespace.clone(),
        };
        super::filled::fill(&key, &mut namespace);
        namespace
    }

    /// Whether a field that is not in the manifest is not there for the API server
    /// either.
    fn is_nowhere(&self, name: &str) -> bool {
        let is_given = OF_SYSTEM.contains(&name) || !self.request.is_whole;
        !is_given || matches!(name, "labels" | "annotations")
    }

    fn truth(&self, scope: &Scope, expression: &str) -> Truth {
        let value = Expression::read(expression).and_then(|one| scope.evaluate(&one));
        match value {
            Ok(Valued::Bool(true)) => Truth::True,
            Ok(Valued::Bool(false)) => Truth::False,
            Ok(_) => Truth::Unknown("an expression is neither true nor false".to_owned()),
            Err(Unvalued::Here(why)) => Truth::Unknown(why),
            Err(Unvalued::NoSuchKey(name)) => {
                if self.is_nowhere(&name) {
                    let expression = expression.trim();
                    Truth::Fails(format!(
                        "expression '{expression}' resulted in error: no such key: {name}"
                    ))
                } else {
                    let kind = &self.request.key.kind;
                    Truth::Unknown(format!(
                        "it asks for {name}, which the manifest of the {kind} does not have"
                    ))
                }
            }
        }
    }
}

/// What a person is told.
fn message(validation: &Value, scope: &Scope, expression: &str) -> String {
    let made = text(validation, "messageExpression").and_then(|text| {
        let made = Expression::read(text).and_then(|one| scope.evaluate(&one));
        match made {
            Ok(Valued::String(made)) => Some(made.trim().to_owned()),
            _ => None,
        }
    });
    let is_fit = |made: &String| made.len() <= LONGEST && !made.contains('\n');
    let made = made.filter(is_fit);
    let written = text(validation, "message").map(|text| text.trim().to_owned());
    let told = [made, written].into_iter().flatten();
    let mut told = told.filter(|text| !text.is_empty());
    told.next()
        .unwrap_or_else(|| format!("failed expression: {expression}"))
}
