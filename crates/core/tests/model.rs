//! Every history of small worlds, explored with the real `step()`: up to three
//! changes on two targets, and a crash at any point.
//!
//! Each setting is explored to its end. None is cut off at a depth; what bounds
//! a setting is how often each thing may go wrong in it.

#[cfg(test)]
#[path = "model/mod.rs"]
mod model;

#[cfg(test)]
mod tests {
    use super::model::explore::{Broken, explore};
    use super::model::setting::{Allowed, Setting, Shell};
    use super::model::state::Health;
    use super::model::worlds::{
        applications, backup_now, backups, beside, between_targets, called_off, dependent,
        downtime, emergency, everybody, expiry, forgery, gates, merged, owing, refused, rejection,
        restores, reverting, rollout, soaking, three_on_two, two_on_one, verification,
    };

    fn passes(name: &str, setting: &Setting) {
        match explore(setting) {
            Ok(explored) => println!("{name}: {explored}"),
            Err(broken) => panic!("{name}: {broken}"),
        }
    }

    #[test]
    fn everybody_signs_while_the_source_moves() {
        passes("everybody", &everybody());
    }

    #[test]
    fn approvals_expire_and_the_source_moves() {
        passes("expiry", &expiry());
    }

    #[test]
    fn reviewers_say_yes_and_no() {
        passes("rejection", &rejection());
    }

    #[test]
    fn somebody_signs_for_others_while_nothing_proves_who_does() {
        passes("forgery", &forgery());
    }

    #[test]
    fn gates_shut_behind_a_change() {
        passes("gates", &gates());
    }

    #[test]
    fn data_comes_back_or_a_person_is_told() {
        passes("restores", &restores());
    }

    #[test]
    fn a_backup_ends_well_or_badly_or_is_lost() {
        passes("backups", &backups());
    }

    #[test]
    fn a_backup_is_asked_for_before_its_time() {
        passes("a backup now", &backup_now());
    }

    #[test]
    fn a_change_is_called_off_or_comes_too_late() {
        passes("called off", &called_off());
    }

    #[test]
    fn stages_fail_and_the_window_closes() {
        passes("rollout", &rollout());
    }

    #[test]
    fn a_soaking_target_comes_out_of_sight() {
        passes("soaking", &soaking());
    }

    #[test]
    fn checks_fail_and_come_too_late() {
        passes("verification", &verification());
    }

    #[test]
    fn the_shell_is_down_for_long() {
        passes("downtime", &downtime());
    }

    #[test]
    fn argo_cd_delivers_one_application_after_the_other() {
        passes("applications", &applications());
    }

    #[test]
    fn what_went_back_is_taken_out_of_git() {
        passes("reverting", &reverting());
    }

    #[test]
    fn gates_shut_between_two_targets() {
        passes("between targets", &between_targets());
    }

    #[test]
    fn two_changes_want_one_target() {
        passes("two on one", &two_on_one());
    }

    #[test]
    fn a_change_waits_for_the_one_it_depends_on() {
        passes("dependent", &dependent());
    }

    #[test]
    fn a_target_cannot_be_taken() {
        passes("refused", &refused());
    }

    #[test]
    fn an_emergency_passes_what_it_may() {
        passes("emergency", &emergency());
    }

    #[test]
    fn an_emergency_owes_until_it_is_settled() {
        passes("owing", &owing());
    }

    #[test]
    fn an_emergency_moves_on_to_a_merge() {
        passes("merged", &merged());
    }

    #[test]
    fn a_normal_change_stands_beside_an_emergency() {
        passes("beside", &beside());
    }

    #[test]
    fn three_changes_want_two_targets_and_one_fails() {
        let allowed = Allowed {
            stale: 1,
            unwell: 1,
            worse: vec![Health::Failed],
            ..Allowed::default()
        };
        passes("three on two, one fails", &three_on_two(allowed));
    }

    #[test]
    fn three_changes_want_two_targets_and_the_shell_dies() {
        let allowed = Allowed {
            crash: true,
            ..Allowed::default()
        };
        passes("three on two, the shell dies", &three_on_two(allowed));
    }

    /// The setting with a shell that lacks one guard must break an invariant, in
    /// a history that a person can follow.
    fn finds(setting: Setting, shell: Shell, invariant: u8, within: usize) -> Broken {
        let mut setting = setting;
        setting.shell = shell;
        let found = explore(&setting);
        let broken = found.expect_err("the missing guard was not missed");
        println!("{broken}");
        assert_eq!(broken.invariant, invariant, "{broken}");
        assert!(broken.history.len() <= within, "{broken}");
        assert!(broken.history.last().unwrap().ends_with("breaks it"));
        broken
    }

    #[test]
    fn a_shell_that_does_not_ask_again_before_it_writes_is_found() {
        let shell = Shell {
            asks_again: false,
            ..Shell::SOUND
        };
        finds(gates(), shell, 1, 12);
    }

    #[test]
    fn a_shell_that_takes_targets_from_others_is_found() {
        let shell = Shell {
            compares: false,
            ..Shell::SOUND
        };
        finds(two_on_one(), shell, 6, 6);
    }

    #[test]
    fn a_shell_that_begins_an_effect_twice_is_found() {
        let shell = Shell {
            begins_once: false,
            ..Shell::SOUND
        };
        finds(rollout(), shell, 5, 6);
    }

    #[test]
    fn a_shell_that_believes_done_what_it_only_began_is_found() {
        let shell = Shell {
            does_again: false,
            ..Shell::SOUND
        };
        finds(rollout(), shell, 6, 9);
    }

    #[test]
    fn a_shell_that_looks_up_a_branch_only_once_is_found() {
        let shell = Shell {
            looks_up_again: false,
            ..Shell::SOUND
        };
        finds(between_targets(), shell, 1, 8);
    }

    #[test]
    fn a_shell_that_does_not_say_since_when_the_policies_stand_is_found() {
        let shell = Shell {
            dates_policies: false,
            ..Shell::SOUND
        };
        finds(forgery(), shell, 1, 12);
    }

    #[test]
    fn a_shell_that_removes_claims_in_use_is_found() {
        let shell = Shell {
            waits_for_pods: false,
            ..Shell::SOUND
        };
        finds(restores(), shell, 9, 32);
    }

    #[test]
    fn a_shell_that_believes_its_backup_good_is_found() {
        let shell = Shell {
            looks_at_backups: false,
            ..Shell::SOUND
        };
        finds(backups(), shell, 1, 16);
    }

    #[test]
    fn a_shell_whose_clock_stands_still_is_found() {
        let shell = Shell {
            keeps_time: false,
            ..Shell::SOUND
        };
        finds(rollout(), shell, 3, 20);
    }
    #[test]
    fn a_shell_that_lets_anybody_start_an_emergency_is_found() {
        let shell = Shell {
            names_groups: false,
            ..Shell::SOUND
        };
        finds(emergency(), shell, 1, 8);
    }

    #[test]
    fn a_shell_that_forgets_at_the_end_what_is_owed_is_found() {
        let shell = Shell {
            keeps_owed: false,
            ..Shell::SOUND
        };
        finds(emergency(), shell, 8, 20);
    }
}
