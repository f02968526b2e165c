use super::Object;

pub(super) const OBJECTS: &[Object] = &[
    Object {
        text: r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web, tier: front}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: false
      nodeSelector: {disk: fast}
      containers:
        - name: web
          image: registry.example.com/web:v1
          args: [--one, --two]
          ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9090}]
          env: [{name: LEVEL, value: info}, {name: EMPTY, value: ""}]
          resources: {requests: {cpu: 1000m, memory: 1024Mi}, limits: {memory: 2Gi}}
          readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 5}
          volumeMounts: [{name: data, mountPath: /data, readOnly: false}]
      volumes: [{name: data, emptyDir: {}}]
"#,
        status: None,
        edits: &[
            (&[("1000m", "1"), ("1024Mi", "1Gi")], true),
            (&[("web:v1", "web:v2")], true),
            (&[("replicas: 3", "replicas: 5")], true),
            (&[("  replicas: 3\n", "")], true),
            (&[(", tier: front", "")], true),
            (&[("--two", "--three")], true),
            (&[(", {name: metrics, containerPort: 9090}", "")], true),
            (&[("value: info", "value: debug"), (", {name: EMPTY, value: \"\"}", ", {name: MORE, value: x}")], true),
            (&[(", limits: {memory: 2Gi}", "")], true),
            (&[("periodSeconds: 5", "periodSeconds: 7, timeoutSeconds: 2")], true),
            (&[("          readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 5}\n", "")], true),
            (&[(", periodSeconds: 5", "")], true),
            (&[("emptyDir: {}", "emptyDir: {sizeLimit: 1Gi}")], true),
            (&[("emptyDir: {}", "configMap: {name: web}")], true),
            (&[("readOnly: false", "readOnly: true")], true),
            (&[("      nodeSelector: {disk: fast}\n", "      securityContext: {runAsNonRoot: true}\n")], true),
            (&[("      volumes:", "        - {name: sidecar, image: \"registry.example.com/sidecar:v1\"}\n      volumes:")], true),
            (&[("matchLabels: {app: web}", "matchLabels: {app: web, tier: front}"), ("metadata: {labels: {app: web}}", "metadata: {labels: {app: web, tier: front}}")], false),
        ],
    },
    Object {
        text: r#"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: "registry.example.com/db:v1", volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"#,
        status: None,
        edits: &[
            (&[("replicas: 2", "replicas: 3\n  minReadySeconds: 5")], true),
            (&[("1Gi", "1024Mi")], true),
            (&[("db:v1", "db:v2")], true),
            (&[("1Gi", "2Gi")], false),
            (&[("serviceName: db", "serviceName: other")], false),
            (&[("serviceName: db", "serviceName: db\n  podManagementPolicy: Parallel")], false),
        ],
    },
    Object {
        text: r#"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      tolerations: [{operator: Exists}]
      containers: [{name: agent, image: "registry.example.com/agent:v1", securityContext: {privileged: false}}]
"#,
        status: None,
        edits: &[
            (&[("agent:v1", "agent:v2")], true),
            (&[("{operator: Exists}", "{key: gpu, operator: Exists}, {key: spot, operator: Exists}")], true),
            (&[("{app: agent}", "{app: other}")], false),
        ],
    },
    Object {
        text: r#"
apiVersion: batch/v1
kind: Job
metadata: {name: load}
spec:
  completions: 2
  parallelism: 1
  template:
    spec:
      restartPolicy: Never
      containers: [{name: load, image: "registry.example.com/load:v1"}]
"#,
        status: None,
        edits: &[
            (&[("parallelism: 1", "parallelism: 2")], true),
            (&[("parallelism: 1", "parallelism: 1\n  backoffLimit: 3")], true),
            (&[("completions: 2", "completions: 3")], false),
            (&[("load:v1", "load:v2")], false),
        ],
    },
    Object {
        text: r#"
apiVersion: batch/v1
kind: Job
metadata: {name: later}
spec:
  suspend: true
  template:
    spec:
      restartPolicy: Never
      containers: [{name: load, image: "registry.example.com/load:v1", resources: {requests: {cpu: 1}}}]
"#,
        status: None,
        edits: &[
            (&[("{cpu: 1}", "{cpu: 2}")], true),
            (&[("      restartPolicy", "      nodeSelector: {disk: fast}\n      restartPolicy")], true),
            (&[("load:v1", "load:v2")], false),
        ],
    },
    Object {
        text: r#"
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 2 * * *"
  suspend: true
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers: [{name: nightly, image: "registry.example.com/nightly:v1"}]
"#,
        status: None,
        edits: &[
            (&[("0 2 * * *", "0 3 * * *")], true),
            (&[("  suspend: true\n", "")], true),
            (&[("nightly:v1", "nightly:v2")], true),
        ],
    },
    Object {
        text: r"
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web, tier: front}
  ports: [{name: http, port: 80, targetPort: http}, {name: metrics, port: 9090}]
",
        status: None,
        edits: &[
            (&[("targetPort: http", "targetPort: 8080")], true),
            (&[(", tier: front", "")], true),
            (&[(", {name: metrics, port: 9090}", "")], true),
            (&[("spec:", "spec:\n  type: NodePort")], true),
            (&[("spec:", "spec:\n  clusterIP: None")], false),
        ],
    },
    Object {
        text: r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {note: one}}
data: {a: "1", b: "2"}
binaryData: {c: AAAA}
"#,
        status: None,
        edits: &[
            (&[("a: \"1\"", "a: \"3\""), (", b: \"2\"", "")], true),
            (&[("binaryData: {c: AAAA}\n", "")], true),
            (&[("{note: one}", "{note: two, more: x}")], true),
        ],
    },
    Object {
        text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: frozen}\nimmutable: true\ndata: {a: \"1\"}\n",
        status: None,
        edits: &[
            (&[("metadata: {name: frozen}", "metadata: {name: frozen, labels: {app: web}}")], true),
            (&[("a: \"1\"", "a: \"2\"")], false),
            (&[("immutable: true", "immutable: false")], false),
        ],
    },
    Object {
        text: "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\ntype: Opaque\nstringData: {a: one, b: two}\n",
        status: None,
        edits: &[
            (&[("a: one", "a: other")], true),
            (&[("type: Opaque", "type: example.com/other")], false),
        ],
    },
    Object {
        text: r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: nginx
  tls: [{hosts: [web.example.com], secretName: web}]
  rules:
    - host: web.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
",
        status: None,
        edits: &[
            (&[("number: 80", "number: 81")], true),
            (&[("web.example.com", "www.example.com")], true),
            (&[("  tls: [{hosts: [web.example.com], secretName: web}]\n", "")], true),
        ],
    },
    Object {
        text: r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {}}, {podSelector: {}, namespaceSelector: {matchLabels: {a: b}}}], ports: [{port: 80}, {port: 81}]}]
",
        status: None,
        edits: &[
            (&[(", {port: 81}", "")], true),
            (&[("from: [{podSelector: {}}", "from: [{namespaceSelector: {}}")], true),
            (&[(", namespaceSelector: {matchLabels: {a: b}}", "")], true),
            (&[("{podSelector: {}}, ", "")], true),
            (&[("matchLabels: {app: web}", "matchLabels: {app: api}")], true),
        ],
    },
    Object {
        text: r"
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  minReplicas: 2
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 500m}}}]
",
        status: None,
        edits: &[
            (&[("maxReplicas: 5", "maxReplicas: 9")], true),
            (&[("averageValue: 500m", "averageValue: \"0.5\"")], true),
            (&[("averageValue: 500m", "averageValue: 600m")], true),
            (&[("  minReplicas: 2\n", "")], true),
        ],
    },
    Object {
        text: "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 2, selector: {matchLabels: {app: web}}}\n",
        status: None,
        edits: &[
            (&[("minAvailable: 2", "minAvailable: 50%")], true),
            (&[("minAvailable: 2", "maxUnavailable: 1")], true),
            (&[("app: web", "app: api")], true),
        ],
    },
    Object {
        text: "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: all}\nspec: {hard: {requests.cpu: 2000m, pods: 20}, scopes: [NotTerminating]}\n",
        status: None,
        edits: &[
            (&[("2000m", "2")], true),
            (&[("pods: 20", "pods: 30")], true),
            (&[("NotTerminating", "Terminating")], false),
        ],
    },
    Object {
        text: "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\nautomountServiceAccountToken: false\nimagePullSecrets: [{name: one}]\n",
        status: None,
        edits: &[
            (&[("automountServiceAccountToken: false\n", "")], true),
            (&[("name: one", "name: two")], true),
        ],
    },
    Object {
        text: r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web, namespace: default}]
",
        status: None,
        edits: &[
            (&[("name: web, namespace", "name: api, namespace")], true),
            (&[("name: view", "name: edit")], false),
        ],
    },
    Object {
        text: "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: web}\nrules: [{apiGroups: [\"\"], resources: [pods], verbs: [get, list]}]\n",
        status: None,
        edits: &[
            (&[("[get, list]", "[get, list, watch]")], true),
        ],
    },
    Object {
        text: "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: csi.example.com\nparameters: {type: ssd}\nallowVolumeExpansion: true\n",
        status: None,
        edits: &[
            (&[("allowVolumeExpansion: true", "allowVolumeExpansion: false")], true),
            (&[("type: ssd", "type: hdd")], false),
            (&[("provisioner: csi.example.com", "provisioner: csi.example.com\nreclaimPolicy: Retain")], false),
            (&[("provisioner: csi.example.com", "provisioner: other.example.com")], false),
        ],
    },
    Object {
        text: "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: bound}\nspec: {storageClassName: fast, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n",
        status: Some(r#"{"phase": "Bound", "capacity": {"storage": "1Gi"}}"#),
        edits: &[
            (&[("storage: 1Gi", "storage: 1024Mi")], true),
            (&[("storage: 1Gi", "storage: 2Gi")], true),
            (&[("storage: 1Gi", "storage: 512Mi")], false),
            (&[("ReadWriteOnce", "ReadWriteMany")], false),
            (&[("storageClassName: fast", "storageClassName: slow")], false),
        ],
    },
    Object {
        text: "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: waits}\nspec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}\n",
        status: None,
        edits: &[
            (&[("storage: 1Gi", "storage: 2Gi")], false),
        ],
    },
    Object {
        text: "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n",
        status: None,
        edits: &[
            (&[("value: 1000", "value: 1000\ndescription: high")], true),
            (&[("value: 1000", "value: 2000")], false),
        ],
    },
    Object {
        text: "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\nspec: {controller: example.com/nginx}\n",
        status: None,
        edits: &[
            (&[("example.com/nginx", "example.com/other")], false),
        ],
    },
    Object {
        text: r#"
apiVersion: v1
kind: Pod
metadata: {name: once}
spec:
  serviceAccountName: web
  automountServiceAccountToken: false
  containers: [{name: once, image: "registry.example.com/once:v1", env: [{name: A, value: "1"}]}]
"#,
        status: None,
        edits: &[
            (&[("once:v1", "once:v2")], true),
            (&[("spec:", "spec:\n  activeDeadlineSeconds: 60")], true),
            (&[("spec:", "spec:\n  tolerations: [{key: gpu, operator: Exists}]")], true),
            (&[("value: \"1\"", "value: \"2\"")], false),
        ],
    },
    Object {
        text: r#"
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example.com/web:v1"}]}
"#,
        status: None,
        edits: &[
            (&[("web:v1", "web:v2")], true),
            (&[("app: web", "app: api")], false),
        ],
    },
    Object {
        text: "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {name: web}\nrevision: 1\ndata: {a: b}\n",
        status: None,
        edits: &[
            (&[("revision: 1", "revision: 2")], true),
            (&[("a: b", "a: c")], false),
        ],
    },
    Object {
        text: "apiVersion: v1\nkind: Secret\nmetadata: {name: frozen}\nimmutable: true\nstringData: {a: one}\n",
        status: None,
        edits: &[
            (&[("{name: frozen}", "{name: frozen, labels: {a: b}}")], true),
            (&[("a: one", "a: two")], false),
        ],
    },
    Object {
        text: r"
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: fast
  csi: {driver: csi.example.com, volumeHandle: one}
",
        status: None,
        edits: &[
            (&[("storage: 1Gi", "storage: 2Gi")], true),
            (&[("Retain", "Delete")], true),
            (&[("volumeHandle: one", "volumeHandle: two")], false),
            (&[("storageClassName: fast", "volumeMode: Block")], false),
        ],
    },
    Object {
        text: "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: kata}\nhandler: kata\n",
        status: None,
        edits: &[
            (&[("handler: kata", "handler: kata\noverhead: {podFixed: {cpu: 100m}}")], true),
            (&[("handler: kata", "handler: other")], false),
        ],
    },
    Object {
        text: "apiVersion: storage.k8s.io/v1\nkind: CSIDriver\nmetadata: {name: csi.example.com}\nspec: {attachRequired: true, podInfoOnMount: false}\n",
        status: None,
        edits: &[
            (&[("podInfoOnMount: false", "podInfoOnMount: true")], true),
            (&[("attachRequired: true", "attachRequired: false")], false),
        ],
    },
    Object {
        text: "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web}\naddressType: IPv4\nendpoints: [{addresses: [10.0.0.1]}]\nports: [{name: http, port: 80}]\n",
        status: None,
        edits: &[
            (&[("port: 80", "port: 81")], true),
            (&[("10.0.0.1", "10.0.0.2")], true),
            (&[("IPv4", "IPv6"), ("10.0.0.1", "fd00::1")], false),
        ],
    },
    Object {
        text: r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: ana}]
",
        status: None,
        edits: &[
            (&[("name: ana", "name: jo")], true),
            (&[("name: view", "name: edit")], false),
        ],
    },
    Object {
        text: r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: runners.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: runners, singular: runner, kind: Runner, listKind: RunnerList}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
",
        status: None,
        edits: &[
            (&[("{type: integer}", "{type: string}")], true),
            (&[("listKind: RunnerList", "listKind: RunnerList, shortNames: [rn]")], true),
            (&[("plural: runners", "plural: racers")], false),
        ],
    },
    Object {
        text: r#"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: web}
webhooks:
  - name: one.example.com
    clientConfig: {url: "https://one.example.com/"}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    sideEffects: None
    admissionReviewVersions: [v1]
    namespaceSelector: {matchLabels: {guarded: "true"}}
"#,
        status: None,
        edits: &[
            (&[("[CREATE]", "[CREATE, UPDATE]")], true),
            (&[("one.example.com/", "two.example.com/")], true),
            (&[("    namespaceSelector: {matchLabels: {guarded: \"true\"}}\n", "    failurePolicy: Ignore\n")], true),
        ],
    },
    Object {
        text: "apiVersion: v1\nkind: LimitRange\nmetadata: {name: all}\nspec: {limits: [{type: Container, default: {cpu: 1000m}, defaultRequest: {cpu: 500m}}]}\n",
        status: None,
        edits: &[
            (&[("1000m", "1"), ("500m", "0.5")], true),
            (&[("500m", "600m")], true),
        ],
    },
];
