//! How objects are counted: `count/deployments.apps`.

use tidegate_core::rollout::object::ObjectKey;

use super::amounts::Amounts;
use super::quantity::Quantity;

/// What quotas count of an object just because it is there.
pub(crate) fn usage(key: &ObjectKey) -> Amounts {
    let plural = plural(&key.kind);
    let mut usage = Amounts::default();
    if key.group.is_empty() {
        let has_name = matches!(
            plural.as_str(),
            "configmaps" | "resourcequotas" | "replicationcontrollers" | "secrets"
        );
        if has_name {
            usage.set(plural.clone(), Quantity::ONE);
        }
        usage.set(format!("count/{plural}"), Quantity::ONE);
    } else {
        usage.set(format!("count/{plural}.{}", key.group), Quantity::ONE);
    }
    usage
}

/// The name of a kind's resource, as Kubernetes' own kinds and most others have it.
fn plural(kind: &str) -> String {
    let kind = kind.to_lowercase();
    if kind == "endpoints" {
        return kind;
    }
    match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if kind.ends_with(['s', 'x']) || kind.ends_with("ch") => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}
