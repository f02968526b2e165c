//! The two services of the story, and the images that stand for their versions.

/// A service that runs in the production namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    ApiGateway,
    Checkout,
}

impl Service {
    /// Its name, which is also that of its Deployment, its folder and its target.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ApiGateway => "api-gateway",
            Self::Checkout => "checkout",
        }
    }

    /// How many pods its manifests ask for.
    pub(super) const fn replicas(self) -> usize {
        match self {
            Self::ApiGateway => 4,
            Self::Checkout => 3,
        }
    }

    /// What runs before the story begins.
    pub(super) const fn first_version(self) -> &'static str {
        match self {
            Self::ApiGateway => "v2.4.3",
            Self::Checkout => "v1.9.0",
        }
    }

    /// The manifest of its Deployment in the repository.
    pub(super) fn manifest(self) -> String {
        format!("services/{}/base/deployment.yaml", self.name())
    }

    /// The overlay that production gets.
    pub(super) fn overlay(self) -> String {
        format!("services/{}/overlays/production", self.name())
    }
}

/// Where images come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Images {
    /// Names that nobody pulls: kwok plays the pods.
    Played,
    /// Two releases of Kubernetes' own test server, which answers `/healthz` on port 8080, stand for two versions.
    Pulled,
}

const AGNHOST: &str = "registry.k8s.io/e2e-test-images/agnhost";

impl Images {
    /// The image of a version.
    pub(super) fn of(self, service: Service, version: &str) -> String {
        match self {
            Self::Played => format!("registry.example.com/{}:{version}", service.name()),
            Self::Pulled if version == service.first_version() => format!("{AGNHOST}:2.53"),
            Self::Pulled => format!("{AGNHOST}:2.55"),
        }
    }

    /// The image and the command of the Job that tries the gateway from inside the cluster.
    pub(super) fn smoke_test(self) -> (String, Vec<&'static str>) {
        match self {
            Self::Played => (
                "registry.example.com/smoke-test:v1.4.0".to_owned(),
                vec!["smoke-test", "http://api-gateway/healthz"],
            ),
            Self::Pulled => (
                format!("{AGNHOST}:2.55"),
                vec!["/agnhost", "connect", "api-gateway:80", "--timeout=10s"],
            ),
        }
    }
}
