//! What one Service is charged.
//!
//! After `pkg/quota/v1/evaluator/core/services.go` of Kubernetes.

use serde_json::Value;

use super::amounts::Amounts;
use super::quantity::Quantity;

/// What quotas count of a Service.
pub(crate) fn usage(service: &Value) -> Amounts {
    let mut usage = Amounts::default();
    usage.set("services", Quantity::ONE);
    usage.set("count/services", Quantity::ONE);
    let spec = service.get("spec");
    let field = |name| spec.and_then(|spec| spec.get(name));
    let ports = field("ports").and_then(Value::as_array);
    let ports = || ports.into_iter().flatten();
    let all = counted(ports().count());
    let written = |port: &&Value| port.get("nodePort").and_then(Value::as_i64).unwrap_or(0) != 0;
    match field("type").and_then(Value::as_str) {
        Some("NodePort") => usage.set("services.nodeports", all),
        Some("LoadBalancer") => {
            usage.set("services.loadbalancers", Quantity::ONE);
            let allocates = field("allocateLoadBalancerNodePorts").and_then(Value::as_bool);
            let ports = if allocates == Some(false) {
                counted(ports().filter(written).count())
            } else {
                all
            };
            usage.set("services.nodeports", ports);
        }
        _ => {}
    }
    usage
}

fn counted(count: usize) -> Quantity {
    Quantity::whole(i64::try_from(count).unwrap_or(i64::MAX))
}
