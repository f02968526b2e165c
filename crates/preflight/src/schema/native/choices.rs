//! Fields that take one of a few words. The published schemas do not say which:
//! they are generated without `enum`.

use super::Row;
use super::rule::Rule::{Both, Distinct, Given, OneOf};

const PROTOCOLS: &[&str] = &["TCP", "UDP", "SCTP"];
const ACCESS: &[&str] = &[
    "ReadWriteOnce",
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOncePod",
];
const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
const FAILURE: &[&str] = &["Ignore", "Fail"];
const MATCH: &[&str] = &["Exact", "Equivalent"];
const SIDE_EFFECTS: &[&str] = &["None", "NoneOnDryRun"];
const VOLUME_MODES: &[&str] = &["Block", "Filesystem"];
const PREEMPTION: &[&str] = &["Never", "PreemptLowerPriority"];
const RESTART: &[&str] = &["Always", "OnFailure", "Never"];
const UPDATE: &[&str] = &["RollingUpdate", "OnDelete"];
const SELECTION: &[&str] = &["In", "NotIn", "Exists", "DoesNotExist"];
const HONOUR: &[&str] = &["Honor", "Ignore"];
const PROFILES: &[&str] = &["Localhost", "RuntimeDefault", "Unconfined"];

pub(super) const ROWS: &[Row] = &[
    ("events.v1.Event", "type", OneOf(&["Normal", "Warning"])),
    (
        "admissionregistration.v1.MutatingAdmissionPolicySpec",
        "failurePolicy",
        Given(&OneOf(FAILURE)),
    ),
    (
        "admissionregistration.v1.MutatingAdmissionPolicySpec",
        "reinvocationPolicy",
        OneOf(&["Never", "IfNeeded"]),
    ),
    (
        "admissionregistration.v1.Mutation",
        "patchType",
        OneOf(&["ApplyConfiguration", "JSONPatch"]),
    ),
    (
        "resource.v1.ExactDeviceRequest",
        "allocationMode",
        OneOf(&["ExactCount", "All"]),
    ),
    (
        "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
        "whenDeleted",
        OneOf(&["Retain", "Delete"]),
    ),
    (
        "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
        "whenScaled",
        OneOf(&["Retain", "Delete"]),
    ),
    (
        "batch.v1.PodFailurePolicyOnExitCodesRequirement",
        "operator",
        OneOf(&["In", "NotIn"]),
    ),
    (
        "batch.v1.PodFailurePolicyOnPodConditionsPattern",
        "status",
        OneOf(&["True", "False", "Unknown"]),
    ),
    (
        "core.v1.ContainerResizePolicy",
        "resourceName",
        OneOf(&["cpu", "memory"]),
    ),
    ("core.v1.PodOS", "name", OneOf(&["linux", "windows"])),
    (
        "core.v1.ImageVolumeSource",
        "pullPolicy",
        OneOf(&["Always", "IfNotPresent", "Never"]),
    ),
    (
        "core.v1.ServiceSpec",
        "trafficDistribution",
        Given(&OneOf(&["PreferClose", "PreferSameZone", "PreferSameNode"])),
    ),
    (
        "core.v1.ScopedResourceSelectorRequirement",
        "operator",
        OneOf(&["In", "NotIn", "Exists", "DoesNotExist"]),
    ),
    (
        "core.v1.ScopedResourceSelectorRequirement",
        "scopeName",
        OneOf(&[
            "Terminating",
            "NotTerminating",
            "BestEffort",
            "NotBestEffort",
            "PriorityClass",
            "CrossNamespacePodAffinity",
            "VolumeAttributesClass",
        ]),
    ),
    (
        "core.v1.EndpointPort",
        "protocol",
        OneOf(&["TCP", "UDP", "SCTP"]),
    ),
    (
        "networking.v1.IngressClassParametersReference",
        "scope",
        Given(&OneOf(&["Cluster", "Namespace"])),
    ),
    (
        "admissionregistration.v1.NamedRuleWithOperations",
        "operations",
        OneOf(&["*", "CREATE", "UPDATE", "DELETE", "CONNECT"]),
    ),
    (
        "admissionregistration.v1.NamedRuleWithOperations",
        "scope",
        Given(&OneOf(&["*", "Cluster", "Namespaced"])),
    ),
    (
        "admissionregistration.v1.Validation",
        "reason",
        Given(&OneOf(&[
            "Unauthorized",
            "Forbidden",
            "Invalid",
            "RequestEntityTooLarge",
        ])),
    ),
    (
        "admissionregistration.v1.ParamRef",
        "parameterNotFoundAction",
        Given(&OneOf(&["Deny", "Allow"])),
    ),
    (
        "admissionregistration.v1.MatchResources",
        "matchPolicy",
        Given(&OneOf(&["Exact", "Equivalent"])),
    ),
    (
        "apiextensions.v1.CustomResourceColumnDefinition",
        "type",
        OneOf(&["boolean", "date", "integer", "number", "string"]),
    ),
    (
        "flowcontrol.v1.FlowDistinguisherMethod",
        "type",
        OneOf(&["ByUser", "ByNamespace"]),
    ),
    (
        "flowcontrol.v1.Subject",
        "kind",
        OneOf(&["User", "Group", "ServiceAccount"]),
    ),
    (
        "flowcontrol.v1.LimitResponse",
        "type",
        OneOf(&["Queue", "Reject"]),
    ),
    (
        "core.v1.Container",
        "imagePullPolicy",
        OneOf(&["Always", "IfNotPresent", "Never"]),
    ),
    (
        "core.v1.Container",
        "terminationMessagePolicy",
        OneOf(&["File", "FallbackToLogsOnError"]),
    ),
    ("core.v1.Container", "restartPolicy", OneOf(RESTART)),
    ("core.v1.ContainerPort", "protocol", OneOf(PROTOCOLS)),
    (
        "core.v1.ContainerResizePolicy",
        "restartPolicy",
        OneOf(&["NotRequired", "RestartContainer"]),
    ),
    ("core.v1.PodSpec", "restartPolicy", OneOf(RESTART)),
    (
        "core.v1.PodSpec",
        "dnsPolicy",
        OneOf(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ),
    ("core.v1.PodSpec", "preemptionPolicy", OneOf(PREEMPTION)),
    (
        "core.v1.Toleration",
        "operator",
        OneOf(&["Exists", "Equal", "Lt", "Gt"]),
    ),
    ("core.v1.Toleration", "effect", OneOf(EFFECTS)),
    ("core.v1.Taint", "effect", OneOf(EFFECTS)),
    (
        "core.v1.NodeSelectorRequirement",
        "operator",
        OneOf(&["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]),
    ),
    (
        "core.v1.TopologySpreadConstraint",
        "whenUnsatisfiable",
        OneOf(&["DoNotSchedule", "ScheduleAnyway"]),
    ),
    (
        "core.v1.TopologySpreadConstraint",
        "nodeAffinityPolicy",
        Given(&OneOf(HONOUR)),
    ),
    (
        "core.v1.TopologySpreadConstraint",
        "nodeTaintsPolicy",
        Given(&OneOf(HONOUR)),
    ),
    ("core.v1.HTTPGetAction", "scheme", OneOf(&["HTTP", "HTTPS"])),
    ("core.v1.SeccompProfile", "type", OneOf(PROFILES)),
    ("core.v1.AppArmorProfile", "type", OneOf(PROFILES)),
    (
        "core.v1.SecurityContext",
        "procMount",
        Given(&OneOf(&["Default", "Unmasked"])),
    ),
    (
        "core.v1.PodSecurityContext",
        "fsGroupChangePolicy",
        Given(&OneOf(&["Always", "OnRootMismatch"])),
    ),
    (
        "core.v1.VolumeMount",
        "mountPropagation",
        Given(&OneOf(&["None", "HostToContainer", "Bidirectional"])),
    ),
    (
        "core.v1.VolumeMount",
        "recursiveReadOnly",
        OneOf(&["Disabled", "IfPossible", "Enabled"]),
    ),
    (
        "core.v1.HostPathVolumeSource",
        "type",
        OneOf(&[
            "DirectoryOrCreate",
            "Directory",
            "FileOrCreate",
            "File",
            "Socket",
            "CharDevice",
            "BlockDevice",
        ]),
    ),
    ("core.v1.ServicePort", "protocol", OneOf(PROTOCOLS)),
    (
        "core.v1.ServiceSpec",
        "type",
        OneOf(&["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
    ),
    (
        "core.v1.ServiceSpec",
        "sessionAffinity",
        OneOf(&["None", "ClientIP"]),
    ),
    (
        "core.v1.ServiceSpec",
        "externalTrafficPolicy",
        OneOf(&["Cluster", "Local"]),
    ),
    (
        "core.v1.ServiceSpec",
        "internalTrafficPolicy",
        Given(&OneOf(&["Cluster", "Local"])),
    ),
    (
        "core.v1.ServiceSpec",
        "ipFamilyPolicy",
        Given(&OneOf(&[
            "SingleStack",
            "PreferDualStack",
            "RequireDualStack",
        ])),
    ),
    (
        "core.v1.ServiceSpec",
        "ipFamilies",
        Both(&OneOf(&["IPv4", "IPv6"]), &Distinct),
    ),
    (
        "core.v1.PersistentVolumeClaimSpec",
        "accessModes",
        OneOf(ACCESS),
    ),
    (
        "core.v1.PersistentVolumeClaimSpec",
        "volumeMode",
        Given(&OneOf(VOLUME_MODES)),
    ),
    ("core.v1.PersistentVolumeSpec", "accessModes", OneOf(ACCESS)),
    (
        "core.v1.PersistentVolumeSpec",
        "volumeMode",
        Given(&OneOf(VOLUME_MODES)),
    ),
    (
        "core.v1.PersistentVolumeSpec",
        "persistentVolumeReclaimPolicy",
        OneOf(&["Retain", "Delete", "Recycle"]),
    ),
    (
        "core.v1.ResourceQuotaSpec",
        "scopes",
        OneOf(&[
            "Terminating",
            "NotTerminating",
            "BestEffort",
            "NotBestEffort",
            "PriorityClass",
            "CrossNamespacePodAffinity",
            "VolumeAttributesClass",
        ]),
    ),
    (
        "meta.v1.LabelSelectorRequirement",
        "operator",
        OneOf(SELECTION),
    ),
    (
        "apps.v1.DeploymentStrategy",
        "type",
        OneOf(&["Recreate", "RollingUpdate"]),
    ),
    ("apps.v1.DaemonSetUpdateStrategy", "type", OneOf(UPDATE)),
    ("apps.v1.StatefulSetUpdateStrategy", "type", OneOf(UPDATE)),
    (
        "apps.v1.StatefulSetSpec",
        "podManagementPolicy",
        OneOf(&["OrderedReady", "Parallel"]),
    ),
    (
        "batch.v1.CronJobSpec",
        "concurrencyPolicy",
        OneOf(&["Allow", "Forbid", "Replace"]),
    ),
    (
        "batch.v1.JobSpec",
        "completionMode",
        OneOf(&["NonIndexed", "Indexed"]),
    ),
    (
        "batch.v1.JobSpec",
        "podReplacementPolicy",
        Given(&OneOf(&["TerminatingOrFailed", "Failed"])),
    ),
    (
        "batch.v1.PodFailurePolicyRule",
        "action",
        OneOf(&["FailJob", "FailIndex", "Ignore", "Count"]),
    ),
    (
        "networking.v1.HTTPIngressPath",
        "pathType",
        OneOf(&["Exact", "Prefix", "ImplementationSpecific"]),
    ),
    (
        "networking.v1.NetworkPolicySpec",
        "policyTypes",
        OneOf(&["Ingress", "Egress"]),
    ),
    (
        "networking.v1.NetworkPolicyPort",
        "protocol",
        Given(&OneOf(PROTOCOLS)),
    ),
    (
        "rbac.v1.Subject",
        "kind",
        OneOf(&["ServiceAccount", "User", "Group"]),
    ),
    ("rbac.v1.RoleRef", "kind", OneOf(&["Role", "ClusterRole"])),
    (
        "policy.v1.PodDisruptionBudgetSpec",
        "unhealthyPodEvictionPolicy",
        Given(&OneOf(&["IfHealthyBudget", "AlwaysAllow"])),
    ),
    (
        "autoscaling.v2.MetricSpec",
        "type",
        OneOf(&[
            "Object",
            "Pods",
            "Resource",
            "ContainerResource",
            "External",
        ]),
    ),
    (
        "autoscaling.v2.MetricTarget",
        "type",
        OneOf(&["Utilization", "Value", "AverageValue"]),
    ),
    (
        "autoscaling.v2.HPAScalingRules",
        "selectPolicy",
        Given(&OneOf(&["Max", "Min", "Disabled"])),
    ),
    (
        "autoscaling.v2.HPAScalingPolicy",
        "type",
        OneOf(&["Pods", "Percent"]),
    ),
    (
        "storage.v1.StorageClass",
        "reclaimPolicy",
        OneOf(&["Delete", "Retain"]),
    ),
    (
        "storage.v1.StorageClass",
        "volumeBindingMode",
        Given(&OneOf(&["Immediate", "WaitForFirstConsumer"])),
    ),
    (
        "storage.v1.CSIDriverSpec",
        "fsGroupPolicy",
        Given(&OneOf(&["ReadWriteOnceWithFSType", "File", "None"])),
    ),
    (
        "storage.v1.CSIDriverSpec",
        "volumeLifecycleModes",
        OneOf(&["Persistent", "Ephemeral"]),
    ),
    (
        "scheduling.v1.PriorityClass",
        "preemptionPolicy",
        Given(&OneOf(PREEMPTION)),
    ),
    (
        "discovery.v1.EndpointSlice",
        "addressType",
        OneOf(&["IPv4", "IPv6", "FQDN"]),
    ),
    (
        "discovery.v1.EndpointPort",
        "protocol",
        Given(&OneOf(PROTOCOLS)),
    ),
    (
        "admissionregistration.v1.ValidatingWebhook",
        "failurePolicy",
        Given(&OneOf(FAILURE)),
    ),
    (
        "admissionregistration.v1.ValidatingWebhook",
        "matchPolicy",
        Given(&OneOf(MATCH)),
    ),
    (
        "admissionregistration.v1.ValidatingWebhook",
        "sideEffects",
        Given(&OneOf(SIDE_EFFECTS)),
    ),
    (
        "admissionregistration.v1.MutatingWebhook",
        "failurePolicy",
        Given(&OneOf(FAILURE)),
    ),
    (
        "admissionregistration.v1.MutatingWebhook",
        "matchPolicy",
        Given(&OneOf(MATCH)),
    ),
    (
        "admissionregistration.v1.MutatingWebhook",
        "sideEffects",
        Given(&OneOf(SIDE_EFFECTS)),
    ),
    (
        "admissionregistration.v1.MutatingWebhook",
        "reinvocationPolicy",
        Given(&OneOf(&["Never", "IfNeeded"])),
    ),
    (
        "admissionregistration.v1.RuleWithOperations",
        "operations",
        OneOf(&["*", "CREATE", "UPDATE", "DELETE", "CONNECT"]),
    ),
    (
        "admissionregistration.v1.RuleWithOperations",
        "scope",
        Given(&OneOf(&["*", "Cluster", "Namespaced"])),
    ),
    (
        "admissionregistration.v1.ValidatingAdmissionPolicySpec",
        "failurePolicy",
        Given(&OneOf(FAILURE)),
    ),
    (
        "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
        "validationActions",
        Both(&OneOf(&["Deny", "Warn", "Audit"]), &Distinct),
    ),
    (
        "apiextensions.v1.CustomResourceDefinitionSpec",
        "scope",
        OneOf(&["Cluster", "Namespaced"]),
    ),
    (
        "apiextensions.v1.CustomResourceConversion",
        "strategy",
        OneOf(&["None", "Webhook"]),
    ),
    (
        "flowcontrol.v1.PriorityLevelConfigurationSpec",
        "type",
        OneOf(&["Exempt", "Limited"]),
    ),
];
