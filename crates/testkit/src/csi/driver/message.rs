//! The messages of the Container Storage Interface that the driver reads and writes, with the names and field numbers
//! of `csi.proto` in its version 1 (package `csi.v1`). Fields that it never looks at are left out: who sends them is not
//! disturbed by that (Protocol Buffers, "Unknown fields").

#![allow(
    clippy::struct_field_names,
    reason = "the names are those of the specification"
)]

use prost::Message;

/// Requests and answers without a field that matters here.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Empty {}

#[derive(Clone, PartialEq, Message)]
pub(super) struct GetPluginInfoResponse {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) vendor_version: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct GetPluginCapabilitiesResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) capabilities: Vec<PluginCapability>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct PluginCapability {
    #[prost(message, optional, tag = "1")]
    pub(super) service: Option<Kind>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ControllerGetCapabilitiesResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) capabilities: Vec<ControllerServiceCapability>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ControllerServiceCapability {
    #[prost(message, optional, tag = "1")]
    pub(super) rpc: Option<Kind>,
}

/// What a capability is of: `PluginCapability.Service` and `ControllerServiceCapability.RPC` look the same.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Kind {
    #[prost(int32, tag = "1")]
    pub(super) r#type: i32,
}

/// `PluginCapability.Service.Type`
pub(super) const CONTROLLER_SERVICE: i32 = 1;

/// `ControllerServiceCapability.RPC.Type`
pub(super) const CREATE_DELETE_VOLUME: i32 = 1;

/// `ControllerServiceCapability.RPC.Type`
pub(super) const CREATE_DELETE_SNAPSHOT: i32 = 5;

#[derive(Clone, PartialEq, Message)]
pub(super) struct CreateVolumeRequest {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) capacity_range: Option<CapacityRange>,
    #[prost(message, optional, tag = "6")]
    pub(super) volume_content_source: Option<VolumeContentSource>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct CapacityRange {
    #[prost(int64, tag = "1")]
    pub(super) required_bytes: i64,
}

/// One of two in the specification; a driver that does not say that it clones is never asked to.
#[derive(Clone, PartialEq, Message)]
pub(super) struct VolumeContentSource {
    #[prost(message, optional, tag = "1")]
    pub(super) snapshot: Option<SnapshotSource>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SnapshotSource {
    #[prost(string, tag = "1")]
    pub(super) snapshot_id: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct CreateVolumeResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) volume: Option<Volume>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Volume {
    #[prost(int64, tag = "1")]
    pub(super) capacity_bytes: i64,
    #[prost(string, tag = "2")]
    pub(super) volume_id: String,
    #[prost(message, optional, tag = "4")]
    pub(super) content_source: Option<VolumeContentSource>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct DeleteVolumeRequest {
    #[prost(string, tag = "1")]
    pub(super) volume_id: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct CreateSnapshotRequest {
    #[prost(string, tag = "1")]
    pub(super) source_volume_id: String,
    #[prost(string, tag = "2")]
    pub(super) name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct CreateSnapshotResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) snapshot: Option<Snapshot>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Snapshot {
    #[prost(int64, tag = "1")]
    pub(super) size_bytes: i64,
    #[prost(string, tag = "2")]
    pub(super) snapshot_id: String,
    #[prost(string, tag = "3")]
    pub(super) source_volume_id: String,
    #[prost(message, optional, tag = "4")]
    pub(super) creation_time: Option<Timestamp>,
    #[prost(bool, tag = "5")]
    pub(super) ready_to_use: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct DeleteSnapshotRequest {
    #[prost(string, tag = "1")]
    pub(super) snapshot_id: String,
}

/// `google.protobuf.Timestamp`
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}
