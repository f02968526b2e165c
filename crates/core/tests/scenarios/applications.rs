//! Where Argo CD delivers: stages of Applications, and what stands in the way.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidegate_core::argo_cd::Application;
use tidegate_core::change::ChangeType;
use tidegate_core::lifecycle::facts::{ApplicationFact, EffectState, Observation, ProjectWindows};
use tidegate_core::lifecycle::{Effect, Phase, Question, questions};
use tidegate_core::policy::{ApplicationSelector, ForeignWindows, Stage};
use tidegate_core::rollout::share::Share;
use tidegate_core::target::{Delivery, Target, TargetKey};

use super::given::{Given, minutes, revision, target};

fn application(name: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "argocd",
            "labels": {"tier": name},
            "annotations": {"tidegate.dev/followed": "main"},
        },
        "spec": {
            "project": "production",
            "destination": {"namespace": "production"},
            "source": {"repoURL": "x", "path": "y", "targetRevision": revision("71d0be").as_str()},
        },
    })
}

fn stage(name: &str, applications: ApplicationSelector) -> Stage {
    Stage {
        name: name.to_owned(),
        share: Share::FULL,
        applications: Some(applications),
        targets: None,
        soak: minutes(0),
        within: minutes(5),
    }
}

fn named(glob: &str) -> ApplicationSelector {
    ApplicationSelector {
        names: vec![glob.to_owned()],
        ..ApplicationSelector::default()
    }
}

/// Argo CD delivers these, by these stages.
fn given(names: &[&str], stages: Vec<Stage>) -> Given {
    let mut given = Given::new();
    given.policy.plan.stages = stages;
    given.governed();
    given.change.request.targets = names
        .iter()
        .map(|name| Target {
            key: target(name),
            delivery: Delivery::ArgoCd {
                namespace: "argocd".to_owned(),
            },
        })
        .collect();
    given.renders("9f1c2d3", "3f9c1a");
    for name in names {
        says(&mut given, name, &application(name), &json!([]));
    }
    given.time("02:00").previewed();
    given
}

/// What Argo CD has of an Application now.
fn says(given: &mut Given, name: &str, object: &Value, windows: &Value) {
    says_of(given, name, object, &[project("production", windows)]);
}

/// The windows of an AppProject that nobody applies from Git.
fn project(name: &str, windows: &Value) -> ProjectWindows {
    ProjectWindows {
        project: name.to_owned(),
        windows: serde_json::from_value(windows.clone()).unwrap(),
        from_git: false,
    }
}

/// What Argo CD has of an Application now, with all the windows that bind it.
fn says_of(given: &mut Given, name: &str, object: &Value, projects: &[ProjectWindows]) {
    let fact = ApplicationFact::new(Application::read(object).unwrap(), projects);
    given.facts.applications.insert(target(name), Ok(fact));
}

fn claim(name: &str) -> Effect {
    Effect::Claim {
        target: target(name),
    }
}

fn apply(name: &str, stage: u32) -> Effect {
    Effect::Apply {
        target: target(name),
        stage,
    }
}

fn back(name: &str) -> Effect {
    Effect::RollBack {
        target: target(name),
    }
}

/// Everything is taken.
fn started(names: &[&str], stages: Vec<Stage>) -> Given {
    let mut given = given(names, stages);
    let mut sorted: Vec<&str> = names.to_vec();
    sorted.sort_unstable();
    for name in sorted {
        assert_eq!(given.goes().effect, Some(claim(name)), "{}", given.reason());
        given.done(&claim(name));
    }
    given
}

fn canary_and_full() -> Vec<Stage> {
    vec![
        stage("canary", named("*-canary")),
        stage("full", named("*")),
    ]
}

fn canary_staged_and_full() -> Vec<Stage> {
    let mut stages = canary_and_full();
    stages.insert(1, stage("staged", named("*-staged")));
    stages
}

/// It is the next to be applied, and then does so.
fn goes_out(given: &mut Given, name: &str, stage: u32, does: Observation) {
    assert_eq!(given.goes().effect, Some(apply(name, stage)));
    given.done(&apply(name, stage));
    given.facts.observations.insert(target(name), does);
}

fn stages_of(given: &Given) -> Vec<(String, Vec<String>)> {
    let plan = given.change.status.plan.as_ref().unwrap();
    let names = |keys: &Vec<TargetKey>| keys.iter().map(|key| key.name.clone()).collect();
    plan.stages
        .iter()
        .map(|stage| {
            (
                stage.name.clone(),
                stage.targets.as_ref().map_or_else(Vec::new, names),
            )
        })
        .collect()
}

#[test]
fn each_stage_goes_to_its_applications_and_the_next_waits_until_they_are_healthy() {
    let stages = canary_and_full();
    let mut given = started(&["web-full", "web-canary"], stages);
    assert_eq!(given.goes().effect, Some(apply("web-canary", 0)));
    given.done(&apply("web-canary", 0));
    assert_eq!(
        questions(&given.change, &given.facts, given.now),
        [Question::Stage(target("web-canary"), 0)]
    );
    given.facts.observations.insert(
        target("web-canary"),
        Observation::Progressing("Argo CD syncs it".to_owned()),
    );
    assert_eq!(given.goes().effect, None);
    given
        .facts
        .observations
        .insert(target("web-canary"), Observation::Healthy);
    assert_eq!(given.goes().effect, Some(apply("web-full", 1)));
    given.done(&apply("web-full", 1));
    given
        .facts
        .observations
        .insert(target("web-full"), Observation::Healthy);
    // What went out before must stay healthy, and is looked at as well.
    assert_eq!(
        questions(&given.change, &given.facts, given.now),
        [
            Question::Stage(target("web-full"), 1),
            Question::Stage(target("web-canary"), 0),
        ]
    );
    // Argo CD prunes by itself.
    given.goes();
    assert_eq!(given.phase(), Phase::Verifying);
}

#[test]
fn a_later_stage_waits_for_what_its_gates_need_and_takes_nothing_back() {
    let stages = canary_and_full();
    let mut given = started(&["web-canary", "web-full"], stages);
    goes_out(&mut given, "web-canary", 0, Observation::Healthy);
    // In the step in which the canary is seen healthy nobody asked for the source.
    let source = given.facts.source.take();
    assert_eq!(given.says(), ["the commit is being looked up"]);
    assert_eq!(
        questions(&given.change, &given.facts, given.now),
        [Question::Source]
    );
    given.facts.source = Some(Err("git.example.com does not answer".to_owned()));
    assert_eq!(
        given.says(),
        ["waits for its source: git.example.com does not answer"]
    );
    given.facts.source = source;
    assert_eq!(given.goes().effect, Some(apply("web-full", 1)));
}

#[test]
fn an_approval_that_is_gone_by_the_first_write_of_a_later_stage_takes_all_back() {
    let stages = canary_and_full();
    let mut given = started(&["web-canary", "web-full"], stages);
    goes_out(&mut given, "web-canary", 0, Observation::Healthy);
    given.facts.approvals.clear();
    assert_eq!(given.goes().effect, Some(back("web-canary")));
}

#[test]
fn an_earlier_stage_that_breaks_brings_all_back_the_newest_first() {
    let stages = canary_staged_and_full();
    let names = ["web-full", "web-canary", "web-staged"];
    let mut given = started(&names, stages);
    for (position, name) in [(0, "web-canary"), (1, "web-staged")] {
        goes_out(&mut given, name, position, Observation::Healthy);
    }
    given.facts.observations.insert(
        target("web-canary"),
        Observation::Failed("Application argocd/web-canary is degraded".to_owned()),
    );
    assert_eq!(given.goes().effect, Some(back("web-staged")));
    given.done(&back("web-staged"));
    assert_eq!(given.goes().effect, Some(back("web-canary")));
    given.done(&back("web-canary"));
    // The last stage was never written to.
    assert_eq!(
        questions(&given.change, &given.facts, given.now),
        [
            Question::Previous(target("web-canary")),
            Question::Previous(target("web-staged")),
        ]
    );
}

#[test]
fn a_person_who_is_needed_is_told_which_part_is_where() {
    let stages = canary_staged_and_full();
    let names = ["web-canary", "web-staged", "web-full"];
    let mut given = started(&names, stages);
    let unseen = Observation::Unknown("cluster eu: connection refused".to_owned());
    goes_out(&mut given, "web-canary", 0, Observation::Healthy);
    goes_out(&mut given, "web-staged", 1, unseen);
    given.goes();
    assert_eq!(
        given.says(),
        [
            "waits for stage staged to be healthy until Thu 2026-11-26 02:05 UTC: web-staged: cannot be seen: cluster eu: connection refused"
        ]
    );
    assert_eq!(given.time("02:05").goes().effect, Some(back("web-staged")));
    given.done(&back("web-staged"));
    assert_eq!(given.goes().effect, Some(back("web-canary")));
    given.done(&back("web-canary"));
    given.goes();
    given.time("02:15").goes();
    for name in names {
        given.done(&Effect::Conclude {
            target: target(name),
            deployed: false,
        });
    }
    given.goes();
    assert_eq!(given.phase(), Phase::Failed);
    let told = "(web-canary is back, web-staged was set back and is not seen healthy, web-full was not touched)";
    assert!(given.reason().contains(told), "{}", given.reason());
}

#[test]
fn no_more_go_out_at_once_than_the_stage_allows() {
    let limited = ApplicationSelector {
        at_once: Some(2),
        ..named("*")
    };
    let given = started(&["a", "b", "c"], vec![stage("all", limited)]);
    assert_eq!(
        stages_of(&given),
        [
            ("all 1/2".to_owned(), vec!["a".to_owned(), "b".to_owned()]),
            ("all 2/2".to_owned(), vec!["c".to_owned()]),
        ]
    );
}

#[test]
fn stages_choose_by_label_and_those_without_applications_are_left_out() {
    let labelled = ApplicationSelector {
        labels: BTreeMap::from([("tier".to_owned(), "b*".to_owned())]),
        ..ApplicationSelector::default()
    };
    let stages = vec![
        stage("none", named("nothing")),
        stage("labelled", labelled),
        stage("rest", named("*")),
    ];
    let given = started(&["a", "b"], stages);
    assert_eq!(
        stages_of(&given),
        [
            ("labelled".to_owned(), vec!["b".to_owned()]),
            ("rest".to_owned(), vec!["a".to_owned()]),
        ]
    );
}

#[test]
fn what_no_stage_can_deliver_is_refused_when_it_is_submitted() {
    let mut nowhere = given(&["web"], vec![stage("canary", named("*-canary"))]);
    nowhere.goes();
    assert_eq!(nowhere.phase(), Phase::Rejected);
    assert_eq!(
        nowhere.reason(),
        "cannot go out in stages: no stage of the policy takes Application web; one has to choose it in `applications`"
    );
    // The policy of the other examples asks for a share of it first.
    let stages = Given::new().policy.plan.stages;
    let mut shared = given(&["web"], stages);
    shared.goes();
    assert_eq!(shared.phase(), Phase::Rejected);
    assert!(
        shared
            .reason()
            .contains("stage canary asks for 10% of Application web"),
        "{}",
        shared.reason()
    );
}

#[test]
fn it_waits_for_argo_cds_windows_and_says_until_when() {
    let mut given = given(&["web"], vec![stage("all", named("*"))]);
    let shut = json!([{"kind": "allow", "schedule": "0 3 * * *", "duration": "1h", "applications": ["web"]}]);
    says(&mut given, "web", &application("web"), &shut);
    let told = given.says();
    assert!(
        told[0].starts_with("Argo CD does not allow a sync of Application web now: "),
        "{told:?}"
    );
    assert!(
        told[0].ends_with("; it does from Thu 2026-11-26 03:00:01 UTC on"),
        "{told:?}"
    );
    assert_eq!(given.phase(), Phase::Scheduled);
    assert_eq!(
        given.goes().wake_at,
        Some("2026-11-26T03:00:01Z".parse().unwrap())
    );
}

#[test]
fn a_window_that_shuts_between_the_stages_is_waited_for_until_the_stage_is_late() {
    let stages = canary_and_full();
    let mut given = started(&["web-canary", "web-full"], stages);
    goes_out(&mut given, "web-canary", 0, Observation::Healthy);
    let shut = json!([{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["web-full"]}]);
    says(&mut given, "web-full", &application("web-full"), &shut);
    assert_eq!(given.goes().effect, None);
    assert!(given.says()[0].contains("Argo CD does not allow a sync of Application web-full"));
    given.time("02:06");
    assert_eq!(given.goes().effect, Some(back("web-canary")));
    assert!(
        given
            .reason()
            .contains("stage full could not be applied to"),
        "{}",
        given.reason()
    );
}

#[test]
fn somebody_elses_sync_is_waited_for_and_named() {
    let mut given = given(&["web"], vec![stage("all", named("*"))]);
    let mut busy = application("web");
    busy["status"] = json!({"operationState": {
        "phase": "Running", "message": "waiting for hooks",
        "operation": {"initiatedBy": {"username": "lea"}},
    }});
    says(&mut given, "web", &busy, &json!([]));
    assert_eq!(
        given.says(),
        ["waits for the sync of Application web that lea started: waiting for hooks"]
    );
}

#[test]
fn an_application_that_nobody_gave_or_that_is_gone_starts_nothing() {
    let mut given = given(&["web"], vec![stage("all", named("*"))]);
    let mut free = application("web");
    free["metadata"]["annotations"] = json!({});
    says(&mut given, "web", &free, &json!([]));
    assert_eq!(
        given.says(),
        [
            "Application web was not given to Tidegate; somebody who may write it runs `tidegate adopt web`"
        ]
    );
    let gone = Err("does not exist in namespace argocd".to_owned());
    given.facts.applications.insert(target("web"), gone);
    assert_eq!(
        given.says(),
        ["Application web does not exist in namespace argocd"]
    );
}

#[test]
fn a_sync_that_could_not_be_started_for_the_first_time_leaves_nothing_to_roll_back() {
    let mut given = started(&["web"], vec![stage("all", named("*"))]);
    assert_eq!(given.goes().effect, Some(apply("web", 0)));
    given.ended(
        &apply("web", 0),
        EffectState::Failed("it was deleted".to_owned()),
    );
    assert_eq!(given.goes().effect, Some(back("web")));
}

/// A freeze that Tidegate published, and one that somebody else wrote.
fn shut_by(description: &str) -> Value {
    json!([{
        "kind": "deny", "schedule": "* * * * *", "duration": "1h",
        "applications": ["*"], "description": description,
    }])
}

#[test]
fn windows_that_tidegate_published_are_lifted_for_what_its_calendar_lets_through() {
    let mut given = given(&["web"], vec![stage("all", named("*"))]);
    let own = shut_by("tidegate.dev/production/year-end");
    says(&mut given, "web", &application("web"), &own);
    // They keep nothing from starting: the calendar itself was asked.
    assert_eq!(
        given.goes().effect,
        Some(claim("web")),
        "{}",
        given.reason()
    );
    given.done(&claim("web"));
    assert_eq!(
        given.says(),
        [
            "waits until the sync windows that Tidegate published to AppProject production are lifted for Application web"
        ]
    );
    assert!(given.change.status.run.as_ref().unwrap().lifts_windows);
    says(&mut given, "web", &application("web"), &json!([]));
    assert_eq!(given.goes().effect, Some(apply("web", 0)));
    assert!(given.change.status.run.as_ref().unwrap().lifts_windows);
}

#[test]
fn the_way_back_lifts_what_tidegate_published_and_names_the_way_past_the_rest() {
    let failing = || {
        let mut given = started(&["web"], vec![stage("all", named("*"))]);
        assert_eq!(given.goes().effect, Some(apply("web", 0)));
        given.done(&apply("web", 0));
        given
            .facts
            .observations
            .insert(target("web"), Observation::Failed("is degraded".to_owned()));
        given
    };
    let mut own = failing();
    let published = shut_by("tidegate.dev/production/business-hours");
    says(&mut own, "web", &application("web"), &published);
    assert!(own.says()[0].contains("are lifted for Application web"));
    says(&mut own, "web", &application("web"), &json!([]));
    assert_eq!(own.goes().effect, Some(back("web")));

    let mut foreign = failing();
    says(&mut foreign, "web", &application("web"), &shut_by(""));
    foreign.goes();
    let reason = foreign
        .change
        .status
        .run
        .as_ref()
        .unwrap()
        .retreat
        .clone()
        .unwrap()
        .why;
    assert!(
        reason.ends_with(
            "gets it through with `argocd proj windows enable-manual-sync production 0 && argocd app sync web`"
        ),
        "{reason}"
    );

    // One that opens in time is waited for.
    let mut soon = failing();
    let opens = json!([{"kind": "allow", "schedule": "5 2 * * *", "duration": "1h", "applications": ["*"]}]);
    says(&mut soon, "web", &application("web"), &opens);
    assert!(soon.says()[0].ends_with("it does from Thu 2026-11-26 02:05:01 UTC on"));
    soon.time("02:06");
    assert_eq!(soon.goes().effect, Some(back("web")));
}

#[test]
fn where_the_policy_says_so_the_way_back_lifts_the_windows_of_others_too() {
    let failing = |foreign_windows, from_git| {
        let mut given = given(&["web"], vec![stage("all", named("*"))]);
        given.policy.plan.foreign_windows = foreign_windows;
        given.governed();
        assert_eq!(given.goes().effect, Some(claim("web")));
        given.done(&claim("web"));
        assert_eq!(given.goes().effect, Some(apply("web", 0)));
        given.done(&apply("web", 0));
        let degraded = Observation::Failed("is degraded".to_owned());
        given.facts.observations.insert(target("web"), degraded);
        let shut = ProjectWindows {
            from_git,
            ..project("production", &shut_by(""))
        };
        says_of(&mut given, "web", &application("web"), &[shut]);
        given
    };
    let mut lifting = failing(ForeignWindows::Lift, false);
    assert_eq!(
        lifting.says(),
        [
            "waits until the sync windows that bind AppProject production are lifted for Application web"
        ]
    );
    let run = lifting.change.status.run.clone().unwrap();
    assert!(run.lifts_windows && run.lifts_foreign_windows);
    let mut through = shut_by("");
    through[0]["manualSync"] = json!(true);
    says(&mut lifting, "web", &application("web"), &through);
    assert_eq!(lifting.goes().effect, Some(back("web")));

    // What cannot be written in time is a person's, with the commands.
    let mut stuck = failing(ForeignWindows::Lift, false);
    stuck.goes();
    stuck.time("02:30");
    stuck.goes();
    let why = stuck
        .change
        .status
        .run
        .clone()
        .unwrap()
        .retreat
        .unwrap()
        .why;
    assert!(
        why.contains(
            "`argocd proj windows enable-manual-sync production 0 && argocd app sync web`"
        ),
        "{why}"
    );

    // Argo CD would undo at once what is written into a project from Git.
    for mut given in [
        failing(ForeignWindows::Lift, true),
        failing(ForeignWindows::Respect, false),
    ] {
        given.goes();
        let run = given.change.status.run.clone().unwrap();
        assert!(!run.lifts_foreign_windows);
        assert!(run.retreat.unwrap().why.contains("enable-manual-sync"));
    }
}

#[test]
fn where_the_policy_says_so_an_emergency_lifts_the_windows_of_others_and_nothing_else_does() {
    for kind in [ChangeType::Normal, ChangeType::Emergency] {
        let mut given = given(&["web"], vec![stage("all", named("*"))]);
        given.policy.plan.foreign_windows = ForeignWindows::Lift;
        given.policy.emergency = Some(super::emergency::rules());
        given.change.request.kind = kind;
        for approval in &mut given.facts.approvals {
            approval.groups.push(super::emergency::GROUP.to_owned());
        }
        given.governed();
        let shut = shut_by("");
        says(&mut given, "web", &application("web"), &shut);
        let step = given.goes();
        if kind == ChangeType::Normal {
            assert_eq!(step.effect, None);
            continue;
        }
        assert_eq!(step.effect, Some(claim("web")), "{}", given.reason());
        given.done(&claim("web"));
        assert!(given.says()[0].contains("windows that bind AppProject production are lifted"));
        let mut through = shut;
        through[0]["manualSync"] = json!(true);
        says(&mut given, "web", &application("web"), &through);
        assert_eq!(given.goes().effect, Some(apply("web", 0)));
    }
}

#[test]
fn windows_of_a_global_project_bind_it_as_well_and_are_named_by_that_project() {
    let mut given = started(&["web"], vec![stage("all", named("*"))]);
    assert_eq!(given.goes().effect, Some(apply("web", 0)));
    given.done(&apply("web", 0));
    let degraded = Observation::Failed("is degraded".to_owned());
    given.facts.observations.insert(target("web"), degraded);
    let open = json!([{"kind": "allow", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}]);
    let projects = [
        project("production", &open),
        project("everybody", &shut_by("")),
    ];
    says_of(&mut given, "web", &application("web"), &projects);
    given.goes();
    let why = given
        .change
        .status
        .run
        .clone()
        .unwrap()
        .retreat
        .unwrap()
        .why;
    assert!(why.contains("enable-manual-sync everybody 0"), "{why}");
}

#[test]
fn an_application_that_stays_degraded_fails_its_stage_before_the_deadline() {
    let mut given = started(&["web"], vec![stage("all", named("*"))]);
    assert_eq!(given.goes().effect, Some(apply("web", 0)));
    given.done(&apply("web", 0));
    given.time("02:01");
    let degraded = Observation::Degraded {
        since: given.now,
        why: "Argo CD finds it Degraded: Certificate/web: no issuer".to_owned(),
    };
    given.facts.observations.insert(target("web"), degraded);
    let step = given.goes();
    assert_eq!(step.effect, None);
    assert!(step.waiting_on[0].to_string().contains("no issuer"));
    // Nobody tells when it has lasted, so it is looked at again then.
    assert_eq!(step.wake_at, Some(given.now + minutes(1)));
    given.time("02:02");
    given.goes();
    assert_eq!(given.phase(), Phase::RollingBack);
    assert_eq!(
        given.reason(),
        "stage all failed: Argo CD finds it Degraded: Certificate/web: no issuer (for 60 seconds)"
    );
}
