//! What who asks Argo CD's question relies on.

use jiff::Timestamp;

use super::*;

mod clock_changes;
mod edges;
mod rule;
mod surprises;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn window(kind: &str, schedule: &str, duration: &str) -> SyncWindow {
    SyncWindow {
        kind: kind.into(),
        schedule: schedule.into(),
        duration: duration.into(),
        applications: vec!["*".into()],
        ..SyncWindow::default()
    }
}

fn in_zone(zone: &str, window: SyncWindow) -> SyncWindow {
    SyncWindow {
        time_zone: zone.into(),
        ..window
    }
}

fn manual(window: SyncWindow) -> SyncWindow {
    SyncWindow {
        manual_sync: true,
        ..window
    }
}

fn overrun(window: SyncWindow) -> SyncWindow {
    SyncWindow {
        sync_overrun: true,
        ..window
    }
}

fn application() -> Application {
    Application {
        name: "api".into(),
        destination_namespace: "production".into(),
        destination_name: "prod-eu".into(),
        destination_server: "https://10.0.0.1:6443".into(),
    }
}

fn decision(windows: &[SyncWindow], trigger: Trigger, time: &str) -> Decision {
    SyncWindows::load(windows).decision(&application(), trigger, None, at(time))
}

/// Whether an automatic sync is allowed.
fn open(windows: &[SyncWindow], time: &str) -> bool {
    decision(windows, Trigger::Automatic, time).allowed
}
