//! The three Applications of the story, as they stand in the cluster.

use kube::{
    Api, ResourceExt,
    api::{DynamicObject, ListParams, Patch, PatchParams},
};
use serde_json::{Value, json};
use tidegate_testkit::argo_cd;

use super::super::{
    DemoError,
    stage::{Stage, eventually},
};

/// An Application, and the namespace that it deploys api-gateway to.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Application {
    pub(in super::super) name: &'static str,
    pub(in super::super) namespace: &'static str,
}

/// In the order in which a change reaches them, a stage each.
pub(in super::super) const ALL: [Application; 3] = [
    Application {
        name: "gateway-canary",
        namespace: "production-canary",
    },
    Application {
        name: "gateway-staged",
        namespace: "production-staged",
    },
    Application {
        name: "gateway-full",
        namespace: "production-full",
    },
];

/// Where they deploy to, in the same order.
pub(in super::super) fn namespaces() -> Vec<String> {
    ALL.map(|application| application.namespace.to_owned())
        .to_vec()
}

/// Asks Argo CD to look now, and is gone once it has (Argo CD, "Annotations and Labels").
const REFRESH: &str = "argocd.argoproj.io/refresh";

/// An Application at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) struct Standing {
    /// The branch or commit that it is to deploy.
    pub(in super::super) points_at: String,
    /// The commit that Argo CD compared the cluster with last.
    pub(in super::super) compared_with: String,
    /// The cluster was as that commit says.
    pub(in super::super) synced: bool,
    /// Its objects were healthy.
    pub(in super::super) healthy: bool,
    /// Argo CD syncs by itself, and undoes what others change.
    pub(in super::super) automated: bool,
}

impl Standing {
    fn of(application: &Value) -> Self {
        let text = |pointer: &str| {
            let text = application.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Self {
            points_at: text("/spec/source/targetRevision"),
            compared_with: text("/status/sync/revision"),
            synced: text("/status/sync/status") == "Synced",
            healthy: text("/status/health/status") == "Healthy",
            automated: application.pointer("/spec/syncPolicy/automated/selfHeal")
                == Some(&Value::Bool(true)),
        }
    }

    /// This commit is out, and well.
    pub(in super::super) fn runs(&self, revision: &str) -> bool {
        self.compared_with == revision && self.synced && self.healthy
    }

    /// It is pinned to this commit, which is out and well.
    pub(in super::super) fn is_settled_at(&self, revision: &str) -> bool {
        self.points_at == revision && self.runs(revision)
    }
}

/// All three at one moment.
pub(in super::super) async fn standings(stage: &Stage) -> Result<[Standing; 3], DemoError> {
    let applications = api(stage)
        .list(&ListParams::default())
        .await
        .map_err(DemoError::request("read the Applications"))?;
    Ok(ALL.map(|Application { name, .. }| {
        let found = applications.iter().find(|found| found.name_any() == name);
        found.map_or_else(Standing::default, |found| Standing::of(&found.data))
    }))
}

/// Waits until Argo CD has brought all three to this commit.
pub(in super::super) async fn all_run(stage: &Stage, revision: &str) -> Result<(), DemoError> {
    eventually("Argo CD to sync all three Applications", async || {
        let standings = standings(stage).await.map_err(|error| error.to_string())?;
        if standings.iter().all(|standing| standing.runs(revision)) {
            Ok(())
        } else {
            Err(format!("there is {standings:?}"))
        }
    })
    .await
}

/// Has Argo CD ask the repository again and compare, and returns when it has.
pub(in super::super) async fn refreshed(stage: &Stage) -> Result<(), DemoError> {
    let ask = json!({"metadata": {"annotations": {REFRESH: "hard"}}});
    for Application { name, .. } in ALL {
        api(stage)
            .patch(name, &PatchParams::default(), &Patch::Merge(&ask))
            .await
            .map_err(DemoError::request(format!("have {name} refreshed")))?;
    }
    eventually("Argo CD to look again", async || {
        let applications = api(stage).list(&ListParams::default()).await;
        let applications = applications.map_err(|error| error.to_string())?;
        let waits = |application: &&DynamicObject| application.annotations().contains_key(REFRESH);
        match applications.iter().find(waits) {
            None => Ok(()),
            Some(waits) => Err(format!("{} waits", waits.name_any())),
        }
    })
    .await
}

fn api(stage: &Stage) -> Api<DynamicObject> {
    argo_cd::applications(&stage.cluster.admin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_argo_cd_has_compared_and_found_well_is_settled() {
        let application = json!({
            "spec": {
                "source": {"targetRevision": "new"},
                "syncPolicy": {"automated": {"selfHeal": true}},
            },
            "status": {
                "sync": {"status": "Synced", "revision": "new"},
                "health": {"status": "Healthy"},
            },
        });
        let standing = Standing::of(&application);
        assert!(standing.is_settled_at("new") && standing.automated);
        for (pointer, other) in [
            ("/spec/source/targetRevision", "main"),
            ("/status/sync/revision", "old"),
            ("/status/sync/status", "OutOfSync"),
            ("/status/health/status", "Progressing"),
        ] {
            let mut application = application.clone();
            *application.pointer_mut(pointer).unwrap() = json!(other);
            assert!(
                !Standing::of(&application).is_settled_at("new"),
                "{pointer}"
            );
        }
        assert!(!Standing::of(&json!({})).automated);
    }
}
