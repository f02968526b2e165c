//! A calendar as a part of an AppProject.

use serde_json::{Value, json};
use tidegate_core::calendar::export::Export;
use tidegate_core::sync_window::SyncWindow;

/// What belongs into an AppProject; what is empty is left out.
pub(crate) fn project(export: &Export) -> Value {
    let windows: Vec<Value> = export.windows.iter().map(window).collect();
    json!({ "spec": { "syncWindows": windows } })
}

fn window(window: &SyncWindow) -> Value {
    let mut fields = json!(window);
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|_, value| {
            *value != json!("") && *value != json!([]) && *value != json!(false)
        });
    }
    fields
}
