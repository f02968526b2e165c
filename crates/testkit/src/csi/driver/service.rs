use std::{
    io,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use tonic::Status;

use super::{
    folders::Folders,
    message::{
        CONTROLLER_SERVICE, CREATE_DELETE_SNAPSHOT, CREATE_DELETE_VOLUME,
        ControllerGetCapabilitiesResponse, ControllerServiceCapability, CreateSnapshotRequest,
        CreateSnapshotResponse, CreateVolumeRequest, CreateVolumeResponse, DeleteSnapshotRequest,
        DeleteVolumeRequest, Empty, GetPluginCapabilitiesResponse, GetPluginInfoResponse, Kind,
        PluginCapability, Snapshot, Timestamp, Volume,
    },
};
use crate::csi::StorageError;

/// What the driver answers.
#[derive(Debug)]
pub(super) struct Service {
    name: &'static str,
    makes_snapshots: bool,
    pub(super) folders: Folders,
    /// How often it was asked for its name.
    pub(super) introductions: AtomicUsize,
}

impl Service {
    pub(super) fn new(
        name: &'static str,
        makes_snapshots: bool,
        directory: &Path,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            name,
            makes_snapshots,
            folders: Folders::create(directory)?,
            introductions: AtomicUsize::new(0),
        })
    }

    pub(super) fn plugin_info(&self) -> GetPluginInfoResponse {
        self.introductions.fetch_add(1, Ordering::Relaxed);
        GetPluginInfoResponse {
            name: self.name.to_owned(),
            vendor_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    pub(super) fn plugin_capabilities() -> GetPluginCapabilitiesResponse {
        let service = Some(Kind {
            r#type: CONTROLLER_SERVICE,
        });
        GetPluginCapabilitiesResponse {
            capabilities: vec![PluginCapability { service }],
        }
    }

    pub(super) fn controller_capabilities(&self) -> ControllerGetCapabilitiesResponse {
        let mut kinds = vec![CREATE_DELETE_VOLUME];
        if self.makes_snapshots {
            kinds.push(CREATE_DELETE_SNAPSHOT);
        }
        let capability = |r#type| ControllerServiceCapability {
            rpc: Some(Kind { r#type }),
        };
        ControllerGetCapabilitiesResponse {
            capabilities: kinds.into_iter().map(capability).collect(),
        }
    }

    /// The name is the handle: who asks again with it gets the same volume.
    pub(super) fn create_volume(
        &self,
        asked: CreateVolumeRequest,
    ) -> Result<CreateVolumeResponse, Status> {
        let source = asked.volume_content_source;
        let snapshot = source
            .as_ref()
            .and_then(|source| source.snapshot.as_ref())
            .map(|source| source.snapshot_id.as_str());
        let capacity = asked.capacity_range.map_or(0, |range| range.required_bytes);
        self.folders
            .create_volume(&asked.name, capacity, snapshot)
            .map_err(|error| status(&error))?;
        Ok(CreateVolumeResponse {
            volume: Some(Volume {
                capacity_bytes: capacity,
                volume_id: asked.name,
                content_source: source,
            }),
        })
    }

    pub(super) fn delete_volume(&self, asked: &DeleteVolumeRequest) -> Result<Empty, Status> {
        self.folders
            .delete_volume(&asked.volume_id)
            .map_err(|error| status(&error))?;
        Ok(Empty {})
    }

    /// As with volumes, the name is the handle.
    pub(super) fn create_snapshot(
        &self,
        asked: &CreateSnapshotRequest,
    ) -> Result<CreateSnapshotResponse, Status> {
        let taken = self
            .folders
            .create_snapshot(&asked.name, &asked.source_volume_id)
            .map_err(|error| status(&error))?;
        Ok(CreateSnapshotResponse {
            snapshot: Some(Snapshot {
                size_bytes: taken.size,
                snapshot_id: asked.name.clone(),
                source_volume_id: asked.source_volume_id.clone(),
                creation_time: Some(Timestamp {
                    seconds: taken.at.as_second(),
                    nanos: taken.at.subsec_nanosecond(),
                }),
                ready_to_use: taken.is_ready,
            }),
        })
    }

    pub(super) fn delete_snapshot(&self, asked: &DeleteSnapshotRequest) -> Result<Empty, Status> {
        self.folders
            .delete_snapshot(&asked.snapshot_id)
            .map_err(|error| status(&error))?;
        Ok(Empty {})
    }
}

/// The codes are those of the specification ("Error Scheme").
fn status(error: &io::Error) -> Status {
    match error.kind() {
        io::ErrorKind::NotFound => Status::not_found(error.to_string()),
        io::ErrorKind::InvalidInput => Status::invalid_argument(error.to_string()),
        io::ErrorKind::StorageFull => Status::resource_exhausted(error.to_string()),
        _ => Status::internal(error.to_string()),
    }
}
