//! Where Velero is, for the commands that people are shown.

use kube::Api;
use kube::ResourceExt as _;
use kube::api::ListParams;
use tidegate_api::Connection;
use tidegate_api::connection::ConnectionKind;
use tidegate_connect::velero::NAMESPACE;

use crate::cluster::Cluster;

/// The Connections to Velero, as far as they may be seen.
pub(crate) struct VeleroNamespaces(Vec<Connection>);

impl VeleroNamespaces {
    /// The namespace of Velero in a cluster: what the Connection for it says, or one
    /// that names no cluster, or else Velero's own.
    pub(crate) fn of(&self, cluster: &str) -> String {
        let of = |wanted: Option<&str>| {
            let mut connections = self.0.iter();
            connections.find(|connection| connection.spec.cluster.as_deref() == wanted)
        };
        of(Some(cluster))
            .or_else(|| of(None))
            .and_then(|connection| connection.spec.namespace.clone())
            .unwrap_or_else(|| NAMESPACE.to_owned())
    }
}

impl Cluster {
    /// The Connections to Velero; none where they may not be seen.
    pub(crate) async fn velero_namespaces(&self) -> VeleroNamespaces {
        let connections: Api<Connection> = Api::all(self.client());
        let listed = connections.list(&ListParams::default()).await;
        let mut found = listed.map(|list| list.items).unwrap_or_default();
        found.retain(|connection| connection.spec.kind == ConnectionKind::Velero);
        found.sort_by_key(Connection::name_any);
        VeleroNamespaces(found)
    }
}
