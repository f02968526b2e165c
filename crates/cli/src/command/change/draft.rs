//! A target as people type it.

use std::str::FromStr;

use tidegate_api::change::Target;

use crate::exit::Exit;
use crate::failure::Explain;

/// A target as people type it: `NAME=PATH@NAMESPACE`, or with a cluster
/// `NAME=PATH@CLUSTER/NAMESPACE`. Where Argo CD delivers it is
/// `APPLICATION@NAMESPACE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TypedTarget {
    name: String,
    by: By,
    cluster: Option<String>,
    namespace: Option<String>,
}

/// Who delivers a target.
#[derive(Debug, Clone, PartialEq, Eq)]
enum By {
    /// Tidegate itself, from this path.
    Path(String),
    /// Argo CD, by this Application.
    Application(String),
}

/// Text that is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "write NAME=PATH@NAMESPACE, such as api-gateway=services/api-gateway/overlays/production@production, or APPLICATION@NAMESPACE where Argo CD delivers"
)]
pub(super) struct TypedTargetError;

/// Nothing says which namespace a target is in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("target {typed} names no namespace")]
pub(super) struct NoNamespace {
    typed: String,
}

impl Explain for NoNamespace {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        Some(format!(
            "write --target {}@NAMESPACE, or --into NAMESPACE for every target that names none",
            self.typed
        ))
    }
}

impl FromStr for TypedTarget {
    type Err = TypedTargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (what, place) = match text.rsplit_once('@') {
            Some((what, place)) => (what, Some(place)),
            None => (text, None),
        };
        let (name, by) = if let Some((name, path)) = what.split_once('=') {
            (name, By::Path(path.to_owned()))
        } else {
            let name = what.rsplit('/').next().unwrap_or(what);
            (name, By::Application(what.to_owned()))
        };
        let (By::Path(from) | By::Application(from)) = &by;
        let (cluster, namespace) = match place.map(|place| place.split_once('/').ok_or(place)) {
            None => (None, None),
            Some(Ok((cluster, namespace))) => (Some(cluster), Some(namespace)),
            Some(Err(namespace)) => (None, Some(namespace)),
        };
        let given = [Some(name), Some(from.as_str()), cluster, namespace];
        if given.into_iter().flatten().any(str::is_empty) {
            return Err(TypedTargetError);
        }
        Ok(Self {
            name: name.to_owned(),
            cluster: cluster.map(ToOwned::to_owned),
            namespace: namespace.map(ToOwned::to_owned),
            by,
        })
    }
}

impl TypedTarget {
    /// The target, in its own namespace or else in `otherwise`.
    pub(super) fn target(&self, otherwise: Option<&String>) -> Result<Target, NoNamespace> {
        let namespace = self.namespace.as_ref().or(otherwise);
        let (path, application) = match &self.by {
            By::Path(path) => (Some(path.clone()), None),
            By::Application(application) => (None, Some(application.clone())),
        };
        let typed = || match &self.by {
            By::Path(path) => format!("{}={path}", self.name),
            By::Application(application) => application.clone(),
        };
        Ok(Target {
            name: self.name.clone(),
            path,
            cluster: self.cluster.clone(),
            namespace: namespace
                .cloned()
                .ok_or_else(|| NoNamespace { typed: typed() })?,
            application,
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
    fn without_a_path_it_is_an_application() {
        let read = |text: &str| {
            let typed = text.parse::<TypedTarget>().unwrap();
            typed.target(Some(&"other".to_owned())).unwrap()
        };
        let own = read("web@shop");
        assert_eq!(
            (own.name.as_str(), own.application.as_deref(), own.path),
            ("web", Some("web"), None)
        );
        let elsewhere = read("team-argo/web@prod/shop");
        assert_eq!(
            (elsewhere.name.as_str(), elsewhere.application.as_deref()),
            ("web", Some("team-argo/web"))
        );
        assert_eq!(elsewhere.cluster.as_deref(), Some("prod"));
        assert_eq!(read("web").namespace, "other");
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in [
            "team/",
            "@shop",
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
