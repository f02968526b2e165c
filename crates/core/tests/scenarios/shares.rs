//! Where Argo CD delivers and Argo Rollouts holds the shares.

use serde_json::{Value, json};
use tidegate_core::argo_cd::Application;
use tidegate_core::argo_rollouts::{Hold, Workloads};
use tidegate_core::lifecycle::facts::{ApplicationFact, EffectState, Observation, ProjectWindows};
use tidegate_core::lifecycle::{Effect, Phase, Question, questions};
use tidegate_core::rollout::share::Share;
use tidegate_core::target::{Delivery, Target};

use super::given::{Given, minutes, revision, target};

fn rollout(steps: &Value) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "web"},
        "spec": {"strategy": {"canary": {"steps": steps}}},
    })
}

fn steps() -> Value {
    json!([{"setWeight": 10}, {"pause": {}}])
}

/// One Application of these manifests; the policy asks for 10% and then all.
fn given(manifests: &[Value]) -> Given {
    let mut given = Given::new();
    given.change.request.targets = vec![Target {
        key: target("web"),
        delivery: Delivery::ArgoCd {
            namespace: "argocd".to_owned(),
        },
    }];
    given.renders("9f1c2d3", "3f9c1a");
    if let Some(Ok(rendered)) = &mut given.facts.rendered {
        let workloads = Workloads::of(manifests);
        rendered.workloads.insert(target("web"), workloads);
    }
    windows(&mut given, &json!([]));
    given.time("02:00").previewed();
    given
}

/// The sync windows that bind it.
fn windows(given: &mut Given, windows: &Value) {
    let object = json!({
        "metadata": {"name": "web", "namespace": "argocd", "annotations": {"tidegate.dev/followed": "main"}},
        "spec": {
            "project": "production",
            "destination": {"namespace": "production"},
            "source": {"repoURL": "x", "path": "y", "targetRevision": revision("71d0be").as_str()},
        },
    });
    let projects = [ProjectWindows {
        project: "production".to_owned(),
        windows: serde_json::from_value(windows.clone()).unwrap(),
        from_git: false,
    }];
    let fact = ApplicationFact::new(Application::read(&object).unwrap(), &projects);
    given.facts.applications.insert(target("web"), Ok(fact));
}

fn apply(stage: u32) -> Effect {
    Effect::Apply {
        target: target("web"),
        stage,
    }
}

fn back() -> Effect {
    Effect::RollBack {
        target: target("web"),
    }
}

fn promote_back() -> Effect {
    Effect::PromoteBack {
        target: target("web"),
    }
}

fn conclude() -> Effect {
    Effect::Conclude {
        target: target("web"),
        deployed: false,
    }
}

/// The first share is out.
fn at_ten() -> Given {
    let mut given = given(&[rollout(&steps())]);
    let claim = Effect::Claim {
        target: target("web"),
    };
    assert_eq!(
        given.goes().effect,
        Some(claim.clone()),
        "{}",
        given.reason()
    );
    given.done(&claim);
    assert_eq!(given.goes().effect, Some(apply(0)));
    given.done(&apply(0));
    given.observed(&Observation::Healthy);
    given.goes();
    given
}

/// All of it is on its way back.
fn going_back() -> Given {
    let mut given = at_ten();
    given.observed(&Observation::Failed("it was aborted".to_owned()));
    assert_eq!(given.goes().effect, Some(back()));
    given.done(&back());
    given
}

#[test]
fn each_share_is_a_stage_that_is_healthy_and_soaks_before_the_next() {
    let mut given = at_ten();
    let plan = given.change.status.plan.clone().unwrap();
    let web = target("web");
    let ten = Share::new(10).unwrap();
    assert_eq!(
        plan.hold(0, &web),
        Some(Hold {
            number: 0,
            share: ten
        })
    );
    assert_eq!(plan.hold(1, &web), None);
    assert_eq!(
        [plan.shares_before(0, &web), plan.shares_before(1, &web)],
        [0, 1]
    );
    assert_eq!(given.goes().effect, None);
    assert_eq!(given.time("02:10").goes().effect, Some(apply(1)));
    given.done(&apply(1));
    assert_eq!(
        questions(&given.change, &given.facts, given.now),
        [Question::Stage(web, 1)]
    );
    given.observed(&Observation::Progressing("it goes on".to_owned()));
    assert_eq!(given.goes().effect, None);
    given.observed(&Observation::Healthy);
    given.goes();
    assert_eq!(given.phase(), Phase::Verifying);
}

/// A promotion is no sync.
#[test]
fn windows_that_shut_between_the_shares_keep_nothing_back() {
    let mut given = at_ten();
    windows(
        &mut given,
        &json!([{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}]),
    );
    assert_eq!(given.time("02:10").goes().effect, Some(apply(1)));
}

#[test]
fn a_promotion_that_is_refused_takes_all_back() {
    let mut given = at_ten();
    assert_eq!(given.time("02:10").goes().effect, Some(apply(1)));
    given.ended(
        &apply(1),
        EffectState::Failed("Rollout/web: it was aborted".to_owned()),
    );
    assert_eq!(given.goes().effect, Some(back()));
    assert!(
        given.reason().ends_with("Rollout/web: it was aborted"),
        "{}",
        given.reason()
    );
}

#[test]
fn a_way_back_that_would_stop_is_let_through_once() {
    let mut given = going_back();
    given.observed(&Observation::Progressing("Argo CD syncs it".to_owned()));
    assert_eq!(given.goes().effect, None);
    let halted = Observation::Halted("Rollout/web: it goes back step by step".to_owned());
    given.observed(&halted);
    assert_eq!(given.goes().effect, Some(promote_back()));
    given.ended(&promote_back(), EffectState::Begun);
    // It was done, and Tidegate died before it could say so.
    given.observed(&Observation::Progressing("it goes on".to_owned()));
    assert_eq!(given.goes().effect, Some(promote_back()));
    given.done(&promote_back());
    given.observed(&halted);
    // Seen so once more it is waited for, and not written to again and again.
    assert_eq!(given.goes().effect, None);
    assert!(given.says()[0].contains("it goes back step by step"));
    given.observed(&Observation::Healthy);
    assert_eq!(given.goes().effect, Some(conclude()));
}

#[test]
fn a_way_back_that_cannot_be_let_through_needs_a_person() {
    let mut given = going_back();
    given.observed(&Observation::Halted("Rollout/web: it stops".to_owned()));
    assert_eq!(given.goes().effect, Some(promote_back()));
    given.ended(
        &promote_back(),
        EffectState::Failed("rollouts/status is forbidden".to_owned()),
    );
    assert_eq!(given.goes().effect, Some(conclude()));
    given.done(&conclude());
    given.goes();
    assert_eq!(given.phase(), Phase::Failed);
    assert!(
        given
            .reason()
            .contains("could not be let through its steps: rollouts/status is forbidden"),
        "{}",
        given.reason()
    );
}

#[test]
fn a_share_that_nothing_would_hold_is_refused_when_it_is_submitted() {
    let deployment =
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}});
    let refused = "cannot go out in stages: stage canary asks for 10% of Application web";
    let table = [
        (
            vec![deployment.clone()],
            ", and Argo CD delivers a plain workload only whole; stage it by `applications`, or use a Rollout of Argo Rollouts",
        ),
        (
            vec![rollout(&steps()), deployment],
            ": Deployment/web goes out whole with the first stage; make it a Rollout, or name its kind in the policy's `wholeKinds`",
        ),
        (
            vec![rollout(&json!([{"setWeight": 20}, {"pause": {}}]))],
            ": Rollout/web step 1 is `setWeight: 20`, before it has stopped at 10%; its steps have to be `setWeight: 10`, `pause: {}`",
        ),
    ];
    for (manifests, why) in table {
        let mut given = given(&manifests);
        given.goes();
        assert_eq!(given.phase(), Phase::Rejected);
        assert_eq!(given.reason(), format!("{refused}{why}"));
    }
}

/// Without a stage that asks for a share, steps and kinds are nobody's business.
#[test]
fn a_policy_of_one_stage_takes_any_application() {
    let mut given = given(&[rollout(&json!([]))]);
    given
        .policy
        .plan
        .stages
        .retain(|stage| stage.share == Share::FULL);
    given.policy.plan.stages[0].soak = minutes(0);
    given.governed();
    given.goes();
    let plan = given.change.status.plan.clone().unwrap();
    assert_eq!(plan.hold(0, &target("web")), None);
    assert_eq!(plan.stages[0].targets, Some(vec![target("web")]));
}
