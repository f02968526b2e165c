//! What holds of any set of approvals.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tidegate_core::approval::counts::{Head, Subject};
use tidegate_core::approval::{Approval, Decision, People, Tally};
use tidegate_core::digest::Digest;
use tidegate_core::policy::{ApprovalRules, GroupRule};
use tidegate_core::revision::Revision;

const START: Timestamp = Timestamp::constant(1_795_651_200, 0);
const GROUPS: [&str; 3] = ["sre-team", "app-team", "security"];

/// Names that count, of four people: Lea and Ana have two names each.
const NAMES: [&str; 6] = [
    "lea",
    "lea@example.com",
    "ana",
    "Ana@Example.com",
    "priya@example.com",
    "tomas@example.com",
];

/// Names that never count: the author, the requester under both of her names, a
/// service account, a name nobody mapped, and none.
const OTHERS: [&str; 6] = [
    "marc@example.com",
    "dana@example.com",
    "dana",
    "system:serviceaccount:ci:deployer",
    "jo",
    " ",
];

fn revision(number: u8) -> Revision {
    Revision::parse(&format!("{number:040x}")).unwrap()
}

fn digest(number: u8) -> Digest {
    Digest::of(&[number])
}

fn rules() -> impl Strategy<Value = ApprovalRules> {
    let groups = prop::collection::btree_map(select(&GROUPS[..]), 1..3u32, 0..3);
    let valid_for = prop::option::of((1..120i64).prop_map(SignedDuration::from_mins));
    (0..4u32, groups, valid_for).prop_map(|(count, groups, valid_for)| {
        let lists: Vec<Vec<String>> = ["lea", "ana", "dana"]
            .iter()
            .map(|name| vec![(*name).to_owned(), format!("{name}@example.com")])
            .collect();
        ApprovalRules {
            count,
            groups: groups
                .into_iter()
                .map(|(name, count)| GroupRule {
                    name: name.to_owned(),
                    count,
                })
                .collect(),
            only: Vec::new(),
            valid_for,
            people: People::new(lists.iter().map(Vec::as_slice)),
        }
    })
}

fn approval(names: &'static [&'static str]) -> impl Strategy<Value = Approval> {
    let groups = subsequence(&GROUPS[..], 0..=GROUPS.len());
    let decision = prop_oneof![
        9 => Just(Decision::Approved),
        1 => Just(Decision::Rejected),
    ];
    (select(names), groups, 0..3u8, 0..2u8, decision, 0..100i64).prop_map(
        |(name, groups, commit, manifests, decision, minute)| Approval {
            name: format!("{}-{minute}", name.trim()),
            approver: name.to_owned(),
            groups: groups.into_iter().map(str::to_owned).collect(),
            revision: revision(commit),
            digest: digest(manifests),
            decision,
            at: START + SignedDuration::from_mins(minute),
            comment: String::new(),
        },
    )
}

fn approvals() -> impl Strategy<Value = Vec<Approval>> {
    prop::collection::vec(approval(&NAMES), 0..8)
}

/// What approvals are held against: one commit by Marc, asked for by Dana.
struct Held {
    revision: Revision,
    head: Head,
    digest: Digest,
    authors: Vec<String>,
}

impl Held {
    fn at(commit: u8, manifests: u8) -> Self {
        Self {
            revision: revision(commit),
            head: Head::default(),
            digest: digest(manifests),
            authors: vec!["marc@example.com".to_owned()],
        }
    }

    fn tally(&self, approvals: &[Approval], rules: &ApprovalRules, minute: i64) -> Tally {
        let long_ago = START - SignedDuration::from_mins(1);
        self.tally_proven(approvals, rules, minute, Some(long_ago))
    }

    fn tally_proven(
        &self,
        approvals: &[Approval],
        rules: &ApprovalRules,
        minute: i64,
        proven_after: Option<Timestamp>,
    ) -> Tally {
        let subject = Subject {
            revision: &self.revision,
            head: &self.head,
            digest: &self.digest,
            tool: "kustomize 5.8.1",
            renderings: &[],
            requester: "dana@example.com",
            requester_proven: true,
            proven_after,
            authors: &self.authors,
            people: &rules.people,
            valid_for: rules.valid_for,
        };
        let now = START + SignedDuration::from_mins(minute);
        Tally::new(approvals, &subject, rules, now)
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whoever_may_not_decide_changes_nothing(
        approvals in approvals(),
        other in approval(&OTHERS),
        rules in rules(),
        minute in 0..200i64,
    ) {
        let held = Held::at(0, 0);
        let before = held.tally(&approvals, &rules, minute);
        let mut more = approvals;
        more.push(other);
        let after = held.tally(&more, &rules, minute);
        prop_assert_eq!(before.missing, after.missing);
        prop_assert_eq!(before.rejected_by, after.rejected_by);
    }

    #[test]
    fn other_manifests_void_every_approval(
        approvals in approvals(),
        rules in rules(),
        minute in 0..200i64,
        commit in 0..3u8,
    ) {
        let tally = Held::at(commit, 2).tally(&approvals, &rules, minute);
        prop_assert!(tally.verdicts.iter().all(|verdict| verdict.not_counted.is_some()));
        prop_assert_eq!(tally.missing.have, 0);
        prop_assert_eq!(tally.rejected_by, None);
    }

    #[test]
    fn another_commit_voids_every_approval_even_with_equal_manifests(
        approvals in approvals(),
        rules in rules(),
        minute in 0..200i64,
    ) {
        let tally = Held::at(7, 0).tally(&approvals, &rules, minute);
        prop_assert_eq!(tally.missing.have, 0);
        prop_assert_eq!(tally.rejected_by, None);
    }

    #[test]
    fn a_merge_of_equal_manifests_keeps_every_approval_of_its_parents(
        approvals in approvals(),
        rules in rules(),
        minute in 0..200i64,
    ) {
        let before = Held::at(0, 0).tally(&approvals, &rules, minute);
        let mut merge = Held::at(7, 0);
        merge.head.parents = vec![revision(8), revision(0)];
        let after = merge.tally(&approvals, &rules, minute);
        let counted = |tally: &Tally| -> Vec<bool> {
            let verdicts = tally.verdicts.iter();
            verdicts.map(|verdict| verdict.not_counted.is_none()).collect()
        };
        prop_assert_eq!(counted(&before), counted(&after));
        prop_assert_eq!(before.missing, after.missing);
        prop_assert_eq!(before.rejected_by, after.rejected_by);
    }

    #[test]
    fn the_order_of_approvals_does_not_matter(
        (approvals, shuffled) in approvals().prop_flat_map(|list| {
            (Just(list.clone()), Just(list).prop_shuffle())
        }),
        mut rules in rules(),
        minute in 100..200i64,
    ) {
        let held = Held::at(0, 0);
        let tally = held.tally(&approvals, &rules, minute);
        let missing = held.tally(&shuffled, &rules, minute).missing;
        prop_assert_eq!(&tally.missing, &missing);
        // Nor does who came first, as long as nothing expires.
        rules.valid_for = None;
        let mut later = shuffled.clone();
        for (approval, other) in later.iter_mut().zip(&approvals) {
            approval.at = other.at;
        }
        let tally = held.tally(&approvals, &rules, minute);
        let again = held.tally(&later, &rules, minute);
        prop_assert_eq!(tally.is_enough(), again.is_enough());
        prop_assert_eq!(tally.missing, again.missing);
    }

    #[test]
    fn a_person_with_two_names_counts_once(
        approvals in approvals(),
        rules in rules(),
        minute in 0..200i64,
    ) {
        let held = Held::at(0, 0);
        let tally = held.tally(&approvals, &rules, minute);
        let renamed: Vec<Approval> = approvals
            .iter()
            .cloned()
            .map(|mut approval| {
                approval.approver = match approval.approver.as_str() {
                    "lea" => "lea@example.com",
                    "ana" | "Ana@Example.com" => "ana@example.com",
                    other => other,
                }
                .to_owned();
                approval
            })
            .collect();
        prop_assert_eq!(&tally.missing, &held.tally(&renamed, &rules, minute).missing);
        prop_assert!(tally.missing.have <= 4);
    }

    #[test]
    fn nothing_counts_while_nothing_proves_who_signed(
        approvals in approvals(),
        rules in rules(),
    ) {
        let held = Held::at(0, 0);
        let tally = held.tally_proven(&approvals, &rules, 0, None);
        prop_assert_eq!(tally.missing.have, 0);
        prop_assert_eq!(tally.rejected_by, None);
    }

    #[test]
    fn what_was_written_before_anything_proved_who_signed_changes_nothing(
        approvals in approvals(),
        rules in rules(),
        minute in 0..200i64,
        proven in 0..100i64,
    ) {
        let held = Held::at(0, 0);
        let since = START + SignedDuration::from_mins(proven);
        let tally = held.tally_proven(&approvals, &rules, minute, Some(since));
        let later: Vec<Approval> = approvals.into_iter().filter(|one| one.at > since).collect();
        let alone = held.tally(&later, &rules, minute);
        prop_assert_eq!(tally.missing, alone.missing);
        prop_assert_eq!(tally.rejected_by, alone.rejected_by);
    }

    #[test]
    fn until_it_says_nothing_expires(
        approvals in approvals(),
        rules in rules(),
        minute in 0..200i64,
        later in 0..200i64,
    ) {
        let held = Held::at(0, 0);
        let tally = held.tally(&approvals, &rules, minute);
        let then = START + SignedDuration::from_mins(minute + later);
        if tally.expires_at.is_none_or(|end| then < end) {
            prop_assert_eq!(&tally.missing, &held.tally(&approvals, &rules, minute + later).missing);
        }
    }

    #[test]
    fn an_author_nobody_can_name_could_be_anybody(
        approvals in approvals(),
        rules in rules(),
        minute in 0..200i64,
    ) {
        let mut held = Held::at(0, 0);
        held.authors.push(String::new());
        let tally = held.tally(&approvals, &rules, minute);
        prop_assert_eq!(tally.missing.have, 0);
    }
}
