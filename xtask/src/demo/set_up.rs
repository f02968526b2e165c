//! What is there before the story begins: Tidegate installed, the services as they run, and a controller.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::{
    apps::v1::Deployment,
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
};
use kube::{Api, api::PostParams};
use serde_json::{Value, json};
use tidegate_api::{ChangePolicy, definitions::custom_resource_definitions, rbac};
use tidegate_testkit::control_plane::User;
use tokio::time::Instant;

use super::{
    DemoError, borrowed, command,
    controller::Controller,
    data, objects,
    probe_server::ProbeServer,
    services::Service,
    stage::{Stage, eventually},
    who_signs,
};

/// How long the controller's token is good for.
const TOKEN_SECONDS: i64 = 24 * 3600;

/// Sets the stage, but for the controller. `context` is that of a lent cluster.
pub(super) async fn set(stage: &mut Stage, context: Option<&str>) -> Result<(), DemoError> {
    let installed = install(stage, context).await?;
    let names = stage.cluster.names().clone();
    let permissions = objects::permissions(&names.changes, &[names.production.as_str()]);
    apply(stage, list(&permissions)).await?;
    stage.narrator.say(&format!(
        "Developers may submit and approve, site reliability engineers may approve, and Tidegate itself may write only \
         to the namespace {}. Who is who is the API server's word: dana and lea are developers, marc is of sre-team.",
        names.production
    ));
    rules(stage, &names.production, |_| {}).await?;
    stage.narrator.say(
        "The policy of production: two approvals, one of them from sre-team; out as a canary of 10 %, then 50 %, then \
         all; then verified by the workloads' own health, an HTTP probe and a Job. Soaks last seconds here.",
    );
    data::tell_rules(stage);
    run_what_runs(stage).await?;
    who_signs::is_proven(stage, installed).await
}

/// Installs the definitions of Tidegate's objects and its roles. Gives when.
pub(super) async fn install(
    stage: &mut Stage,
    context: Option<&str>,
) -> Result<Instant, DemoError> {
    let definitions = crds(stage, &[]).await?;
    let roles = crds(stage, &["--rbac"]).await?;
    if let Some(context) = context {
        let manifests = [definitions.as_slice(), b"---\n", &roles].concat();
        borrowed::refuse_taken(&stage.cluster, context, &manifests).await?;
    }
    stage
        .narrator
        .heading("Before the story: an administrator installs Tidegate");
    for (what, manifests) in [
        ("tidegate crds", definitions),
        ("tidegate crds --rbac", roles),
    ] {
        let line = format!("{what} | kubectl apply --server-side -f -");
        stage.narrator.command("admin", &line);
        let count = apply(stage, manifests).await?;
        stage.narrator.output(&format!("{count} objects applied"));
    }
    let mut wait = stage.cluster.kubectl(User::Admin);
    wait.args(["wait", "--for=condition=Established", "--timeout=60s"]);
    for definition in custom_resource_definitions()? {
        let name = definition["metadata"]["name"].as_str().unwrap_or_default();
        wait.arg(format!("crd/{name}"));
    }
    command::quietly(wait, &[]).await?;
    Ok(Instant::now())
}

async fn crds(stage: &Stage, arguments: &[&str]) -> Result<Vec<u8>, DemoError> {
    let mut crds = stage.cluster.tidegate(User::Admin);
    crds.arg("crds").args(arguments);
    command::quietly(crds, &[]).await
}

/// Applies the calendar and the policy after `edit`, and starts what answers its probe: whether api-gateway in
/// `namespace` is well.
pub(super) async fn rules(
    stage: &mut Stage,
    namespace: &str,
    edit: impl FnOnce(&mut Value),
) -> Result<(), DemoError> {
    let probe = ProbeServer::start(stage.cluster.admin(), namespace).await?;
    let mut policy = objects::policy(stage.cluster.names(), stage.images(), &probe.url());
    edit(&mut policy);
    if stage.keeps_data() {
        policy["spec"]["backup"] = data::rules();
    }
    stage.probe = Some(probe);
    // The real window is told when the first change is in; until then none is near.
    let far = Timestamp::now()
        .saturating_add(Duration::from_hours(1))
        .unwrap_or(Timestamp::MAX);
    apply(stage, list(&[objects::calendar(far), policy])).await?;
    Ok(())
}

/// The services as they run, applied by hand like everything that Tidegate finds when it comes.
async fn run_what_runs(stage: &mut Stage) -> Result<(), DemoError> {
    for service in [Service::ApiGateway, Service::Checkout] {
        let mut build = stage.cluster.command(&stage.cluster.programs().kustomize);
        build
            .arg("build")
            .arg(stage.repository.path().join(service.overlay()));
        let manifests = command::quietly(build, &[]).await?;
        apply(stage, manifests).await?;
    }
    let _waiting = stage
        .narrator
        .waiting("api-gateway v2.4.3 and checkout v1.9.0 come up");
    let namespace = &stage.cluster.names().production;
    let deployments: Api<Deployment> = Api::namespaced(stage.cluster.admin(), namespace);
    eventually("the services to run", async || {
        let mut instead = Vec::new();
        for service in [Service::ApiGateway, Service::Checkout] {
            let deployment = deployments.get(service.name()).await.ok();
            let available = deployment
                .and_then(|deployment| deployment.status?.available_replicas)
                .and_then(|available| usize::try_from(available).ok())
                .unwrap_or(0);
            if available < service.replicas() {
                let (name, wanted) = (service.name(), service.replicas());
                instead.push(format!(
                    "{available} of {wanted} pods of {name} are available"
                ));
            }
        }
        if instead.is_empty() {
            Ok(())
        } else {
            Err(instead.join(", "))
        }
    })
    .await
}

/// Starts `tidegate serve` with a token of its own service account, puts it into `controller`, and waits until it has
/// judged the policy. `arguments` are further ones of `tidegate serve`.
pub(super) async fn start_controller<'a>(
    stage: &Stage,
    controller: &'a mut Option<Controller>,
    arguments: &[&str],
) -> Result<&'a mut Controller, DemoError> {
    let token = token(stage).await?;
    let kubeconfig = stage.cluster.kubeconfig_with_token(&token)?;
    let folder = stage.cluster.folder().to_owned();
    let mut serve = stage.cluster.command(&stage.cluster.programs().tidegate);
    serve
        .env("KUBECONFIG", kubeconfig)
        .args([
            "serve",
            "--ledger",
            "ledger.sqlite",
            "--data",
            "data",
            "--kustomize",
        ])
        .arg(&stage.cluster.programs().kustomize)
        .args(arguments);
    let shown = ["tidegate serve --ledger ledger.sqlite"];
    let shown = [&shown, arguments].concat().join(" ");
    stage.narrator.command("admin", &shown);
    let controller = controller.insert(Controller::start(serve, &folder.join("serve.log"))?);
    let policies: Api<ChangePolicy> = Api::all(stage.cluster.admin());
    let _waiting = stage.narrator.waiting("Tidegate reads the policy");
    let ready = eventually("the policy to be ready", async || {
        let policy = policies
            .get(objects::PRODUCTION)
            .await
            .map_err(|error| error.to_string())?;
        let conditions = policy.status.unwrap_or_default().conditions;
        match conditions
            .iter()
            .find(|condition| condition.type_ == "Ready")
        {
            Some(ready) if ready.status == "True" => Ok(()),
            Some(ready) => Err(format!("it is not: {}", ready.message)),
            None => Err("nobody has judged it".to_owned()),
        }
    });
    tokio::select! {
        ready = ready => ready?,
        ended = controller.ended() => return Err(ended),
    }
    Ok(controller)
}

async fn token(stage: &Stage) -> Result<String, DemoError> {
    let namespace = &stage.cluster.names().changes;
    let accounts: Api<ServiceAccount> = Api::namespaced(stage.cluster.admin(), namespace);
    let request = TokenRequest {
        spec: Some(TokenRequestSpec {
            expiration_seconds: Some(TOKEN_SECONDS),
            ..TokenRequestSpec::default()
        }),
        ..TokenRequest::default()
    };
    let answer = accounts
        .create_token_request(rbac::ACCOUNT, &PostParams::default(), &request)
        .await
        .map_err(DemoError::request(
            "get a token for Tidegate's service account",
        ))?;
    let token = answer.status.and_then(|status| status.token);
    Ok(token.unwrap_or_default())
}

/// Applies objects and remembers them, for a cluster that has to be left as it was found.
pub(super) async fn apply(stage: &mut Stage, manifests: Vec<u8>) -> Result<usize, DemoError> {
    stage.applied.push(manifests.clone());
    stage.cluster.apply(&manifests).await
}

/// Objects as one document.
pub(super) fn list(objects: &[Value]) -> Vec<u8> {
    json!({"apiVersion": "v1", "kind": "List", "items": objects})
        .to_string()
        .into_bytes()
}
