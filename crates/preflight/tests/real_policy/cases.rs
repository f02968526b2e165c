// Policies by their names, which are those of the namespaces that they are for, and
// objects that are held against each of them.

pub(super) const POLICIES: &[(&str, &str)] = &[
    ("few", "
matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments, statefulsets]}]}
validations: [{expression: object.spec.replicas <= 2, message: at most two replicas}]
"),
    ("labelled", "
validations: [{expression: \"has(object.metadata.labels) && 'team' in object.metadata.labels\", messageExpression: \"object.kind + ' ' + object.metadata.name + ' has no team'\"}]
"),
    ("unguarded", "
validations: [{expression: object.metadata.labels.team == 'shop'}]
"),
    ("ignored", "
failurePolicy: Ignore
validations: [{expression: object.metadata.labels.team == 'shop'}]
"),
    ("latest", "
variables:
  - {name: containers, expression: \"has(object.spec) && has(object.spec.template) ? object.spec.template.spec.containers : []\"}
  - {name: latest, expression: \"variables.containers.filter(c, !c.image.contains(':') || c.image.endsWith(':latest'))\"}
validations: [{expression: variables.latest.size() == 0, messageExpression: \"'latest: ' + variables.latest.map(c, c.name).join(', ')\"}]
"),
    ("filled", "
matchConstraints: {resourceRules: [{apiGroups: [apps, batch], apiVersions: [v1], operations: [CREATE], resources: ['*']}]}
validations:
  - {expression: \"object.spec.template.spec.restartPolicy in ['Always', 'Never']\", message: restarts}
  - {expression: \"object.spec.template.spec.containers.all(c, c.imagePullPolicy == 'IfNotPresent')\", message: pulls}
  - {expression: \"object.spec.template.spec.containers.all(c, has(c.terminationMessagePolicy))\", message: messages}
  - {expression: has(object.spec.template.spec.securityContext), message: security}
"),
    ("rolling", "
matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments]}]}
matchConditions: [{name: rolls, expression: object.spec.strategy.type == 'RollingUpdate'}]
validations: [{expression: string(object.spec.strategy.rollingUpdate.maxSurge) != '25%', message: not so fast, reason: Forbidden}]
"),
    ("memory", "
matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: ['*']}]}
validations:
  - {expression: \"object.spec.template.spec.containers.all(c, has(c.resources.limits) && 'memory' in c.resources.limits)\", message: say how much memory}
  - {expression: \"object.spec.template.spec.containers.all(c, quantity(c.resources.requests.memory).isLessThan(quantity('1Gi')))\", message: too much memory}
"),
    ("optional", "
validations: [{expression: \"object.?metadata.?annotations[?'example.com/owner'].orValue('') != ''\", message: ' name an owner '}]
"),
    ("configured", "
paramKind: {apiVersion: v1, kind: ConfigMap}
matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]}
binding: {paramRef: {name: most, parameterNotFoundAction: Deny}}
validations: [{expression: object.spec.replicas < int(params.data.most), messageExpression: \"'fewer than ' + params.data.most\"}]
"),
    ("missing", "
paramKind: {apiVersion: v1, kind: ConfigMap}
validations: [{expression: params != null && params.data.most == '5', message: no parameters}]
"),
    ("chosen", "
matchConstraints:
  objectSelector: {matchExpressions: [{key: team, operator: In, values: [shop]}]}
  resourceRules: [{apiGroups: ['', apps], apiVersions: [v1], operations: ['*'], resources: ['*'], scope: Namespaced}]
  excludeResourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]
validations: [{expression: object.metadata.name.startsWith('shop-'), message: begin with shop-}]
"),
    ("asked", "
validations:
  - {expression: \"request.kind.kind == object.kind && request.name == object.metadata.name\"}
  - {expression: \"request.operation == 'CREATE' && oldObject == null && request.namespace == 'asked'\"}
  - {expression: \"request.resource.resource != 'configmaps'\", message: no ConfigMaps}
"),
    ("space", "
validations: [{expression: \"object.metadata.namespace == 'space' && !('note' in object.metadata.?annotations.orValue({}))\"}]
"),
    ("nested", "
validations:
  - {expression: \"!has(object.spec) || !has(object.spec.template) || object.?spec.template.spec.?securityContext.orValue({}).size() == 0\", message: first}
  - {expression: \"object.metadata.?labels.?team.hasValue() || object.metadata.?annotations[?'note'].hasValue() || object.kind == 'Job'\", message: second}
  - {expression: \"object.metadata.?labels.team.orValue('bank') != 'bank' || optional.none().hasValue() || object.kind != 'Secret'\", message: third}
"),
    ("libraries", "
validations:
  - {expression: \"object.metadata.name.upperAscii().replace('E', 'X').lowerAscii() != 'wxb' || isQuantity('1Gi')\", message: a}
  - {expression: \"sets.intersects([object.kind], ['ConfigMap', 'Secret', 'Service', 'Deployment']) ? object.kind.size() > 6 : true\", message: b}
  - {expression: \"['web', 'api', 'once'].exists_one(n, n == object.metadata.name) || object.kind in ['Job', 'Secret']\", message: c}
  - {expression: \"!has(object.spec) || !has(object.spec.replicas) || double(object.spec.replicas) / 2.0 < 2.0\", message: d}
  - {expression: \"!isURL(object.metadata.name) && ip.isCanonical('10.0.0.1')\", message: e}
  - {expression: \"'%s of %d'.format([object.kind, 2]) != 'Job of 2'\", messageExpression: \"'%s of %d'.format([object.kind, 2])\"}
"),
    ("matched", "
validations: [{expression: \"object.metadata.name.matches('^[a-z]+$') && object.metadata.name.split('e').size() < 4\", message: \"a name, such as \\\"web\\\"\"}]
"),
];

pub(super) const OBJECTS: &[&str] = &[
    "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: debug}
",
    "
apiVersion: v1
kind: ConfigMap
metadata: {name: shop-settings, labels: {team: shop, app.kubernetes.io/name: shop}, annotations: {example.com/owner: shop, note: none}}
",
    "
apiVersion: v1
kind: Secret
metadata: {name: references, labels: {team: bank}}
stringData: {a: b}
",
    "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {team: shop}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.example.com/web}]}
",
    "
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, annotations: {example.com/owner: api}}
spec:
  replicas: 4
  strategy: {rollingUpdate: {maxSurge: 1}}
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - {name: api, image: 'registry.example.com/api:v1', resources: {limits: {memory: 2Gi, cpu: 1}}}
        - {name: side, image: 'registry.example.com/side:v1', resources: {limits: {memory: 64Mi}, requests: {memory: 32Mi}}}
",
    "
apiVersion: apps/v1
kind: Deployment
metadata: {name: once}
spec:
  replicas: 1
  strategy: {type: Recreate}
  selector: {matchLabels: {app: once}}
  template:
    metadata: {labels: {app: once}}
    spec: {containers: [{name: once, image: 'registry.example.com/once:v1', resources: {limits: {memory: 64Mi}}}]}
",
    "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: database, labels: {team: shop}}
spec:
  replicas: 3
  selector: {matchLabels: {app: database}}
  template:
    metadata: {labels: {app: database}}
    spec: {containers: [{name: database, image: 'registry.example.com/database:latest'}]}
",
    "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: 'registry.example.com/agent:v2'}]}
",
    "
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: migrate, image: 'registry.example.com/migrate:v2'}]}
",
    "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
",
];
