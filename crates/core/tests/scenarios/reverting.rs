//! What went back is taken out of Git, where the policy wants that.

use tidegate_core::lifecycle::explain::explain;
use tidegate_core::lifecycle::facts::{EffectState, Observation};
use tidegate_core::lifecycle::{Effect, Phase};
use tidegate_core::policy::Revert;

use super::given::{Given, conclude, roll_back};

/// Its canary failed at 02:00 and is back; the target is to be given free.
fn back(revert: Revert) -> Given {
    let mut given = Given::new();
    given.policy.plan.revert = revert;
    given.governed();
    given.time("02:00").previewed();
    for effect in [super::given::claim(), super::given::apply(0)] {
        assert_eq!(given.goes().effect, Some(effect.clone()));
        given.done(&effect);
    }
    given.observed(&Observation::Failed("its pod crashes".to_owned()));
    assert_eq!(given.goes().effect, Some(roll_back()));
    given.done(&roll_back());
    given.observed(&Observation::Healthy);
    given
}

fn told(given: &Given) -> Vec<String> {
    let lines = explain(&given.change.status, given.now, &jiff::tz::TimeZone::UTC);
    lines.into_iter().map(|line| line.text).collect()
}

#[test]
fn the_targets_are_free_before_anything_is_written_to_git() {
    let mut given = back(Revert::Branch);
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    assert_eq!(given.goes().effect, Some(Effect::Revert));
    assert_eq!(given.phase(), Phase::RollingBack);
    given.done(&Effect::Revert);
    let words = "branch revert-chg-1234 takes it out of main; open a pull request of it into main";
    let key = Effect::Revert.key(given.change.status.attempts);
    given.facts.told.insert(key, words.to_owned());
    given.goes();
    assert_eq!(given.phase(), Phase::RolledBack);
    assert_eq!(given.change.status.reverted.as_deref(), Some(words));
    assert_eq!(told(&given).last().unwrap(), words);
}

#[test]
fn that_git_takes_nothing_is_told_and_ends_the_change_all_the_same() {
    let mut given = back(Revert::Commit);
    given.done(&conclude(false));
    assert_eq!(given.goes().effect, Some(Effect::Revert));
    let why = "main does not have 9f1c2d3, so there is nothing to take out";
    given.ended(&Effect::Revert, EffectState::Failed(why.to_owned()));
    given.goes();
    assert_eq!(given.phase(), Phase::RolledBack);
    assert!(
        given.reason().contains("its pod crashes"),
        "{}",
        given.reason()
    );
    let told = given.change.status.reverted.as_deref().unwrap();
    assert_eq!(told, format!("it was not taken out of Git: {why}"));
}

#[test]
fn a_repository_that_does_not_answer_is_tried_for_a_while_and_no_longer() {
    let mut given = back(Revert::Branch);
    given.done(&conclude(false));
    given.ended(&Effect::Revert, EffectState::Begun);
    given.facts.trouble = Some("git.example.com does not answer".to_owned());
    given.time("02:11");
    assert_eq!(given.goes().effect, Some(Effect::Revert));
    given.time("02:12").goes();
    assert_eq!(given.phase(), Phase::RolledBack);
    let told = given.change.status.reverted.as_deref().unwrap();
    assert!(told.ends_with("git.example.com does not answer"), "{told}");
}

#[test]
fn what_nobody_asked_for_is_not_done() {
    let mut given = back(Revert::None);
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::RolledBack);
    assert_eq!(given.change.status.reverted, None);

    // Called off is not failed.
    let mut given = Given::new();
    given.policy.plan.revert = Revert::Commit;
    given.governed();
    given.time("02:00").previewed();
    for effect in [super::given::claim(), super::given::apply(0)] {
        given.goes();
        given.done(&effect);
    }
    given.change.control.cancel = Some("not today".to_owned());
    assert_eq!(given.goes().effect, Some(roll_back()));
    given.done(&roll_back());
    given.observed(&Observation::Healthy);
    given.goes();
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::Cancelled);
    assert_eq!(given.change.status.reverted, None);
}
