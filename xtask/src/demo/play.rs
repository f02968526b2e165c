//! Which story is told.

use tidegate_testkit::component::Program;

use super::{
    Arguments, DemoError, With, acts, argo_cd, claims::Claims, data, look_around,
    services::Service, set_up, stage::Stage,
};

/// A story: what is there before, its acts, and what is left to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Play {
    delivery: Delivery,
    /// A service keeps data, and Velero backs it up.
    keeps_data: bool,
}

/// Who brings changes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    /// Tidegate by itself.
    Own,
    /// Argo CD.
    ArgoCd,
}

impl Play {
    /// The one that is asked for. What takes part in it runs beside the control plane, so a lent cluster cannot have it.
    pub(super) fn of(arguments: &Arguments) -> Result<Self, DemoError> {
        let with = &arguments.with;
        if !with.is_empty() && arguments.context.is_some() {
            return Err(DemoError::NeedsOwnControlPlane);
        }
        let delivery = if with.contains(&With::Argocd) {
            Delivery::ArgoCd
        } else {
            Delivery::Own
        };
        Ok(Self {
            delivery,
            keeps_data: with.contains(&With::Velero),
        })
    }

    /// What has to be there beside the control plane.
    pub(super) fn programs(self) -> Vec<Program> {
        let mut programs = Vec::new();
        if self.delivery == Delivery::ArgoCd {
            programs.push(Program::Argocd);
        }
        if self.keeps_data {
            programs.extend(data::PROGRAMS);
        }
        programs
    }

    /// What plays, on a control plane of its own, and what of it is real.
    pub(super) fn introduction(self) -> String {
        let who = match (self.delivery, self.keeps_data) {
            (Delivery::Own, false) => {
                "Tidegate on a real Kubernetes control plane of its own: etcd, the API server, the controllers and the \
                 scheduler, started for this."
            }
            (Delivery::Own, true) => {
                "Tidegate and the real Velero on a real Kubernetes control plane of their own, started for this with an \
                 object store and a storage driver."
            }
            (Delivery::ArgoCd, false) => {
                "Tidegate and the real Argo CD on a real Kubernetes control plane of their own, started for this."
            }
            (Delivery::ArgoCd, true) => {
                "Tidegate, the real Argo CD and the real Velero on a real Kubernetes control plane of their own, started \
                 for this with an object store and a storage driver."
            }
        };
        let data = if self.keeps_data {
            " What pods would write into their volumes the demo writes for them; the volumes and their snapshots are \
             real, as folders on this machine."
        } else {
            ""
        };
        format!(
            "{who} Only the nodes are played, by kwok: nothing runs inside pods. A pod is ready when its node says so, a \
             Job completes at once, and a small server answers probes as the live pods would.{data}"
        )
    }

    /// The service that keeps data.
    pub(super) fn keeper(self) -> Option<Service> {
        self.keeps_data.then_some(match self.delivery {
            Delivery::Own => Service::Checkout,
            Delivery::ArgoCd => Service::ApiGateway,
        })
    }

    /// Sets the stage, but for the controller. `context` is that of a lent cluster.
    pub(super) async fn set(
        self,
        stage: &mut Stage,
        context: Option<&str>,
    ) -> Result<(), DemoError> {
        if let Some(keeper) = self.keeper() {
            let namespaces = match self.delivery {
                Delivery::Own => vec![stage.cluster.names().production.clone()],
                Delivery::ArgoCd => argo_cd::applications::namespaces(),
            };
            data::set_up::set(stage, keeper, &namespaces).await?;
        }
        match self.delivery {
            Delivery::Own => set_up::set(stage, context).await,
            Delivery::ArgoCd => argo_cd::set_up::set(stage).await,
        }
    }

    /// What `tidegate serve` is told beside where its files are: by which name Argo CD knows the cluster.
    pub(super) const fn serve_arguments(self) -> &'static [&'static str] {
        match self.delivery {
            Delivery::Own => &[],
            Delivery::ArgoCd => &["--cluster", "production"],
        }
    }

    /// Plays all acts in order.
    pub(super) async fn act(self, stage: &mut Stage, claims: &mut Claims) -> Result<(), DemoError> {
        match self.delivery {
            Delivery::Own => acts::play(stage, claims).await,
            Delivery::ArgoCd => acts::argo_cd::play(stage, claims).await,
        }
    }

    /// Says how to look around while everything is up.
    pub(super) fn invite(self, stage: &Stage) {
        match self.delivery {
            Delivery::Own => look_around::invite(stage),
            Delivery::ArgoCd => argo_cd::look_around::invite(stage),
        }
        if self.keeps_data {
            data::look_around::invite(stage);
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct CommandLine {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn arguments(more: &[&str]) -> Arguments {
        let line = [&["demo", "--once"], more].concat();
        CommandLine::try_parse_from(line).unwrap().arguments
    }

    #[test]
    fn what_takes_part_is_a_list() {
        let own = Play::of(&arguments(&["--context", "kind"])).unwrap();
        assert_eq!((own.delivery, own.keeps_data), (Delivery::Own, false));
        let velero = Play::of(&arguments(&["--with", "velero"])).unwrap();
        assert_eq!((velero.delivery, velero.keeps_data), (Delivery::Own, true));
        let both = Play::of(&arguments(&["--with", "argocd,velero"])).unwrap();
        assert_eq!((both.delivery, both.keeps_data), (Delivery::ArgoCd, true));
        assert_eq!(
            Play::of(&arguments(&["--with", "velero,argocd"])).unwrap(),
            both
        );
    }

    #[test]
    fn a_lent_cluster_has_nothing_beside_it() {
        for with in ["argocd", "velero", "argocd,velero"] {
            let refused = Play::of(&arguments(&["--with", with, "--context", "kind"])).unwrap_err();
            assert!(
                refused.to_string().contains("a control plane of its own"),
                "{refused}"
            );
        }
    }
}
