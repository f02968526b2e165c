//! Backups: made, known to be good, and asked again before anything is written.

use jiff::SignedDuration;
use tidegate_core::lifecycle::facts::{BackupFact, EffectState};
use tidegate_core::lifecycle::{Effect, Phase, Question, questions};
use tidegate_core::policy::{Backup, BackupRules, RestoreData};

use super::given::{Given, apply, at, claim, conclude, minutes};

const NAME: &str = "pre-change-chg-1234-20261126-020000";

/// A backup takes at most fifteen minutes and counts for two hours.
pub(super) fn given(before: Option<SignedDuration>) -> Given {
    let mut given = Given::new();
    given.policy.backup = Backup::Velero(BackupRules {
        deadline: minutes(15),
        before,
        valid_for: minutes(120),
        keep_for: minutes(60 * 24),
        storage_location: None,
        snapshot_locations: Vec::new(),
        restore_data: RestoreData::Manual,
        restore_within: minutes(30),
    });
    given.governed();
    given
}

/// Its window is open and its target is taken.
fn taken() -> Given {
    let mut given = given(None);
    given.time("02:00").previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    given.done(&claim());
    given
}

pub(super) fn back_up(number: u32) -> Effect {
    Effect::BackUp {
        cluster: "prod".to_owned(),
        number,
    }
}

pub(super) fn is(given: &mut Given, fact: BackupFact) {
    given.facts.backups.insert("prod".to_owned(), fact);
}

pub(super) fn usable(at_text: &str) -> BackupFact {
    BackupFact::Usable {
        completed_at: at(at_text),
        expires_at: None,
        volumes: 3,
        warnings: 1,
    }
}

#[test]
fn nothing_is_written_before_the_backup_is_usable() {
    let mut given = taken();
    assert_eq!(given.goes().effect, Some(back_up(1)));
    assert_eq!(given.change.status.backups[0].name, NAME);
    // Whoever dies in between asks for the same again.
    given.time("02:01");
    assert_eq!(given.goes().effect, Some(back_up(1)));
    assert_eq!(given.change.status.backups[0].name, NAME);
    given.done(&back_up(1));
    assert_eq!(given.goes().effect, None);
    let asked = questions(&given.change, &given.facts, given.now);
    assert!(asked.contains(&Question::Backup("prod".to_owned())));
    is(
        &mut given,
        BackupFact::Progressing("InProgress, 5 of 12 objects".to_owned()),
    );
    assert_eq!(
        given.says(),
        [format!(
            "waits for backup {NAME} in prod until Thu 2026-11-26 02:15 UTC: InProgress, 5 of 12 objects"
        )]
    );
    is(&mut given, usable("02:01"));
    assert_eq!(given.goes().effect, Some(apply(0)));
    assert_eq!(
        given.change.status.backup.as_deref(),
        Some("pre-change-chg-1234-20261126-020000 in prod: 3 volumes, 60 s, 1 warning")
    );
}

#[test]
fn a_backup_that_is_not_usable_stops_the_change_untouched_with_the_reason() {
    let why = "the data of claim production/logs is not in it: the backup does not name it";
    let mut unusable = taken();
    unusable.goes();
    unusable.done(&back_up(1));
    is(&mut unusable, BackupFact::Unusable(why.to_owned()));
    let mut late = taken();
    late.goes();
    late.done(&back_up(1));
    is(
        &mut late,
        BackupFact::Progressing("WaitingForPluginOperations".to_owned()),
    );
    late.goes();
    late.time("02:15");
    for (mut given, told) in [
        (
            unusable,
            format!("backup {NAME} in prod is not usable: {why}"),
        ),
        (
            late,
            format!(
                "backup {NAME} in prod was not complete by Thu 2026-11-26 02:15 UTC: WaitingForPluginOperations"
            ),
        ),
    ] {
        assert_eq!(
            given.goes().effect,
            Some(conclude(false)),
            "{}",
            given.reason()
        );
        given.done(&conclude(false));
        given.goes();
        assert_eq!(given.phase(), Phase::Failed);
        assert_eq!(given.reason(), told);
    }
}

#[test]
fn a_backup_that_cannot_be_asked_for_in_time_leaves_the_change_waiting() {
    let mut given = taken();
    assert_eq!(given.goes().effect, Some(back_up(1)));
    given.ended(&back_up(1), EffectState::Begun);
    given.facts.trouble = Some("storage location default is Unavailable".to_owned());
    given.time("02:15");
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    given.facts.trouble = None;
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
    // The next time another is asked for.
    given.time("02:17").previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    given.done(&claim());
    assert_eq!(given.goes().effect, Some(back_up(2)));
}

#[test]
fn one_that_is_gone_before_the_first_write_takes_the_change_back() {
    let mut given = taken();
    given.goes();
    given.done(&back_up(1));
    is(&mut given, usable("02:01"));
    assert_eq!(given.goes().effect, Some(apply(0)));
    is(
        &mut given,
        BackupFact::Unusable("it was deleted".to_owned()),
    );
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    // Its window is open all the while, so it starts again with another.
    assert_eq!(given.goes().effect, Some(claim()));
    given.done(&claim());
    assert_eq!(given.goes().effect, Some(back_up(2)));
}

#[test]
fn made_ahead_it_leaves_the_window_to_the_change_and_is_made_anew_when_too_old() {
    let mut given = given(Some(minutes(30)));
    let step = given.goes();
    assert_eq!(step.effect, None);
    assert_eq!(step.wake_at, Some(at("01:30")));
    given.time("01:30").previewed();
    assert_eq!(given.goes().effect, Some(back_up(1)));
    given.done(&back_up(1));
    assert!(
        given
            .says()
            .iter()
            .any(|says| says.contains("waits for backup"))
    );
    is(&mut given, usable("01:31"));
    given.time("01:31");
    assert!(
        !given
            .says()
            .iter()
            .any(|says| says.contains("waits for backup"))
    );
    given.time("02:00").previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    given.done(&claim());
    assert_eq!(given.goes().effect, Some(apply(0)));

    // What was asked for more than two hours ago does not count.
    let mut late = self::given(Some(minutes(30)));
    late.time("01:30").previewed();
    late.goes();
    late.done(&back_up(1));
    is(&mut late, usable("01:31"));
    late.goes();
    late.time("03:31").previewed();
    assert_eq!(late.goes().effect, Some(claim()));
    late.done(&claim());
    assert_eq!(late.goes().effect, Some(back_up(2)));
}
