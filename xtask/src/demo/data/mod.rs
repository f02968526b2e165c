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

/// What the policy says of backups.
pub(super) fn rules() -> Value {
    json!({
        "provider": "velero",
        "volumes": "always",
        "deadline": "5m",
        "keepFor": "48h",
        "restoreData": "onFailure",
    })
}

/// Says what that means, where it is so.
pub(super) fn tell_rules(stage: &Stage) {
    if !stage.keeps_data() {
        return;
    }
    stage.narrator.say(
        "And nothing is touched before Velero has a usable backup, with the data of every claim. What a change that \
         fails has done to the data is undone with it.",
    );
}
