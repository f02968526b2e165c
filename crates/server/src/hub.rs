//! What all reconciliations share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use futures::channel::mpsc;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use kube::core::PartialObjectMeta;
use kube::runtime::reflector::{ObjectRef, Store};
use kube::{Api, Client, ResourceExt as _};
use tidegate_api::convert;
use tidegate_api::{Approval, Change, ChangeCalendar, ChangePolicy, Connection};
use tidegate_connect::argo_cd::ArgoCd;
use tidegate_connect::cluster::Cluster;
use tidegate_connect::git::Mirrors;
use tidegate_connect::probe::Prober;
use tidegate_connect::prometheus::Prometheus;
use tidegate_connect::render::{Helm, Kustomize};
use tidegate_connect::velero::ObjectStores;
use tidegate_core::calendar::Calendar;
use tidegate_core::lifecycle::facts::Identity;
use tidegate_core::lifecycle::{Phase, Status};
use tidegate_core::policy::{PolicyFact, rules_of};
use tidegate_core::request;
use tidegate_ledger::Ledger;
use tokio::sync::{Mutex as AsyncMutex, Notify};

use crate::argo_cd::clusters::Clusters;
use crate::argo_cd::lift::Lifts;
use crate::feeds::Feeds;
use crate::gather::Shared;
use crate::gather::cache::Caches;
use crate::patience::Patience;
use crate::record::Unwritten;
use crate::serve::{ServeError, ServeOptions};

/// What all reconciliations share.
pub(crate) struct Hub {
    pub(crate) client: Client,
    pub(crate) options: ServeOptions,
    pub(crate) ledger: Ledger,
    pub(crate) cluster: Cluster,
    pub(crate) argo_cd: ArgoCd,
    pub(crate) clusters: Clusters,
    pub(crate) mirrors: Mirrors,
    pub(crate) kustomize: Kustomize,
    pub(crate) helm: Helm,
    pub(crate) prober: Prober,
    pub(crate) prometheus: Prometheus,
    pub(crate) velero: ObjectStores,
    pub(crate) feeds: Feeds,
    /// The calendars of the term, for whoever asks over HTTP.
    calendars: RwLock<Option<Arc<Calendars>>>,
    /// Held while a feed is written for somebody.
    pub(crate) writing_feed: AsyncMutex<()>,
    pub(crate) caches: Caches,
    pub(crate) unwritten: Unwritten,
    pub(crate) patience: Patience,
    /// What went wrong with a change's last effect, by the change's uid.
    trouble: Mutex<BTreeMap<String, Trouble>>,
}

/// An effect that is tried again.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) problem: String,
    pub(crate) tries: u32,
}

/// The objects as the watches last saw them.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) changes: Store<Change>,
    pub(crate) approvals: Store<Approval>,
    pub(crate) policies: Store<ChangePolicy>,
    pub(crate) calendars: Store<ChangeCalendar>,
    pub(crate) connections: Store<Connection>,
    /// For their labels.
    pub(crate) namespaces: Store<PartialObjectMeta<Namespace>>,
}

/// One term of leading: the hub with its watches.
pub(crate) struct Term {
    pub(crate) hub: Arc<Hub>,
    pub(crate) stores: Stores,
    /// Asks for a change to be looked at again.
    pub(crate) nudge: mpsc::UnboundedSender<ObjectRef<Change>>,
    pub(crate) targets: crate::target_watch::TargetWatches,
    /// What was seen of Argo CD last.
    pub(crate) argo_cd: crate::argo_cd::Seen,
    /// Whether the admission policies are as they should be, as last seen.
    pub(crate) identity: Mutex<Identity>,
    /// The policies and calendars as the watches last saw them, read.
    pub(crate) rules: RwLock<Rules>,
    /// Every watch has seen all there was when it began.
    pub(crate) all_seen: AtomicBool,
    /// The rules were read again.
    pub(crate) rules_read: Notify,
    /// A change has windows lifted that had not, or the other way round.
    pub(crate) lifts_changed: Notify,
    /// Where each change is, as this leader wrote it last: the watch tells it a
    /// moment later.
    pub(crate) written: Mutex<BTreeMap<String, Written>>,
    /// The same from the API server itself, with the admission policies.
    pub(crate) live_rules: Shared<(Rules, Identity)>,
    /// Held while a change under a policy with a limit starts, so that two
    /// cannot both take the last place.
    pub(crate) starting: AsyncMutex<()>,
}

/// Where a change is, as it was written last.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) uid: String,
    pub(crate) phase: Phase,
    pub(crate) policy: Option<String>,
    pub(crate) lifts: Lifts,
}

/// Calendars by their name.
pub(crate) type Calendars = BTreeMap<String, Calendar>;

/// Policies and calendars, read once and not at every step.
#[derive(Clone, Default)]
pub(crate) struct Rules {
    pub(crate) policies: Arc<[PolicyFact]>,
    pub(crate) calendars: Arc<Calendars>,
}

impl Rules {
    pub(crate) fn new(mut policies: Vec<PolicyFact>, calendars: Vec<Calendar>) -> Self {
        policies.sort_by(|a, b| a.name.cmp(&b.name));
        let by_name = |calendar: Calendar| (calendar.name.clone(), calendar);
        Self {
            policies: policies.into(),
            calendars: Arc::new(calendars.into_iter().map(by_name).collect()),
        }
    }
}

impl Hub {
    pub(crate) async fn open(client: Client, options: ServeOptions) -> Result<Self, ServeError> {
        let kustomize = Kustomize::find(options.kustomize.clone()).map_err(ServeError::Render)?;
        kustomize.version().await.map_err(ServeError::Render)?;
        Ok(Self {
            ledger: Ledger::open(&options.ledger)
                .await
                .map_err(ServeError::Ledger)?,
            cluster: Cluster::new(client.clone(), options.namespace.clone()),
            argo_cd: ArgoCd::new(client.clone()),
            clusters: Clusters::default(),
            mirrors: Mirrors::new(options.data.join("mirrors")).map_err(ServeError::Git)?,
            kustomize,
            helm: Helm::find(options.helm.clone()),
            prober: Prober::new().map_err(ServeError::Probe)?,
            prometheus: Prometheus::new().map_err(ServeError::Prometheus)?,
            velero: ObjectStores::new().map_err(ServeError::Feeds)?,
            feeds: Feeds::new(options.data.join("feeds")).map_err(ServeError::Feeds)?,
            calendars: RwLock::default(),
            writing_feed: AsyncMutex::default(),
            caches: Caches::default(),
            unwritten: Unwritten::default(),
            patience: Patience::default(),
            trouble: Mutex::default(),
            client,
            options,
        })
    }

    pub(crate) fn changes(&self) -> Api<Change> {
        Api::namespaced(self.client.clone(), &self.options.namespace)
    }

    /// The calendars as the leader sees them; none if this is not the leader.
    pub(crate) fn calendars(&self) -> Option<Arc<Calendars>> {
        let calendars = self.calendars.read();
        calendars.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn show_calendars(&self, calendars: Option<Arc<Calendars>>) {
        let shown = self.calendars.write();
        *shown.unwrap_or_else(PoisonError::into_inner) = calendars;
    }

    fn troubles(&self) -> MutexGuard<'_, BTreeMap<String, Trouble>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn trouble(&self, uid: &str) -> Option<Trouble> {
        self.troubles().get(uid).cloned()
    }

    /// Notes that an effect did not work, and how often in a row. True: it did
    /// not work for another reason than the last time, so people are told.
    pub(crate) fn note_trouble(&self, uid: &str, problem: String) -> bool {
        let mut troubles = self.troubles();
        let before = troubles.get(uid);
        let is_news = before.is_none_or(|trouble| trouble.problem != problem);
        let tries = before.map_or(1, |trouble| trouble.tries.saturating_add(1));
        troubles.insert(uid.to_owned(), Trouble { problem, tries });
        is_news
    }

    pub(crate) fn clear_trouble(&self, uid: &str) {
        self.troubles().remove(uid);
    }
}

impl Term {
    /// Reads policies and calendars again after one of them was touched.
    pub(crate) fn read_rules(&self) {
        // Held from the start, so that what was seen earlier is not written later.
        let mut now_read = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        let policies = self.stores.policies.state();
        let calendars = self.stores.calendars.state();
        let now = Timestamp::now();
        let rules = Rules::new(
            policies
                .iter()
                .map(|policy| convert::policy::policy(policy))
                .collect(),
            calendars
                .iter()
                .map(|calendar| self.hub.feeds.calendar(calendar, now))
                .collect(),
        );
        let names = calendars.iter().map(|calendar| calendar.name_any());
        self.hub.feeds.forget_others(&names.collect());
        if self.all_seen.load(Ordering::SeqCst) {
            self.hub.show_calendars(Some(rules.calendars.clone()));
        }
        *now_read = rules;
        self.rules_read.notify_one();
    }

    /// Remembers where a change is, until it has ended.
    pub(crate) fn wrote(&self, name: &str, uid: &str, status: &Status) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Written {
            uid: uid.to_owned(),
            phase: status.phase,
            policy: status.policy.clone(),
            lifts: Lifts::of(status),
        };
        let lifts = now.lifts;
        let before = written.insert(name.to_owned(), now);
        if before.map_or(Lifts::default(), |before| before.lifts) != lifts {
            self.lifts_changed.notify_one();
        }
    }

    /// Which windows are lifted for this change.
    pub(crate) fn lifts(&self, change: &Change) -> Lifts {
        let name = change.metadata.name.as_deref().unwrap_or_default();
        let uid = change.metadata.uid.as_deref().unwrap_or_default();
        match self.written(name, uid) {
            Some(written) => written.lifts,
            None => change
                .status
                .as_ref()
                .map_or(Lifts::default(), |status| Lifts::of(&status.status)),
        }
    }

    /// Where a change is, as this leader wrote it last.
    pub(crate) fn written(&self, name: &str, uid: &str) -> Option<Written> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written
            .get(name)
            .filter(|written| written.uid == uid)
            .cloned()
    }

    pub(crate) fn rules(&self) -> Rules {
        self.rules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Asks for every change that may have waited for the end of this one to be
    /// looked at again: one that follows it, has its ticket or a target of it,
    /// or a policy in common that lets only so many run.
    pub(crate) fn nudge_waiting(&self, ended: &request::Change) {
        let policy = ended
            .status
            .policy
            .as_deref()
            .filter(|policy| self.limits_running(policy));
        for change in self.stores.changes.state() {
            let status = change.status.as_ref().map(|status| &status.status);
            let waits =
                status.is_none_or(|status| !status.phase.is_final() && !status.phase.is_running());
            let spec = &change.spec;
            let same_policy =
                policy.is_some() && status.and_then(|status| status.policy.as_deref()) == policy;
            let same_target = || {
                let targets = || ended.request.targets.iter().map(|target| &target.key);
                spec.targets.iter().any(|target| {
                    targets().any(|other| {
                        other.name == target.name && other.namespace == target.namespace
                    })
                })
            };
            let concerned = same_policy
                || spec.depends_on.contains(&ended.name)
                || spec.ticket.eq_ignore_ascii_case(&ended.request.ticket)
                || same_target();
            if waits && concerned && change.metadata.name.as_deref() != Some(&ended.name) {
                self.nudge_one(&change);
            }
        }
    }

    fn limits_running(&self, policy: &str) -> bool {
        rules_of(&self.rules().policies, Some(policy))
            .is_some_and(|policy| policy.max_running.is_some())
    }

    /// Asks for every change that has not ended to be looked at again.
    pub(crate) fn nudge_all(&self) {
        for change in self.stores.changes.state() {
            let ended = change
                .status
                .as_ref()
                .is_some_and(|status| status.status.phase.is_final());
            if !ended {
                self.nudge_one(&change);
            }
        }
    }

    pub(crate) fn nudge_one(&self, change: &Change) {
        // The receiver is gone only when the controller stops.
        self.nudge.unbounded_send(ObjectRef::from_obj(change)).ok();
    }
}
