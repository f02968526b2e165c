use std::fmt;

/// A program of the storage, in the order in which they start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Binds snapshots that are asked for to those that a driver has made; one for a cluster.
    SnapshotController,
    /// Asks the driver of [`super::CLASS`] for volumes.
    Provisioner,
    /// Asks the driver of [`super::CLASS`] for snapshots.
    Snapshotter,
    /// Asks the driver of [`super::CLASS_WITHOUT_SNAPSHOTS`] for volumes.
    ProvisionerWithoutSnapshots,
}

impl Part {
    /// Every program.
    pub(super) const ALL: [Self; 4] = [
        Self::SnapshotController,
        Self::Provisioner,
        Self::Snapshotter,
        Self::ProvisionerWithoutSnapshots,
    ];

    /// The name of its log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SnapshotController => "snapshot-controller",
            Self::Provisioner => "csi-provisioner",
            Self::Snapshotter => "csi-snapshotter",
            Self::ProvisionerWithoutSnapshots => "csi-provisioner-without-snapshots",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
