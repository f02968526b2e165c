//! The days on which the clocks change, in New York: forwards at 02:00 on
//! 8 March 2026 (07:00 UTC), back at 02:00 on 1 November 2026 (06:00 UTC).

use super::*;

const ZONE: &str = "America/New_York";

fn allow(schedule: &str, duration: &str) -> [SyncWindow; 1] {
    [in_zone(ZONE, window("allow", schedule, duration))]
}

/// The whole minutes, and the half ones between, at which it is open.
fn minutes(windows: &[SyncWindow], from: &str, to: &str) -> Vec<String> {
    let loaded = SyncWindows::load(windows);
    let step = jiff::SignedDuration::from_secs(30);
    let mut open = Vec::new();
    let mut before = false;
    let mut time = at(from);
    while time <= at(to) {
        let allowed = loaded
            .verdict(&application(), Trigger::Automatic, None, time)
            .allowed;
        if allowed != before {
            let minute = time.strftime("%H:%M:%S");
            open.push(format!(
                "{} {minute}",
                if allowed { "opens" } else { "shuts" }
            ));
            before = allowed;
        }
        time += step;
    }
    open
}

#[test]
fn in_the_skipped_hour_only_the_rest_is_open() {
    // 02:30 for an hour: the clock shows 03:00 at 07:00 UTC.
    let windows = allow("30 2 * * *", "1h");
    let shown = minutes(&windows, "2026-03-08T05:00:00Z", "2026-03-08T10:00:00Z");
    assert_eq!(shown, ["opens 07:00:00", "shuts 07:30:00"]);
}

#[test]
fn over_the_change_the_ends_stay_on_the_wall_clock() {
    let windows = allow("0 0 * * *", "4h");
    let spring = minutes(&windows, "2026-03-08T03:00:00Z", "2026-03-08T12:00:00Z");
    assert_eq!(spring, ["opens 05:00:30", "shuts 08:00:00"], "three hours");
    let autumn = minutes(&windows, "2026-11-01T02:00:00Z", "2026-11-01T12:00:00Z");
    assert_eq!(autumn, ["opens 04:00:30", "shuts 09:00:00"], "five hours");
}

#[test]
fn in_the_repeated_hour_a_window_opens_twice() {
    let windows = allow("30 1 * * *", "20m");
    let shown = minutes(&windows, "2026-11-01T04:00:00Z", "2026-11-01T09:00:00Z");
    let twice = [
        "opens 05:30:30",
        "shuts 05:50:00",
        "opens 06:30:30",
        "shuts 06:50:00",
    ];
    assert_eq!(shown, twice);
}

#[test]
fn a_deny_window_that_is_over_comes_back() {
    let deny = [in_zone(ZONE, window("deny", "30 0 * * *", "1h"))];
    let shown = minutes(&deny, "2026-11-01T04:00:00Z", "2026-11-01T08:00:00Z");
    let back = [
        "opens 04:00:00",
        "shuts 04:30:30",
        "opens 05:30:00",
        "shuts 06:00:00",
        "opens 06:30:00",
    ];
    assert_eq!(shown, back);
}

#[test]
fn edges_see_the_change_of_the_clocks() {
    let windows = SyncWindows::load(&allow("30 2 * * *", "1h"));
    let ask = |time: &str| windows.decision(&application(), Trigger::Automatic, None, at(time));
    assert_eq!(
        ask("2026-03-08T05:00:00Z").next_opening,
        Some(at("2026-03-08T07:00:00Z"))
    );
    assert_eq!(
        ask("2026-03-08T07:00:00Z").closes_at,
        Some(at("2026-03-08T07:30:00Z"))
    );
    let deny = [in_zone(ZONE, window("deny", "30 0 * * *", "1h"))];
    let deny = SyncWindows::load(&deny);
    let ask = |time: &str| deny.decision(&application(), Trigger::Automatic, None, at(time));
    assert_eq!(
        ask("2026-11-01T05:45:00Z").closes_at,
        Some(at("2026-11-01T06:00:00Z"))
    );
    assert_eq!(
        ask("2026-11-01T06:10:00Z").next_opening,
        Some(at("2026-11-01T06:30:00Z"))
    );
}

#[test]
fn when_a_sync_began_is_read_by_the_clock_of_now() {
    // It began at 05:25 UTC, 01:25 on the wall. An hour later the clock has
    // gone back, by which it began at 00:25.
    let deny = |schedule, duration| overrun(in_zone(ZONE, window("deny", schedule, duration)));
    let windows = [deny("0 0 * * *", "30m"), deny("30 1 * * *", "50m")];
    let loaded = SyncWindows::load(&windows);
    let started = Some(at("2026-11-01T05:25:00Z"));
    let ask = |time: &str| {
        let decision = loaded.decision(&application(), Trigger::Automatic, started, at(time));
        assert_eq!(decision.active, [1]);
        decision.allowed
    };
    assert!(ask("2026-11-01T05:40:00Z"));
    assert!(!ask("2026-11-01T06:40:00Z"));
}
