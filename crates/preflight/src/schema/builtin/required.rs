//! What is required in truth.
//!
//! The published schemas call required whatever has no `omitempty`. The API server
//! does not ask for it while it decodes: Go leaves a zero. It is refused only where
//! the validation of the kind says so.

/// Whether a field is required.
pub(super) fn is_required(definition: &str, field: &str, published: bool) -> bool {
    ASKED_FOR.contains(&(definition, field))
        || (published && !is_state(definition) && !ACCEPTED.contains(&(definition, field)))
}

/// Whether a list or map that is asked for must have something in it.
pub(super) fn needs_item(definition: &str, field: &str) -> bool {
    ASKED_FOR.contains(&(definition, field))
}

/// A status is filled in by controllers, and set to nothing when an object is made.
fn is_state(definition: &str) -> bool {
    definition.contains("Status") || definition.ends_with("Condition")
}

/// Published as required, and left out without a complaint: texts for which there is a
/// default, or of which nothing is asked. What Go leaves elsewhere is judged as it is.
const ACCEPTED: &[(&str, &str)] = &[
    ("apps.v1.StatefulSetSpec", "serviceName"),
    ("batch.v1.PodFailurePolicyOnPodConditionsPattern", "status"),
    ("core.v1.HTTPHeader", "value"),
    ("core.v1.Sysctl", "value"),
    ("core.v1.TypedLocalObjectReference", "kind"),
    ("core.v1.TypedLocalObjectReference", "name"),
    ("discovery.v1.ForZone", "name"),
    ("rbac.v1.RoleRef", "apiGroup"),
    ("storage.v1.TokenRequest", "audience"),
];

/// Asked for, whether published as required or not.
const ASKED_FOR: &[(&str, &str)] = &[
    ("apps.v1.DeploymentSpec", "selector"),
    ("apps.v1.DaemonSetSpec", "selector"),
    ("apps.v1.StatefulSetSpec", "selector"),
    ("apps.v1.ReplicaSetSpec", "selector"),
    ("core.v1.RBDVolumeSource", "monitors"),
    ("core.v1.CephFSVolumeSource", "monitors"),
    ("apps.v1.ControllerRevision", "data"),
    ("events.v1.Event", "action"),
    ("events.v1.Event", "reason"),
    ("events.v1.Event", "reportingController"),
    ("events.v1.Event", "reportingInstance"),
    ("events.v1.Event", "type"),
    ("admissionregistration.v1.MutatingAdmissionPolicy", "spec"),
    (
        "admissionregistration.v1.MutatingAdmissionPolicySpec",
        "matchConstraints",
    ),
    (
        "admissionregistration.v1.MutatingAdmissionPolicySpec",
        "mutations",
    ),
    (
        "admissionregistration.v1.MutatingAdmissionPolicySpec",
        "reinvocationPolicy",
    ),
    ("apiregistration.v1.APIService", "spec"),
    ("rbac.v1.AggregationRule", "clusterRoleSelectors"),
    (
        "apiextensions.v1.WebhookConversion",
        "conversionReviewVersions",
    ),
    ("apiextensions.v1.WebhookConversion", "clientConfig"),
    ("flowcontrol.v1.PolicyRulesWithSubjects", "subjects"),
    ("flowcontrol.v1.ResourcePolicyRule", "verbs"),
    ("flowcontrol.v1.ResourcePolicyRule", "apiGroups"),
    ("flowcontrol.v1.ResourcePolicyRule", "resources"),
    ("core.v1.TopologySelectorTerm", "matchLabelExpressions"),
    ("core.v1.TopologySelectorLabelRequirement", "values"),
    ("batch.v1.SuccessPolicy", "rules"),
    ("batch.v1.PodFailurePolicyOnExitCodesRequirement", "values"),
    ("core.v1.PodTemplate", "template"),
    ("core.v1.SecretProjection", "name"),
    ("core.v1.ConfigMapProjection", "name"),
    ("core.v1.ReplicationController", "spec"),
    ("core.v1.ReplicationControllerSpec", "template"),
    ("core.v1.EphemeralVolumeSource", "volumeClaimTemplate"),
    ("core.v1.ImageVolumeSource", "reference"),
    ("core.v1.VolumeNodeAffinity", "required"),
    ("networking.v1.ServiceCIDR", "spec"),
    ("networking.v1.ServiceCIDRSpec", "cidrs"),
    ("networking.v1.IPAddress", "spec"),
    ("core.v1.PodDNSConfigOption", "name"),
    ("admissionregistration.v1.ValidatingAdmissionPolicy", "spec"),
    (
        "admissionregistration.v1.ValidatingAdmissionPolicySpec",
        "matchConstraints",
    ),
    (
        "admissionregistration.v1.ValidatingAdmissionPolicyBinding",
        "spec",
    ),
    ("admissionregistration.v1.ParamKind", "apiVersion"),
    ("admissionregistration.v1.ParamKind", "kind"),
    (
        "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
        "policyName",
    ),
    (
        "admissionregistration.v1.ParamRef",
        "parameterNotFoundAction",
    ),
    ("flowcontrol.v1.FlowSchema", "spec"),
    ("flowcontrol.v1.PriorityLevelConfiguration", "spec"),
    (
        "flowcontrol.v1.LimitedPriorityLevelConfiguration",
        "limitResponse",
    ),
    ("storage.v1.VolumeAttributesClass", "parameters"),
    ("apps.v1.Deployment", "spec"),
    ("apps.v1.StatefulSet", "spec"),
    ("apps.v1.DaemonSet", "spec"),
    ("apps.v1.ReplicaSet", "spec"),
    ("batch.v1.Job", "spec"),
    ("batch.v1.CronJob", "spec"),
    ("batch.v1.JobTemplateSpec", "spec"),
    ("core.v1.Pod", "spec"),
    ("core.v1.PodTemplateSpec", "spec"),
    ("core.v1.Service", "spec"),
    ("core.v1.PersistentVolumeClaim", "spec"),
    ("core.v1.PersistentVolume", "spec"),
    ("core.v1.PersistentVolumeClaimSpec", "accessModes"),
    ("core.v1.PersistentVolumeClaimSpec", "resources"),
    ("core.v1.PersistentVolumeSpec", "accessModes"),
    ("core.v1.PersistentVolumeSpec", "capacity"),
    ("autoscaling.v2.HorizontalPodAutoscaler", "spec"),
    ("autoscaling.v1.HorizontalPodAutoscaler", "spec"),
    ("networking.v1.Ingress", "spec"),
    ("networking.v1.IngressClass", "spec"),
    ("networking.v1.IngressClassSpec", "controller"),
    ("core.v1.ConfigMapKeySelector", "name"),
    ("core.v1.SecretKeySelector", "name"),
    ("rbac.v1.Subject", "name"),
];
