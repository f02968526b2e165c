//! What the Applications deploy.

use tidegate_testkit::repository::Edit;

/// A service in the repository.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Settings only, which are healthy as soon as they are there.
    Settings,
    /// A Deployment. `broken`: its pods never become ready.
    Deployment {
        broken: bool,
        /// What is synced after it, once it is healthy, so that the sync of a
        /// broken one runs on.
        waits: bool,
    },
}

/// A Deployment.
pub(super) const fn deployment(broken: bool, waits: bool) -> Kind {
    Kind::Deployment { broken, waits }
}

/// The folder of a service.
pub(super) fn folder(name: &str) -> String {
    format!("services/{name}")
}

/// The files of a service at a version.
pub(super) fn files(name: &str, kind: Kind, version: usize) -> [Edit; 2] {
    let folder = folder(name);
    let settings = |wave: u8| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  annotations: {{argocd.argoproj.io/sync-wave: \"{wave}\"}}\ndata: {{version: \"{version}\"}}\n"
        )
    };
    let manifests = match kind {
        Kind::Settings => settings(0),
        Kind::Deployment { broken, waits } => {
            let gate = if broken {
                "      readinessGates: [{conditionType: tidegate.dev/never}]\n"
            } else {
                ""
            };
            format!(
                "{}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: 1\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n{gate}      containers: [{{name: main, image: \"registry.example.com/{name}:v{version}\"}}]\n",
                settings(u8::from(waits))
            )
        }
    };
    [
        Edit::write(
            format!("{folder}/kustomization.yaml"),
            "resources: [all.yaml]\n",
        ),
        Edit::write(format!("{folder}/all.yaml"), manifests),
    ]
}
