//! What cannot be expressed is refused by name.

use super::*;
use crate::calendar::ExemptSpec;
use crate::calendar::exception::ExceptionSpec;
use crate::change::ChangeType;

fn night() -> EntrySpec {
    recurring("night", Effect::Deny, "0 2 * * *", "4h", "UTC")
}

#[test]
fn every_entry_that_argo_cd_cannot_obey_is_named() {
    let specs = [
        EntrySpec {
            labels: [("tier".to_owned(), "web".to_owned())].into(),
            ..night()
        },
        EntrySpec {
            exempt: ExemptSpec {
                types: vec![ChangeType::Emergency],
                ..ExemptSpec::default()
            },
            ..night()
        },
        EntrySpec {
            namespaces: names(&["ok", "web-[0-9]"]),
            ..night()
        },
        recurring("leap", Effect::Deny, "0 2 29 2 *", "4h", "UTC"),
        EntrySpec {
            dates: (1..=28).map(|day| format!("2026-12-{day:02}")).collect(),
            ..EntrySpec::new("fine", Effect::Deny, "UTC")
        },
    ];
    let export = sync_windows(&calendar(&specs), at("2026-12-01T00:00Z"));
    assert!(export.windows.is_empty());
    let told: Vec<String> = export
        .refused
        .iter()
        .map(|refused| format!("{}: {}", refused.entry, refused.why))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn an_exception_is_refused_until_it_is_over() {
    let exception = ExceptionSpec {
        name: "hotfix".into(),
        freeze: "night".into(),
        change: "chg-1".into(),
        reason: "outage".into(),
        until: "2026-12-05T12:00".into(),
    };
    let calendar = calendar(&[night()]).with_exceptions(&[exception], Some("sre"), "UTC");
    let before = sync_windows(&calendar, at("2026-12-05T11:00Z"));
    assert_eq!(&*before.refused[0].entry, "hotfix");
    assert_eq!(before.next_export_at, Some(at("2026-12-05T12:00Z")));
    let after = sync_windows(&calendar, at("2026-12-05T12:00Z"));
    assert_eq!(after.refused, []);
}

#[test]
fn too_many_occurrences_are_refused() {
    let events: String = (0..600)
        .map(|hour| {
            let start = at("2026-12-01T00:00Z") + SignedDuration::from_hours(hour);
            format!(
                "BEGIN:VEVENT\r\nDTSTART:{}\r\nDURATION:PT1M\r\nEND:VEVENT\r\n",
                content::stamp(start)
            )
        })
        .collect();
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
    let spec = EntrySpec {
        feed: Some(crate::calendar::Feed::Text(text.as_str().into())),
        ..EntrySpec::new("hourly", Effect::Allow, "UTC")
    };
    let export = sync_windows(&calendar(&[spec]), at("2026-12-01T00:00Z"));
    assert!(
        export.refused[0].why.contains("more than 500 times"),
        "{:?}",
        export.refused
    );
}
