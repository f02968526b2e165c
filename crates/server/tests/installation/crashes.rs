//! A controller that dies again and again.

use tidegate_api::Change;
use tidegate_ledger::{Event, Filter};

use super::Installation;

impl Installation {
    /// Each effect of a change is in the ledger before and after, once each.
    pub async fn each_effect_is_told_once(&self, change: &Change) {
        let ledger = self.ledger().await;
        ledger.verify(None).await.unwrap();
        let uid = change.metadata.uid.as_ref().unwrap();
        let entries = ledger.entries(Filter::ChangeUid(uid)).await.unwrap();
        let (mut begun, mut ended) = (Vec::new(), Vec::new());
        for stored in &entries {
            match &stored.entry.event {
                Event::EffectBegun { key, .. } => begun.push(key.clone()),
                Event::EffectEnded { key, .. } => {
                    assert!(begun.contains(key), "{key} ended before it began");
                    ended.push(key.clone());
                }
                Event::Recorded { .. } => {}
            }
        }
        begun.sort();
        ended.sort();
        assert_eq!(begun, ended);
        begun.dedup();
        assert_eq!(begun.len(), ended.len(), "{ended:?}");
        ledger.close().await;
    }

    /// Kills the controller after every entry that the ledger gets, and starts it
    /// again, until the change has ended. Returns how often.
    pub async fn crash_at_every_step(&mut self, change: &str) -> usize {
        let (mut seen, mut crashes) = (0, 0);
        while !self.phase(change).await.is_final() {
            let ledger = self.ledger().await;
            let entries = ledger.entries(Filter::All).await.unwrap().len();
            ledger.close().await;
            if entries > seen {
                seen = entries;
                crashes += 1;
                self.kill_controller().await;
                self.start_controller().await;
            } else {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
        crashes
    }
}
