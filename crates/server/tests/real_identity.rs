//! Who is who: the API server proves it, and Tidegate believes nothing else.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test says what failed by failing, and its cases are modules"
)]

mod identity;
mod installation;

use identity::{admission, counting, moving, tampering};
use installation::Installation;
use installation::case::side_by_side;

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_counts_only_from_whom_it_says_and_of_what_they_saw() {
    let mut tidegate = Installation::without_pods().await;
    tidegate.use_shipped_permissions().await;
    tidegate.start_controller().await;
    let cases = &tidegate;
    side_by_side(cases![
        admission::nobody_approves_for_another(cases),
        admission::nobody_claims_a_group_they_are_not_in(cases),
        admission::nobody_submits_for_another(cases),
        admission::an_emergency_needs_a_permission_of_its_own(cases),
        counting::the_author_the_requester_and_machines_do_not_count(cases),
        counting::a_person_of_two_addresses_is_one_person(cases),
        moving::a_merge_keeps_approvals_and_a_new_commit_does_not(cases),
    ])
    .await;
    // Nothing else may wait for approvals meanwhile.
    tampering::no_approval_counts_while_nothing_proves_who_signs(cases).await;
    tidegate.finish().await;
}
