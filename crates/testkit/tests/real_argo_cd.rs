//! The real Argo CD beside the control plane: that it syncs what an Application pins, and survives what tests do to it.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod plane;

use std::path::Path;

use k8s_openapi::api::{apps::v1::Deployment, core::v1::Namespace};
use kube::{
    Api, Client,
    api::{DynamicObject, Patch, PatchParams},
};
use rustix::process::{Pid, test_kill_process};
use serde_json::{Value, json};
use tidegate_testkit::{
    argo_cd::{
        self, ArgoCd, NewApplication, Options, Part, applications, is_synced_and_healthy, project,
        projects, wait_for,
    },
    control_plane::{ControlPlane, User},
    repository::{Author, Edit, GitRepository},
};

use plane::{PATIENCE, create, start, wait};

const DANA: Author<'static> = Author {
    name: "Dana",
    email: "dana@example.com",
};

const DEPLOYMENT: &str = "services/api-gateway/base/deployment.yaml";

/// The recipe's repository with two versions of its service.
struct Versions {
    repository: GitRepository,
    old: String,
    new: String,
}

impl Versions {
    fn of_recipe() -> Self {
        let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/repository");
        let mut repository = GitRepository::from_directory(&recipe).unwrap();
        let old = repository.commit(DANA, "Begin", &[]).unwrap();
        let upgrade = Edit::replace(DEPLOYMENT, "v2.4.3", "v2.5.0");
        let new = repository.commit(DANA, "Upgrade", &[upgrade]).unwrap();
        Self {
            repository,
            old,
            new,
        }
    }
}

/// A control plane with Argo CD and the Application `api-gateway`, pinned to the old version.
struct Delivery {
    // Dropped in this order.
    argo_cd: ArgoCd,
    plane: ControlPlane,
    admin: Client,
    applications: Api<DynamicObject>,
    versions: Versions,
}

impl Delivery {
    async fn start() -> Self {
        let plane = start().await;
        let running = ArgoCd::start(&plane, Options::default())
            .await
            .unwrap_or_else(|error| panic!("{error}: {error:?}"));
        let admin = plane.client(User::Admin).await.unwrap();
        let versions = Versions::of_recipe();
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "production" },
        });
        create(&Api::<Namespace>::all(admin.clone()), namespace)
            .await
            .unwrap();
        argo_cd::create(&projects(&admin), project("production", &json!([])))
            .await
            .unwrap();
        let application = NewApplication {
            name: "api-gateway",
            project: "production",
            repository: versions.repository.path(),
            path: "services/api-gateway/overlays/production",
            revision: &versions.old,
            server: running.server(),
            namespace: "production",
        };
        argo_cd::create(&applications(&admin), application.object())
            .await
            .unwrap();
        let delivery = Self {
            applications: applications(&admin),
            argo_cd: running,
            plane,
            admin,
            versions,
        };
        delivery.runs(&delivery.versions.old, "v2.4.3").await;
        delivery
    }

    /// Waits until `revision` is synced and healthy, and checks that its version is what the cluster runs.
    async fn runs(&self, revision: &str, version: &str) {
        let done = |application: &Value| is_synced_and_healthy(application, revision);
        let what = format!("is synced to {revision} and healthy");
        wait_for(&self.applications, "api-gateway", &what, PATIENCE, done)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        wait(
            &self.deployments(),
            "api-gateway",
            |found: Option<&Deployment>| found.and_then(|found| image(found)) == Some(version),
        )
        .await;
    }

    async fn pin(&self, revision: &str) {
        let patch = json!({ "spec": { "source": { "targetRevision": revision } } });
        self.applications
            .patch("api-gateway", &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap();
    }

    fn deployments(&self) -> Api<Deployment> {
        Api::namespaced(self.admin.clone(), "production")
    }
}

fn image(deployment: &Deployment) -> Option<&str> {
    let containers = &deployment.spec.template.spec.as_ref()?.containers;
    let image = containers.first()?.image.as_deref()?;
    image.rsplit_once(':').map(|(_, version)| version)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_is_synced_forwards_and_back_even_over_a_crash_of_the_controller() {
    let mut delivery = Delivery::start().await;
    let (old, new) = (delivery.versions.old.clone(), delivery.versions.new.clone());
    delivery.pin(&new).await;
    delivery.runs(&new, "v2.5.0").await;
    let part = Part::RepositoryServer;
    delivery.argo_cd.stop_part(part).await.unwrap();
    delivery.argo_cd.start_part(part).await.unwrap();
    delivery.pin(&old).await;
    delivery.runs(&old, "v2.4.3").await;

    // Killed as soon as it has begun to sync.
    delivery.pin(&new).await;
    let begun =
        |application: &Value| application.pointer("/operation/sync/revision") == Some(&json!(new));
    wait_for(
        &delivery.applications,
        "api-gateway",
        "syncs",
        PATIENCE,
        begun,
    )
    .await
    .unwrap_or_else(|error| panic!("{error}"));
    delivery.argo_cd.kill_part(Part::Controller).await.unwrap();
    assert_eq!(delivery.argo_cd.process_ids().count(), 2);
    delivery.argo_cd.start_part(Part::Controller).await.unwrap();
    delivery.runs(&new, "v2.5.0").await;

    let programs: Vec<_> = delivery.argo_cd.process_ids().collect();
    assert_eq!(programs.len(), 3);
    let folder = delivery.argo_cd.directory().to_owned();
    delivery.argo_cd.stop().await;
    assert!(!folder.exists());
    for (part, id) in programs {
        let id = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
        assert!(test_kill_process(id).is_err(), "{part} still runs");
    }
    delivery.plane.stop().await;
}
