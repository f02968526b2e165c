//! What Argo CD does while a change goes out, told live and kept for the claims.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{
    super::super::{
        DemoError,
        argo_cd::applications::{ALL, Application, Standing, standings},
        stage::{Stage, standing},
    },
    short,
};

/// How long a whole rollout may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(10);
const LOOK: Duration = Duration::from_millis(150);

/// The Applications at every moment at which one of them changed.
#[derive(Debug, Default)]
pub(super) struct Followed {
    moments: Vec<[Standing; 3]>,
}

impl Followed {
    /// Whether each was pinned to this commit, and none before the one ahead of it was synced to it and healthy.
    pub(super) fn went_in_order(&self, revision: &str) -> bool {
        (0..ALL.len()).all(|number| {
            let mut moments = self.moments.iter();
            let pinned = moments.find(|moment| {
                moment
                    .get(number)
                    .is_some_and(|standing| standing.points_at == revision)
            });
            pinned.is_some_and(|moment| {
                let ahead = moment.iter().take(number);
                ahead.into_iter().all(|standing| standing.runs(revision))
            })
        })
    }

    /// Whether automated sync and self-heal were on in all of them, all the time.
    pub(super) fn was_always_automated(&self) -> bool {
        let mut all = self.moments.iter().flatten();
        all.all(|standing| standing.automated)
    }

    /// Whether the ones after the first pointed at this commit all the time, and the first at another in between.
    pub(super) fn touched_only_the_first(&self, revision: &str) -> bool {
        let mut first = self.moments.iter().filter_map(|moment| moment.first());
        let others = self.moments.iter().flat_map(|moment| moment.iter().skip(1));
        first.any(|standing| standing.points_at != revision)
            && others
                .into_iter()
                .all(|standing| standing.points_at == revision)
    }

    /// What was seen, for whoever expected something else.
    pub(super) fn told(&self) -> String {
        format!("{:?}", self.moments)
    }
}

/// Follows a change to its end and tells of an Application whenever it has got on.
pub(super) async fn follow(stage: &Stage, change: &str) -> Result<Followed, DemoError> {
    let begun = Instant::now();
    let mut followed = Followed::default();
    let mut told: Option<[String; 3]> = None;
    loop {
        let now = standings(stage).await?;
        let status = stage.status(change).await?;
        let lines = [0, 1, 2].map(|number| described(ALL[number], &now[number]));
        for (number, line) in lines.iter().enumerate() {
            if told.as_ref().is_some_and(|told| told[number] != *line) {
                stage.narrator.aside(line);
            }
        }
        told = Some(lines);
        if followed.moments.last() != Some(&now) {
            followed.moments.push(now);
        }
        if status.phase.is_final() {
            return Ok(followed);
        }
        let waited = begun.elapsed();
        if waited > PATIENCE {
            return Err(DemoError::Late {
                what: format!("{change} to end"),
                waited,
                instead: standing(&status),
            });
        }
        sleep(LOOK).await;
    }
}

/// `gateway-canary is synced to 3f1c2ab, and its pods come up`
fn described(application: Application, standing: &Standing) -> String {
    let Application { name, .. } = application;
    let commit = short(&standing.points_at);
    if standing.compared_with != standing.points_at {
        format!("{name} is pinned to {commit}")
    } else if !standing.synced {
        format!("{name} is pinned to {commit}, and Argo CD syncs it")
    } else if standing.healthy {
        format!("{name} is synced to {commit} and healthy")
    } else {
        format!("{name} is synced to {commit}, and its pods come up")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(points_at: &str, runs: &str) -> Standing {
        Standing {
            points_at: points_at.to_owned(),
            compared_with: runs.to_owned(),
            synced: true,
            healthy: true,
            automated: true,
        }
    }

    fn followed(moments: &[[(&str, &str); 3]]) -> Followed {
        let moment = |moment: &[(&str, &str); 3]| moment.map(|(pin, runs)| at(pin, runs));
        Followed {
            moments: moments.iter().map(moment).collect(),
        }
    }

    #[test]
    fn one_after_the_other_is_in_order_and_two_at_once_are_not() {
        let (old, on_its_way, new) = (("old", "old"), ("new", "old"), ("new", "new"));
        let good = followed(&[
            [old, old, old],
            [on_its_way, old, old],
            [new, on_its_way, old],
            [new, new, on_its_way],
        ]);
        assert!(good.went_in_order("new") && good.was_always_automated());
        assert!(!good.touched_only_the_first("old"));
        let early = followed(&[[on_its_way, on_its_way, old], [new, new, new]]);
        assert!(!early.went_in_order("new"));
        let unfinished = followed(&[[on_its_way, old, old], [old, old, old]]);
        assert!(!unfinished.went_in_order("new"));
        assert!(unfinished.touched_only_the_first("old"));
        assert!(!followed(&[[old, old, old]]).touched_only_the_first("old"));
    }

    #[test]
    fn an_application_is_told_in_words() {
        let mut standing = at("3f1c2ab4d5", "old");
        let told = |standing: &Standing| described(ALL[0], standing);
        assert_eq!(told(&standing), "gateway-canary is pinned to 3f1c2ab");
        standing.compared_with = standing.points_at.clone();
        assert_eq!(
            told(&standing),
            "gateway-canary is synced to 3f1c2ab and healthy"
        );
        standing.healthy = false;
        assert_eq!(
            told(&standing),
            "gateway-canary is synced to 3f1c2ab, and its pods come up"
        );
    }
}
