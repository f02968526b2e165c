//! Facts that cost little: policies, calendars, approvals, other changes, and
//! the ledger's word.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use kube::Api;
use kube::api::ListParams;
use kube::runtime::reflector::ObjectRef;
use serde_json::Value;
use tidegate_api::convert;
use tidegate_api::{Approval, Change as Object, ChangeCalendar, ChangePolicy};
use tidegate_core::approval;
use tidegate_core::argo_cd::Pin;
use tidegate_core::lifecycle::Facts;
use tidegate_core::lifecycle::facts::{
    EffectState, Identity, OtherChange, SignedException, Ticket,
};
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;

use super::Freshness;
use crate::hub::{Rules, Term};
use crate::sentence::sentence;

/// Gathers the cheap facts.
///
/// # Errors
///
/// The API server, where it is asked itself. What the ledger cannot tell is
/// trouble, and nothing is done without it.
pub(crate) async fn cheap(
    term: &Term,
    change: &Change,
    freshness: Freshness,
) -> Result<Facts, kube::Error> {
    let hub = &term.hub;
    // Side by side: when a window opens every request counts.
    let (said, applications) = futures::join!(
        async {
            match freshness {
                Freshness::Watched => watched(term, change).await,
                Freshness::Live => live(term, change).await,
            }
        },
        super::applications::applications(term, change, freshness),
    );
    let (rules, (approvals, exception_approvals), identity) = said?;
    let others = others(term, change);
    let calendars = rules.calendars;
    let mut facts = Facts {
        ticket: ticket(term, change, &others),
        policies: rules.policies,
        calendars: calendars.clone(),
        identity,
        approvals,
        exception_approvals,
        applications,
        labels: super::labels::labels(term, change, &calendars, freshness).await?,
        others,
        trouble: hub.trouble(&change.uid).map(|trouble| trouble.problem),
        ..Facts::default()
    };
    match effects(term, change).await {
        Ok(known) => {
            facts.effects = known.effects;
            facts.told = known.told;
            facts.ran_before = known.ran_before;
        }
        Err(problem) => facts.trouble = Some(problem),
    }
    Ok(facts)
}

/// What the watches saw last.
async fn watched(term: &Term, change: &Change) -> Result<(Rules, Words, Identity), kube::Error> {
    let of_change = |approval: &&Arc<Approval>| approval.spec.change == change.name;
    let approvals = term.stores.approvals.state();
    let approvals = approvals.iter().filter(of_change).map(AsRef::as_ref);
    let words = convert::approval::words(approvals);
    // Whether its requester is proven is remembered for good, so what was seen
    // before the change was written is not enough.
    let identity = if change.status.requester_proven {
        super::identity::last_seen(term)
    } else {
        super::identity::look(&term.hub.client).await?
    };
    Ok((term.rules(), words, identity))
}

/// What people said of a change, and of exceptions for it.
type Words = (Vec<approval::Approval>, Vec<SignedException>);

/// What the API server itself says now.
async fn live(term: &Term, change: &Change) -> Result<(Rules, Words, Identity), kube::Error> {
    let of_change = ListParams::default().fields(&format!("spec.change={}", change.name));
    let approvals: Api<Approval> =
        Api::namespaced(term.hub.client.clone(), &term.hub.options.namespace);
    let (approvals, (rules, identity)) = futures::try_join!(
        approvals.list(&of_change),
        term.live_rules.read(async || live_rules(term).await),
    )?;
    Ok((rules, convert::approval::words(&approvals.items), identity))
}

/// What is the same for every change: policies, calendars, and whether the API
/// server proves who signs.
async fn live_rules(term: &Term) -> Result<(Rules, Identity), kube::Error> {
    let client = &term.hub.client;
    let everything = ListParams::default();
    let policies: Api<ChangePolicy> = Api::all(client.clone());
    let calendars: Api<ChangeCalendar> = Api::all(client.clone());
    let (policies, calendars, identity) = futures::try_join!(
        policies.list(&everything),
        calendars.list(&everything),
        super::identity(term),
    )?;
    let now = Timestamp::now();
    let rules = Rules::new(
        policies.items.iter().map(convert::policy::policy).collect(),
        calendars
            .items
            .iter()
            .map(|calendar| term.hub.feeds.calendar(calendar, now))
            .collect(),
    );
    Ok((rules, identity))
}

/// Every other change as the watch saw it or as this leader wrote it since. Two
/// changes are kept apart by the claim on the target all the same.
pub(crate) fn others(term: &Term, change: &Change) -> Vec<OtherChange> {
    let home = &term.hub.options.cluster;
    let mut others: Vec<OtherChange> = term
        .stores
        .changes
        .state()
        .iter()
        .filter(|object| object.metadata.name.as_deref() != Some(&change.name))
        .map(|object| other(term, object, home))
        .collect();
    others.sort_by(|a, b| a.name.cmp(&b.name));
    others
}

fn other(term: &Term, object: &Object, home: &str) -> OtherChange {
    let status = object.status.as_ref().map(|status| &status.status);
    let name = object.metadata.name.clone().unwrap_or_default();
    let uid = object.metadata.uid.as_deref().unwrap_or_default();
    let written = term.written(&name, uid);
    OtherChange {
        name,
        ticket: object.spec.ticket.clone(),
        phase: written
            .as_ref()
            .map(|written| written.phase)
            .or(status.map(|status| status.phase))
            .unwrap_or_default(),
        policy: written.map_or_else(
            || status.and_then(|status| status.policy.clone()),
            |written| written.policy,
        ),
        targets: object
            .spec
            .targets
            .iter()
            .map(|target| TargetKey {
                cluster: target.cluster.clone().unwrap_or_else(|| home.to_owned()),
                namespace: target.namespace.clone(),
                name: target.name.clone(),
            })
            .collect(),
    }
}

/// Of several open changes with one ticket the one that was submitted first goes
/// on; of several in one second, the one whose name comes first.
fn ticket(term: &Term, change: &Change, others: &[OtherChange]) -> Ticket {
    let submitted_before = |other: &OtherChange| {
        let reference = ObjectRef::new(&other.name).within(&term.hub.options.namespace);
        let object = term.stores.changes.get(&reference);
        let at = object.and_then(|object| object.metadata.creation_timestamp.clone());
        at.is_some_and(|at| (at.0, &other.name) < (change.submitted_at, &change.name))
    };
    let same = |other: &&OtherChange| {
        other.ticket.eq_ignore_ascii_case(&change.request.ticket)
            && !other.phase.is_final()
            && submitted_before(other)
    };
    others
        .iter()
        .find(same)
        .map_or(Ticket::Open, |other| Ticket::Taken {
            by: other.name.clone(),
        })
}

/// What the ledger says of effects, each by its key.
struct KnownEffects {
    effects: BTreeMap<String, EffectState>,
    /// What people are told of them.
    told: BTreeMap<String, String>,
    /// What ran in the targets that were taken.
    ran_before: BTreeMap<String, Pin>,
}

async fn effects(term: &Term, change: &Change) -> Result<KnownEffects, String> {
    let records = term
        .hub
        .ledger
        .outcomes(&change.uid)
        .await
        .map_err(|error| format!("the ledger cannot be read: {}", sentence(&error)))?;
    let state = |ended: Option<&Value>| match ended {
        None => EffectState::Begun,
        Some(outcome) => match outcome.get("failed").and_then(Value::as_str) {
            Some(why) => EffectState::Failed(why.to_owned()),
            None => EffectState::Done,
        },
    };
    let mut told = BTreeMap::new();
    let mut ran_before = BTreeMap::new();
    for (key, record) in &records {
        let Some((_, outcome)) = &record.ended else {
            continue;
        };
        let text = |pointer: &str| outcome.pointer(pointer).and_then(Value::as_str);
        if let Some(words) = text("/done/told") {
            told.insert(key.clone(), words.to_owned());
        }
        let ran = text("/done/content").or_else(|| text("/done/previous"));
        if let Some(pin) = ran.and_then(Pin::parse) {
            ran_before.insert(key.clone(), pin);
        }
    }
    let effects = records
        .into_iter()
        .map(|(key, record)| {
            (
                key,
                state(record.ended.as_ref().map(|(_, outcome)| outcome)),
            )
        })
        .collect();
    Ok(KnownEffects {
        effects,
        told,
        ran_before,
    })
}
