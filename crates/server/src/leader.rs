//! One leader among the replicas, by a Lease.
//!
//! A leader that cannot renew stops before others may take over: it gives up
//! after two thirds of the time its Lease lasts (the rule of client-go's leader
//! election: `renewDeadline` below `leaseDuration`).

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

const NAME: &str = "tidegate-controller";
const LASTS: Duration = Duration::from_secs(15);
const GIVE_UP: Duration = Duration::from_secs(10);
const RENEW_EVERY: Duration = Duration::from_secs(3);
const ASK_EVERY: Duration = Duration::from_secs(2);

/// Takes part in the election.
#[derive(Clone)]
pub(crate) struct Leadership {
    api: Api<Lease>,
    namespace: String,
    identity: String,
}

/// A time of leading.
pub(crate) struct Term {
    lost: CancellationToken,
    ended: CancellationToken,
    /// Nobody renews the Lease of a term that is cut off.
    renewal: AbortOnDropHandle<()>,
}

impl Term {
    /// Cancelled when the Lease is lost.
    pub(crate) fn lost(&self) -> CancellationToken {
        self.lost.clone()
    }

    /// Gives the Lease free, so that another need not wait for it to run out.
    pub(crate) async fn end(self) {
        self.ended.cancel();
        if let Err(error) = self.renewal.await {
            tracing::warn!(%error, "the renewal of the lease ended badly");
        }
    }
}

/// What somebody who wants to lead does with a Lease as it stands.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Take,
    Wait,
}

impl Leadership {
    pub(crate) fn new(client: Client, namespace: &str, identity: &str) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            namespace: namespace.to_owned(),
            identity: identity.to_owned(),
        }
    }

    /// Waits until the Lease is ours. None: `stop` came first.
    pub(crate) async fn acquire(self, stop: CancellationToken) -> Option<Term> {
        // A Lease is held by another for as long as it keeps changing, by our own
        // clock: the clocks of two machines need not agree.
        let mut seen: Option<(Option<MicroTime>, Instant)> = None;
        loop {
            match self.try_take(&mut seen).await {
                Ok(true) => return Some(self.start()),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "cannot take the lease; trying again"),
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = sleep(ASK_EVERY) => {}
            }
        }
    }

    async fn try_take(
        &self,
        seen: &mut Option<(Option<MicroTime>, Instant)>,
    ) -> Result<bool, kube::Error> {
        let Some(lease) = self.api.get_opt(NAME).await? else {
            let lease = self.lease(ObjectMeta::default(), 0);
            return taken(self.api.create(&PostParams::default(), &lease).await);
        };
        let spec = lease.spec.clone().unwrap_or_default();
        let renewed = spec.renew_time.clone();
        let since = match seen {
            Some((time, since)) if *time == renewed => *since,
            _ => {
                let now = Instant::now();
                *seen = Some((renewed, now));
                now
            }
        };
        match turn(&spec, &self.identity, since.elapsed()) {
            Turn::Wait => Ok(false),
            Turn::Take => {
                let next = self.lease(lease.metadata, spec.lease_transitions.unwrap_or(0) + 1);
                taken(self.api.replace(NAME, &PostParams::default(), &next).await)
            }
        }
    }

    fn lease(&self, metadata: ObjectMeta, transitions: i32) -> Lease {
        let now = MicroTime(Timestamp::now());
        Lease {
            metadata: ObjectMeta {
                name: Some(NAME.to_owned()),
                namespace: Some(self.namespace.clone()),
                resource_version: metadata.resource_version,
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(self.identity.clone()),
                lease_duration_seconds: i32::try_from(LASTS.as_secs()).ok(),
                acquire_time: Some(now.clone()),
                renew_time: Some(now),
                lease_transitions: Some(transitions),
                ..LeaseSpec::default()
            }),
        }
    }

    fn start(&self) -> Term {
        let lost = CancellationToken::new();
        let ended = CancellationToken::new();
        let renewal = AbortOnDropHandle::new(tokio::spawn(renew(
            self.api.clone(),
            self.identity.clone(),
            lost.clone(),
            ended.clone(),
        )));
        Term {
            lost,
            ended,
            renewal,
        }
    }
}

/// Somebody else was faster: that is an answer, not a fault.
fn taken(written: Result<Lease, kube::Error>) -> Result<bool, kube::Error> {
    match written {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}

fn turn(spec: &LeaseSpec, identity: &str, unchanged_for: Duration) -> Turn {
    let holder = spec.holder_identity.as_deref().unwrap_or_default();
    let lasts = spec
        .lease_duration_seconds
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map_or(LASTS, Duration::from_secs);
    if holder.is_empty() || holder == identity || unchanged_for >= lasts {
        Turn::Take
    } else {
        Turn::Wait
    }
}

async fn renew(
    api: Api<Lease>,
    identity: String,
    lost: CancellationToken,
    ended: CancellationToken,
) {
    let mut renewed = Instant::now();
    loop {
        tokio::select! {
            () = ended.cancelled() => break,
            () = sleep(RENEW_EVERY) => {}
        }
        match write(&api, &identity, true).await {
            Ok(true) => renewed = Instant::now(),
            Ok(false) => {
                tracing::warn!("another replica leads");
                lost.cancel();
                return;
            }
            Err(error) if renewed.elapsed() >= GIVE_UP => {
                tracing::warn!(%error, "the lease could not be renewed in time");
                lost.cancel();
                return;
            }
            Err(error) => tracing::warn!(%error, "the lease could not be renewed; trying again"),
        }
    }
    if let Err(error) = write(&api, &identity, false).await {
        tracing::warn!(%error, "the lease could not be given free; it runs out by itself");
    }
}

/// Renews the Lease, or gives it free. False: it is not ours.
async fn write(api: &Api<Lease>, identity: &str, keep: bool) -> Result<bool, kube::Error> {
    let Some(mut lease) = api.get_opt(NAME).await? else {
        return Ok(false);
    };
    let Some(spec) = &mut lease.spec else {
        return Ok(false);
    };
    if spec.holder_identity.as_deref() != Some(identity) {
        return Ok(false);
    }
    if keep {
        spec.renew_time = Some(MicroTime(Timestamp::now()));
    } else {
        spec.holder_identity = None;
    }
    taken(api.replace(NAME, &PostParams::default(), &lease).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(by: &str) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(by.to_owned()),
            lease_duration_seconds: Some(15),
            ..LeaseSpec::default()
        }
    }

    #[test]
    fn a_lease_is_taken_when_nobody_holds_it_or_its_holder_has_gone_quiet() {
        let fresh = Duration::from_secs(1);
        assert_eq!(turn(&LeaseSpec::default(), "a", fresh), Turn::Take);
        assert_eq!(turn(&held("a"), "a", fresh), Turn::Take);
        assert_eq!(turn(&held("b"), "a", fresh), Turn::Wait);
        assert_eq!(turn(&held("b"), "a", Duration::from_secs(14)), Turn::Wait);
        assert_eq!(turn(&held("b"), "a", Duration::from_secs(15)), Turn::Take);
    }
}
