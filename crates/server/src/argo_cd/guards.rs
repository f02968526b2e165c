//! Looks at Applications that go on beside each other, one for each Application
//! at a time. A repository that does not answer holds up nobody else.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Place, guard};
use crate::hub::Term;

/// How many look at once.
const AT_ONCE: usize = 8;

/// The looks that have not ended.
pub(super) struct Guards {
    term: Arc<Term>,
    places: Arc<Semaphore>,
    looks: JoinSet<(Place, bool)>,
    under_way: BTreeSet<Place>,
    /// What changed while it was looked at.
    again: BTreeSet<Place>,
}

impl Guards {
    pub(super) fn new(term: Arc<Term>) -> Self {
        Self {
            term,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            looks: JoinSet::new(),
            under_way: BTreeSet::new(),
            again: BTreeSet::new(),
        }
    }

    /// Looks at an Application, after the look that is under way if one is.
    pub(super) fn look(&mut self, place: Place) {
        if self.under_way.contains(&place) {
            self.again.insert(place);
            return;
        }
        let Some(object) = self.term.argo_cd.application(&place) else {
            return;
        };
        self.under_way.insert(place.clone());
        let (term, places) = (self.term.clone(), self.places.clone());
        self.looks.spawn(async move {
            let _place = places.acquire().await;
            let settled = guard::look(&term, &place, &object).await;
            (place, settled)
        });
    }

    /// The next Application that has to be looked at again. Waits for ever while
    /// there is none. May be dropped and asked again at any time.
    pub(super) async fn unsettled(&mut self) -> Place {
        loop {
            let Some(ended) = self.looks.join_next().await else {
                return std::future::pending().await;
            };
            // A look that panicked is made again with the next news.
            let Ok((place, settled)) = ended else {
                continue;
            };
            self.under_way.remove(&place);
            if self.again.remove(&place) {
                self.look(place);
            } else if !settled {
                return place;
            }
        }
    }
}
