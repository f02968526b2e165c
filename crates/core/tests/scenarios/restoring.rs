//! Data that is brought back: who may have that, what it waits for, and how it
//! ends.

use std::collections::BTreeMap;

use tidegate_core::backup::ClaimKey;
use tidegate_core::backup::data::{ClaimSeen, DataSeen, DataWork, Kept, KeptVolume};
use tidegate_core::lifecycle::facts::{BackupFact, EffectState, Observation, RestoreFact};
use tidegate_core::lifecycle::{Effect, Phase, Question, questions};
use tidegate_core::policy::{Backup, BackupRules, RestoreData};
use tidegate_core::request::RollsBack;

use super::given::{Given, apply, at, claim, conclude, minutes, roll_back, target};

const BACKUP: &str = "pre-change-chg-1234-20261126-020000";
const RESTORE: &str = "bring-back-chg-1234-20261126-020000";

fn with(restore_data: RestoreData) -> Given {
    let mut given = Given::new();
    given.policy.backup = Backup::Velero(BackupRules {
        deadline: minutes(15),
        before: None,
        valid_for: minutes(120),
        keep_for: minutes(60 * 24),
        storage_location: None,
        snapshot_locations: Vec::new(),
        restore_data,
        restore_within: minutes(30),
    });
    given.governed();
    given
}

fn usable() -> BackupFact {
    BackupFact::Usable {
        completed_at: at("02:00"),
        expires_at: None,
        volumes: 1,
        warnings: 0,
    }
}

/// Its first stage is out, at 02:00.
fn out(mut given: Given) -> Given {
    given.time("02:00").previewed();
    let back_up = Effect::BackUp {
        cluster: "prod".to_owned(),
        number: 1,
    };
    given.facts.backups.insert("prod".to_owned(), usable());
    for effect in [claim(), back_up, apply(0)] {
        assert_eq!(given.goes().effect, Some(effect.clone()));
        given.done(&effect);
    }
    given
}

/// It fails, and the previous revision is applied.
fn failed(restore_data: RestoreData) -> Given {
    let mut given = out(with(restore_data));
    given.observed(&Observation::Failed("its pod crashes".to_owned()));
    assert_eq!(given.goes().effect, Some(roll_back()));
    given.done(&roll_back());
    given
}

fn stop(round: u32) -> Effect {
    Effect::Stop {
        target: target("api-gateway"),
        round,
        again: 0,
    }
}

fn remove(round: u32) -> Effect {
    Effect::RemoveClaims {
        target: target("api-gateway"),
        round,
    }
}

fn restore(number: u32) -> Effect {
    Effect::Restore {
        cluster: "prod".to_owned(),
        number,
    }
}

fn start(round: u32) -> Effect {
    Effect::Start {
        target: target("api-gateway"),
        round,
    }
}

fn discard(round: u32) -> Effect {
    Effect::DiscardVolumes {
        target: target("api-gateway"),
        round,
    }
}

fn key() -> ClaimKey {
    ClaimKey {
        namespace: "production".to_owned(),
        name: "data".to_owned(),
    }
}

/// How the one claim of the target is.
#[derive(Clone, Copy)]
enum Is {
    /// There, and made by nobody whom we know.
    There,
    Gone,
    /// Made by the restore.
    Restored,
}

/// What else happens, and what comes of it.
type Case<'a> = (&'a dyn Fn(&mut Given), &'a str);

fn seen(given: &mut Given, users: &[&str], is: Is) {
    let claim = (!matches!(is, Is::Gone)).then(|| ClaimSeen {
        key: key(),
        is_going: false,
        restore: matches!(is, Is::Restored).then(|| RESTORE.to_owned()),
        is_ready: true,
        phase: "Bound".to_owned(),
    });
    let seen = DataSeen {
        work: Some(DataWork {
            round: 1,
            stopped: Vec::new(),
            claims: vec![Kept {
                claim: key(),
                volume: Some(KeptVolume {
                    name: "pvc-1".to_owned(),
                    reclaimed: "Delete".to_owned(),
                }),
            }],
        }),
        started: Vec::new(),
        users: users.iter().map(|user| (*user).to_owned()).collect(),
        claims: claim.into_iter().collect(),
        velero: "velero".to_owned(),
    };
    given.facts.data.insert(target("api-gateway"), Ok(seen));
}

fn restored(given: &mut Given, fact: RestoreFact) {
    given.facts.restores.insert("prod".to_owned(), fact);
}

/// Nothing uses the claim any more, and it is removed.
fn removed(restore_data: RestoreData) -> Given {
    let mut given = failed(restore_data);
    assert_eq!(given.goes().effect, Some(stop(1)));
    given.done(&stop(1));
    given.facts.restorable.insert("prod".to_owned(), usable());
    seen(&mut given, &[], Is::There);
    assert_eq!(given.goes().effect, Some(remove(1)));
    given.done(&remove(1));
    seen(&mut given, &[], Is::Gone);
    given
}

/// The restore is asked for.
fn asked(restore_data: RestoreData) -> Given {
    let mut given = removed(restore_data);
    assert_eq!(given.goes().effect, Some(restore(1)));
    given.done(&restore(1));
    given
}

#[test]
fn each_step_says_what_it_waits_for() {
    let mut given = failed(RestoreData::OnFailure);
    assert_eq!(given.goes().effect, Some(stop(1)));
    given.done(&stop(1));
    let asked = questions(&given.change, &given.facts, given.now);
    let wanted = [
        Question::Restorable("prod".to_owned(), BACKUP.to_owned()),
        Question::Data(target("api-gateway")),
    ];
    assert_eq!(asked, wanted);
    let until = "waits for its data to be back until Thu 2026-11-26 02:30 UTC: ";
    let says = |given: &mut Given, what: &str| {
        assert_eq!(given.says(), [format!("{until}{what}")]);
    };
    seen(
        &mut given,
        &["pod web-1 still uses claim production/data"],
        Is::There,
    );
    says(&mut given, "pod web-1 still uses claim production/data");
    seen(&mut given, &[], Is::There);
    says(
        &mut given,
        &format!("backup {BACKUP} in prod: it has not been looked at yet"),
    );
    given.facts.restorable.insert("prod".to_owned(), usable());
    assert_eq!(given.goes().effect, Some(remove(1)));
    given.done(&remove(1));
    says(&mut given, "claim production/data is not gone yet");
    seen(&mut given, &[], Is::Gone);
    assert_eq!(given.goes().effect, Some(restore(1)));
    given.done(&restore(1));
    restored(
        &mut given,
        RestoreFact::Progressing("InProgress".to_owned()),
    );
    says(
        &mut given,
        &format!("restore {RESTORE} in prod: InProgress"),
    );
    restored(&mut given, RestoreFact::Completed { warnings: 0 });
    seen(&mut given, &[], Is::Restored);
    assert_eq!(given.goes().effect, Some(start(1)));
    given.done(&start(1));
    given
        .time("02:05")
        .observed(&Observation::Progressing("0 of 2 pods".to_owned()));
    given.goes();
    let told = &given.change.status.data.as_ref().unwrap().told;
    assert_eq!(
        told,
        &format!("1 claim brought back by restore {RESTORE}, 300 s")
    );
    // What runs on it has its whole time from now on.
    assert_eq!(
        given.says(),
        [
            "waits for the previous revision to be healthy until Thu 2026-11-26 02:15 UTC: 0 of 2 pods"
        ]
    );
    given.observed(&Observation::Healthy);
    assert_eq!(given.goes().effect, Some(discard(1)));
    given.done(&discard(1));
    assert_eq!(given.goes().effect, Some(conclude(false)));
    given.done(&conclude(false));
    given.goes();
    assert_eq!(given.phase(), Phase::RolledBack);
}

#[test]
fn what_somebody_starts_meanwhile_is_stopped_once_more_and_not_for_ever() {
    let again = |again| Effect::Stop {
        target: target("api-gateway"),
        round: 1,
        again,
    };
    let started = |given: &mut Given| {
        seen(given, &[], Is::There);
        let seen = given.facts.data.get_mut(&target("api-gateway")).unwrap();
        let told = "Deployment/api-gateway was started by somebody else";
        seen.as_mut().unwrap().started = vec![told.to_owned()];
    };
    let mut given = failed(RestoreData::OnFailure);
    given.goes();
    given.done(&stop(1));
    given.facts.restorable.insert("prod".to_owned(), usable());
    started(&mut given);
    assert!(given.says()[0].ends_with("Deployment/api-gateway was started by somebody else"));
    for number in 1..=20 {
        given.time(&format!("02:{number:02}"));
        assert_eq!(given.goes().effect, Some(again(number)));
        // Whoever dies in between stops the same again.
        assert_eq!(given.goes().effect, Some(again(number)));
        given.done(&again(number));
    }
    given.time("02:21");
    assert_eq!(given.goes().effect, None);
    seen(&mut given, &[], Is::There);
    assert_eq!(given.goes().effect, Some(remove(1)));
}

#[test]
fn without_consent_the_data_stays_as_it_is() {
    for restore_data in [RestoreData::Manual, RestoreData::Never] {
        let mut given = failed(restore_data);
        given.observed(&Observation::Healthy);
        assert_eq!(
            given.goes().effect,
            Some(conclude(false)),
            "{restore_data:?}"
        );
    }
    // A person who calls it off may ask for it, unless the policy says never.
    for (restore_data, first) in [
        (RestoreData::Manual, stop(1)),
        (RestoreData::OnFailure, stop(1)),
        (RestoreData::Never, conclude(false)),
    ] {
        let mut given = out(with(restore_data));
        given.change.control.cancel = Some("the orders are wrong".to_owned());
        given.change.control.restore_data = true;
        assert_eq!(given.goes().effect, Some(roll_back()));
        given.done(&roll_back());
        given.observed(&Observation::Healthy);
        assert_eq!(given.goes().effect, Some(first), "{restore_data:?}");
    }
}

#[test]
fn until_a_claim_goes_nothing_is_lost_by_giving_up() {
    let gone = |given: &mut Given| {
        let gone = BackupFact::Unusable("it was deleted".to_owned());
        given.facts.restorable.insert("prod".to_owned(), gone);
    };
    let late = |given: &mut Given| {
        seen(
            given,
            &["pod web-1 still uses claim production/data"],
            Is::There,
        );
        given.time("02:30");
    };
    let refused = |given: &mut Given| {
        let why = "Deployment/other uses claim production/data as well";
        given.ended(&stop(1), EffectState::Failed(why.to_owned()));
    };
    let cases: [Case<'_>; 3] = [
        (
            &gone,
            "backup pre-change-chg-1234-20261126-020000 in prod cannot be restored: it was deleted",
        ),
        (
            &late,
            "its data was not back by Thu 2026-11-26 02:30 UTC: pod web-1 still uses claim production/data",
        ),
        (
            &refused,
            "the data of prod/production/api-gateway cannot be brought back: Deployment/other uses claim production/data as well",
        ),
    ];
    for (happens, why) in cases {
        let mut given = failed(RestoreData::OnFailure);
        assert_eq!(given.goes().effect, Some(stop(1)));
        given.done(&stop(1));
        seen(&mut given, &[], Is::There);
        given.facts.restorable.insert("prod".to_owned(), usable());
        happens(&mut given);
        assert_eq!(given.goes().effect, Some(start(1)), "{why}");
        given.done(&start(1));
        assert_eq!(given.goes().effect, Some(discard(1)));
        given.done(&discard(1));
        assert_eq!(given.goes().effect, Some(conclude(false)));
        given.done(&conclude(false));
        given.goes();
        assert_eq!(given.phase(), Phase::Failed);
        assert!(given.reason().ends_with(why), "{}", given.reason());
        let data = given.change.status.data.unwrap();
        assert_eq!(
            data.told,
            format!("not brought back, and left as it is: {why}")
        );
        assert!(data.by_hand.is_empty());
    }
}

#[test]
fn after_that_a_person_is_told_what_to_type() {
    let pending = |given: &mut Given| {
        restored(given, RestoreFact::Completed { warnings: 0 });
        seen(given, &[], Is::Restored);
        let seen = given.facts.data.get_mut(&target("api-gateway")).unwrap();
        let claim = &mut seen.as_mut().unwrap().claims[0];
        claim.is_ready = false;
        claim.phase = "Pending".to_owned();
        given.time("02:30");
    };
    let empty = |given: &mut Given| {
        restored(given, RestoreFact::Completed { warnings: 1 });
        seen(given, &[], Is::There);
    };
    let missing = |given: &mut Given| restored(given, RestoreFact::Completed { warnings: 0 });
    let cases: [Case<'_>; 3] = [
        (
            &pending,
            "its data was not back by Thu 2026-11-26 02:30 UTC: claim production/data is Pending",
        ),
        (
            &empty,
            "claim production/data was made by somebody else before it could be restored, so it does not have the data",
        ),
        (&missing, "no restore made claim production/data"),
    ];
    for (happens, why) in cases {
        let mut given = asked(RestoreData::OnFailure);
        happens(&mut given);
        // Nothing is started on what is not there.
        assert_eq!(given.goes().effect, Some(conclude(false)), "{why}");
        given.done(&conclude(false));
        given.goes();
        assert_eq!(given.phase(), Phase::Failed);
        assert!(given.reason().ends_with(why), "{}", given.reason());
        let data = given.change.status.data.unwrap();
        assert_eq!(data.told, format!("not brought back: {why}"));
        assert!(
            data.by_hand
                .iter()
                .any(|line| line.contains("--from-backup"))
        );
    }
}

#[test]
fn what_velero_could_not_restore_it_is_asked_for_again() {
    let mut given = asked(RestoreData::OnFailure);
    let died = "it failed: found a restore with status \"InProgress\"";
    restored(&mut given, RestoreFact::Broken(died.to_owned()));
    let until = "waits for its data to be back until Thu 2026-11-26 02:30 UTC: ";
    assert_eq!(
        given.says(),
        [format!(
            "{until}restore {RESTORE} in prod: {died}; it is asked for again"
        )]
    );
    given.time("02:01");
    assert_eq!(given.goes().effect, Some(restore(2)));
    given.done(&restore(2));
    restored(&mut given, RestoreFact::Completed { warnings: 1 });
    // The first one had made the claim before it died.
    seen(&mut given, &[], Is::Restored);
    assert_eq!(given.goes().effect, Some(start(1)));
}

/// An undoing of chg-1200 that brings its data back as well.
fn undoing(restore_data: RestoreData) -> Given {
    let mut given = with(restore_data);
    given.change.request.rolls_back = Some(RollsBack {
        change: "chg-1200".to_owned(),
        data: BTreeMap::from([("prod".to_owned(), "pre-change-chg-1200".to_owned())]),
    });
    given
}

#[test]
fn an_undoing_brings_the_data_of_the_earlier_change_back_before_anything_is_to_be_healthy() {
    let mut given = out(undoing(RestoreData::Manual));
    assert_eq!(given.change.status.plan.as_ref().unwrap().stages.len(), 1);
    given.observed(&Observation::Failed("it cannot read the orders".to_owned()));
    assert_eq!(given.goes().effect, Some(stop(1)));
    given.done(&stop(1));
    let asked = questions(&given.change, &given.facts, given.now);
    let from = "pre-change-chg-1200".to_owned();
    assert!(asked.contains(&Question::Restorable("prod".to_owned(), from)));
    given.facts.restorable.insert("prod".to_owned(), usable());
    seen(&mut given, &[], Is::There);
    for (effect, claim) in [(remove(1), Is::Gone), (restore(1), Is::Restored)] {
        assert_eq!(given.goes().effect, Some(effect.clone()));
        given.done(&effect);
        seen(&mut given, &[], claim);
    }
    let state = given.change.status.data.as_ref().unwrap();
    assert_eq!(state.restores[0].backup, "pre-change-chg-1200");
    restored(&mut given, RestoreFact::Completed { warnings: 0 });
    assert_eq!(given.goes().effect, Some(start(1)));
    given.done(&start(1));
    given.observed(&Observation::Healthy);
    let prune = Effect::Prune {
        target: target("api-gateway"),
    };
    assert_eq!(given.goes().effect, Some(prune.clone()));
    // It fails later, and its own way back would be by hand: what was there before
    // it is kept.
    given.ended(&prune, EffectState::Failed("it is protected".to_owned()));
    assert_eq!(given.goes().effect, Some(roll_back()));
    given.done(&roll_back());
    given.observed(&Observation::Healthy);
    assert_eq!(given.goes().effect, Some(conclude(false)));
}

#[test]
fn an_undoing_of_data_needs_a_policy_that_allows_it() {
    let mut given = undoing(RestoreData::Never);
    assert_eq!(
        given.says(),
        [
            "waits because policy production allows no data to be brought back: its backup.restoreData is never; cancel it, or change the policy"
        ]
    );
    given.policy.backup = Backup::Waived {
        reason: "the service keeps no data".to_owned(),
    };
    given.governed();
    assert_eq!(
        given.says(),
        [
            "waits because policy production allows no data to be brought back: it has no backups made, so what is there now could not be had again; cancel it, or change the policy"
        ]
    );
}
