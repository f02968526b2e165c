use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Node;
use kube::{
    Api, Client,
    api::{ListParams, ObjectMeta, PostParams},
};

/// kwok plays the nodes that have this annotation.
pub(super) const ANNOTATION: &str = "kwok.x-k8s.io/node";

/// The value of [`ANNOTATION`].
pub(super) const FAKE: &str = "fake";

/// Adds the fake nodes `node-1` to `node-N`.
pub(super) async fn create(client: &Client, count: u8) -> kube::Result<()> {
    let nodes: Api<Node> = Api::all(client.clone());
    for number in 1..=count {
        let name = format!("node-{number}");
        let labels = [
            ("kubernetes.io/hostname", name.as_str()),
            ("kubernetes.io/os", "linux"),
            ("kubernetes.io/arch", "amd64"),
        ];
        let node = Node {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                labels: Some(owned(&labels)),
                annotations: Some(owned(&[(ANNOTATION, FAKE)])),
                ..ObjectMeta::default()
            },
            ..Node::default()
        };
        nodes.create(&PostParams::default(), &node).await?;
    }
    Ok(())
}

/// Whether this many nodes are ready and take pods.
pub(super) async fn are_ready(client: &Client, count: u8) -> bool {
    let nodes: Api<Node> = Api::all(client.clone());
    nodes
        .list(&ListParams::default())
        .await
        .is_ok_and(|list| list.iter().filter(|node| is_ready(node)).count() == usize::from(count))
}

/// A new node keeps pods away until the controller manager has seen that it is ready.
fn is_ready(node: &Node) -> bool {
    let ready = node
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten())
        .any(|condition| condition.type_ == "Ready" && condition.status == "True");
    let tainted = node.spec.iter().any(|spec| {
        spec.taints
            .as_ref()
            .is_some_and(|taints| !taints.is_empty())
    });
    ready && !tainted
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}
