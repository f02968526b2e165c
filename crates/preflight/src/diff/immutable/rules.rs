//! The rules, each with the function of `k8s.io/kubernetes/pkg/apis` (v1.36.3)
//! that it is taken from.

use serde_json::Value;

use super::{Change, Rule};
use crate::schema::quantity::Quantity;

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

fn may_change_in_stateful_set(change: &Change<'_>) -> bool {
    const MAY: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    change
        .fields
        .get(1)
        .is_some_and(|field| MAY.contains(field))
}

fn is_indexed_in_tandem(change: &Change<'_>) -> bool {
    change.after("/spec/completionMode") == Some("Indexed")
        && change.after.pointer("/spec/completions") == change.after.pointer("/spec/parallelism")
}

/// Where the pods go and what they get, as long as none runs.
fn may_change_while_suspended(change: &Change<'_>) -> bool {
    const MAY: [&[&str]; 8] = [
        &["metadata", "labels"],
        &["metadata", "annotations"],
        &["spec", "nodeSelector"],
        &["spec", "tolerations"],
        &["spec", "schedulingGates"],
        &["spec", "affinity", "nodeAffinity"],
        &["spec", "containers", "resources"],
        &["spec", "initContainers", "resources"],
    ];
    let is_suspended = change.live.pointer("/spec/suspend") == Some(&Value::Bool(true));
    let is_idle = change
        .live
        .pointer("/status/active")
        .and_then(Value::as_u64)
        .unwrap_or(0)
        == 0;
    let has_not_started = change.live.pointer("/status/startTime").is_none();
    let was_suspended = has_condition(change.live, "Suspended");
    let below = change.fields.get(2..).unwrap_or_default();
    is_suspended
        && is_idle
        && (has_not_started || was_suspended)
        && MAY.iter().any(|field| below.starts_with(field))
}

fn has_condition(live: &Value, kind: &str) -> bool {
    let conditions = live.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| {
        condition.get("type").and_then(Value::as_str) == Some(kind)
            && condition.get("status").and_then(Value::as_str) == Some("True")
    })
}

fn is_not_established(change: &Change<'_>) -> bool {
    !has_condition(change.live, "Established")
}

fn may_change_address(change: &Change<'_>) -> bool {
    const EXTERNAL: Option<&str> = Some("ExternalName");
    const HEADLESS: Option<&str> = Some("None");
    let was_headless = change.live("/spec/clusterIP") == HEADLESS;
    let is_headless = change.after("/spec/clusterIP") == HEADLESS;
    let is_external =
        change.live("/spec/type") == EXTERNAL || change.after("/spec/type") == EXTERNAL;
    let is_of_families = change.is(&["spec", "ipFamilies"]);
    let is_second = matches!(
        change.difference.steps.get(2),
        Some(crate::diff::steps::Step::Item(position)) if *position > 0
    );
    is_external
        || change.difference.before.is_none()
        || change.difference.after.is_none()
        || is_second
        || (was_headless && is_headless)
        || (is_of_families && was_headless != is_headless)
}

fn has_no_health_check(change: &Change<'_>) -> bool {
    let needs = |kind: Option<&str>, policy: Option<&str>| {
        kind == Some("LoadBalancer") && policy == Some("Local")
    };
    let policy = "/spec/externalTrafficPolicy";
    !(needs(change.live("/spec/type"), change.live(policy))
        && needs(change.after("/spec/type"), change.after(policy)))
}

fn is_not_both_balanced(change: &Change<'_>) -> bool {
    let balanced = Some("LoadBalancer");
    change.live("/spec/type") != balanced || change.after("/spec/type") != balanced
}

fn is_bound(change: &Change<'_>) -> bool {
    change.live("/status/phase") == Some("Bound")
}

/// A claim grows once it is bound, and shrinks only to more than it has.
fn may_resize(change: &Change<'_>) -> bool {
    let read = |value: Option<&Value>| match value {
        Some(Value::String(text)) => Quantity::read(text),
        Some(Value::Number(number)) => Quantity::read(&number.to_string()),
        _ => None,
    };
    let (before, after) = (&change.difference.before, &change.difference.after);
    let (Some(before), Some(after)) = (read(before.as_ref()), read(after.as_ref())) else {
        return false;
    };
    let has = read(change.live.pointer("/status/capacity/storage"));
    let grows = after.exceeds(before);
    is_bound(change) && (grows || has.is_some_and(|has| after.exceeds(has)))
}

fn may_change_in_claim(change: &Change<'_>) -> bool {
    match change.fields.get(1).copied() {
        Some("volumeName" | "storageClassName") => change.difference.before.is_none(),
        Some("volumeAttributesClassName") => is_bound(change),
        Some("resources") => change.is(&["spec", "resources", "requests", "storage"]),
        _ => false,
    }
}

fn was_not_there(change: &Change<'_>) -> bool {
    change.difference.before.is_none()
}

/// All of a volume's spec that is not where its data is.
fn is_not_its_source(change: &Change<'_>) -> bool {
    const OTHERS: [&str; 10] = [
        "capacity",
        "accessModes",
        "claimRef",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "mountOptions",
        "volumeMode",
        "nodeAffinity",
        "volumeAttributesClassName",
        "controllerExpandSecretRef",
    ];
    change
        .fields
        .get(1)
        .is_some_and(|field| OTHERS.contains(field))
        || (change.is(&["spec", "csi", "controllerExpandSecretRef"])
            && change.difference.before.is_none())
}

fn is_not_frozen(change: &Change<'_>) -> bool {
    change.live.get("immutable") != Some(&Value::Bool(true))
}

/// The images, tolerations that are added, gates that are taken away, and a
/// deadline that comes nearer.
fn may_change_in_pod(change: &Change<'_>) -> bool {
    let difference = change.difference;
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_i64);
    match change.fields {
        ["spec", "containers" | "initContainers", "image"] => true,
        ["spec", "tolerations", ..] => difference.before.is_none(),
        ["spec", "schedulingGates", ..] => difference.after.is_none(),
        ["spec", "activeDeadlineSeconds"] => {
            let after = number(&difference.after);
            after.is_some() && number(&difference.before).is_none_or(|is| Some(is) > after)
        }
        _ => false,
    }
}
