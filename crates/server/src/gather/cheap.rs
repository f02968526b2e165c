//! Facts that cost little: policies, calendars, approvals, other changes, and
//! the ledger's word.

use std::collections::BTreeMap;

use kube::Api;
use kube::api::ListParams;
use serde_json::Value;
use tidegate_api::convert;
use tidegate_api::{Approval, Change as Object, ChangeCalendar, ChangePolicy};
use tidegate_core::lifecycle::Facts;
use tidegate_core::lifecycle::facts::{EffectState, OtherChange, Ticket};
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;

use super::Freshness;
use crate::hub::Term;
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
    let (policies, calendars, approvals, identity) = match freshness {
        Freshness::Watched => (
            term.stores
                .policies
                .state()
                .iter()
                .map(|policy| convert::policy::policy(policy))
                .collect(),
            term.stores
                .calendars
                .state()
                .iter()
                .map(|calendar| convert::calendar::calendar(calendar))
                .collect(),
            term.stores
                .approvals
                .state()
                .iter()
                .filter(|approval| approval.spec.change == change.name)
                .filter_map(|approval| convert::approval::approval(approval).ok())
                .collect::<Vec<_>>(),
            super::identity::last_seen(term),
        ),
        Freshness::Live => {
            let client = &hub.client;
            let everything = ListParams::default();
            let of_change = ListParams::default().fields(&format!("spec.change={}", change.name));
            let policies: Api<ChangePolicy> = Api::all(client.clone());
            let calendars: Api<ChangeCalendar> = Api::all(client.clone());
            let approvals: Api<Approval> = Api::namespaced(client.clone(), &hub.options.namespace);
            let (policies, calendars, approvals, identity) = futures::try_join!(
                policies.list(&everything),
                calendars.list(&everything),
                approvals.list(&of_change),
                super::identity(term),
            )?;
            (
                policies.items.iter().map(convert::policy::policy).collect(),
                calendars
                    .items
                    .iter()
                    .map(convert::calendar::calendar)
                    .collect(),
                approvals
                    .items
                    .iter()
                    .filter_map(|approval| convert::approval::approval(approval).ok())
                    .collect(),
                identity,
            )
        }
    };
    let others = others(term, change);
    let mut facts = Facts {
        ticket: ticket(change, &others),
        policies: policies_in_order(policies).into(),
        calendars: calendars_by_name(calendars).into(),
        identity,
        approvals,
        others,
        trouble: hub.trouble(&change.uid).map(|trouble| trouble.problem),
        ..Facts::default()
    };
    match effects(term, change).await {
        Ok(effects) => facts.effects = effects,
        Err(problem) => facts.trouble = Some(problem),
    }
    Ok(facts)
}

fn policies_in_order(
    mut policies: Vec<tidegate_core::policy::PolicyFact>,
) -> Vec<tidegate_core::policy::PolicyFact> {
    policies.sort_by(|a, b| a.name.cmp(&b.name));
    policies
}

fn calendars_by_name(
    calendars: Vec<tidegate_core::calendar::Calendar>,
) -> BTreeMap<String, tidegate_core::calendar::Calendar> {
    calendars
        .into_iter()
        .map(|calendar| (calendar.name.clone(), calendar))
        .collect()
}

/// Every other change as the watch last saw it. That may be a moment old; two
/// changes are kept apart by the claim on the target, which is not.
fn others(term: &Term, change: &Change) -> Vec<OtherChange> {
    let home = &term.hub.options.cluster;
    let mut others: Vec<OtherChange> = term
        .stores
        .changes
        .state()
        .iter()
        .filter(|object| object.metadata.name.as_deref() != Some(&change.name))
        .map(|object| other(object, home))
        .collect();
    others.sort_by(|a, b| a.name.cmp(&b.name));
    others
}

fn other(object: &Object, home: &str) -> OtherChange {
    let status = object.status.as_ref().map(|status| &status.status);
    OtherChange {
        name: object.metadata.name.clone().unwrap_or_default(),
        ticket: object.spec.ticket.clone(),
        phase: status.map_or_else(Default::default, |status| status.phase),
        policy: status.and_then(|status| status.policy.clone()),
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

/// Of several open changes with one ticket, the one whose name comes first
/// goes on.
fn ticket(change: &Change, others: &[OtherChange]) -> Ticket {
    let same = |other: &&OtherChange| {
        other.ticket.eq_ignore_ascii_case(&change.request.ticket)
            && !other.phase.is_final()
            && other.name < change.name
    };
    others
        .iter()
        .find(same)
        .map_or(Ticket::Open, |other| Ticket::Taken {
            by: other.name.clone(),
        })
}

async fn effects(term: &Term, change: &Change) -> Result<BTreeMap<String, EffectState>, String> {
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
    Ok(records
        .into_iter()
        .map(|(key, record)| {
            (
                key,
                state(record.ended.as_ref().map(|(_, outcome)| outcome)),
            )
        })
        .collect())
}
