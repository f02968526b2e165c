//! One namespace: what it is charged, and whether that has room.

use std::collections::BTreeSet;

use tidegate_core::rollout::object::ObjectKey;

use super::charge::{self, Book};
use super::layers::Layers;
use super::limit::Limit;
use super::movement::{Movement, Vector, at};
use super::object::Object;
use super::pod::Pod;
use super::quantity::Quantity;
use super::rollout::{Ending, worst};
use super::surroundings::Surroundings;
use super::table::Row;
use super::workload::Workload;
use super::{Before, Fit, Input, Space, claim, explain, refused};
use crate::finding::Finding;

/// What is known of one namespace, and what comes of it.
pub(crate) struct Namespace<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) layers: &'a Layers<'a>,
    pub(crate) name: &'a str,
    pub(crate) book: Book,
    pub(crate) now: Surroundings<'a>,
    pub(crate) then: Surroundings<'a>,
    pub(crate) autoscalers: Vec<&'a Object<'a>>,
    /// What is used, as far as that is known.
    pub(crate) used: Vec<Option<Quantity>>,
    pub(crate) reserved: Vector,
    /// What comes besides pods, object by object.
    pub(crate) added: Vec<(&'a Object<'a>, Vector)>,
    /// What goes, pods and all.
    pub(crate) gone: Vector,
    pub(crate) movements: Vec<Movement>,
    pub(crate) unknown: Vec<String>,
    pub(crate) findings: Vec<Finding>,
}

/// Counts what a change charges in a namespace.
pub(crate) fn judge(input: &Input<'_>, layers: &Layers<'_>, name: &str) -> (Space, Vec<Finding>) {
    let (now, then) = (layers.now(name), layers.then(name));
    let book = Book::of(layers.limits(name));
    let mut namespace = Namespace {
        input,
        layers,
        name,
        now: Surroundings::of(name, &now, input.release),
        then: Surroundings::of(name, &then, input.release),
        autoscalers: explain::autoscalers_of(name, &then),
        used: Vec::new(),
        reserved: book.nothing(),
        added: Vec::new(),
        gone: book.nothing(),
        movements: Vec::new(),
        unknown: Vec::new(),
        findings: Vec::new(),
        book,
    };
    namespace.count_used();
    namespace.count_reserved();
    namespace.count_gone();
    let own = layers.after.iter().filter(|one| one.namespace() == name);
    let mut refuses = false;
    for object in own {
        namespace.add(object);
        refuses |= refused::look(&mut namespace, object);
    }
    namespace.doubt();
    namespace.conclude(refuses)
}

impl<'a> Namespace<'a> {
    fn count_used(&mut self) {
        let hard = self.book.hard();
        let counted = match self.input.before {
            Before::Unknown => None,
            Before::Revision(_) | Before::Live { .. } => {
                let own = self.layers.before.iter();
                let own: Vec<&Object<'_>> =
                    own.filter(|one| one.namespace() == self.name).collect();
                let is_live = matches!(self.input.before, Before::Live { .. });
                let pods = |object: &Object<'_>, workload: &Workload<'_>| {
                    self.count(object, workload, None)
                };
                Some(charge::counted(&self.book, &own, &self.now, pods, is_live))
            }
        };
        let used = |row: usize| {
            let (limit, resource) = self.book.limit(row)?;
            let told = limit.used.get(resource);
            told.or_else(|| at_option(counted.as_ref()?, row))
        };
        self.used = (0..hard.len()).map(used).collect();
    }

    fn count_reserved(&mut self) {
        for one in self.input.reservations {
            if one.namespace == self.name {
                let taken = self.book.of_object(&one.amounts);
                plus(&mut self.reserved, &taken, 1);
            }
        }
    }

    fn count_gone(&mut self) {
        for object in self.layers.removed(self.name) {
            let usage = charge::of_object(object, &self.now);
            plus(&mut self.gone, &self.book.of_object(&usage), 1);
            let Some(workload) = Workload::read(object) else {
                continue;
            };
            if object.key.group == "batch" {
                continue;
            }
            let pod = Pod::read(workload.spec(), &self.now);
            let count = self.count(object, &workload, None).unwrap_or(0);
            plus(&mut self.gone, &self.book.of_pod(&pod), count);
        }
    }

    /// Adds what one object charges.
    fn add(&mut self, object: &'a Object<'a>) {
        let earlier = self.layers.earlier(&object.key);
        let mut more = self.book.of_object(&charge::of_object(object, &self.then));
        if let Some(earlier) = earlier {
            let before = charge::of_object(earlier, &self.now);
            plus(&mut more, &self.book.of_object(&before), -1);
        }
        if let Some(workload) = Workload::read(object) {
            let earlier = earlier.and_then(|earlier| Some((earlier, Workload::read(earlier)?)));
            self.add_pods(object, &workload, earlier.as_ref(), &mut more);
        }
        if more.iter().any(|amount| !amount.is_zero()) {
            self.added.push((object, more));
        }
    }

    /// What cannot be told for want of something.
    fn doubt(&mut self) {
        if self.input.cluster.is_none() && self.book.rows.is_empty() {
            self.unknown
                .push("no cluster was asked for its quotas, and none is here".to_owned());
        }
        self.doubt_uncounted();
        let by_class = self
            .book
            .rows
            .iter()
            .any(|(_, name)| claim::is_of_class(name));
        let leaves_class = |object: &&Object<'_>| {
            let workload = Workload::read(object);
            let templates = workload.iter().flat_map(|one| one.claims.iter());
            let is_claim = object.key.is("", "PersistentVolumeClaim");
            (is_claim && claim::leaves_class(&object.value))
                || templates.copied().any(claim::leaves_class)
        };
        let mut own = self.layers.after.iter();
        let class = self.then.default_storage_class();
        if by_class && class.is_none() && self.input.cluster.is_none() {
            let open = own.find(|one| one.namespace() == self.name && leaves_class(one));
            if let Some(open) = open {
                let key = &open.key;
                self.unknown.push(format!(
                    "{key} leaves its StorageClass to the cluster, and no cluster was asked"
                ));
            }
        }
    }

    /// What quotas count and nothing here does.
    fn doubt_uncounted(&mut self) {
        let own = |one: &&Object<'_>| one.namespace() == self.name;
        let by_device = |(_, name): &(usize, String)| name.contains("deviceclass.resource.k8s.io/");
        let has_devices = |one: &Object<'_>| {
            let claims =
                Workload::read(one).and_then(|workload| workload.spec().get("resourceClaims"));
            claims.is_some() || one.key.is("resource.k8s.io", "ResourceClaim")
        };
        let mut all = self.layers.after.iter().filter(own);
        if self.book.rows.iter().any(by_device) && all.any(has_devices) {
            self.unknown
                .push("devices that are claimed are not counted here".to_owned());
        }
        let has_attributes =
            |one: &Object<'_>| one.pointer("/spec/volumeAttributesClassName").is_some();
        let mut all = self.layers.after.iter().filter(own);
        if self.book.limits.iter().any(Limit::is_of_attributes) && all.any(has_attributes) {
            let why = "claims of a VolumeAttributesClass are not counted by it here";
            self.unknown.push(why.to_owned());
        }
    }

    /// What is made of objects that only an operator understands.
    fn uncounted(&self) -> Option<String> {
        let is_foreign = |one: &&Object<'_>| {
            one.namespace() == self.name && !one.key.is_built_in() && Workload::read(one).is_none()
        };
        let foreign = self.layers.after.iter().filter(is_foreign);
        let kinds: BTreeSet<&str> = foreign.map(|one| one.key.kind.as_str()).collect();
        let kinds: Vec<&str> = kinds.into_iter().collect();
        let is_any = !kinds.is_empty() && !self.book.rows.is_empty();
        is_any.then(|| format!("not counted: what operators make of {}", kinds.join(", ")))
    }

    fn rows(&self) -> Vec<Row> {
        let row = |row: usize| {
            let (limit, resource) = self.book.limit(row)?;
            let mut steady = Quantity::ZERO.minus(at(&self.gone, row));
            // What goes is deleted when the rest is there.
            let mut surge = at(&self.gone, row);
            let mut creates = false;
            for (_, more) in &self.added {
                steady = steady.plus(at(more, row));
                creates |= at(more, row).is_positive();
            }
            for movement in &self.movements {
                steady = steady.plus(movement.steady(row));
                surge = surge.plus(movement.surge(row));
                creates |= movement.creates(row);
            }
            Some(Row {
                quota: limit.name.clone(),
                resource: resource.to_owned(),
                used: at_option(&self.used, row),
                steady,
                surge,
                reserved: at(&self.reserved, row),
                hard: limit.hard.of(resource),
                creates,
                is_bound: matches!(self.input.before, Before::Unknown),
                place: limit.place(resource).cloned(),
            })
        };
        (0..self.book.rows.len()).filter_map(row).collect()
    }

    fn conclude(mut self, refuses: bool) -> (Space, Vec<Finding>) {
        let rows = self.rows();
        let mut remarks = Vec::new();
        let mut fit = if refuses { Fit::DoesNotFit } else { Fit::Fits };
        let is_unknown = matches!(self.input.before, Before::Unknown);
        for (position, row) in rows.iter().enumerate() {
            if !row.creates {
                continue;
            }
            let alone = row.steady.plus(row.reserved);
            let end = if is_unknown { Some(alone) } else { row.end() };
            if end.is_some_and(|end| end > row.hard) {
                fit = Fit::DoesNotFit;
                remarks.extend(explain::too_much(&mut self, position, row, end));
            } else if row.used.is_none() {
                self.unknown.push(format!(
                    "nobody said how much of {} is used by now",
                    row.resource
                ));
            } else if is_unknown && row.peak().is_some_and(|peak| peak > row.hard) {
                self.unknown
                    .push("nobody said what is there now".to_owned());
            }
        }
        let base = self.base(&rows);
        let is_over = rows.iter().enumerate().any(|(position, row)| {
            let movements = self.movements.iter();
            let crest = movements.map(|one| one.crest(position));
            let crest = crest.fold(Quantity::ZERO, Quantity::plus);
            row.short().is_some() || (row.creates && at(&base, position).plus(crest) > row.hard)
        });
        if fit == Fit::Fits && is_over && !is_unknown {
            fit = self.follow(&rows, &base, &mut remarks);
        }
        self.unknown.sort();
        self.unknown.dedup();
        if fit == Fit::Fits && !self.unknown.is_empty() {
            fit = Fit::Unknown;
        }
        if !is_unknown {
            explain::autoscalers(&mut self, &rows, &mut remarks);
        }
        if fit == Fit::Fits && remarks.is_empty() {
            remarks.extend(explain::ending(&self, &rows));
        }
        remarks.extend(self.uncounted());
        let is_touched = |row: &Row| {
            row.creates || !row.steady.is_zero() || !row.surge.is_zero() || !row.reserved.is_zero()
        };
        let space = Space {
            namespace: self.name.to_owned(),
            fit,
            unknown: self.unknown,
            rows: rows.into_iter().filter(is_touched).collect(),
            remarks,
        };
        (space, self.findings)
    }

    /// Where the surge has no room: whether the rollouts get to their end.
    fn follow(&mut self, rows: &[Row], base: &Vector, remarks: &mut Vec<String>) -> Fit {
        for (row, (used, hard)) in base.iter().zip(self.book.hard()).enumerate() {
            let waits = at(&self.gone, row).is_positive();
            let more = self
                .added
                .iter()
                .any(|(_, more)| at(more, row).is_positive());
            if waits && more && used.plus(at(&self.gone, row)) > hard {
                remarks.extend(explain::deleted_last(self, row));
                return Fit::DoesNotFit;
            }
        }
        let movements: Vec<&Movement> = self.movements.iter().collect();
        let endings = worst(&movements, base, &self.book.hard());
        let is_stuck = |ending: &Ending| matches!(ending, Ending::Stuck { .. });
        let helped = if endings.iter().any(is_stuck) {
            explain::helped(self, base)
        } else {
            Vec::new()
        };
        let mut fit = Fit::Fits;
        for (position, ending) in endings.into_iter().enumerate() {
            match ending {
                Ending::Done => {}
                Ending::Unfollowed => {
                    let why = "there are too many pods to follow the rollout one by one";
                    self.unknown.push(why.to_owned());
                }
                Ending::Stuck { new } => {
                    fit = Fit::Stalls;
                    let is_helped = helped.get(position) == Some(&true);
                    remarks.extend(explain::stuck(self, position, new, rows, is_helped));
                }
            }
        }
        if fit == Fit::Fits && self.unknown.is_empty() {
            remarks.extend(explain::slow(self, rows));
        }
        fit
    }

    /// What is charged before any pod moves: what is used, taken by others, comes
    /// besides pods, without what goes.
    fn base(&self, rows: &[Row]) -> Vector {
        let base = |(position, row): (usize, &Row)| {
            let mut base = row.used.unwrap_or_default().plus(row.reserved);
            for (_, more) in &self.added {
                base = base.plus(at(more, position));
            }
            base.minus(at(&self.gone, position))
        };
        rows.iter().enumerate().map(base).collect()
    }

    pub(crate) fn movement(&self, key: &ObjectKey) -> Option<&Movement> {
        self.movements.iter().find(|one| one.key == *key)
    }
}

pub(crate) fn plus(sum: &mut Vector, other: &Vector, times: i64) {
    for (sum, amount) in sum.iter_mut().zip(other) {
        *sum = sum.plus(amount.times(times));
    }
}

fn at_option(vector: &[Option<Quantity>], row: usize) -> Option<Quantity> {
    vector.get(row).copied().flatten()
}
