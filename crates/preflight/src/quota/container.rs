//! What one container asks for.

use serde_json::Value;

use super::amounts::Amounts;

/// What is asked for, and what it is held to.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Needs {
    pub(crate) requests: Amounts,
    pub(crate) limits: Amounts,
}

impl Needs {
    /// Reads `resources` as it is written.
    pub(crate) fn read(resources: Option<&Value>) -> Self {
        let part = |name| Amounts::read(resources.and_then(|all| all.get(name)));
        Self {
            requests: part("requests"),
            limits: part("limits"),
        }
    }
}

/// When a container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runs {
    /// With the others.
    Along,
    /// Before them, until it is done.
    First,
    /// From before them on, as long as they do.
    Beside,
}

/// One container of a pod.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) runs: Runs,
    pub(crate) needs: Needs,
}

/// The containers of a pod, those that run first at the end. As the API server
/// takes a pod, a limit is a request as well where there is none.
pub(crate) fn containers(spec: &Value) -> Vec<Container> {
    let list = |name| {
        let items = spec.get(name).and_then(Value::as_array);
        items.into_iter().flatten()
    };
    let along = list("containers").map(|one| (one, Runs::Along));
    let before = list("initContainers").map(|one| {
        let policy = one.get("restartPolicy").and_then(Value::as_str);
        match policy {
            Some("Always") => (one, Runs::Beside),
            _ => (one, Runs::First),
        }
    });
    let read = |(one, runs): (&Value, Runs)| {
        let mut needs = Needs::read(one.get("resources"));
        for (name, amount) in needs.limits.iter() {
            needs.requests.set_if_missing(name, amount);
        }
        let name = one.get("name").and_then(Value::as_str).unwrap_or("");
        Container {
            name: name.to_owned(),
            runs,
            needs,
        }
    };
    along.chain(before).map(read).collect()
}

/// What containers need together: those that run along and beside the whole time,
/// and at least what each that runs first needs beside those that began before it.
pub(crate) fn together(containers: &[Container], part: fn(&Needs) -> &Amounts) -> Amounts {
    let mut sum = Amounts::default();
    let mut beside = Amounts::default();
    let mut most = Amounts::default();
    for container in containers {
        let own = part(&container.needs);
        match container.runs {
            Runs::Along => sum.add_all(own),
            Runs::Beside => {
                sum.add_all(own);
                beside.add_all(own);
                most.raise_to(&beside);
            }
            Runs::First => {
                let mut with = own.clone();
                with.add_all(&beside);
                most.raise_to(&with);
            }
        }
    }
    sum.raise_to(&most);
    sum
}
