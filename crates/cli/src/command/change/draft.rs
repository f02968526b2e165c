//! A target as people type it.

use std::str::FromStr;

use tidegate_api::change::Target;

use crate::exit::Exit;
use crate::failure::Explain;

/// A target as people type it: `NAME=PATH@NAMESPACE`, or with a cluster
/// `NAME=PATH@CLUSTER/NAMESPACE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TypedTarget {
    name: String,
    path: String,
    cluster: Option<String>,
    namespace: Option<String>,
}

/// Text that is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "write NAME=PATH@NAMESPACE, such as api-gateway=services/api-gateway/overlays/production@production"
)]
pub(super) struct TypedTargetError;

/// Nothing says which namespace a target is in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("target {name} names no namespace")]
pub(super) struct NoNamespace {
    name: String,
    path: String,
}

impl Explain for NoNamespace {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        Some(format!(
            "write --target {}={}@NAMESPACE, or --into NAMESPACE for every target that names none",
            self.name, self.path
        ))
    }
}

impl FromStr for TypedTarget {
    type Err = TypedTargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, rest) = text.split_once('=').ok_or(TypedTargetError)?;
        let (path, place) = match rest.rsplit_once('@') {
            Some((path, place)) => (path, Some(place)),
            None => (rest, None),
        };
        let (cluster, namespace) = match place.map(|place| place.split_once('/').ok_or(place)) {
            None => (None, None),
            Some(Ok((cluster, namespace))) => (Some(cluster), Some(namespace)),
            Some(Err(namespace)) => (None, Some(namespace)),
        };
        let given = [Some(name), Some(path), cluster, namespace];
        if given.into_iter().flatten().any(str::is_empty) {
            return Err(TypedTargetError);
        }
        Ok(Self {
            name: name.to_owned(),
            path: path.to_owned(),
            cluster: cluster.map(ToOwned::to_owned),
            namespace: namespace.map(ToOwned::to_owned),
        })
    }
}

impl TypedTarget {
    /// The target, in its own namespace or else in `otherwise`.
    pub(super) fn target(&self, otherwise: Option<&String>) -> Result<Target, NoNamespace> {
        let namespace = self.namespace.as_ref().or(otherwise);
        Ok(Target {
            name: self.name.clone(),
            path: Some(self.path.clone()),
            cluster: self.cluster.clone(),
            namespace: namespace.cloned().ok_or_else(|| NoNamespace {
                name: self.name.clone(),
                path: self.path.clone(),
            })?,
            application: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_with_its_place() {
        let read = |text: &str| {
            text.parse::<TypedTarget>()
                .unwrap()
                .target(Some(&"other".to_owned()))
                .unwrap()
        };
        let full = read("web=overlays/production@prod/shop");
        assert_eq!(
            (full.name.as_str(), full.path.as_deref()),
            ("web", Some("overlays/production"))
        );
        assert_eq!(
            (full.cluster.as_deref(), full.namespace.as_str()),
            (Some("prod"), "shop")
        );
        let without_cluster = read("web=overlays/production@shop");
        assert_eq!(
            (without_cluster.cluster, without_cluster.namespace.as_str()),
            (None, "shop")
        );
        assert_eq!(read("web=overlays/production").namespace, "other");
        assert_eq!(
            read("web=overlays/a@b@shop").path.as_deref(),
            Some("overlays/a@b")
        );
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in [
            "web",
            "=path",
            "web=",
            "web=path@",
            "web=path@/shop",
            "web=path@prod/",
            "",
        ] {
            assert_eq!(text.parse::<TypedTarget>(), Err(TypedTargetError), "{text}");
        }
    }

    #[test]
    fn a_namespace_is_never_guessed() {
        let target = "web=overlays/production".parse::<TypedTarget>().unwrap();
        assert!(
            target
                .target(None)
                .unwrap_err()
                .hint()
                .unwrap()
                .contains("--into")
        );
    }
}
