//! The end: whatever was started is stopped, and a lent cluster is left as it was.

use super::{DemoError, borrowed, controller::Controller, interrupt::Interrupt, stage::Stage};

/// Takes everything down. A second signal ends the removal from a lent cluster early and says what may be left.
pub(super) async fn strike(
    stage: Stage,
    controller: Option<Controller>,
    interrupt: &mut Interrupt,
) -> Result<(), DemoError> {
    let Stage {
        narrator,
        cluster,
        repository,
        probe,
        applied,
    } = stage;
    if !applied.is_empty() {
        narrator.say("Taking everything down.");
    }
    if let Some(controller) = controller {
        controller.stop().await;
    }
    drop(probe);
    drop(repository);
    let mut removed = Ok(());
    if !cluster.is_own() && !applied.is_empty() {
        let _waiting = narrator.waiting("removing Tidegate and the demo's namespaces");
        removed = tokio::select! {
            removed = borrowed::remove(&cluster, &applied) => removed,
            () = interrupt.wait() => {
                let names = cluster.names();
                narrator.verdict(false, &format!(
                    "interrupted: the namespaces {} and {}, and what `tidegate crds` and `tidegate crds --rbac` print, may be left",
                    names.changes, names.production
                ));
                Ok(())
            }
        };
    }
    cluster.stop().await;
    removed
}
