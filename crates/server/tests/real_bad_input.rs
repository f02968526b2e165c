//! Whatever is wrong is told in one clear sentence where people look, changes
//! nothing that was not asked, and goes on when its cause is gone.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test says what failed by failing, and its cases are modules"
)]

mod bad_input;
mod installation;

use bad_input::{neighbours, rollout, rules, source, submission};
use installation::Installation;
use installation::case::side_by_side;
use tokio::sync::mpsc;

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_told_and_goes_on_when_its_cause_is_gone() {
    let mut tidegate = Installation::without_pods().await;
    tidegate.use_shipped_permissions().await;
    tidegate.start_controller().await;
    // What comes back without any news of it, and so without any other case.
    source::unknown_repository(&tidegate).await;
    source::reference_that_is_not_there(&tidegate).await;
    side_by_side_cases(&tidegate).await;
    tidegate.finish().await;
}

async fn side_by_side_cases(tidegate: &Installation) {
    let (mended, mut to_be_mended) = mpsc::channel(1);
    let cases = side_by_side(cases![
        submission::what_cannot_be_right_is_refused_at_once(tidegate),
        submission::a_submitted_change_stays_as_it_is(tidegate),
        submission::fields_left_out_at_submission_stay_out(tidegate),
        submission::an_approval_stays_as_it_is(tidegate),
        source::overlay_that_does_not_render(tidegate, mended.clone()),
        source::manifests_that_the_api_server_refuses(tidegate, mended.clone()),
        source::objects_outside_the_namespace(tidegate, mended.clone()),
        source::no_permission_on_the_namespace(tidegate, mended.clone()),
        rules::no_policy(tidegate),
        rules::two_policies(tidegate),
        rules::policy_with_a_field_that_is_not_implemented(tidegate),
        rules::calendar_that_is_not_there(tidegate),
        rules::schedule_that_never_fires(tidegate),
        rules::zone_that_does_not_exist(tidegate),
        rules::calendar_that_the_api_server_refuses(tidegate),
        neighbours::two_changes_on_one_target(tidegate),
        neighbours::a_ticket_used_twice(tidegate),
        neighbours::a_limit_of_running_changes(tidegate),
        neighbours::a_kind_that_cannot_be_staged(tidegate),
        neighbours::a_wanted_window_that_passed(tidegate),
        neighbours::a_hold(tidegate),
    ]);
    drop(mended);
    let look_again = async {
        while to_be_mended.recv().await.is_some() {}
        tidegate.restart_controller().await;
    };
    tokio::join!(cases, look_again);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_survives_the_api_server_and_goes_back_when_it_is_called_off() {
    let mut tidegate = Installation::new().await;
    rollout::the_api_server_goes_away(&mut tidegate).await;
    rollout::a_change_is_cancelled(&mut tidegate).await;
    rollout::a_change_is_deleted(&mut tidegate).await;
    tidegate.finish().await;
}
