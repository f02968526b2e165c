//! What was found out and stays true, or stays good for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tidegate_connect::chart::{Archive, ChartAddress};
use tidegate_core::lifecycle::facts::{Preview, Rendered, Source};
use tidegate_core::revision::Revision;
use tokio::sync::Mutex as AsyncMutex;

/// How many bytes of manifests are kept, as JSON text, which takes a small part
/// of what the same values take in memory.
const MOST_MANIFESTS: usize = 48 * 1024 * 1024;

/// A looked-up branch or tag is believed for so long.
pub(super) const REFERENCE_VALID: SignedDuration = SignedDuration::from_secs(50);

/// How many archives of charts are kept, each a file of some hundred kilobytes.
const MOST_ARCHIVES: usize = 200;

/// What a commit's overlay renders to.
#[derive(Debug, Clone)]
pub(crate) struct Manifests {
    pub(crate) objects: Arc<Vec<Value>>,
    pub(crate) tool: String,
}

type OverlayKey = (String, Revision, String);
pub(super) type RenderedKey = (String, Revision, Vec<String>);
/// A folder of a commit.
type FolderKey = (String, Revision, String);
type HistoryKey = (String, Revision, Vec<Option<Revision>>);

/// Rendered manifests as JSON text, with the tool that rendered them.
#[derive(Debug, Default)]
struct Texts {
    by_overlay: BTreeMap<OverlayKey, (Arc<[u8]>, String)>,
    bytes: usize,
}

/// Everything remembered between reconciliations. Losing it costs time only.
#[derive(Debug, Default)]
pub(crate) struct Caches {
    references: Mutex<BTreeMap<(String, String), (Revision, Timestamp)>>,
    archives: Mutex<BTreeMap<ChartAddress, (Archive, Timestamp)>>,
    fetching: Mutex<BTreeMap<ChartAddress, Arc<AsyncMutex<()>>>>,
    sources: Mutex<BTreeMap<HistoryKey, Source>>,
    manifests: Mutex<Texts>,
    /// The folders that are charts.
    charts: Mutex<BTreeSet<FolderKey>>,
    rendered: Mutex<BTreeMap<RenderedKey, Rendered>>,
    previews: Mutex<BTreeMap<String, Preview>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a map from growing for ever: past the limit it starts anew.
fn insert<K: Ord, V>(map: &Mutex<BTreeMap<K, V>>, key: K, value: V, most: usize) {
    let mut map = lock(map);
    if map.len() >= most {
        map.clear();
    }
    map.insert(key, value);
}

impl Caches {
    pub(super) fn reference(
        &self,
        repository: &str,
        reference: &str,
        now: Timestamp,
    ) -> Option<Revision> {
        let key = (repository.to_owned(), reference.to_owned());
        let (revision, at) = lock(&self.references).get(&key).cloned()?;
        (now.duration_since(at) < REFERENCE_VALID).then_some(revision)
    }

    pub(super) fn keep_reference(
        &self,
        repository: &str,
        reference: &str,
        revision: Revision,
        now: Timestamp,
    ) {
        let key = (repository.to_owned(), reference.to_owned());
        insert(&self.references, key, (revision, now), 10_000);
    }

    /// The archive of a chart, as it was just now or, if `of_any_age`, ever.
    pub(super) fn archive(
        &self,
        address: &ChartAddress,
        of_any_age: bool,
        now: Timestamp,
    ) -> Option<Archive> {
        let (archive, at) = lock(&self.archives).get(address).cloned()?;
        (of_any_age || now.duration_since(at) < REFERENCE_VALID).then_some(archive)
    }

    /// Held while an archive is fetched, so that many changes of one chart fetch it once.
    pub(super) fn fetching(&self, address: &ChartAddress) -> Arc<AsyncMutex<()>> {
        let mut fetching = lock(&self.fetching);
        if fetching.len() >= MOST_ARCHIVES {
            fetching.retain(|_, held| Arc::strong_count(held) > 1);
        }
        fetching.entry(address.clone()).or_default().clone()
    }

    pub(super) fn keep_archive(&self, address: &ChartAddress, archive: Archive, now: Timestamp) {
        insert(
            &self.archives,
            address.clone(),
            (archive, now),
            MOST_ARCHIVES,
        );
    }

    pub(super) fn source(&self, key: &HistoryKey) -> Option<Source> {
        lock(&self.sources).get(key).cloned()
    }

    pub(super) fn keep_source(&self, key: HistoryKey, source: Source) {
        insert(&self.sources, key, source, 10_000);
    }

    pub(super) fn manifests(&self, key: &OverlayKey) -> Option<Manifests> {
        let (text, tool) = lock(&self.manifests).by_overlay.get(key).cloned()?;
        let objects = serde_json::from_slice(&text).ok()?;
        Some(Manifests {
            objects: Arc::new(objects),
            tool,
        })
    }

    pub(super) fn keep_manifests(&self, key: OverlayKey, manifests: &Manifests) {
        let Ok(text) = serde_json::to_vec(manifests.objects.as_ref()) else {
            return;
        };
        let mut texts = lock(&self.manifests);
        if texts.bytes.saturating_add(text.len()) > MOST_MANIFESTS {
            *texts = Texts::default();
        }
        texts.bytes += text.len();
        let tool = manifests.tool.clone();
        texts.by_overlay.insert(key, (text.into(), tool));
    }

    pub(super) fn is_chart(&self, key: &FolderKey) -> bool {
        lock(&self.charts).contains(key)
    }

    pub(super) fn keep_chart(&self, key: FolderKey) {
        let mut charts = lock(&self.charts);
        if charts.len() >= 10_000 {
            charts.clear();
        }
        charts.insert(key);
    }

    pub(super) fn rendered(&self, key: &RenderedKey) -> Option<Rendered> {
        lock(&self.rendered).get(key).cloned()
    }

    pub(super) fn keep_rendered(&self, key: RenderedKey, rendered: Rendered) {
        insert(&self.rendered, key, rendered, 10_000);
    }

    pub(super) fn preview(&self, uid: &str) -> Option<Preview> {
        lock(&self.previews).get(uid).cloned()
    }

    pub(super) fn keep_preview(&self, uid: &str, preview: Preview) {
        insert(&self.previews, uid.to_owned(), preview, 10_000);
    }

    /// Forgets what belongs to a change that has ended.
    pub(crate) fn forget(&self, uid: &str) {
        lock(&self.previews).remove(uid);
    }
}
