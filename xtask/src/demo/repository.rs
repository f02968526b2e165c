//! The Git repository of the story: the recipe's files, and the commits that the changes bring.

use std::path::Path;

use tidegate_testkit::repository::{Author, Edit, GitRepository};

use super::{
    DemoError,
    data::orders::CLAIM,
    services::{Images, Service},
};

/// The branch that the third change follows.
pub(super) const RELEASE_BRANCH: &str = "release/api-gateway";
/// The subject of the commit that moves the branch.
pub(super) const MOVING_SUBJECT: &str = "Log every request, to find the leak";

const PLATFORM: Author<'static> = Author {
    name: "Platform",
    email: "platform@example.com",
};
const DANA: Author<'static> = Author {
    name: "Dana",
    email: "dana@example.com",
};

/// What the containers of a Deployment stand below.
const CONTAINERS: &str = "    spec:\n      containers:";

/// What the volumes of a Deployment stand below.
const PROBE: &str = "            httpGet: {path: /healthz, port: http}\n";

/// The last lines of a Deployment whose pods use a claim.
fn with_volume() -> String {
    format!(
        "{PROBE}          volumeMounts: [{{name: data, mountPath: /data}}]\n      volumes: [{{name: data, \
         persistentVolumeClaim: {{claimName: {CLAIM}}}}}]\n"
    )
}

/// What is wrong with the second change: a gate (Kubernetes, "Pod readiness") that nobody ever opens.
pub(super) fn readiness_gate(service: Service) -> String {
    format!("{}.example.com/warmed-up", service.name())
}

/// The containers below such a gate.
fn gated(service: Service) -> String {
    let gate = readiness_gate(service);
    format!("    spec:\n      readinessGates: [{{conditionType: {gate}}}]\n      containers:")
}

/// The repository with its history so far.
#[derive(Debug)]
pub(super) struct Repository {
    git: GitRepository,
    images: Images,
}

impl Repository {
    /// The repository as it is before the story: what runs in `namespace` now. Nobody who approves has written any of
    /// it, for to a target that Tidegate has never delivered to a change brings all of its history. The pods of `keeper`
    /// use a claim.
    pub(super) fn with_what_runs(
        images: Images,
        namespace: &str,
        keeper: Option<Service>,
    ) -> Result<Self, DemoError> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/repository");
        let mut edits = Vec::new();
        for service in [Service::ApiGateway, Service::Checkout] {
            let overlay = format!("{}/kustomization.yaml", service.overlay());
            let wanted = format!("namespace: {namespace}");
            edits.push(Edit::replace(overlay, "namespace: production", wanted));
            let version = service.first_version();
            let mut image = images.of(service, version);
            if images == Images::Pulled {
                image.push_str("\n          args: [netexec]");
            }
            let recipe = Images::Played.of(service, version);
            edits.push(Edit::replace(service.manifest(), recipe, image));
        }
        if let Some(keeper) = keeper {
            edits.push(Edit::replace(keeper.manifest(), PROBE, with_volume()));
        }
        let mut git = GitRepository::from_directory(&source)?;
        git.commit(PLATFORM, "The services as they run", &edits)?;
        Ok(Self { git, images })
    }

    /// Where it can be fetched from.
    pub(super) fn path(&self) -> &Path {
        self.git.path()
    }

    /// The commit at the end of main.
    pub(super) fn head(&self) -> Result<String, DemoError> {
        Ok(self.git.revision("main")?)
    }

    /// Dana's upgrade of api-gateway to v2.5.0, from which the release branch starts. Gives the commit id.
    pub(super) fn upgrade(&mut self) -> Result<String, DemoError> {
        let image = self.image(Service::ApiGateway, "v2.4.3", "v2.5.0");
        let message = "CHG-1234: Upgrade api-gateway to v2.5.0";
        let revision = self.git.commit(DANA, message, &[image])?;
        self.git.branch(RELEASE_BRANCH)?;
        self.git.switch("main")?;
        Ok(revision)
    }

    /// Dana's upgrade of a service, by CHG-1235, whose pods never become ready. Gives the commit id.
    pub(super) fn bad_upgrade(
        &mut self,
        service: Service,
        from: &str,
        to: &str,
    ) -> Result<String, DemoError> {
        let edits = [
            self.image(service, from, to),
            Edit::replace(service.manifest(), CONTAINERS, gated(service)),
        ];
        let name = service.name();
        let message = format!("CHG-1235: Upgrade {name} to {to}, ready only when warmed up");
        Ok(self.git.commit(DANA, &message, &edits)?)
    }

    /// Dana's second try, by CHG-1236, without the gate. Gives the commit id.
    pub(super) fn without_gate(
        &mut self,
        service: Service,
        from: &str,
        to: &str,
    ) -> Result<String, DemoError> {
        let edits = [
            self.image(service, from, to),
            Edit::replace(service.manifest(), gated(service), CONTAINERS),
        ];
        let message = format!("CHG-1236: Upgrade {} to {to}", service.name());
        Ok(self.git.commit(DANA, &message, &edits)?)
    }

    /// Dana's commit on the release branch. Gives its id.
    pub(super) fn release(&mut self) -> Result<String, DemoError> {
        self.git.switch(RELEASE_BRANCH)?;
        let config = "services/api-gateway/base/configmap.yaml";
        let edits = [Edit::replace(config, "LOG_LEVEL: info", "LOG_LEVEL: warn")];
        let message = "CHG-1236: Log only warnings";
        Ok(self.git.commit(DANA, message, &edits)?)
    }

    /// Dana's further commit on the release branch, which moves it. Gives its id.
    pub(super) fn move_release(&mut self) -> Result<String, DemoError> {
        let config = "services/api-gateway/base/configmap.yaml";
        let edits = [Edit::replace(config, "LOG_LEVEL: warn", "LOG_LEVEL: debug")];
        Ok(self.git.commit(DANA, MOVING_SUBJECT, &edits)?)
    }

    fn image(&self, service: Service, from: &str, to: &str) -> Edit {
        let (from, to) = (self.images.of(service, from), self.images.of(service, to));
        Edit::replace(service.manifest(), from, to)
    }
}
