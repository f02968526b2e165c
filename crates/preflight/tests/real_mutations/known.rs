//! What the API server refuses and is not found, with the reason.

/// Why, and where: the kind and what was changed, or all of a kind.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "an expression is compiled with the types of what it is about, which nothing here knows",
        &[
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties",
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec",
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec.properties",
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.mode",
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.replicas",
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec.x-kubernetes-validations.0.rule",
            "MutatingWebhookConfiguration webhooks.0.matchConditions.0.expression",
            "ValidatingAdmissionPolicy spec.auditAnnotations.0.valueExpression",
            "ValidatingAdmissionPolicy spec.matchConditions.0.expression",
            "ValidatingAdmissionPolicy spec.validations.0.expression",
            "ValidatingAdmissionPolicy spec.variables",
            "ValidatingAdmissionPolicy spec.variables.0",
            "ValidatingAdmissionPolicy spec.variables.0.expression",
            "ValidatingAdmissionPolicy spec.variables.0.name",
        ],
    ),
    (
        "a default is not held against its schema, nor a key against the others",
        &[
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.items.x-kubernetes-list-map-keys",
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.items.x-kubernetes-list-map-keys.0",
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.replicas.default",
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.replicas.maximum",
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.replicas.minimum",
            "CustomResourceDefinition spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.tags.x-kubernetes-list-type",
        ],
    ),
    (
        "two fields far from each other have to fit",
        &[
            "Deployment spec.template.spec.containers.0.env.0.valueFrom.resourceFieldRef.divisor",
            "Deployment spec.template.spec.containers.0.lifecycle.preStop.sleep.seconds",
            "Deployment spec.template.spec.containers.0.resources.limits.example.com~1gpu",
            "Deployment spec.template.spec.containers.0.resources.requests.example.com~1gpu",
            "Deployment spec.template.spec.volumes.0.projected.sources",
            "Deployment spec.template.spec.volumes.0.projected.sources.0.configMap.items",
            "Deployment spec.template.spec.volumes.0.projected.sources.2.downwardAPI.items",
            "Deployment spec.template.spec.volumes.4.persistentVolumeClaim",
            "Job spec.completions",
            "Job spec.maxFailedIndexes",
            "Job spec.podFailurePolicy.rules.0.onExitCodes.containerName",
            "Job spec.successPolicy.rules.0.succeededCount",
            "NetworkPolicy spec.policyTypes",
            "RuntimeClass scheduling.tolerations",
            "ServiceCIDR spec.cidrs",
            "StorageClass allowedTopologies",
        ],
    ),
    (
        "a field that is seldom written",
        &[
            "HorizontalPodAutoscaler spec.metrics.0.containerResource.name",
            "Ingress spec.rules.0.http.paths.0.backend.resource.apiGroup",
            "LimitRange spec.limits.1.maxLimitRequestRatio.cpu",
            "MutatingWebhookConfiguration webhooks.0.clientConfig.url",
            "PersistentVolumeClaim spec.dataSource.name",
            "Pod spec.volumes.1.fc.lun",
            "Pod spec.volumes.2.iscsi.iqn",
            "PersistentVolume spec.nodeAffinity",
            "PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms.0.matchFields.0.key",
            "PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms.0.matchFields.0.values",
            "PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms.0.matchFields.0.values.0",
            "Pod spec.containers.0.resources.limits",
            "Pod spec.containers.0.resources.limits.hugepages-2Mi",
            "Pod spec.containers.0.resources.requests.hugepages-2Mi",
            "Pod spec.containers.0.securityContext.seccompProfile.localhostProfile",
            "Pod spec.containers.0.securityContext.windowsOptions.runAsUserName",
            "Pod spec.priority",
            "Pod spec.topologySpreadConstraints.0.labelSelector",
            "Secret metadata.annotations",
            "Secret metadata.annotations.kubernetes.io~1service-account.name",
            "Secret stringData",
            "Secret stringData..dockerconfigjson",
            "Service spec.healthCheckNodePort",
            "StatefulSet metadata.finalizers.0",
            "ValidatingAdmissionPolicy spec.paramKind.apiVersion",
            "ValidatingAdmissionPolicy spec.paramKind.kind",
        ],
    ),
    (
        "whether it may be 0 is up to a feature that a cluster turns on",
        &["HorizontalPodAutoscaler spec.minReplicas"],
    ),
    (
        "how the API server shares itself out is set up with the cluster, and not by a change",
        &[
            "FlowSchema spec.rules.0.resourceRules",
            "FlowSchema spec.rules.0.resourceRules.0",
            "FlowSchema spec.rules.0.resourceRules.0.apiGroups",
            "FlowSchema spec.rules.0.resourceRules.0.namespaces",
            "FlowSchema spec.rules.0.resourceRules.0.namespaces.0",
            "FlowSchema spec.rules.0.resourceRules.0.resources",
            "FlowSchema spec.rules.0.resourceRules.0.verbs",
            "FlowSchema spec.rules.0.resourceRules.0.verbs.0",
            "FlowSchema spec.rules.0.subjects.0.serviceAccount",
            "FlowSchema spec.rules.0.subjects.0.serviceAccount.namespace",
            "PriorityLevelConfiguration spec.limited",
            "PriorityLevelConfiguration spec.limited.limitResponse.queuing",
            "PriorityLevelConfiguration spec.limited.limitResponse.queuing.handSize",
        ],
    ),
    (
        "a kind that controllers write, or whoever runs the cluster",
        &[
            "APIService",
            "CSINode",
            "CSIStorageCapacity",
            "ControllerRevision",
            "Event",
            "Node",
            "VolumeAttachment",
        ],
    ),
    (
        "a kind that is new, and of which little is checked so far",
        &[
            "DeviceClass",
            "MutatingAdmissionPolicy",
            "ResourceClaim",
            "ResourceClaimTemplate",
        ],
    ),
];

/// Why what was changed here is not always found.
pub fn reason(of: &str) -> Option<&'static str> {
    let kind = of.split(' ').next().unwrap_or_default();
    let mut known = KNOWN.iter();
    let listed = known.find(|(_, places)| places.contains(&of) || places.contains(&kind));
    listed.map(|(why, _)| *why)
}

/// What is found wrong and taken all the same, because it is a dry run: no port is
/// given away in one, so nobody looks whether it can be.
pub const TAKEN_IN_A_DRY_RUN: &[&str] = &["Service spec.ports.0.nodePort"];
