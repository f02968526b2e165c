//! A backup that a person asks for before its time.

use tidegate_core::lifecycle::explain::backups;
use tidegate_core::lifecycle::facts::BackupFact;
use tidegate_core::lifecycle::{Effect, Phase, Question, questions};

use super::backup::{back_up, given, is, usable};
use super::given::{Given, apply, at, claim, minutes};

const NAME: &str = "pre-change-chg-1234-20261126-003000";

fn asks(given: &mut Given, time: &str) {
    given.change.control.backup_requested_at = Some(at(time));
}

fn told(given: &Given) -> Vec<String> {
    let lines = backups(&given.change.status);
    lines.into_iter().map(|line| line.text).collect()
}

/// It waits for approvals.
fn approving() -> Given {
    let mut given = given(None);
    given.facts.approvals.clear();
    given.goes();
    assert_eq!(given.phase(), Phase::Approving);
    given
}

fn question() -> Question {
    Question::Backup("prod".to_owned())
}

fn asked(given: &Given) -> bool {
    questions(&given.change, &given.facts, given.now).contains(&question())
}

#[test]
fn it_is_made_while_the_change_waits_for_approvals_and_counts_for_the_start() {
    let mut given = approving();
    assert_eq!(given.goes().effect, None);
    let approvals = Given::new().facts.approvals;
    asks(&mut given, "00:30");
    assert_eq!(given.goes().effect, Some(back_up(1)));
    assert_eq!(given.change.status.backups[0].name, NAME);
    assert!(!asked(&given));
    given.done(&back_up(1));
    assert!(given.says().iter().any(|says| says.contains(NAME)));
    assert!(asked(&given));
    is(&mut given, usable("00:31"));
    given.time("00:31").goes();
    assert_eq!(given.phase(), Phase::Approving);
    assert_eq!(
        told(&given),
        [format!("backup {NAME} in prod: 3 volumes, 60 s, 1 warning")]
    );
    // Once is enough.
    assert_eq!(given.time("00:40").goes().effect, None);
    assert!(!asked(&given));

    given.facts.approvals = approvals;
    given.time("02:00").previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    given.done(&claim());
    assert_eq!(given.goes().effect, Some(apply(0)));
}

#[test]
fn a_later_request_makes_another_and_the_same_one_does_not() {
    let mut given = given(None);
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
    // Whose clock is fast is not asked for again and again.
    asks(&mut given, "05:00");
    assert_eq!(given.goes().effect, Some(back_up(1)));
    given.done(&back_up(1));
    is(&mut given, usable("00:31"));
    given.time("00:31").goes();
    assert_eq!(given.goes().effect, None);
    asks(&mut given, "05:01");
    given.facts.backups.clear();
    assert_eq!(given.goes().effect, Some(back_up(2)));
}

#[test]
fn one_that_is_too_old_at_the_start_does_not_count() {
    let mut given = given(None);
    given.policy.backup = match given.policy.backup.clone() {
        tidegate_core::policy::Backup::Velero(rules) => {
            tidegate_core::policy::Backup::Velero(tidegate_core::policy::BackupRules {
                valid_for: minutes(60),
                ..rules
            })
        }
        waived @ tidegate_core::policy::Backup::Waived { .. } => waived,
    };
    given.governed();
    asks(&mut given, "00:30");
    given.goes();
    given.done(&back_up(1));
    is(&mut given, usable("00:31"));
    given.goes();
    // Nobody asked for another, so none is made before the start.
    assert_eq!(given.time("01:45").goes().effect, None);
    given.time("02:00").previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    given.done(&claim());
    assert_eq!(given.goes().effect, Some(back_up(2)));
}

#[test]
fn one_that_is_not_usable_is_told_and_ends_nothing() {
    let mut given = given(Some(minutes(30)));
    asks(&mut given, "00:30");
    assert_eq!(given.goes().effect, Some(back_up(1)));
    given.done(&back_up(1));
    let why = "the data of claim production/logs is not in it";
    is(&mut given, BackupFact::Unusable(why.to_owned()));
    given.goes();
    assert_eq!(given.phase(), Phase::Scheduled);
    assert_eq!(
        told(&given),
        [format!("backup {NAME} in prod is not usable: {why}")]
    );
    // At its time another is made, whose word is final.
    given.time("01:30").previewed();
    assert_eq!(given.goes().effect, Some(back_up(2)));
    given.done(&back_up(2));
    given.goes();
    assert_eq!(given.phase(), Phase::Failed);
}

#[test]
fn it_is_given_up_at_its_deadline() {
    let mut given = approving();
    asks(&mut given, "00:30");
    given.goes();
    given.facts.trouble = Some("storage location default is Unavailable".to_owned());
    given.time("00:45").goes();
    assert_eq!(given.phase(), Phase::Approving);
    let told = told(&given);
    assert!(
        told[0].ends_with("storage location default is Unavailable"),
        "{told:?}"
    );
    assert_eq!(given.time("00:50").goes().effect, None);
}

#[test]
fn while_it_is_made_nothing_else_is_held_up() {
    let mut given = given(None);
    given.goes();
    given.time("02:00");
    given.facts.preview = None;
    asks(&mut given, "02:00");
    assert_eq!(given.goes().effect, Some(back_up(1)));
    given.done(&back_up(1));
    assert_eq!(given.says().len(), 2);
    let asked = questions(&given.change, &given.facts, given.now);
    assert!(asked.contains(&Question::Preview), "{asked:?}");
    given.previewed();
    assert_eq!(given.goes().effect, Some(claim()));
    given.done(&claim());
    is(&mut given, usable("02:00"));
    assert_eq!(given.goes().effect, Some(apply(0)));
}

#[test]
fn after_the_start_and_where_none_is_made_it_changes_nothing() {
    let mut started = given(None);
    started.time("02:00").previewed();
    assert_eq!(started.goes().effect, Some(claim()));
    asks(&mut started, "02:00");
    assert_eq!(started.goes().effect, Some(claim()));
    started.done(&claim());
    assert_eq!(started.goes().effect, Some(back_up(1)));
    started.done(&back_up(1));
    is(&mut started, usable("02:00"));
    assert_eq!(started.goes().effect, Some(apply(0)));

    let mut waived = Given::new();
    asks(&mut waived, "00:30");
    assert!(!matches!(waived.goes().effect, Some(Effect::BackUp { .. })));
    assert_eq!(waived.phase(), Phase::Scheduled);
}
