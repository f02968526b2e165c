//! What is there before the story with Argo CD begins: Argo CD and what it delivers, and then Tidegate.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tidegate_testkit::{argo_cd, control_plane::User};

use super::{
    super::{DemoError, data, objects, set_up, stage::Stage, who_signs},
    applications::{self, ALL, Application},
};

/// The address of the repository in the files of `demo/argocd`.
const REPOSITORY: &str = "https://git.example.com/platform/services.git";
/// The folder of this run that gets them.
const FOLDER: &str = "argocd";

/// Sets the stage, but for the controller.
pub(in super::super) async fn set(stage: &mut Stage) -> Result<(), DemoError> {
    stage.narrator.heading("Before Tidegate: Argo CD as it is");
    let starting = stage
        .narrator
        .waiting("Argo CD starts: redis, its repository server, its application controller");
    stage.cluster.start_argo_cd().await?;
    drop(starting);
    what_argo_cd_delivers(stage).await?;
    let installed = set_up::install(stage, None).await?;
    permissions(stage).await?;
    set_up::rules(stage, ALL[2].namespace, |policy| {
        policy["spec"]["governs"] = json!({"namespaces": ["production-*"]});
        policy["spec"]["stages"] = stages();
    })
    .await?;
    stage.narrator.say(
        "The policy of production-*: two approvals, one of them from sre-team; out to the Applications of the canary, \
         then to those that are labelled staged, then to all; then verified by the workloads' own health, an HTTP probe \
         and a Job. Soaks last seconds here.",
    );
    data::tell_rules(stage);
    who_signs::is_proven(stage, installed).await
}

/// A canary is given time to become ready, but not so much that it is dull to watch.
fn stages() -> Value {
    json!([
        {"name": "canary", "applications": {"names": ["*-canary"]}, "soak": "4s", "within": "30s"},
        {"name": "staged", "applications": {"matchLabels": {"tier": "staged"}}, "soak": "4s", "within": "1m"},
        {"name": "full", "applications": {"names": ["*"]}, "within": "1m"},
    ])
}

/// The project and the Applications, which follow a branch as everybody's do.
async fn what_argo_cd_delivers(stage: &mut Stage) -> Result<(), DemoError> {
    stage.narrator.say(
        "The AppProject in demo/repository allows no source and no destination, its sync windows contradict each other, and \
         its Application names no project. These are repaired copies, from demo/argocd: three Applications of \
         api-gateway, each for a namespace of its own, all following the branch main.",
    );
    let namespaces = ALL.map(|Application { namespace, .. }| objects::namespace(namespace));
    set_up::apply(stage, set_up::list(&namespaces)).await?;
    copy_files(stage)?;
    let apply = ["apply", "--server-side", "-f", "argocd/"];
    stage
        .kubectl(User::Admin, &apply)
        .await?
        .succeeded("kubectl apply")?;
    let revision = stage.repository.head()?;
    let syncing = stage
        .narrator
        .waiting("Argo CD syncs api-gateway v2.4.3 into all three");
    applications::all_run(stage, &revision).await?;
    drop(syncing);
    let get = ["get", "applications", "-n", argo_cd::NAMESPACE];
    stage
        .kubectl(User::Admin, &get)
        .await?
        .succeeded("kubectl get applications")
}

/// Copies `demo/argocd` with the repository of this run.
fn copy_files(stage: &Stage) -> Result<(), DemoError> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../demo")
        .join(FOLDER);
    let target = stage.cluster.folder().join(FOLDER);
    fs::create_dir_all(&target).map_err(|source| DemoError::Write {
        path: target.clone(),
        source,
    })?;
    let address = format!("file://{}", stage.repository.path().display());
    let names = ALL.map(|application| application.name);
    // In the order in which kubectl applies them: Argo CD is slow to look again where the project came late.
    for name in std::iter::once("appproject").chain(names) {
        let file = format!("{name}.yaml");
        let path = source.join(&file);
        let text = fs::read_to_string(&path).map_err(|source| DemoError::Read { path, source })?;
        stage.write(
            &format!("{FOLDER}/{file}"),
            &text.replace(REPOSITORY, &address),
        )?;
    }
    Ok(())
}

async fn permissions(stage: &mut Stage) -> Result<(), DemoError> {
    let changes = stage.cluster.names().changes.clone();
    let mut objects = objects::permissions(&changes, &ALL.map(|application| application.namespace));
    objects.extend(for_applications());
    set_up::apply(stage, set_up::list(&objects)).await?;
    stage.narrator.say(
        "Developers may submit and approve, site reliability engineers may approve and write Argo CD's objects. Tidegate \
         itself may write to the three namespaces, but what runs there only Argo CD delivers. Who is who is the API \
         server's word: dana and lea are developers, marc is of sre-team.",
    );
    Ok(())
}

/// Site reliability engineers write Applications and AppProjects, and see what is told of them.
fn for_applications() -> [Value; 2] {
    let name = "tidegate-demo-argo-cd";
    let metadata = json!({"name": name, "namespace": argo_cd::NAMESPACE});
    [
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": metadata,
            "rules": [
                {
                    "apiGroups": ["argoproj.io"],
                    "resources": ["applications", "appprojects"],
                    "verbs": ["get", "list", "watch", "update", "patch"],
                },
                {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["get", "list", "watch"]},
            ],
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"kind": "Group", "name": "sre-team", "apiGroup": "rbac.authorization.k8s.io"}],
        }),
    ]
}
