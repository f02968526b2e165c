//! A service that keeps data: what is in its volume, and what Velero has of it.

pub(super) mod backup;
pub(super) mod look_around;
pub(super) mod orders;
pub(super) mod restore;
pub(super) mod set_up;

use serde_json::{Value, json};
use tidegate_testkit::component::Program;

use super::stage::Stage;

/// What Velero and the volumes need, beside the control plane.
pub(super) const PROGRAMS: [Program; 6] = [
    Program::SnapshotController,
    Program::CsiProvisioner,
    Program::CsiSnapshotter,
    Program::S3sFs,
    Program::VeleroPluginForAws,
    Program::Velero,
];

/// Tidegate brings data back by itself after a failure, and the policy has it do so. Where it cannot, the story has a
/// person do it.
pub(super) const BROUGHT_BACK_BY_TIDEGATE: bool = false;

/// What the policy says of backups.
pub(super) fn rules() -> Value {
    let restore = if BROUGHT_BACK_BY_TIDEGATE {
        "onFailure"
    } else {
        "manual"
    };
    json!({
        "provider": "velero",
        "volumes": "always",
        "deadline": "5m",
        "keepFor": "48h",
        "restoreData": restore,
    })
}

/// Says what that means, where it is so.
pub(super) fn tell_rules(stage: &Stage) {
    if !stage.keeps_data() {
        return;
    }
    let restore = if BROUGHT_BACK_BY_TIDEGATE {
        "What a change that fails has done to the data is undone with it."
    } else {
        "What a change that fails has done to the data a person undoes."
    };
    stage.narrator.say(&format!(
        "And nothing is touched before Velero has a usable backup, with the data of every claim. {restore}"
    ));
}
