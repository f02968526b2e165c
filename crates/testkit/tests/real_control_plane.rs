//! The control plane itself: that it starts, does what Kubernetes does, and is gone afterwards.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod plane;

use std::{
    env,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use k8s_openapi::api::{apps::v1::Deployment, core::v1::Node};
use kube::{Api, Client, api::ListParams};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};
use tidegate_testkit::{
    component::Program,
    control_plane::{AuditLevel, ControlPlane, ControlPlaneError, Options, User},
};
use tokio::time::{sleep, timeout};

use plane::{PATIENCE, create, start, wait};

fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name },
        "spec": {
            "replicas": 3,
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": { "containers": [{ "name": "web", "image": "registry.example.com/web:v1" }] },
            },
        },
    })
}

#[tokio::test]
async fn a_deployment_becomes_ready_and_the_audit_log_names_its_author() {
    let plane = start().await;
    let client = plane.client(User::Admin).await.unwrap();
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    create(&deployments, deployment("web")).await.unwrap();
    wait(&deployments, "web", |found: Option<&Deployment>| {
        found.and_then(|deployment| deployment.status.as_ref()?.ready_replicas) == Some(3)
    })
    .await;

    let events = std::fs::read_to_string(plane.audit_log()).unwrap();
    let creation = events
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|event| event["verb"] == "create" && event["objectRef"]["resource"] == "deployments")
        .unwrap();
    assert_eq!(creation["user"]["username"], "admin");
    assert_eq!(creation["objectRef"]["name"], "web");
    assert!(creation["requestReceivedTimestamp"].is_string());
    assert!(creation.get("requestObject").is_none());
    let replica_set = events
        .lines()
        .find(|line| line.contains("\"verb\":\"create\"") && line.contains("\"replicasets\""))
        .unwrap();
    assert!(replica_set.contains("system:serviceaccount:kube-system:deployment-controller"));
    plane.stop().await;
}

#[tokio::test]
async fn users_are_who_they_say_and_may_do_only_what_rbac_grants() {
    let plane = start().await;
    for user in User::ALL {
        let output = plane
            .kubectl(user)
            .args(["auth", "whoami", "--output=json"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let review: Value = serde_json::from_slice(&output.stdout).unwrap();
        let info = &review["status"]["userInfo"];
        assert_eq!(info["username"], user.name());
        let groups = info["groups"].as_array().unwrap();
        assert!(
            user.groups()
                .iter()
                .all(|group| groups.contains(&json!(group))),
            "{user:?}: {groups:?}"
        );
    }
    let dana = plane.client(User::Dana).await.unwrap();
    let refused = create(
        &Api::<Deployment>::default_namespaced(dana),
        deployment("web"),
    )
    .await;
    match refused {
        Err(kube::Error::Api(status)) => {
            assert_eq!(status.code, 403);
            assert!(
                status.message.contains("\"dana@example.com\""),
                "{}",
                status.message
            );
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
    plane.stop().await;
}

#[tokio::test]
async fn the_api_server_comes_back_on_its_port_with_its_data() {
    let options = Options {
        audit: AuditLevel::RequestResponse,
        ..Options::default()
    };
    let mut plane = ControlPlane::start(options).await.unwrap();
    let client = plane.client(User::Admin).await.unwrap();
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    create(&deployments, deployment("before")).await.unwrap();

    plane.stop_api_server().await.unwrap();
    assert!(deployments.get("before").await.is_err());
    assert!(
        plane
            .process_ids()
            .all(|(program, _)| program != Program::KubeApiserver)
    );

    plane.start_api_server().await.unwrap();
    assert_eq!(
        deployments
            .list(&ListParams::default())
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    // The other programs go on by themselves.
    create(&deployments, deployment("after")).await.unwrap();
    wait(&deployments, "after", |found: Option<&Deployment>| {
        found.and_then(|deployment| deployment.status.as_ref()?.ready_replicas) == Some(3)
    })
    .await;
    assert!(
        nodes(&client)
            .await
            .iter()
            .all(|node| node.spec.as_ref().unwrap().taints.is_none())
    );
    assert!(
        std::fs::read_to_string(plane.audit_log())
            .unwrap()
            .contains("requestObject")
    );
    plane.stop().await;
}

async fn nodes(client: &Client) -> Vec<Node> {
    let all: Api<Node> = Api::all(client.clone());
    all.list(&ListParams::default()).await.unwrap().items
}

#[tokio::test]
async fn stopping_and_dropping_leave_no_process_and_no_file() {
    for by_drop in [false, true] {
        let plane = start().await;
        let processes: Vec<_> = plane.process_ids().collect();
        assert_eq!(processes.len(), 5);
        assert!(processes.iter().all(|(_, id)| runs(*id)));
        let directory = plane.directory().to_owned();
        if by_drop {
            drop(plane);
        } else {
            plane.stop().await;
        }
        let left: Vec<_> = processes.iter().filter(|(_, id)| runs(*id)).collect();
        assert!(left.is_empty(), "{left:?}");
        assert!(!directory.exists());
    }
}

#[tokio::test]
async fn a_program_that_ends_at_once_is_reported_with_its_log() {
    let options = Options {
        api_server_arguments: vec!["--no-such-flag".to_owned()],
        ..Options::default()
    };
    let error = ControlPlane::start(options).await.unwrap_err();
    match &error {
        ControlPlaneError::Ended { program, log, .. } => {
            assert_eq!(*program, Program::KubeApiserver);
            assert!(log.contains("no-such-flag"), "{log}");
        }
        other => panic!("unexpected: {other}"),
    }
}

/// Set in the process that is to be killed.
const HOLDER: &str = "TIDEGATE_TESTKIT_HOLDER";

/// The marker of a line with a process id.
const HELD: &str = "held-process ";

/// The marker of the line with the folder of the control plane, the last one.
const FOLDER: &str = "held-folder ";

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_killed_caller_leaves_no_process() {
    if env::var_os(HOLDER).is_some() {
        let plane = start().await;
        for (_, id) in plane.process_ids() {
            println!("\n{HELD}{id}");
        }
        println!("{FOLDER}{}", plane.directory().display());
        // Until it is killed, or its caller gives up and closes the pipe.
        let _ = std::io::stdin().read_line(&mut String::new());
        return;
    }
    let mut holder = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "a_killed_caller_leaves_no_process",
            "--nocapture",
        ])
        .env(HOLDER, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut held: Vec<u32> = Vec::new();
    let mut folder = None;
    for line in BufReader::new(holder.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        held.extend(line.strip_prefix(HELD).map(|id| id.parse::<u32>().unwrap()));
        folder = line.strip_prefix(FOLDER).map(PathBuf::from);
        if folder.is_some() {
            break;
        }
    }
    assert_eq!(held.len(), 5);
    assert!(held.iter().all(|id| runs(*id)));

    kill_process(Pid::from_child(&holder), Signal::KILL).unwrap();
    holder.wait().unwrap();
    let gone = async {
        while held.iter().any(|id| runs(*id)) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, gone).await.unwrap();
    // A killed process cannot remove its folder.
    std::fs::remove_dir_all(folder.unwrap()).unwrap();
}

/// Whether a process with this id is there and not a zombie.
fn runs(id: u32) -> bool {
    let id = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
    let zombie =
        std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).is_ok_and(|stat| {
            stat.rsplit(')')
                .next()
                .unwrap()
                .trim_start()
                .starts_with('Z')
        });
    test_kill_process(id).is_ok() && !zombie
}
