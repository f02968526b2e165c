//! In which order objects are applied, and deleted.

use std::cmp::Ordering;

use super::object::ObjectKey;

/// Compares objects so that what others need comes first: namespaces and
/// definitions, then who may do what, then configuration and storage, then
/// workloads, then what points at workloads. Equal ranks are sorted by key, so
/// that the order is the same every time.
pub fn compare_for_apply(a: &ObjectKey, b: &ObjectKey) -> Ordering {
    rank(a).cmp(&rank(b)).then_with(|| a.cmp(b))
}

/// The reverse: what needs others is deleted before what it needs.
pub fn compare_for_delete(a: &ObjectKey, b: &ObjectKey) -> Ordering {
    compare_for_apply(b, a)
}

fn rank(key: &ObjectKey) -> u8 {
    if !key.is_built_in() {
        // A custom resource may need anything but what intercepts requests.
        return 15;
    }
    match key.kind.as_str() {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        "PriorityClass" | "RuntimeClass" | "StorageClass" | "IngressClass" | "CSIDriver" => 2,
        // Limits bind only what is created after them.
        "ResourceQuota" | "LimitRange" | "NetworkPolicy" => 3,
        "ServiceAccount" => 4,
        "ClusterRole" | "Role" => 5,
        "ClusterRoleBinding" | "RoleBinding" => 6,
        "ConfigMap" | "Secret" => 7,
        "PersistentVolume" => 8,
        "PersistentVolumeClaim" => 9,
        // Pods get a Service's address in their environment only when it is older.
        "Service" => 10,
        "PodDisruptionBudget" => 11,
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "ReplicationController"
        | "Pod"
        | "Job"
        | "CronJob" => 12,
        "HorizontalPodAutoscaler" => 13,
        // These send requests to workloads, which must be there to answer.
        "APIService" => 16,
        "MutatingWebhookConfiguration"
        | "ValidatingWebhookConfiguration"
        | "MutatingAdmissionPolicy"
        | "MutatingAdmissionPolicyBinding"
        | "ValidatingAdmissionPolicy"
        | "ValidatingAdmissionPolicyBinding" => 17,
        _ => 14,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(group: &str, kind: &str) -> ObjectKey {
        ObjectKey {
            group: group.to_owned(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: None,
            name: "a".to_owned(),
        }
    }

    #[test]
    fn what_others_need_is_applied_first_and_deleted_last() {
        let wanted = [
            key("", "Namespace"),
            key("apiextensions.k8s.io", "CustomResourceDefinition"),
            key("", "ServiceAccount"),
            key("rbac.authorization.k8s.io", "Role"),
            key("rbac.authorization.k8s.io", "RoleBinding"),
            key("", "ConfigMap"),
            key("", "Secret"),
            key("", "PersistentVolumeClaim"),
            key("", "Service"),
            key("apps", "Deployment"),
            key("autoscaling", "HorizontalPodAutoscaler"),
            key("networking.k8s.io", "Ingress"),
            key("cert-manager.io", "Certificate"),
            key(
                "admissionregistration.k8s.io",
                "ValidatingWebhookConfiguration",
            ),
        ];
        let mut keys = wanted.to_vec();
        keys.sort();
        keys.sort_by(compare_for_apply);
        assert_eq!(keys, wanted);

        keys.sort_by(compare_for_delete);
        keys.reverse();
        assert_eq!(keys, wanted);
    }

    #[test]
    fn a_custom_kind_named_like_a_built_in_one_is_custom() {
        let order = compare_for_apply(
            &key("serving.example.com", "Service"),
            &key("apps", "Deployment"),
        );
        assert_eq!(order, Ordering::Greater);
    }
}
