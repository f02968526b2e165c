//! What nobody expects of a window.

use super::*;

#[test]
fn a_window_is_shut_at_both_its_ends() {
    let allow = [window("allow", "0 12 * * *", "1h")];
    for (time, expected) in [
        ("2026-03-10T12:00:00Z", false),
        ("2026-03-10T12:00:00.000000001Z", true),
        ("2026-03-10T12:59:59.999999999Z", true),
        ("2026-03-10T13:00:00Z", false),
    ] {
        assert_eq!(open(&allow, time), expected, "{time}");
    }
    let every_minute = [window("allow", "* * * * *", "1m")];
    assert!(open(&every_minute, "2026-03-10T12:00:59Z"));
    assert!(!open(&every_minute, "2026-03-10T12:01:00Z"));
    let all_day = [window("deny", "0 0 * * *", "24h")];
    assert!(open(&all_day, "2026-03-10T00:00:00Z"));
    assert!(!open(&all_day, "2026-03-10T00:00:00.000000001Z"));
}

#[test]
fn a_star_in_the_minutes_fires_all_hour() {
    let windows = [window("allow", "* 10 * * *", "2h")];
    assert!(open(&windows, "2026-03-10T11:00:00Z"));
    assert!(open(&windows, "2026-03-10T12:58:59.999999999Z"));
    assert!(!open(&windows, "2026-03-10T12:59:00Z"));
    assert!(!open(&windows, "2026-03-10T13:00:00Z"));
}

#[test]
fn zones_shift_the_wall_clock() {
    let new_york = [in_zone(
        "America/New_York",
        window("allow", "* 10 * * *", "2h"),
    )];
    assert!(open(&new_york, "2026-07-10T16:00:00-00:00"));
    assert!(!open(&new_york, "2026-07-10T22:00:00Z"));
    let dhaka = [in_zone("Asia/Dhaka", window("allow", "* 8 * * *", "2h"))];
    assert!(open(&dhaka, "2026-07-10T03:00:00Z"));
    let unknown = [in_zone("Asia/Dahka", window("allow", "* 8 * * *", "2h"))];
    assert!(!open(&unknown, "2026-07-10T03:00:00Z"));
    assert!(
        open(&unknown, "2026-07-10T09:00:00Z"),
        "an unknown zone is UTC"
    );
    let case = [in_zone("asia/dhaka", window("allow", "* 8 * * *", "2h"))];
    assert!(
        open(&case, "2026-07-10T09:00:00Z"),
        "so is one in another case"
    );
}

#[test]
fn a_zone_before_the_fields_shifts_as_well() {
    // New York is four hours behind UTC, both times.
    let windows = [in_zone(
        "America/New_York",
        window("allow", "TZ=America/New_York 0 10 * * *", "1h"),
    )];
    assert!(!open(&windows, "2026-07-10T14:30:00Z"));
    assert!(open(&windows, "2026-07-10T18:30:00Z"));
}

#[test]
fn what_never_fires_is_always_active() {
    for schedule in [
        "0 0 30 2 *",
        "0 , * * *",
        "0 0 , * *",
        "TZ=Asia/Tokyo 0 0 31 2,4 *",
    ] {
        for duration in ["1h", "0", "-5h"] {
            let deny = [window("deny", schedule, duration)];
            assert!(
                !open(&deny, "2026-03-10T12:00:00Z"),
                "{schedule} {duration}"
            );
        }
    }
    // No leap day from 2096 until 2104: more than five years ahead are not
    // looked at.
    let leap_day = [window("deny", "0 0 29 2 *", "1h")];
    assert!(open(&leap_day, "2096-02-28T12:00:00Z"));
    assert!(!open(&leap_day, "2096-03-01T12:00:00Z"));
    assert!(!open(&leap_day, "2098-12-31T23:00:00Z"));
    assert!(open(&leap_day, "2099-01-01T12:00:00Z"));
}

#[test]
fn what_lasts_no_time_is_never_active_and_what_lasts_long_always() {
    for duration in ["0s", "-1h", "1ns"] {
        let deny = [window("deny", "* * * * *", duration)];
        assert!(open(&deny, "2026-03-10T12:00:00.000000001Z"), "{duration}");
    }
    let two = [window("deny", "* * * * *", "2ns")];
    assert!(!open(&two, "2026-03-10T12:00:00.000000001Z"));
    assert!(open(&two, "2026-03-10T12:00:00.000000002Z"));
    let long = [window("deny", "0 0 1 1 *", "8785h")];
    assert!(!open(&long, "2026-12-31T23:59:59Z"));
}

#[test]
fn where_argo_cd_fails_nothing_is_allowed() {
    let only_zone = [window("allow", "CRON_TZ=UTC", "1h")];
    let answer = decision(&only_zone, Trigger::Manual, "2026-03-10T12:00:00Z");
    assert!(matches!(
        answer.error,
        Some(SyncWindowError::Schedule {
            source: ScheduleError::OnlyZone,
            ..
        })
    ));
    let pattern = [SyncWindow {
        applications: vec!["api{}".into()],
        ..window("allow", "* * * * *", "1h")
    }];
    let answer = decision(&pattern, Trigger::Manual, "2026-03-10T12:00:00Z");
    assert!(matches!(answer.error, Some(SyncWindowError::Glob { .. })));
    // Samoa had no 30 December 2011.
    let skipped = [window("allow", "TZ=Pacific/Apia 0 0 31 * *", "1h")];
    let answer = decision(&skipped, Trigger::Manual, "2011-12-10T12:00:00Z");
    assert!(matches!(
        answer.error,
        Some(SyncWindowError::Endless { .. })
    ));
    assert!(!answer.allowed && answer.next_opening.is_none());
}
