//! The rules, each with the function of `k8s.io/kubernetes/pkg/apis` (v1.36.3)
//! that it is taken from.

use super::exceptions::{
    has_no_health_check, is_indexed_in_tandem, is_not_both_balanced, is_not_established,
    is_not_frozen, is_not_its_source, may_change_address, may_change_in_claim, may_change_in_pod,
    may_change_in_stateful_set, may_change_while_suspended, may_resize, was_not_there,
};
use super::{Change, Rule};

const CHANGED: &str = "cannot be changed";
const FROZEN: &str = "cannot be changed while it is immutable";
const TAKEN: &str = "cannot be changed to that";

const ANEW: &str = "delete it first, or give it another name";
const PODS: &str =
    "give it another name, or delete it first; its pods are gone until it is there again";
const ORPHAN: &str =
    "delete it with --cascade=orphan, which leaves its pods and claims, and apply it again";
const RUN_ONCE: &str = "give it another name, or delete it first; a Job is run once";
const GENERATED: &str =
    "give it another name, as a generator of Kustomize does, and name that where it is used";
const CLAIM: &str = "make another claim and copy the data";
const RIGHTS: &str =
    "delete it first, or give it another name; whom it binds has no rights meanwhile";
const OBJECTS: &str = "make another definition; deleting this one deletes all objects of its kind";
const ADDRESS: &str = "leave it out, or delete the Service first";

/// No exception.
fn never(_: &Change<'_>) -> bool {
    false
}

const fn rule(
    group: &'static str,
    kind: &'static str,
    field: &'static [&'static str],
    hint: &'static str,
) -> Rule {
    Rule {
        group,
        kind,
        field,
        unless: never,
        says: CHANGED,
        hint,
    }
}

const fn unless(mut rule: Rule, unless: fn(&Change<'_>) -> bool, says: &'static str) -> Rule {
    rule.unless = unless;
    rule.says = says;
    rule
}

const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const EXTENSIONS: &str = "apiextensions.k8s.io";

pub(super) const RULES: &[Rule] = &[
    // apps/validation: ValidateDeploymentUpdate, ValidateDaemonSetSpecUpdate,
    // ValidateReplicaSetUpdate, ValidateStatefulSetUpdate, ValidateControllerRevisionUpdate
    rule("apps", "Deployment", &["spec", "selector"], PODS),
    rule("apps", "DaemonSet", &["spec", "selector"], PODS),
    rule("apps", "ReplicaSet", &["spec", "selector"], PODS),
    unless(
        rule("apps", "StatefulSet", &["spec"], ORPHAN),
        may_change_in_stateful_set,
        CHANGED,
    ),
    rule("apps", "ControllerRevision", &["data"], ANEW),
    // batch/validation: ValidateJobSpecUpdate, validateCompletions, validatePodTemplateUpdate
    rule("batch", "Job", &["spec", "selector"], RUN_ONCE),
    rule("batch", "Job", &["spec", "completionMode"], RUN_ONCE),
    rule("batch", "Job", &["spec", "podFailurePolicy"], RUN_ONCE),
    rule("batch", "Job", &["spec", "backoffLimitPerIndex"], RUN_ONCE),
    rule("batch", "Job", &["spec", "managedBy"], RUN_ONCE),
    rule("batch", "Job", &["spec", "successPolicy"], RUN_ONCE),
    unless(
        rule("batch", "Job", &["spec", "completions"], RUN_ONCE),
        is_indexed_in_tandem,
        CHANGED,
    ),
    unless(
        rule("batch", "Job", &["spec", "template"], RUN_ONCE),
        may_change_while_suspended,
        CHANGED,
    ),
    // core/validation: ValidateServiceUpdate
    unless(
        rule("", "Service", &["spec", "clusterIP"], ADDRESS),
        may_change_address,
        CHANGED,
    ),
    unless(
        rule("", "Service", &["spec", "clusterIPs"], ADDRESS),
        may_change_address,
        CHANGED,
    ),
    unless(
        rule("", "Service", &["spec", "ipFamilies"], ADDRESS),
        may_change_address,
        CHANGED,
    ),
    unless(
        rule("", "Service", &["spec", "healthCheckNodePort"], ADDRESS),
        has_no_health_check,
        CHANGED,
    ),
    unless(
        rule("", "Service", &["spec", "loadBalancerClass"], ADDRESS),
        is_not_both_balanced,
        CHANGED,
    ),
    // core/validation: ValidatePersistentVolumeClaimUpdate, ValidatePersistentVolumeUpdate
    unless(
        rule(
            "",
            "PersistentVolumeClaim",
            &["spec", "resources", "requests", "storage"],
            CLAIM,
        ),
        may_resize,
        TAKEN,
    ),
    unless(
        rule("", "PersistentVolumeClaim", &["spec"], CLAIM),
        may_change_in_claim,
        CHANGED,
    ),
    rule("", "PersistentVolume", &["spec", "volumeMode"], ANEW),
    unless(
        rule("", "PersistentVolume", &["spec", "nodeAffinity"], ANEW),
        was_not_there,
        CHANGED,
    ),
    unless(
        rule("", "PersistentVolume", &["spec"], ANEW),
        is_not_its_source,
        CHANGED,
    ),
    // core/validation: ValidateConfigMapUpdate, ValidateSecretUpdate
    unless(
        rule("", "ConfigMap", &["data"], GENERATED),
        is_not_frozen,
        FROZEN,
    ),
    unless(
        rule("", "ConfigMap", &["binaryData"], GENERATED),
        is_not_frozen,
        FROZEN,
    ),
    unless(
        rule("", "ConfigMap", &["immutable"], GENERATED),
        is_not_frozen,
        FROZEN,
    ),
    rule("", "Secret", &["type"], ANEW),
    unless(
        rule("", "Secret", &["data"], GENERATED),
        is_not_frozen,
        FROZEN,
    ),
    unless(
        rule("", "Secret", &["immutable"], GENERATED),
        is_not_frozen,
        FROZEN,
    ),
    // core/validation: ValidateResourceQuotaUpdate, ValidatePodUpdate
    rule("", "ResourceQuota", &["spec", "scopes"], ANEW),
    unless(rule("", "Pod", &["spec"], ANEW), may_change_in_pod, CHANGED),
    // rbac/validation: ValidateRoleBindingUpdate, ValidateClusterRoleBindingUpdate
    rule(RBAC, "RoleBinding", &["roleRef"], RIGHTS),
    rule(RBAC, "ClusterRoleBinding", &["roleRef"], RIGHTS),
    // storage/validation: ValidateStorageClassUpdate, ValidateCSIDriverUpdate,
    // ValidateVolumeAttachmentUpdate, ValidateVolumeAttributesClassUpdate
    rule(STORAGE, "StorageClass", &["parameters"], ANEW),
    rule(STORAGE, "StorageClass", &["provisioner"], ANEW),
    rule(STORAGE, "StorageClass", &["reclaimPolicy"], ANEW),
    rule(STORAGE, "StorageClass", &["volumeBindingMode"], ANEW),
    rule(STORAGE, "CSIDriver", &["spec", "attachRequired"], ANEW),
    rule(
        STORAGE,
        "CSIDriver",
        &["spec", "volumeLifecycleModes"],
        ANEW,
    ),
    rule(STORAGE, "VolumeAttachment", &["spec"], ANEW),
    rule(STORAGE, "VolumeAttributesClass", &["driverName"], ANEW),
    rule(STORAGE, "VolumeAttributesClass", &["parameters"], ANEW),
    // scheduling/validation: ValidatePriorityClassUpdate
    rule("scheduling.k8s.io", "PriorityClass", &["value"], ANEW),
    rule(
        "scheduling.k8s.io",
        "PriorityClass",
        &["preemptionPolicy"],
        ANEW,
    ),
    // networking/validation: validateIngressClassSpecUpdate, ValidateIPAddressUpdate
    rule(
        "networking.k8s.io",
        "IngressClass",
        &["spec", "controller"],
        ANEW,
    ),
    rule(
        "networking.k8s.io",
        "IPAddress",
        &["spec", "parentRef"],
        ANEW,
    ),
    // node/validation: ValidateRuntimeClassUpdate; discovery/validation: ValidateEndpointSliceUpdate
    rule("node.k8s.io", "RuntimeClass", &["handler"], ANEW),
    rule("discovery.k8s.io", "EndpointSlice", &["addressType"], ANEW),
    // apiextensions-apiserver/pkg/apis/apiextensions/validation: ValidateCustomResourceDefinitionSpecUpdate
    rule(
        EXTENSIONS,
        "CustomResourceDefinition",
        &["spec", "group"],
        OBJECTS,
    ),
    rule(
        EXTENSIONS,
        "CustomResourceDefinition",
        &["spec", "names", "plural"],
        OBJECTS,
    ),
    unless(
        rule(
            EXTENSIONS,
            "CustomResourceDefinition",
            &["spec", "names", "kind"],
            OBJECTS,
        ),
        is_not_established,
        CHANGED,
    ),
    unless(
        rule(
            EXTENSIONS,
            "CustomResourceDefinition",
            &["spec", "scope"],
            OBJECTS,
        ),
        is_not_established,
        CHANGED,
    ),
    // resource/validation: ValidateResourceClaimUpdate, ValidateResourceClaimTemplateUpdate
    rule("resource.k8s.io", "ResourceClaim", &["spec"], ANEW),
    rule("resource.k8s.io", "ResourceClaimTemplate", &["spec"], ANEW),
];
