//! What is said of numbers that do not go together.

use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;

use super::movement::{Movement, Vector, Way, at};
use super::namespace::Namespace;
use super::object::Object;
use super::quantity::Quantity;
use super::rollout::{Ending, worst};
use super::table::Row;
use super::workload::pods_of;
use crate::finding::{Check, Finding, Path, Place, Severity};

/// What scales a workload.
pub(crate) struct Autoscaler {
    pub(crate) key: ObjectKey,
    pub(crate) place: Option<Place>,
    pub(crate) least: i64,
    pub(crate) most: i64,
}

/// The HorizontalPodAutoscalers of a namespace.
pub(crate) fn autoscalers_of<'a>(
    namespace: &str,
    objects: &[&'a Object<'a>],
) -> Vec<&'a Object<'a>> {
    let is_one = |one: &&&Object<'_>| {
        one.key.is("autoscaling", "HorizontalPodAutoscaler") && one.namespace() == namespace
    };
    objects.iter().filter(is_one).copied().collect()
}

/// The HorizontalPodAutoscaler of a workload.
pub(crate) fn autoscaler(namespace: &Namespace<'_>, of: &ObjectKey) -> Option<Autoscaler> {
    let mut scalers = namespace.autoscalers.iter().filter(|one| {
        one.text("/spec/scaleTargetRef/kind") == Some(&of.kind)
            && one.text("/spec/scaleTargetRef/name") == Some(&of.name)
    });
    let scaler = scalers.next()?;
    let number = |pointer: &str| scaler.pointer(pointer).and_then(Value::as_i64);
    Some(Autoscaler {
        key: scaler.key.clone(),
        place: scaler.place(&["spec", "maxReplicas"]),
        least: pods_of(number("/spec/minReplicas").unwrap_or(1)).max(1),
        most: pods_of(number("/spec/maxReplicas")?),
    })
}

/// What is said, with where and what to do.
struct Said<'a> {
    id: &'static str,
    severity: Severity,
    object: Option<&'a ObjectKey>,
    path: Path,
    place: Option<Place>,
    message: String,
    hint: String,
}

/// Notes it as a finding, and as remarks beneath the table.
fn say(namespace: &mut Namespace<'_>, said: Said<'_>) -> Vec<String> {
    let object = said.object.cloned();
    let name = object.as_ref().map(ToString::to_string);
    let remark = match name {
        Some(name) if namespace.movements.len() + namespace.added.len() > 1 => {
            format!("{name}: {}", said.message)
        }
        _ => said.message.clone(),
    };
    let remarks = vec![remark, format!("hint: {}", said.hint)];
    namespace.findings.push(Finding {
        check: Check::Quota,
        id: said.id,
        severity: said.severity,
        object,
        path: said.path,
        place: said.place,
        message: said.message,
        hint: Some(said.hint),
    });
    remarks
}

/// There is more in the end than there may be.
pub(crate) fn too_much(
    namespace: &mut Namespace<'_>,
    position: usize,
    row: &Row,
    end: Option<Quantity>,
) -> Vec<String> {
    let told = |amount: Quantity| amount.told(&row.resource);
    let message = format!(
        "the ResourceQuota {} has {} of {}, and this comes to {}",
        row.quota,
        told(row.hard),
        row.resource,
        told(end.unwrap_or_default())
    );
    let of_pods = namespace.movements.iter();
    let of_pods = of_pods.map(|one| (one.steady(position), &one.key, one.place.clone()));
    let of_others = namespace.added.iter();
    let of_others =
        of_others.map(|(object, more)| (at(more, position), &object.key, object.place(&["spec"])));
    let most = of_pods
        .chain(of_others)
        .max_by_key(|(amount, _, _)| *amount);
    let (object, place) = most.map_or((None, None), |(_, key, place)| (Some(key.clone()), place));
    let said = Said {
        id: "does-not-fit",
        severity: Severity::Error,
        object: object.as_ref(),
        path: Path::root(),
        place,
        message,
        hint: format!("ask for less, or {}", raise(row)),
    };
    say(namespace, said)
}

/// What takes the place of something comes before that is deleted.
pub(crate) fn deleted_last(namespace: &mut Namespace<'_>, position: usize) -> Vec<String> {
    let Some((limit, resource)) = namespace.book.limit(position) else {
        return Vec::new();
    };
    let quota = limit.name.clone();
    let message = format!(
        "what goes is deleted last, and until then the ResourceQuota {quota} has no room for as many {resource}"
    );
    let said = Said {
        id: "does-not-fit",
        severity: Severity::Error,
        object: None,
        path: Path::root(),
        place: None,
        message,
        hint: format!("delete some in a change before, or raise the ResourceQuota {quota}"),
    };
    say(namespace, said)
}

/// A rollout does not get to its end.
pub(crate) fn stuck(
    namespace: &mut Namespace<'_>,
    position: usize,
    new: i64,
    rows: &[Row],
    is_helped: bool,
) -> Vec<String> {
    let Some(movement) = namespace.movements.get(position).cloned() else {
        return Vec::new();
    };
    let of = movement.new;
    let message = match movement.way {
        Way::Rolling {
            surge,
            unavailable: 0,
        } if new == 0 => {
            let share = |text: &str| {
                if text.ends_with('%') {
                    format!("{text} of {of}")
                } else {
                    text.to_owned()
                }
            };
            let surge_text = format!("maxSurge {}", share(&movement.surge_text));
            let unavailable = match movement.unavailable_text.as_str() {
                "0" | "0%" => " with maxUnavailable 0".to_owned(),
                text => format!(" with maxUnavailable {}, which is none", share(text)),
            };
            let adds = pods(surge.min(of));
            format!("{surge_text} adds {adds}{unavailable}: the rollout would wait for ever")
        }
        Way::Beside => format!(
            "{} come up before one of the old ones goes, and only {new} of them have room: the rollout would wait for ever",
            pods(of)
        ),
        Way::Passing => "not one of its pods has room while everything else runs".to_owned(),
        _ => format!(
            "after {new} of {of} new pods there is no room for the next: the rollout would wait for ever"
        ),
    };
    let is_short = |(position, row): &(usize, &Row)| {
        row.short().is_some() && at(&movement.new_pod, *position).is_positive()
    };
    let short = rows.iter().enumerate().find(is_short).map(|(_, row)| row);
    let raise = short.map_or_else(|| "raise the quota".to_owned(), raise);
    let hint = if is_helped {
        format!("maxSurge: 0 with maxUnavailable: 1, or {raise}")
    } else {
        raise
    };
    let said = Said {
        id: "stalls",
        severity: Severity::Error,
        object: Some(&movement.key),
        path: Path::root().field("spec"),
        place: movement.place.clone(),
        message,
        hint,
    };
    say(namespace, said)
}

/// Which rollouts would get to their end if those that may not take an old pod down
/// first did that.
pub(crate) fn helped(namespace: &Namespace<'_>, base: &Vector) -> Vec<bool> {
    let mut movements = namespace.movements.clone();
    for movement in &mut movements {
        if let Way::Rolling { surge, unavailable } = &mut movement.way
            && *unavailable == 0
        {
            // Pods that are wanted beside and refused again and again are tried ever
            // more rarely, and the last of them up to a quarter of an hour later.
            *surge = 0;
            *unavailable = 1;
        }
    }
    let all: Vec<&Movement> = movements.iter().collect();
    let endings = worst(&all, base, &namespace.book.hard());
    let changed = movements.iter().zip(&namespace.movements);
    let changed = changed.map(|(one, other)| one.way != other.way);
    let helped = changed.zip(endings);
    helped
        .map(|(is_changed, ending)| is_changed && ending == Ending::Done)
        .collect()
}

/// Rollouts get to their end, and not as fast as they may.
pub(crate) fn slow(namespace: &mut Namespace<'_>, rows: &[Row]) -> Vec<String> {
    let mut remarks = Vec::new();
    for movement in namespace.movements.clone() {
        let is_short = |(position, row): &(usize, &Row)| {
            row.short().is_some() && movement.surge(*position).is_positive()
        };
        let Some((_, row)) = rows.iter().enumerate().find(is_short) else {
            continue;
        };
        let message = match movement.way {
            Way::Passing => "fewer of its pods run at once than may, for want of room",
            _ => {
                "there is no room for all of the surge: new pods come as old ones go, and one that was refused may be tried again only after a quarter of an hour"
            }
        };
        let said = Said {
            id: "rolls-out-slowly",
            severity: Severity::Warning,
            object: Some(&movement.key),
            path: Path::root().field("spec"),
            place: movement.place.clone(),
            message: message.to_owned(),
            hint: match movement.way {
                Way::Rolling { .. } => format!("maxSurge: 0, or {}", raise(row)),
                _ => raise(row),
            },
        };
        remarks.extend(say(namespace, said));
    }
    remarks
}

/// There is room for the surge, and not for old pods that take their time to end.
pub(crate) fn ending(namespace: &Namespace<'_>, rows: &[Row]) -> Option<String> {
    let waits = |movement: &&Movement| {
        rows.iter().enumerate().any(|(position, row)| {
            let ending = movement.ending(position);
            let peak = row.peak().map(|peak| peak.plus(ending));
            row.creates && ending.is_positive() && peak > Some(row.hard)
        })
    };
    let movement = namespace.movements.iter().find(waits)?;
    Some(format!(
        "old pods of {} count until they are gone, for up to {} s: new ones may be refused until then, and are tried again",
        movement.key, movement.grace
    ))
}

/// What autoscalers may make of it.
pub(crate) fn autoscalers(namespace: &mut Namespace<'_>, rows: &[Row], remarks: &mut Vec<String>) {
    for movement in namespace.movements.clone() {
        let Some(scaler) = autoscaler(namespace, &movement.key) else {
            continue;
        };
        let more = scaler.most - movement.new;
        let over = |(position, row): (usize, &Row)| {
            let own = at(&movement.new_pod, position);
            let end = row.end()?.plus(own.times(more));
            let over = end.minus(row.hard);
            let is_new = own.is_positive() && row.end()? <= row.hard;
            (is_new && over.is_positive()).then(|| (row.clone(), over))
        };
        let Some((row, over)) = rows.iter().enumerate().find_map(over) else {
            continue;
        };
        let message = format!(
            "at maxReplicas {} it is short by {} of {}",
            scaler.most,
            over.told(&row.resource),
            row.resource
        );
        let said = Said {
            id: "autoscales-beyond-quota",
            severity: Severity::Warning,
            object: Some(&scaler.key),
            path: Path::root().field("spec").field("maxReplicas"),
            place: scaler.place,
            message,
            hint: format!("lower maxReplicas, or {}", raise(&row)),
        };
        remarks.extend(say(namespace, said));
    }
}

fn raise(row: &Row) -> String {
    match &row.place {
        Some(place) => format!("raise the quota in {}:{}", place.file, place.line),
        None => format!("raise {} of the ResourceQuota {}", row.resource, row.quota),
    }
}

fn pods(count: i64) -> String {
    match count {
        1 => "one pod".to_owned(),
        _ => format!("{count} pods"),
    }
}
