//! Which story is told.

use super::{
    Arguments, DemoError, With, acts, argo_cd, claims::Claims, look_around, set_up, stage::Stage,
};

/// A story: what is there before, its acts, and what is left to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Play {
    /// Tidegate delivers by itself.
    OwnDelivery,
    /// Argo CD delivers.
    ArgoCd,
}

impl Play {
    /// The one that is asked for. Argo CD runs beside the control plane, so a lent cluster cannot have it.
    pub(super) const fn of(arguments: &Arguments) -> Result<Self, DemoError> {
        match (arguments.with, &arguments.context) {
            (None, _) => Ok(Self::OwnDelivery),
            (Some(With::Argocd), None) => Ok(Self::ArgoCd),
            (Some(With::Argocd), Some(_)) => Err(DemoError::NeedsOwnControlPlane),
        }
    }

    /// Sets the stage, but for the controller. `context` is that of a lent cluster.
    pub(super) async fn set(
        self,
        stage: &mut Stage,
        context: Option<&str>,
    ) -> Result<(), DemoError> {
        match self {
            Self::OwnDelivery => set_up::set(stage, context).await,
            Self::ArgoCd => argo_cd::set_up::set(stage).await,
        }
    }

    /// What `tidegate serve` is told beside where its files are: by which name Argo CD knows the cluster.
    pub(super) const fn serve_arguments(self) -> &'static [&'static str] {
        match self {
            Self::OwnDelivery => &[],
            Self::ArgoCd => &["--cluster", "production"],
        }
    }

    /// Plays all acts in order.
    pub(super) async fn act(self, stage: &mut Stage, claims: &mut Claims) -> Result<(), DemoError> {
        match self {
            Self::OwnDelivery => acts::play(stage, claims).await,
            Self::ArgoCd => acts::argo_cd::play(stage, claims).await,
        }
    }

    /// Says how to look around while everything is up.
    pub(super) fn invite(self, stage: &Stage) {
        match self {
            Self::OwnDelivery => look_around::invite(stage),
            Self::ArgoCd => argo_cd::look_around::invite(stage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lent_cluster_is_not_for_argo_cd() {
        let arguments = |with, context: Option<&str>| Arguments {
            once: true,
            context: context.map(str::to_owned),
            with,
        };
        assert_eq!(
            Play::of(&arguments(None, Some("kind"))).unwrap(),
            Play::OwnDelivery
        );
        assert_eq!(
            Play::of(&arguments(Some(With::Argocd), None)).unwrap(),
            Play::ArgoCd
        );
        let refused = Play::of(&arguments(Some(With::Argocd), Some("kind"))).unwrap_err();
        assert!(
            refused.to_string().contains("a control plane of its own"),
            "{refused}"
        );
    }
}
