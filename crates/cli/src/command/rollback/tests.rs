use jiff::Timestamp;
use serde_json::{Value, json};
use tidegate_api::Change;
use tidegate_core::change::ChangeType;
use tidegate_core::lifecycle::Phase;

use super::plan::plan;
use super::refused::Refused;
use super::undoing::{Undoing, Wish, undoing};
use crate::failure::Explain as _;
use crate::view::{examples, rollback};

/// A change with other fields.
fn with(change: &Change, edit: impl FnOnce(&mut Value)) -> Change {
    let mut object = serde_json::to_value(change).unwrap();
    edit(&mut object);
    serde_json::from_value(object).unwrap()
}

fn data() -> Wish {
    Wish {
        data: true,
        ..Wish::default()
    }
}

fn decided(change: &Change, wish: &Wish) -> Result<Undoing, Refused> {
    let now: Timestamp = examples::now();
    undoing(change, wish, "chg-1234", now, &examples::zone())
}

#[track_caller]
fn submitted(change: &Change, wish: &Wish) -> Change {
    match decided(change, wish).unwrap() {
        Undoing::Submit(change) => *change,
        Undoing::CallOff { .. } => panic!("is called off"),
    }
}

fn refused(change: &Change, wish: &Wish) -> (String, String) {
    let refused = decided(change, wish).unwrap_err();
    let hint = refused.hint().unwrap_or_default();
    (refused.to_string(), hint)
}

fn drawn(change: &Change, wish: &Wish, others: &[Change]) -> String {
    let mut undoing = decided(change, wish).unwrap();
    if let Undoing::Submit(change) = &mut undoing {
        change.metadata.name = Some("chg-1234-2".to_owned());
    }
    let plan = plan(change, &undoing, others, &|_| "velero".to_owned());
    examples::plain(&rollback::whole(&plan))
}

/// Two Applications of Argo CD, which ran these commits.
fn by_argo_cd(ran: [&str; 2]) -> Change {
    with(&examples::succeeded(), |object| {
        let names = ["web", "api"];
        object["spec"]["targets"] = json!(names.map(|name| json!({
            "name": name, "namespace": "production", "application": name,
        })));
        let point = |name, revision: &str| {
            let revision = format!("{revision:0<40}");
            json!({
                "cluster": "prod", "namespace": "production", "name": name, "revision": revision,
            })
        };
        object["status"]["rollbackPoints"] =
            json!([point(names[0], ran[0]), point(names[1], ran[1])]);
    })
}

#[test]
fn what_has_not_started_is_not_undone() {
    for (change, phase) in [
        (examples::scheduled(), "Scheduled"),
        (examples::approving(), "Approving"),
        (examples::unseen(), "Draft"),
    ] {
        let (sentence, hint) = refused(&change, &Wish::default());
        let name = change.metadata.name.unwrap();
        assert_eq!(
            sentence,
            format!("{name} is {phase} and has not started, so there is nothing to undo")
        );
        assert!(hint.ends_with(&format!("tidegate change cancel {name} --reason …")));
    }
}

#[test]
fn what_runs_is_called_off() {
    let running = examples::rolling_out();
    insta::assert_snapshot!(drawn(&running, &Wish::default(), &[]));
    let Undoing::CallOff { reason, data } = decided(&running, &Wish::default()).unwrap() else {
        panic!("is submitted");
    };
    assert_eq!(reason, "undone with tidegate rollback");
    assert!(data.is_empty());
    // It has no backup.
    assert_eq!(
        refused(&running, &self::data()).0,
        "chg-1234 has no backup whose data could be brought back"
    );
    let whole = Wish {
        targets: vec!["api-gateway".to_owned()],
        ..Wish::default()
    };
    assert!(refused(&running, &whole).0.contains("leave out --target"));
    let again = with(&running, |object| {
        object["spec"]["cancel"] = json!({ "reason": "not today" });
    });
    assert_eq!(
        refused(&again, &Wish::default()).0,
        "chg-1234 goes back already"
    );
}

#[test]
fn what_succeeded_is_undone_by_a_change_of_its_own() {
    let change = examples::succeeded();
    let undoing = submitted(&change, &Wish::default());
    let (spec, earlier) = (&undoing.spec, &change.spec);
    assert_eq!(spec.title, "Undo CHG-1234: Upgrade api-gateway to v2.5.0");
    assert_eq!(
        spec.source.revision.as_deref(),
        Some("71d0be2e4b5a69788796a5b4c3d2e1f001122334")
    );
    assert_eq!(
        (&spec.ticket, &spec.targets),
        (&earlier.ticket, &earlier.targets)
    );
    assert_eq!(
        (spec.risk, spec.change_type),
        (earlier.risk, ChangeType::Normal)
    );
    assert_eq!(
        spec.rollback,
        "Bring out again what chg-1234 brought: 9f1c2d3"
    );
    let undoes = spec.rolls_back.as_ref().unwrap();
    assert_eq!((undoes.change.as_str(), undoes.data.len()), ("chg-1234", 0));
    let emergency = Wish {
        emergency: true,
        reason: Some("checkout is down".to_owned()),
        ..Wish::default()
    };
    let undoing = submitted(&change, &emergency);
    assert_eq!(undoing.spec.change_type, ChangeType::Emergency);
    assert!(undoing.spec.title.ends_with(" (checkout is down)"));
    // To undo that brings it out again.
    let again = with(&change, |object| {
        object["spec"]["rollsBack"] = json!({ "change": "chg-1230" });
        object["spec"]["title"] = json!("Undo CHG-1234: Upgrade api-gateway to v2.5.0");
    });
    assert_eq!(
        submitted(&again, &Wish::default()).spec.title,
        "Bring out CHG-1234 again: Upgrade api-gateway to v2.5.0"
    );
    insta::assert_snapshot!(drawn(&change, &Wish::default(), &[]));
}

#[test]
fn with_its_data_every_step_of_a_restore_is_told() {
    let change = by_argo_cd(["71d0be2", "71d0be2"]);
    let undoing = submitted(&change, &data());
    let undoes = undoing.spec.rolls_back.unwrap();
    assert_eq!(undoes.data[0].backup, "pre-change-chg-1234-20261124-020000");
    let later = with(&by_argo_cd(["9f1c2d3", "9f1c2d3"]), |object| {
        object["metadata"]["name"] = json!("chg-1300");
        object["status"]["phaseSince"] = json!("2026-11-24T08:00:00Z");
    });
    insta::assert_snapshot!(drawn(&change, &data(), &[change.clone(), later]));
}

#[test]
fn a_backup_that_is_gone_brings_nothing_back() {
    let gone = with(&examples::succeeded(), |object| {
        object["status"]["backups"][0]["expiresAt"] = json!("2026-11-24T10:00:00Z");
    });
    let (sentence, hint) = refused(&gone, &data());
    assert_eq!(
        sentence,
        "backup pre-change-chg-1234-20261124-020000 in prod expired Tue 2026-11-24 11:00 CET, so its data is gone"
    );
    assert_eq!(hint, "to bring back the code alone leave out --to backup");
    let none = with(&examples::succeeded(), |object| {
        object["status"]["backups"] = json!([]);
        object["status"]["backup"] = json!("waived: the service keeps no data");
    });
    let (sentence, hint) = refused(&none, &data());
    assert!(sentence.starts_with("chg-1234 has no backup"), "{sentence}");
    assert_eq!(hint, "its backup: waived: the service keeps no data");
}

#[test]
fn what_is_back_needs_no_undoing_but_its_data_may() {
    let back = |phase: &str| {
        with(&examples::succeeded(), |object| {
            object["status"]["phase"] = json!(phase);
        })
    };
    for phase in ["RolledBack", "Cancelled"] {
        let (sentence, hint) = refused(&back(phase), &Wish::default());
        assert!(sentence.contains("runs again"), "{sentence}");
        assert!(
            hint.ends_with("tidegate rollback chg-1234 --to backup"),
            "{hint}"
        );
        assert_eq!(
            submitted(&back(phase), &data())
                .spec
                .rolls_back
                .unwrap()
                .data
                .len(),
            1
        );
    }
    // It may be half out, so it is brought back.
    let failed = back("Failed");
    assert!(
        submitted(&failed, &Wish::default())
            .spec
            .rolls_back
            .is_some()
    );
    let untouched = with(&failed, |object| {
        object["status"]["run"]["touched"] = json!(false);
    });
    assert!(matches!(
        decided(&untouched, &Wish::default()),
        Err(Refused::Untouched {
            phase: Phase::Failed,
            ..
        })
    ));
}

#[test]
fn what_nobody_knows_or_one_change_cannot_bring_is_said() {
    let unknown = with(&examples::succeeded(), |object| {
        object["status"]["rollbackPoints"][0]["revision"] = Value::Null;
    });
    assert_eq!(
        refused(&unknown, &Wish::default()).0,
        "nobody knows which commit api-gateway ran before chg-1234: no change had been there"
    );
    let old = with(&examples::succeeded(), |object| {
        object["status"]["rollbackPoints"] = json!([]);
    });
    assert!(
        refused(&old, &Wish::default())
            .0
            .contains("does not say what ran before it")
    );
    let same = with(&examples::succeeded(), |object| {
        object["status"]["rollbackPoints"][0]["revision"] = object["status"]["revision"].clone();
    });
    assert!(
        refused(&same, &Wish::default())
            .0
            .contains("brought what ran before it")
    );

    let differ = by_argo_cd(["71d0be2", "8c7b6a5"]);
    let (sentence, hint) = refused(&differ, &Wish::default());
    assert_eq!(
        sentence,
        "before chg-1234 web ran 71d0be2 and api ran 8c7b6a5, and one change brings one of them"
    );
    assert!(hint.ends_with(
        "tidegate rollback chg-1234 --target web; tidegate rollback chg-1234 --target api"
    ));
    let only = |name: &str| Wish {
        targets: vec![name.to_owned()],
        ..Wish::default()
    };
    let undoing = submitted(&differ, &only("api"));
    assert_eq!(undoing.spec.targets.len(), 1);
    assert!(undoing.spec.source.revision.unwrap().starts_with("8c7b6a5"));
    let (sentence, hint) = refused(&differ, &only("apis"));
    assert_eq!(
        (sentence.as_str(), hint.as_str()),
        ("chg-1234 has no target apis", "it has web, api")
    );
}

#[test]
fn a_chart_goes_back_to_its_version() {
    let chart = with(&by_argo_cd(["71d0be2", "71d0be2"]), |object| {
        object["spec"]["source"] = json!({
            "repository": "https://charts.example.com", "chart": "api-gateway", "version": "1.5.0",
        });
        for position in 0..2 {
            object["status"]["rollbackPoints"][position]["version"] = json!("1.4.2");
        }
    });
    let source = submitted(&chart, &Wish::default()).spec.source;
    assert_eq!(source.version.as_deref(), Some("1.4.2"));
    assert_eq!(
        (source.chart.as_deref(), source.revision),
        (Some("api-gateway"), None)
    );
}
