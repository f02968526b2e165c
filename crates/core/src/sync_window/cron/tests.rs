use proptest::prelude::*;

use super::*;

/// The readings at which a schedule fires on a day of 2026, as `HH:MM`.
fn on(text: &str, month: u8, day: u8) -> Vec<String> {
    let schedule = Schedule::parse(text).unwrap();
    let start =
        (crate::sync_window::civil::first_of(2026, month.into()) + i64::from(day) - 1) * 1440;
    let mut fires = Vec::new();
    let mut minute = start;
    while let Some(fire) = schedule.next(&Minute::of(minute), 2026 + YEARS) {
        if fire >= start + 1440 {
            break;
        }
        fires.push(format!(
            "{:02}:{:02}",
            (fire - start) / 60,
            (fire - start) % 60
        ));
        minute = fire + 1;
    }
    fires
}

#[test]
fn fields_are_read_as_robfig_reads_them() {
    for (text, month, day, expected) in [
        ("0 2 * * 2,4", 3, 10, &["02:00"][..]),
        ("0 2 * * TUE", 3, 10, &["02:00"]),
        ("0 2 * * 2,4", 3, 11, &[]),
        ("40/10 9 * * ?", 3, 10, &["09:40", "09:50"]),
        ("+5,07 3 * * *", 3, 10, &["03:05", "03:07"]),
        (
            "0 0-4/2 1-31 jan,MAR-mar *",
            3,
            10,
            &["00:00", "02:00", "04:00"],
        ),
        ("*-x/30 5 * * *", 3, 10, &["05:00", "05:30"]),
        ("0,,1, 6 * * *", 3, 10, &["06:00", "06:01"]),
        ("0 6 * * FRİ", 3, 13, &["06:00"]),
        // Either day field, if both are restricted.
        ("0 6 10 * 5", 3, 10, &["06:00"]),
        ("0 6 10 * 5", 3, 13, &["06:00"]),
        ("0 6 10 * 5", 3, 12, &[]),
        // A step over the star restricts.
        ("0 6 */2 * 5", 3, 11, &["06:00"]),
        ("0 6 */2 * 5", 3, 13, &["06:00"]),
        ("0 6 */1 * 5", 3, 11, &[]),
        ("\u{a0}0\t6\u{3000}* * *", 3, 10, &["06:00"]),
        ("TZ= 0 6 * * *", 3, 10, &["06:00"]),
        ("CRON_TZ=UTC   0 6 * * *  ", 3, 10, &["06:00"]),
    ] {
        assert_eq!(on(text, month, day), expected, "{text}");
    }
}

#[test]
fn what_robfig_refuses_is_refused() {
    for text in [
        "",
        " ",
        "* * * *",
        "0 0 0 * * *",
        "@daily",
        "@every 4h",
        "60 0 * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 7",
        "0 0 * * fri-sun",
        "0 0 L * *",
        "0 0 15W * *",
        "0 0 * * 1#2",
        "*/0 * * * *",
        "*/-1 * * * *",
        "/5 * * * *",
        "5-1 * * * *",
        "0 SUN * * *",
        "0 0 * JANUARY *",
        "1-2-3 * * * *",
        "1/2/3 * * * *",
        "-1 * * * *",
        "1_0 * * * *",
        "TZ=UTC",
        "CRON_TZ=UTC",
        "TZ=UTC\t0 0 * * *",
        "TZ=Nowhere/Else 0 0 * * *",
        "TZ=europe/zurich 0 0 * * *",
        " TZ=UTC 0 0 * * *",
        "TZ=UTC @daily",
    ] {
        assert!(Schedule::parse(text).is_err(), "{text}");
    }
}

#[test]
fn commas_alone_never_fire() {
    for text in [
        ", * * * *",
        "0 , * * *",
        "0 0 , * *",
        "0 0 * ,, *",
        "0 0 * * ,",
        "0 0 30 2 *",
    ] {
        let schedule = Schedule::parse(text).unwrap();
        assert_eq!(schedule.next(&Minute::of(0), 1970 + YEARS), None, "{text}");
        assert!(!schedule.every_year(), "{text}");
    }
}

fn field(low: u8, high: u8) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        3 => (low..=high).prop_map(|value| value.to_string()),
        1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (1..=9u8).prop_map(|step| format!("*/{step}")),
        1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{a},{b}")),
        1 => Just(",".to_owned()),
    ]
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[-0-9*/,? a-zA-Z=]{0,32}|\\PC{0,32}") {
        let _ = Schedule::parse(&text);
    }

    #[test]
    fn fires_are_found_forwards_and_backwards(
        fields in (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)),
        from in 0..60_000_000i64,
        reach in 0..3_000i64,
    ) {
        let text = format!("{} {} {} {} {}", fields.0, fields.1, fields.2, fields.3, fields.4);
        let schedule = Schedule::parse(&text).unwrap();
        let fires = |minute: i64| {
            let at = Minute::of(minute);
            schedule.has_month(at.date.month)
                && schedule.has_day(minute.div_euclid(1440), at.date.day)
                && schedule.has_hour(u8::try_from(minute.rem_euclid(1440) / 60).unwrap())
                && schedule.has_minute(u8::try_from(minute.rem_euclid(60)).unwrap())
        };
        let at = Minute::of(from);
        let next = schedule.next(&at, at.date.year + YEARS);
        let forwards = (from..from + 20_000).find(|minute| fires(*minute));
        prop_assert_eq!(next.filter(|next| *next < from + 20_000), forwards);
        let backwards = (from - 20_000..=from).rev().find(|minute| fires(*minute));
        prop_assert_eq!(schedule.last(&at, from - 20_000), backwards);
        if let Some(first) = next {
            let mut last = first;
            while let Some(next) = (last + 1..=last + reach).find(|minute| fires(*minute)) {
                last = next;
                if last > first + 20_000 {
                    break;
                }
            }
            let row = schedule.row(first, reach);
            prop_assert!(if last > first + 20_000 { row >= last } else { row == last }, "{} {}", row, last);
        }
    }
}
